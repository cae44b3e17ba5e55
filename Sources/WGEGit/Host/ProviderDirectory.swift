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
  private let hosts: [String: ProviderHostSettings]
  private let known = KnownHosts()

  /// - Parameters:
  ///   - hostTypes: the hosts of the installation.
  ///   - transport: whose trust roots and proxy apply.
  ///   - mirrors: where commits are made that go by push: those that are too large for a provider's API or that it
  ///     cannot express. Bitbucket Server needs them.
  ///   - settings: patience and bounds.
  ///   - hosts: what is special of single hosts, by `host` or `host:port` as repository URLs have them, in any case.
  ///   - credentials: for hosts whose credential the caller does not bring. Default: none.
  public init(
    hostTypes: GitHostTypes = .builtIn, transport: any HTTPTransport, mirrors: GitMirrors? = nil,
    settings: GitHostSettings = GitHostSettings(), hosts: [String: ProviderHostSettings] = [:],
    credentials: @escaping CredentialSource = { _ in nil }
  ) {
    self.hostTypes = hostTypes
    self.transport = transport
    self.mirrors = mirrors
    self.credentials = credentials
    self.settings = settings
    self.hosts = Dictionary(hosts.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
  }

  /// See ``GitHostDirectory/location(of:provider:token:)``.
  public func location(
    of cloneURL: String, provider: String?, token: Secret<String>?
  ) async throws -> GitHostLocation {
    let insecure = Set(hosts.filter(\.value.allowsPlainHTTP).keys)
    let url = try RepositoryURL(
      cloneURL, hostTypes: hostTypes, policy: RepositoryURL.Policy(insecureHosts: insecure))
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
    let special = hosts[url.reference.place] ?? hosts[url.reference.host] ?? ProviderHostSettings()
    return GitHostLocation(
      host: try host(of: url, special, credential), repository: try special.path(of: url))
  }

  private func host(
    of url: RepositoryURL, _ special: ProviderHostSettings, _ credential: GitHostCredential
  ) throws(GitHostError) -> any GitHost {
    let root = try special.root(of: url)
    let key = "\(url.provider.rawValue) \(root) \(url.organization ?? "") \(Self.digest(of: credential))"
    return try known.host(key) { () throws(GitHostError) in try makeHost(of: url, special, credential, root) }
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
    of url: RepositoryURL, _ special: ProviderHostSettings, _ credential: GitHostCredential, _ root: String
  ) throws(GitHostError) -> any GitHost {
    let transport = special.transport ?? transport
    let plain = special.allowsPlainHTTP
    switch url.provider {
    case .github:
      guard let scheme = root.firstRange(of: "://") else { throw special.refusal("webURL", root) }
      return GitHubHost(
        host: String(root[scheme.upperBound...]), credential: credential, transport: transport, mirrors: mirrors,
        apiURL: special.apiURL ?? (root.hasPrefix("http://") ? root + "/api/v3" : nil), allowsPlainHTTP: plain,
        settings: settings)
    case .gitlab:
      return GitLabHost(
        credential: credential, transport: transport, mirrors: mirrors, webURL: root, allowsPlainHTTP: plain,
        settings: settings)
    case .bitbucketCloud:
      return BitbucketCloudHost(
        credential: credential, transport: transport, mirrors: mirrors,
        apiURL: special.apiURL ?? GitDefaults.bitbucketCloudAPI, settings: settings)
    case .bitbucketServer:
      guard let mirrors else {
        throw GitHostError(.unsupported, "Bitbucket Server needs mirrors, from which commits are pushed")
      }
      return BitbucketServerHost(
        webURL: root, credential: credential, transport: transport, mirrors: mirrors, allowsPlainHTTP: plain,
        settings: settings)
    case .azureDevOps:
      return AzureDevOpsHost(
        organization: url.organization ?? "", credential: credential, transport: transport, mirrors: mirrors,
        webURL: root, apiVersion: special.apiVersion ?? GitDefaults.azureAPIVersion, allowsPlainHTTP: plain,
        settings: settings)
    case .local:
      throw GitHostError(.unsupported, "file URLs are served by a local host's directory", field: "url")
    }
  }
}

/// The hosts that were found lately, by place and credential.
private final class KnownHosts: Sendable {
  private let state = Mutex<(hosts: [String: (host: any GitHost, used: UInt64)], uses: UInt64)>(([:], 0))

  func host(_ key: String, make: () throws(GitHostError) -> any GitHost) throws(GitHostError) -> any GitHost {
    if let host = find(key) { return host }
    let made = try make()
    return state.withLock { state in
      state.uses += 1
      let host = state.hosts[key]?.host ?? made
      // Tokens change all the time. Those in use keep what they have met: a rate limit, above all.
      if state.hosts[key] == nil, state.hosts.count >= GitDefaults.maximumKnownHosts,
        let oldest = state.hosts.min(by: { $0.value.used < $1.value.used })?.key
      {
        state.hosts[oldest] = nil
      }
      state.hosts[key] = (host, state.uses)
      return host
    }
  }

  private func find(_ key: String) -> (any GitHost)? {
    state.withLock { state in
      guard let found = state.hosts[key] else { return nil }
      state.uses += 1
      state.hosts[key] = (found.host, state.uses)
      return found.host
    }
  }
}
