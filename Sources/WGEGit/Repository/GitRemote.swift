public import WGECore
public import WGEHTTP

/// How to sign in to a remote.
public enum GitCredential: Sendable {
  /// User name and password, or token as password as most hosts want it.
  case basic(username: String, password: Secret<String>)
  /// Sent as `Authorization: Bearer`.
  case bearer(Secret<String>)
  /// A private key in OpenSSH or PEM form, as `ssh-keygen` writes it, for ssh.
  case sshKey(Secret<String>, passphrase: Secret<String>? = nil)
  /// The keys of an ssh agent; nil: the one at `SSH_AUTH_SOCK`.
  case sshAgent(socket: String? = nil)
}

/// A repository elsewhere: where it is, how to get there and how to sign in.
///
/// `file://`, `http(s)://` and ssh are served. The credential goes only to the URL's own scheme, host and
/// port: redirects to other hosts are refused.
public struct GitRemote: Sendable {
  /// Asked for a credential once per operation, on the repository's own thread; may block shortly.
  public typealias CredentialProvider = @Sendable () throws -> GitCredential

  /// As given, without outer white space.
  public let url: String
  /// The parsed ``url``.
  public let reference: RepositoryReference
  let transport: (any HTTPTransport)?
  let knownHosts: SSHKnownHosts?
  let credentials: CredentialProvider?
  let allowsPlainHTTP: Bool

  /// - Parameters:
  ///   - url: without password.
  ///   - transport: for http(s): whose trust roots, client certificate and proxy apply. Nil: the system's trust
  ///     roots and the environment's proxy. A ``CurlTransport`` with `TLSConfiguration(trustRoots: .pem(…))`
  ///     trusts an authority of your own.
  ///   - knownHosts: for ssh: by which keys servers are recognised. Without it no ssh server is spoken to.
  ///   - allowsPlainHTTP: also send the credential over `http://` to hosts other than loopback.
  ///   - credentials: nil for anonymous access.
  /// - Throws: ``GitHostError``: `validation` for a bad URL; `unsupported` for git://.
  public init(
    url: String, transport: (any HTTPTransport)? = nil, knownHosts: SSHKnownHosts? = nil,
    allowsPlainHTTP: Bool = false, credentials: CredentialProvider? = nil
  ) throws(GitHostError) {
    self.url = url.trimmed
    reference = try RepositoryReference(url: url)
    self.transport = transport
    self.knownHosts = knownHosts
    self.credentials = credentials
    self.allowsPlainHTTP = allowsPlainHTTP
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

  /// The path as the programs at an ssh server take it: absolute from `ssh://`, below the home folder from
  /// `git@host:path`.
  var remotePath: String {
    guard url.contains("://") else {
      let colon = url.firstIndex(of: ":")
      let slash = url.firstIndex(of: "/") ?? url.endIndex
      // `git@host/path` has no colon of the scp form.
      guard let colon, colon < slash else { return "/" + String(url[slash...].drop { $0 == "/" }) }
      return String(url[url.index(after: colon)...])
    }
    var path = reference.segments.joined(separator: "/")
    if reference.writtenPath.hasSuffix(".git") { path += ".git" }
    return path.hasPrefix("~") ? path : "/" + path
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
