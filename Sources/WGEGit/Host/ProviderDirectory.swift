internal import Crypto
internal import Synchronization
public import WGECore
public import WGEHTTP

/// Finds the REST host that serves a repository URL: GitHub, GitLab, Bitbucket or Azure DevOps.
///
/// Hosts of unknown kind get no credential: they are refused. One place and credential give the same host
/// each time, so that a rate limit which one caller met holds for the others.
public struct ProviderDirectory: GitHostDirectory {
  /// The credential for a host when the caller brings none; nil: there is none.
  public typealias CredentialSource = @Sendable (RepositoryURL) async throws -> GitHostCredential?

  private let hostTypes: GitHostTypes
  private let transport: any HTTPTransport
  private let mirrors: GitMirrors?
  private let credentials: CredentialSource
  private let settings: GitHostSettings
  private let known = KnownHosts()

  /// - Parameters:
  ///   - hostTypes: the hosts of the installation.
  ///   - transport: whose trust roots and proxy apply.
  ///   - mirrors: where commits are made that go by push; Bitbucket Server needs them.
  ///   - settings: patience and bounds.
  ///   - credentials: for hosts whose credential the caller does not bring. Default: none.
  public init(
    hostTypes: GitHostTypes = .builtIn, transport: any HTTPTransport, mirrors: GitMirrors? = nil,
    settings: GitHostSettings = GitHostSettings(), credentials: @escaping CredentialSource = { _ in nil }
  ) {
    self.hostTypes = hostTypes
    self.transport = transport
    self.mirrors = mirrors
    self.credentials = credentials
    self.settings = settings
  }

  /// See ``GitHostDirectory/location(of:provider:token:)``.
  public func location(
    of cloneURL: String, provider: String?, token: Secret<String>?
  ) async throws -> GitHostLocation {
    let url = try RepositoryURL(cloneURL, hostTypes: hostTypes)
    if let provider, !provider.isEmpty, provider != url.provider.rawValue {
      throw GitHostError.validation(
        field: "provider",
        "the repository URL is of \(url.provider.rawValue), not of \(GitHostError.quote(provider))",
        remedy: "leave the provider out, or list the host in the host types")
    }
    let credential: GitHostCredential
    if let token {
      credential = .token(token)
    } else if let found = try await credentials(url) {
      credential = found
    } else {
      throw GitHostError(
        .unauthorized, "there is no credential for \(url.reference.host)", remedy: "sign in, or give a token")
    }
    return GitHostLocation(host: try host(of: url, credential), repository: try url.path())
  }

  private func host(of url: RepositoryURL, _ credential: GitHostCredential) throws(GitHostError) -> any GitHost {
    // Where https is: the URL may be of ssh, on another port.
    guard let origin = url.webURL.flatMap({ RESTClient.origin(of: $0) }) else {
      throw GitHostError(
        .unsupported, "the web address of the server cannot be told from the ssh URL",
        remedy: "use the repository's https URL", field: "url")
    }
    let root = origin + (url.contextPath.map { "/" + $0.percentEncodedPath } ?? "")
    let key = "\(url.provider.rawValue) \(root) \(url.organization ?? "") \(Self.digest(of: credential))"
    return try known.host(key) { () throws(GitHostError) in try makeHost(of: url, credential, origin, root) }
  }

  /// Tells credentials apart without keeping them.
  private static func digest(of credential: GitHostCredential) -> String {
    let text =
      switch credential {
      case .token(let token): "token \(token.reveal())"
      case .basic(let user, let password): "basic \(user):\(password.reveal())"
      }
    return Base64.encode(SHA256.hash(data: Array(text.utf8)))
  }

  private func makeHost(
    of url: RepositoryURL, _ credential: GitHostCredential, _ origin: String, _ root: String
  ) throws(GitHostError) -> any GitHost {
    let place = String(origin.dropFirst("https://".count))
    switch url.provider {
    case .github:
      return GitHubHost(host: place, credential: credential, transport: transport, settings: settings)
    case .gitlab:
      return GitLabHost(host: place, credential: credential, transport: transport, settings: settings)
    case .bitbucketCloud:
      return BitbucketCloudHost(credential: credential, transport: transport, mirrors: mirrors, settings: settings)
    case .bitbucketServer:
      guard let mirrors else {
        throw GitHostError(.unsupported, "Bitbucket Server needs mirrors, from which commits are pushed")
      }
      return BitbucketServerHost(
        webURL: root, credential: credential, transport: transport, mirrors: mirrors, settings: settings)
    case .azureDevOps:
      return AzureDevOpsHost(
        organization: url.organization ?? "", credential: credential, transport: transport, webURL: root,
        settings: settings)
    case .local:
      throw GitHostError(.unsupported, "file URLs are served by a local host's directory", field: "url")
    }
  }
}

/// The hosts that were found lately, by place and credential.
private final class KnownHosts: Sendable {
  private let hosts = Mutex<[String: any GitHost]>([:])

  func host(_ key: String, make: () throws(GitHostError) -> any GitHost) throws(GitHostError) -> any GitHost {
    if let host = hosts.withLock({ $0[key] }) { return host }
    let made = try make()
    return hosts.withLock { hosts in
      if let host = hosts[key] { return host }
      // Tokens change all the time; what is in use comes back by itself.
      if hosts.count >= GitDefaults.maximumKnownHosts { hosts.removeAll() }
      hosts[key] = made
      return made
    }
  }
}
