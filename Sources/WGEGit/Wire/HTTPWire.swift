internal import FoundationEssentials
internal import HTTPTypes
internal import WGECore
internal import WGEHTTP

/// Git's services over HTTP, through the remote's own ``HTTPTransport``.
///
/// The credential goes with each request, to the remote's own scheme, host and port only. A redirect of the
/// first request to another path there is followed, as after a repository was renamed; any other is refused.
final class HTTPWire: GitWire {
  let isStateless = true
  let transfer: GitTransfer
  private let transport: any HTTPTransport
  private let authorization: String?
  /// Where the repository is; moved by a redirect.
  private var base: String

  init(_ transfer: GitTransfer) throws(GitHostError) {
    self.transfer = transfer
    if let own = transfer.remote.transport { transport = own } else { transport = try Self.shared.get() }
    authorization = try Self.authorization(transfer)
    base = Self.base(transfer.remote.reference)
  }

  private static let shared = Result { () throws(GitHostError) -> CurlTransport in
    do { return try CurlTransport() } catch { throw GitHostError(.unsupported, "HTTP cannot be started: \(error)") }
  }

  private static func base(_ reference: RepositoryReference) -> String {
    let scheme = reference.transport.rawValue
    var path = ""
    for byte in reference.writtenPath.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: "+"), UInt8(ascii: "="),
        UInt8(ascii: "@"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "!"), UInt8(ascii: "$"),
        UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"),
        UInt8(ascii: ";"):
        path.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        path += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return "\(scheme)://\(reference.place)/\(path)"
  }

  private static func authorization(_ transfer: GitTransfer) throws(GitHostError) -> String? {
    switch try transfer.credential() {
    case nil: return nil
    case .basic(let user, let password):
      guard !user.contains(":"), user.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
        throw .validation(field: "username", "the user name contains a colon or a control character")
      }
      return "Basic " + Base64.encode("\(user):\(password.reveal())".utf8)
    case .bearer(let token):
      let text = token.reveal()
      guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
        throw .validation(field: "token", "the token contains white space or bytes outside ASCII")
      }
      return "Bearer " + text
    case .sshKey, .sshAgent:
      throw .validation(
        field: "credentials", "an ssh key does not open \(transfer.place) over HTTP",
        remedy: "give a token or a user name and a password, or use the repository's ssh URL")
    }
  }

  func open(_ service: GitService) throws(GitHostError) -> any GitWireStream {
    if let reason = transfer.reasonToStop() { throw reason }
    if !service.isList {
      return HTTPWireStream(
        transfer, transport, request(.post, "\(base)/\(service.program)", service),
        expecting: "application/x-\(service.program)-result")
    }
    let suffix = "/info/refs?service=\(service.program)"
    for _ in 0...GitDefaults.maximumRedirects {
      let stream = HTTPWireStream(
        transfer, transport, request(.get, base + suffix, service),
        expecting: "application/x-\(service.program)-advertisement")
      guard let place = try stream.redirect() else { return stream }
      stream.close()
      let next = try follow(place, suffix: suffix)
      base = next
    }
    throw GitHostError(.protocolViolation, "\(transfer.place) redirects in circles")
  }

  func close() {}

  private func request(_ method: HTTPRequest.Method, _ url: String, _ service: GitService) -> HTTPTransportRequest {
    let limits = transfer.limits
    var fields: HTTPFields = [.accept: "*/*", .cacheControl: "no-cache"]
    if method == .post {
      fields[.contentType] = "application/x-\(service.program)-request"
      fields[.accept] = "application/x-\(service.program)-result"
    }
    if let authorization { fields[.authorization] = authorization }
    fields[.userAgent] = "git/2.0 (wge)"
    return HTTPTransportRequest(
      method: method, url: url, fields: fields,
      options: HTTPRequestOptions(
        timeouts: HTTPTimeouts(
          connect: limits.connectTimeout, head: nil, idle: limits.idleTimeout, total: limits.deadline),
        limits: HTTPLimits(bodyBytes: service.isList ? GitDefaults.maximumAdvertisementBytes : Int(limits.bytes))))
  }

  /// The repository's address after a redirect of its list of references.
  private func follow(_ location: String, suffix: String) throws(GitHostError) -> String {
    let origin = "\(transfer.remote.reference.transport.rawValue)://\(transfer.remote.reference.place)"
    let target = location.hasPrefix("/") && !location.hasPrefix("//") ? origin + location : location
    guard target.hasSuffix(suffix), target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
      let place = try? RepositoryReference(url: String(target.dropLast(suffix.count)))
    else {
      throw GitHostError(
        .protocolViolation, "\(transfer.place) redirects to what is no repository",
        remedy: "check that the URL is the one to clone from")
    }
    guard place.transport == transfer.remote.reference.transport, place.host == transfer.remote.reference.host,
      place.port == transfer.remote.reference.port, place.user == nil
    else {
      throw GitHostError(
        .protocolViolation,
        "\(transfer.place) redirects to \(place.transport.rawValue)://\(place.place), which is not followed",
        remedy: "use the repository's URL there, if you trust that host")
    }
    return Self.base(place)
  }
}
