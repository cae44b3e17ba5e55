internal import HTTPTypes
internal import WGECore

/// One request to a provider's REST API.
struct RESTRequest: Sendable {
  enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  enum Body: Sendable {
    case none
    case json(JSON)
    case form([(name: String, value: String)])
    case multipart([Part])
  }

  struct Part: Sendable {
    var name: String
    var bytes: [UInt8]
    /// Sent as a file; a plain field otherwise.
    var filename: String?
  }

  var method: Method
  /// Percent-encoded, below the client's root; or a whole URL at the same origin.
  var path: String
  var query: [(name: String, value: String)]
  var fields: HTTPFields = [:]
  var body: Body
  /// Repeating it does no harm: reads, and writes that say what they expect to replace.
  var isRepeatable: Bool
  /// What was tried, for messages: `read the repository acme/fleet`.
  var doing: String
  /// Answers are JSON unless this asks for raw bytes.
  var accept: String?
  var maximumBytes = GitDefaults.maximumAnswerBytes

  init(
    _ method: Method = .get, _ path: String, _ doing: String,
    query: [(name: String, value: String)] = [], body: Body = .none, isRepeatable: Bool? = nil
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.body = body
    self.isRepeatable = isRepeatable ?? (method == .get || method == .head || method == .delete)
    self.doing = doing
  }

  var isRead: Bool { method == .get || method == .head }

  /// The URL below a root such as `https://api.github.com`.
  func url(root: String) -> String {
    var url = path.hasPrefix("https://") || path.hasPrefix("http://") ? path : root + path
    if !query.isEmpty { url += (url.contains("?") ? "&" : "?") + Self.encoded(query) }
    return url
  }

  static func encoded(_ pairs: [(name: String, value: String)]) -> String {
    pairs.map { "\($0.name.percentEncodedSegment)=\($0.value.percentEncodedSegment)" }.joined(separator: "&")
  }

  /// The body's bytes with their type.
  func content(boundary: String) -> (type: String, bytes: [UInt8])? {
    switch body {
    case .none: return nil
    case .json(let json): return ("application/json", json.serialized())
    case .form(let pairs): return ("application/x-www-form-urlencoded", Array(Self.encoded(pairs).utf8))
    case .multipart(let parts):
      var bytes: [UInt8] = []
      for part in parts {
        // Quotes and line breaks in a name would end the header.
        let name = part.name.replacing("\"", with: "%22")
        bytes += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"".utf8
        if let filename = part.filename { bytes += "; filename=\"\(filename.replacing("\"", with: "%22"))\"".utf8 }
        bytes += "\r\n\r\n".utf8
        bytes += part.bytes
        bytes += "\r\n".utf8
      }
      bytes += "--\(boundary)--\r\n".utf8
      return ("multipart/form-data; boundary=\(boundary)", bytes)
    }
  }
}

/// The answer to a ``RESTRequest``, whole.
struct RESTAnswer: Sendable {
  var status: Int
  var fields: HTTPFields
  var url: String
  var bytes: [UInt8]
  /// The body as it was parsed already.
  var parsed: JSON?

  func field(_ name: String) -> String? {
    guard let name = HTTPField.Name(name) else { return nil }
    return fields[name]
  }

  /// The body as JSON; null when it is none: for failures, whose bodies may be anything. What a success
  /// says is read by ``RESTClient``.
  var json: JSON { parsed ?? parse() ?? .null }

  /// The body as JSON, null when it is empty; nil when it is something else. A sign-in page is never taken for
  /// an answer.
  func parse() -> JSON? {
    if bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0d).contains($0) }) { return .null }
    if field("content-type")?.lowercased().contains("html") == true { return nil }
    let options = JSONParseOptions(
      maximumDepth: GitDefaults.maximumAnswerDepth, maximumBytes: GitDefaults.maximumAnswerBytes)
    return try? JSON(parsing: bytes, options: options)
  }

  /// The URL of a `Link` field with a relation.
  func link(_ relation: String) -> String? {
    for part in (field("link") ?? "").split(separator: ",") {
      let pieces = part.split(separator: ";").map { String($0).trimmed }
      guard let target = pieces.first, target.hasPrefix("<"), target.hasSuffix(">") else { continue }
      if pieces.dropFirst().contains(where: { $0 == "rel=\"\(relation)\"" || $0 == "rel=\(relation)" }) {
        return String(target.dropFirst().dropLast())
      }
    }
    return nil
  }
}

extension JSON {
  /// An object without the members that are nil.
  static func members(_ pairs: [(String, JSON?)]) -> JSON {
    .object(JSONObject(pairs.compactMap { pair in pair.1.map { (pair.0, $0) } }))
  }

  subscript(path: String...) -> JSON? { value(at: path) }

  func text(_ path: String...) -> String? { value(at: path)?.stringValue }
  func flag(_ path: String...) -> Bool? { value(at: path)?.boolValue }
  func integer(_ path: String...) -> Int64? { value(at: path)?.intValue }
  func list(_ path: String...) -> [JSON] { value(at: path)?.arrayValue ?? [] }
  func id(_ path: String...) -> GitObjectID? { value(at: path)?.stringValue.flatMap { GitObjectID($0) } }
  func time(_ path: String...) -> Timestamp? {
    value(at: path)?.stringValue.flatMap { try? Timestamp(parsing: $0) }
  }
}
