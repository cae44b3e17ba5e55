public import WGECore

/// How to sign in to a remote.
public enum GitCredential: Sendable {
  /// User name and password, or token as password as most hosts want it.
  case basic(username: String, password: Secret<String>)
  /// Sent as `Authorization: Bearer`, with the first request.
  case bearer(Secret<String>)
}

/// A repository elsewhere: where it is and how to sign in.
///
/// `file://` and `http(s)://` are served. The credential goes only to the URL's own scheme, host and
/// port: redirects to other hosts are refused.
public struct GitRemote: Sendable {
  /// Asked for a credential once per operation, on the repository's own thread; may block shortly.
  public typealias CredentialProvider = @Sendable () throws -> GitCredential

  /// As given, without outer white space.
  public let url: String
  /// The parsed ``url``.
  public let reference: RepositoryReference
  let credentials: CredentialProvider?
  let allowsPlainHTTP: Bool

  /// - Parameters:
  ///   - url: without user info.
  ///   - allowsPlainHTTP: also send the credential over `http://` to hosts other than loopback.
  ///   - credentials: nil for anonymous access.
  /// - Throws: ``GitHostError``: `validation` for a bad URL; `unsupported` for ssh.
  public init(
    url: String, allowsPlainHTTP: Bool = false, credentials: CredentialProvider? = nil
  ) throws(GitHostError) {
    self.url = url.trimmed
    reference = try RepositoryReference(url: url)
    self.credentials = credentials
    self.allowsPlainHTTP = allowsPlainHTTP
    if reference.transport == .ssh {
      throw GitHostError(
        .unsupported, "ssh remotes are not served yet", remedy: "use the repository's https URL", field: "url")
    }
    if reference.transport == .git {
      throw GitHostError(
        .unsupported, "git:// remotes are neither encrypted nor served", remedy: "use the repository's https URL",
        field: "url")
    }
    if reference.transport == .http, credentials != nil, !allowsPlainHTTP, !Self.loopback.contains(reference.host) {
      throw .validation(
        field: "url", "the credential would go over plain http to \(reference.host)",
        remedy: "use https, or allow plain http for this remote")
    }
  }

  private static let loopback: Set<String> = ["localhost", "127.0.0.1", "[::1]"]

  /// The folder of a `file://` remote.
  var localPath: String? {
    guard reference.transport == .file else { return nil }
    let path = "/" + reference.segments.joined(separator: "/")
    return url.hasSuffix(".git") || url.hasSuffix(".git/") ? path + ".git" : path
  }
}

/// Bounds of one exchange with a remote.
public struct GitTransferLimits: Sendable {
  /// In total.
  public var deadline: Duration
  /// Objects in one fetched pack.
  public var objects: Int
  /// Bytes of one fetched pack.
  public var bytes: Int64
  /// Establishing one connection.
  public var connectTimeout: Duration
  /// Silence on the connection.
  public var idleTimeout: Duration

  /// The defaults are those of ``GitDefaults``.
  public init(
    deadline: Duration = GitDefaults.networkDeadline, objects: Int = GitDefaults.maximumPackObjects,
    bytes: Int64 = GitDefaults.maximumPackBytes, connectTimeout: Duration = GitDefaults.connectTimeout,
    idleTimeout: Duration = GitDefaults.idleTimeout
  ) {
    self.deadline = deadline
    self.objects = objects
    self.bytes = bytes
    self.connectTimeout = connectTimeout
    self.idleTimeout = idleTimeout
  }
}
