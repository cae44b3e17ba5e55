import FoundationEssentials
import HTTPTypes
public import WGECore
import WGEHTTP

/// Calls the JSON API of a WGE server, with a bearer token or the session of an earlier sign-in.
public struct APIClient: Sendable {
  /// A call that takes longer has failed.
  public static let timeout: Duration = .seconds(60)

  private let server: String
  private let authorization: (name: HTTPField.Name, value: Secret<String>)?
  private let transport: CurlTransport

  /// What is nil comes from the environment (`WGE_SERVER`, `WGE_TOKEN`, `WGE_CA`), else from the last sign-in.
  /// - Parameters:
  ///   - server: the server's URL.
  ///   - token: a Kubernetes bearer token.
  ///   - authority: a PEM file with the certificate authority to trust.
  /// - Throws: ``CommandFailure`` when no server is known or the file cannot be read.
  public init(server: String?, token: String?, authority: String?) throws {
    let environment = ProcessInfo.processInfo.environment
    let session = SessionFile.load()
    guard let server = server ?? environment["WGE_SERVER"] ?? session?.server else {
      throw CommandFailure("no server: run `wge login SERVER`, or set WGE_SERVER", code: .notSignedIn)
    }
    self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
    if let token = token ?? environment["WGE_TOKEN"] {
      authorization = (.authorization, Secret("Bearer \(token)"))
    } else if let session, session.server == self.server {
      authorization = (.cookie, session.cookie)
    } else {
      authorization = nil
    }
    var configuration = CurlTransport.Configuration()
    if let authority = authority ?? environment["WGE_CA"] {
      guard let data = try? Data(contentsOf: URL(filePath: authority)) else {
        throw CommandFailure("cannot read the certificate authority \(authority)")
      }
      configuration.tls.trustRoots = .pem(Array(data))
    }
    transport = try CurlTransport(configuration)
  }

  /// The answer to a GET.
  /// - Parameter query: empty values are left out.
  /// - Throws: ``CommandFailure``.
  public func get(_ path: String, query: [String: String] = [:]) async throws -> JSON {
    let items = query.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
      .map { "\(Self.encode($0.key))=\(Self.encode($0.value))" }
    return try await call(.get, path + (items.isEmpty ? "" : "?" + items.joined(separator: "&")), body: nil).json
  }

  /// The answer to a POST.
  /// - Throws: ``CommandFailure``.
  public func post(_ path: String, _ body: JSON) async throws -> JSON { try await call(.post, path, body: body).json }

  /// One path segment, percent-encoded.
  public static func encode(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        result.unicodeScalars.append(UnicodeScalar(byte))
      default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return result
  }

  /// Signs in with a password and keeps the session for later calls.
  /// - Throws: ``CommandFailure``.
  public func signIn(username: String, password: Secret<String>) async throws {
    let answer = try await call(
      .post, "/oauth2/sign_in", body: ["username": .string(username), "password": .string(password.reveal())])
    let cookies = answer.fields[values: .setCookie].compactMap { $0.split(separator: ";").first.map(String.init) }
    guard !cookies.isEmpty else {
      throw CommandFailure("the server gave no session; is sign-in by the cluster-user account enabled?")
    }
    try SessionFile(server: server, cookie: Secret(cookies.joined(separator: "; "))).save()
  }

  private func call(_ method: HTTPRequest.Method, _ path: String, body: JSON?) async throws
    -> (json: JSON, fields: HTTPFields)
  {
    var request = HTTPTransportRequest(method: method, url: server + path)
    request.fields[.accept] = "application/json"
    if let authorization { request.fields[authorization.name] = authorization.value.reveal() }
    if let body {
      request.fields[.contentType] = "application/json"
      // Tells the server that this is not a browser acting on somebody else's page.
      if let name = HTTPField.Name("X-WGE-CSRF") { request.fields[name] = "1" }
      request.body = .bytes(body.serialized())
    }
    request.options.timeouts.total = Self.timeout
    do {
      let response = try await transport.execute(request)
      let bytes = try await response.body.collect()
      guard response.status.kind == .successful else { throw Self.failure(response.status, bytes) }
      return (bytes.isEmpty ? [:] : try JSON(parsing: bytes), response.fields)
    } catch let error as HTTPError {
      if case .timedOut = error { throw CommandFailure("\(error)", code: .timeout) }
      throw CommandFailure("\(error)")
    } catch let error as JSONParseError {
      throw CommandFailure("\(server) does not answer as a WGE server: \(error)")
    }
  }

  private static func failure(_ status: HTTPResponse.Status, _ body: [UInt8]) -> CommandFailure {
    let message = (try? JSON(parsing: body))?["message"]?.stringValue ?? "the server answered \(status.code)"
    return switch status.code {
    case 401: CommandFailure("\(message): run `wge login`, or check WGE_TOKEN", code: .notSignedIn)
    case 403: CommandFailure(message, code: .notAllowed)
    case 504: CommandFailure(message, code: .timeout)
    default: CommandFailure(message)
    }
  }
}
