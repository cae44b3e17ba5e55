public import WGECore

/// The kinds of Git host that repositories are found on. The raw values stand in settings and APIs.
public enum GitProvider: String, Sendable, Hashable, Codable, CaseIterable {
  /// github.com, GitHub Enterprise Server and `*.ghe.com`.
  case github
  /// gitlab.com and self-managed GitLab.
  case gitlab
  /// Bitbucket Server and Data Center.
  case bitbucketServer = "bitbucket-server"
  /// bitbucket.org.
  case bitbucketCloud = "bitbucket-cloud"
  /// dev.azure.com and Azure DevOps Server.
  case azureDevOps = "azure-devops"
  /// A folder on this machine; see ``LocalGitHost``.
  case local
}

/// Which host is of which kind: the well-known ones, and those of the installation's settings.
///
/// A host that is not listed is unknown, and no credential is ever sent to it.
public struct GitHostTypes: Sendable, Hashable {
  /// `host` or `host:port` in lower case to its kind; these win over the built-in ones.
  public private(set) var hosts: [String: GitProvider]

  /// The well-known hosts alone.
  public static let builtIn = GitHostTypes(checked: [:])

  private init(checked hosts: [String: GitProvider]) { self.hosts = hosts }

  /// - Parameter hosts: keys are `host` or `host:port`, in any case.
  /// - Throws: ``GitHostError`` with code `validation` and field `hostTypes` for a key that is no host.
  public init(_ hosts: [String: GitProvider]) throws(GitHostError) {
    var checked: [String: GitProvider] = [:]
    for (key, provider) in hosts {
      let key = key.lowercased()
      var host = key[...]
      if let colon = key.lastIndex(of: ":"), !key[colon...].contains("]") {
        host = key[..<colon]
        guard let port = Int(key[key.index(after: colon)...]), (1...65535).contains(port) else {
          throw Self.refuse("the host type key \(GitHostError.quote(key)) has a bad port")
        }
      }
      guard RepositoryReference.isHost(String(host)) else {
        throw Self.refuse("the host type key \(GitHostError.quote(key)) is not a host name")
      }
      checked[key] = provider
    }
    self.hosts = checked
  }

  /// Reads a setting: `host=provider` pairs separated by commas, or a JSON object of them.
  /// - Throws: ``GitHostError`` with code `validation` and field `hostTypes`.
  public init(setting: String) throws(GitHostError) {
    var hosts: [String: GitProvider] = [:]
    func add(_ host: String, _ name: String) throws(GitHostError) {
      guard let provider = GitProvider(rawValue: name), provider != .local else {
        let known = GitProvider.allCases.filter { $0 != .local }.map(\.rawValue).joined(separator: ", ")
        throw Self.refuse(
          "the host type \(GitHostError.quote(name)) of \(GitHostError.quote(host)) is not one of \(known)")
      }
      hosts[host] = provider
    }
    let text = setting.trimmed
    if text.hasPrefix("{") {
      guard let object = (try? JSON(parsing: text))?.objectValue else {
        throw Self.refuse("the host types are not a JSON object")
      }
      for member in object {
        guard let name = member.value.stringValue else {
          throw Self.refuse("the host type of \(GitHostError.quote(member.key)) is not a string")
        }
        try add(member.key, name)
      }
    } else {
      for pair in text.split(separator: ",") {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
          String($0).trimmed
        }
        guard parts.count == 2, !parts[0].isEmpty else {
          throw Self.refuse("the host type \(GitHostError.quote(String(pair))) is not host=provider")
        }
        try add(parts[0], parts[1])
      }
    }
    try self.init(hosts)
  }

  /// The kind of a host; nil when unknown.
  public func provider(host: String, port: Int?) -> GitProvider? {
    if let port, let found = hosts["\(host):\(port)"] { return found }
    if let found = hosts[host] { return found }
    if let found = Self.wellKnown[host] { return found }
    if host.hasSuffix(".visualstudio.com") { return .azureDevOps }
    if host.hasSuffix(".ghe.com") { return .github }
    return nil
  }

  private static func refuse(_ problem: String) -> GitHostError {
    .validation(field: "hostTypes", problem, remedy: "write git.example.com=gitlab,code.example.com=bitbucket-server")
  }

  private static let wellKnown: [String: GitProvider] = [
    "github.com": .github, "ssh.github.com": .github, "www.github.com": .github,
    "gitlab.com": .gitlab, "altssh.gitlab.com": .gitlab, "www.gitlab.com": .gitlab,
    "bitbucket.org": .bitbucketCloud, "altssh.bitbucket.org": .bitbucketCloud, "www.bitbucket.org": .bitbucketCloud,
    "dev.azure.com": .azureDevOps, "ssh.dev.azure.com": .azureDevOps,
  ]
}
