internal import HTTPTypes
internal import WGECore
internal import WGEHTTP

/// Reads what a webhook answered, and says what is wrong in the words of the real server's client, so
/// that a message means the same here and there.
/// Source: k8s.io/client-go, rest/request; k8s.io/apimachinery, api/errors and runtime; Go's net/http.
enum WebhookAnswer {
  /// Bytes of an answer's text that messages quote.
  private static let quotedBytes = 2048

  /// The review that an answer holds.
  ///
  /// - Parameter call: names the kind of the question, which the answer has to be of too.
  static func review(_ status: Int, contentType: String, _ body: [UInt8], of call: LocalCluster.WebhookCall)
    throws(WebhookFailure) -> JSON
  {
    let media = contentType.prefix { $0 != ";" }.lowercased()
    guard (200...206).contains(status) else { throw WebhookFailure(problem: refusal(status, media, body)) }
    guard !body.isEmpty else {
      throw WebhookFailure(problem: "0-length response with status code: \(status) and content type: \(contentType)")
    }
    guard media.isEmpty || media == "application/json" || media == "application/yaml" else {
      throw WebhookFailure(problem: "serializer for \(media) doesn't exist")
    }
    return try checked(document(body), of: call)
  }

  /// Checks the kind of an answer. One that does not say what it is is taken for what was asked for.
  static func checked(_ answer: JSON, of call: LocalCluster.WebhookCall) throws(WebhookFailure) -> JSON {
    guard case .object = answer else {
      throw WebhookFailure(
        problem:
          "couldn't get version/kind; json parse error: json: cannot unmarshal \(answer.typeName) into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }"
      )
    }
    let wanted = (call.body["apiVersion"]?.stringValue ?? "", call.body["kind"]?.stringValue ?? "")
    func text(_ field: String) -> String? { answer[field]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } }
    let given = (text("apiVersion") ?? wanted.0, text("kind") ?? wanted.1)
    if given == wanted { return answer }
    let group = wanted.0.prefix { $0 != "/" }
    func version(_ text: String) -> Substring { text.split(separator: "/").last ?? "" }
    guard given.1 == wanted.1, given.0.prefix(while: { $0 != "/" }) == group,
      ["v1", "v1beta1"].contains(version(given.0))
    else {
      throw WebhookFailure(
        problem:
          "no kind \(FieldError.quote(given.1)) is registered for version \(FieldError.quote(given.0)) in scheme \"k8s.io/apiserver/pkg/util/webhook/client.go:71\""
      )
    }
    throw WebhookFailure(
      problem:
        "converting (\(version(given.0)).\(given.1)) to (\(version(wanted.0)).\(wanted.1)): unknown conversion")
  }

  private static func document(_ body: [UInt8]) throws(WebhookFailure) -> JSON {
    do throws(APIStatus) { return try BodyFormat.yaml(body, { .badRequest($0) }).json } catch {
      throw WebhookFailure(problem: "couldn't get version/kind; json parse error: \(error.message)")
    }
  }

  /// What an answer with a code of failure says.
  private static func refusal(_ code: Int, _ media: String, _ body: [UInt8]) -> String {
    if media.isEmpty || media == "application/json", let status = try? JSON(parsing: body),
      status["kind"]?.stringValue == "Status", status["status"]?.stringValue != "Success",
      let message = status["message"]?.stringValue
    {
      return message
    }
    let isText = media.isEmpty || media.hasPrefix("text/")
    let said = isText ? String(decoding: body.prefix(quotedBytes), as: UTF8.self).trimmed : "unknown"
    switch code {
    case 400: return "the server rejected our request for an unknown reason"
    case 401: return "the server has asked for the client to provide credentials"
    case 403, 415: return said
    case 404: return "the server could not find the requested resource"
    case 405: return "the server does not allow this method on the requested resource"
    case 406:
      return said.isEmpty || said == "unknown"
        ? "the server was unable to respond with a content type that the client supports" : said
    case 409: return "the server reported a conflict"
    case 422: return "the server rejected our request due to an error in our request"
    case 429: return "the server has received too many requests and has asked us to try again later"
    case 503: return "the server is currently unable to handle the request"
    case 504:
      return
        "the server was unable to return a response in the time allotted, but may still be processing the request"
    case 500...: return "an error on the server (\(FieldError.quote(said))) has prevented the request from succeeding"
    default: return "the server responded with the status code \(code) but did not return more information"
    }
  }

  /// Why there is no answer.
  ///
  /// - Parameters:
  ///   - post: the method and the quoted URL.
  ///   - hasHead: the answer had begun.
  static func failure(_ error: any Error, post: String, hasHead: Bool) -> WebhookFailure {
    guard let error = error as? HTTPError else { return WebhookFailure(problem: "\(post): \(error)") }
    if hasHead {
      let problem =
        switch error {
        case .connectionLost, .protocolError: "unexpected EOF"
        default: "\(error)"
        }
      return WebhookFailure(
        problem: "unexpected error when reading response body. Please retry. Original error: \(problem)")
    }
    switch error {
    case .tls(_, .trustRootsInvalid):
      return WebhookFailure(
        problem: "unable to load root certificates: unable to parse bytes as PEM block", isClientMissing: true)
    case .tls(_, .untrustedAuthority):
      return WebhookFailure(
        problem: "\(post): tls: failed to verify certificate: x509: certificate signed by unknown authority")
    case .tls(let target, .wrongName):
      return WebhookFailure(
        problem:
          "\(post): tls: failed to verify certificate: x509: certificate is valid for other names, not \(host(target).name)"
      )
    case .tls(_, .outsideValidity(let detail)):
      return WebhookFailure(
        problem:
          "\(post): tls: failed to verify certificate: x509: certificate has expired or is not yet valid: \(detail)")
    case .cannotResolve(let target, _):
      return WebhookFailure(problem: "\(post): dial tcp: lookup \(host(target).name): no such host")
    case .cannotConnect(let target, let detail):
      let problem =
        detail.contains("refused") || detail.contains("Couldn't connect") ? "connect: connection refused" : detail
      return WebhookFailure(problem: "\(post): dial tcp \(host(target).whole): \(problem)")
    case .connectionLost: return WebhookFailure(problem: "\(post): EOF")
    case .timedOut: return WebhookFailure(problem: "\(post): context deadline exceeded")
    default: return WebhookFailure(problem: "\(post): \(error)")
    }
  }

  /// Host and port of a target `https://host:port/path`.
  private static func host(_ target: String) -> (whole: String, name: String) {
    let rest = target.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
    guard let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") else { return ("\(rest):443", "\(rest)") }
    return ("\(rest)", "\(rest[..<colon])")
  }
}
