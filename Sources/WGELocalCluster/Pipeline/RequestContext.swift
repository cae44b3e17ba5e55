internal import HTTPTypes
internal import WGECore
internal import WGEKube

/// One request on its way through the pipeline, with what each stage has found out.
struct RequestContext: Sendable {
  let request: KubeRequest
  let query: QueryOptions
  var info: RequestInfo
  var user: UserInfo
  /// What this request learns from outside and decides once.
  let effects: Effects
  var form: OutputForm = .plain
  /// Sentences for the Warning header.
  var warnings: [String] = []

  var accept: String? { request.headers[.accept] }
  var body: [UInt8] { request.body }

  /// The media type of the body, without its parameters.
  var mediaType: String {
    let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" }
    return type.filter { $0 != " " }.lowercased()
  }

  /// The name under which changes are recorded: the client's, or the start of its user agent.
  func manager(_ optionsKind: String) throws(APIStatus) -> String {
    let given = try query.fieldManager(optionsKind)
    if !given.isEmpty { return given }
    let agent = request.headers[.userAgent] ?? ""
    let name = agent.prefix { $0 != "/" }
    return name.isEmpty ? "unknown" : String(name.prefix(128))
  }
}

/// What the pipeline answers.
enum Reply {
  case whole(KubeResponse)
  case watch(WatchCursor)
}

extension Reply {
  static func json(_ code: Int, _ json: JSON, _ context: RequestContext) -> Reply {
    bytes(code, json.serialized(), context)
  }

  static func bytes(_ code: Int, _ bytes: [UInt8], _ context: RequestContext) -> Reply {
    var body = bytes
    var headers: HTTPFields = [:]
    headers[.contentType] = context.form.format.rawValue
    if context.form.format == .yaml, let json = try? JSON(parsing: bytes) { body = BodyFormat.yaml(json) }
    addWarnings(context.warnings + context.effects.warnings, to: &headers)
    return .whole(KubeResponse(status: .init(code: code), headers: headers, body: body))
  }

  static func text(_ code: Int, _ text: String) -> Reply {
    var headers: HTTPFields = [:]
    headers[.contentType] = "text/plain; charset=utf-8"
    return .whole(KubeResponse(status: .init(code: code), headers: headers, body: Array(text.utf8)))
  }

  /// An answer whose media type is more than its format.
  static func typed(_ contentType: String, _ body: [UInt8]) -> Reply {
    var headers: HTTPFields = [:]
    headers[.contentType] = contentType
    headers[.vary] = "Accept"
    return .whole(KubeResponse(status: .ok, headers: headers, body: body))
  }

  /// - Parameter accept: what the client reads; a Status is written in YAML for who reads that alone.
  static func failure(_ status: APIStatus, warnings: [String] = [], accept: String? = nil) -> Reply {
    if status.plainText { return text(status.code, status.message) }
    let format = (try? OutputForm(accept: accept))?.format ?? .json
    var headers: HTTPFields = [:]
    headers[.contentType] = format.rawValue
    if let seconds = status.details?.retryAfterSeconds, seconds > 0, let name = HTTPField.Name("Retry-After") {
      headers[name] = String(seconds)
    }
    if status.code == 401, let name = HTTPField.Name("WWW-Authenticate") { headers[name] = "Bearer" }
    addWarnings(warnings, to: &headers)
    return .whole(
      KubeResponse(
        status: .init(code: status.code), headers: headers,
        body: format == .yaml ? BodyFormat.yaml(status.json) : status.json.serialized()))
  }

  private static func addWarnings(_ warnings: [String], to headers: inout HTTPFields) {
    guard let name = HTTPField.Name("Warning") else { return }
    for warning in warnings { headers.append(HTTPField(name: name, value: "299 - \(FieldError.quote(warning))")) }
  }
}
