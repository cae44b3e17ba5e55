/// A repository URL understood: which provider serves it, what its path means there, and every other
/// address under which the same repository is known.
///
/// ```swift
/// let url = try RepositoryURL("git@gitlab.com:acme/infra/fleet.git")
/// url.provider      // .gitlab
/// url.path          // acme/infra/fleet
/// url.httpsURL      // https://gitlab.com/acme/infra/fleet.git
/// ```
public struct RepositoryURL: Sendable, Hashable {
  /// What is allowed beyond https and ssh.
  public struct Policy: Sendable, Hashable {
    /// `file://` URLs; for tests and machines without a network.
    public var allowsFiles: Bool
    /// Hosts that may be reached by `http://` and `git://`, `host` or `host:port`.
    public var insecureHosts: Set<String>

    /// By default https and ssh only.
    public init(allowsFiles: Bool = false, insecureHosts: Set<String> = []) {
      self.allowsFiles = allowsFiles
      self.insecureHosts = Set(insecureHosts.map { $0.lowercased() })
    }
  }

  /// Who serves it; `local` for `file://`.
  public let provider: GitProvider
  /// The URL as it was taken apart.
  public let reference: RepositoryReference
  /// The owner: user, organisation, nested groups, project key, or Azure's `organisation/project`.
  public let owner: String
  /// The repository's name, without `.git`.
  public let name: String
  /// Azure's organisation or collection.
  public let organization: String?
  /// Azure's project.
  public let project: String?
  /// Where Bitbucket Server or Azure DevOps Server is served below its host: `bitbucket`, `tfs`.
  public let contextPath: String?
  /// The path of a `file://` URL.
  public let filePath: String?
  /// The URL for `git clone`: as given, in canonical form.
  public let cloneURL: String
  /// A page for people; nil where it cannot be told.
  public let webURL: String?
  /// For `git clone` over https; nil where it cannot be told.
  public let httpsURL: String?
  /// For `git clone` over ssh; a guess on own servers, nil where none can be made.
  public let sshURL: String?
  /// The repository in the provider's REST API; nil where it cannot be told.
  public let apiBase: String?
  /// One text for one repository, in lower case: for caches and comparisons.
  public let identity: String

  /// Owner and name.
  /// - Throws: `validation` for a name that holds a character which paths do not take.
  public func path() throws(GitHostError) -> RepositoryPath { try RepositoryPath(owner: owner, name: name) }

  /// - Parameters:
  ///   - text: as a person wrote it.
  ///   - hostTypes: the hosts of the installation.
  ///   - policy: what is allowed beyond https and ssh.
  /// - Throws: ``GitHostError`` with code `validation`, field `url` and one of the reasons `empty`,
  ///   `unknownProvider`, `webPageURL`, …
  public init(
    _ text: String, hostTypes: GitHostTypes = .builtIn, policy: Policy = Policy()
  ) throws(GitHostError) {
    let reference = try RepositoryReference(url: text)
    self.reference = reference
    if reference.transport == .file {
      guard policy.allowsFiles else { throw RepositoryURLProblem.schemeNotAllowed.error("is a file URL") }
      guard let last = reference.segments.last else {
        throw RepositoryURLProblem.missingRepository.error("names no repository")
      }
      provider = .local
      owner = reference.segments.dropLast().joined(separator: "/")
      name = last
      (organization, project, contextPath) = (nil, nil, nil)
      filePath = "/" + reference.writtenPath
      cloneURL = "file:///" + reference.writtenPath
      (webURL, httpsURL, sshURL, apiBase) = (nil, nil, nil, nil)
      identity = "local:/" + reference.segments.joined(separator: "/")
      return
    }
    if reference.transport == .http || reference.transport == .git {
      guard policy.insecureHosts.contains(reference.place) || policy.insecureHosts.contains(reference.host) else {
        throw RepositoryURLProblem.schemeNotAllowed.error(
          "is not encrypted", remedy: "use https or ssh, or list the host as insecure")
      }
    }
    guard let provider = hostTypes.provider(host: reference.host, port: reference.port) else {
      throw RepositoryURLProblem.unknownProvider.error(
        "is on a host of unknown kind", remedy: "list the host in the host types, for instance git.example.com=gitlab")
    }
    self.provider = provider
    filePath = nil
    let user = reference.transport == .ssh ? (reference.user ?? "git") + "@" : ""
    cloneURL = "\(reference.transport.rawValue)://\(user)\(reference.place)/\(reference.writtenPath)"

    let meaning = try RepositoryURLMeaning(reference, provider)
    owner = meaning.owner
    name = meaning.name
    organization = meaning.organization
    project = meaning.project
    contextPath = meaning.contextPath
    webURL = meaning.webURL
    httpsURL = meaning.httpsURL
    sshURL = meaning.sshURL
    apiBase = meaning.apiBase
    identity = "\(provider.rawValue):\(meaning.identityPlace)/\(meaning.owner)/\(meaning.name)".lowercased()
  }

  /// The form that earlier systems stored in object names: always ssh, user `git`, with `.git`.
  /// - Parameter text: the URL as a person wrote it.
  public static func legacyNormalized(_ text: String) -> String {
    var rest = text[...]
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    var whole = String(rest)
    if !whole.hasSuffix(".git") { whole += ".git" }
    if whole.hasPrefix("git@"), let colon = whole.firstIndex(of: ":") {
      whole = "ssh://" + whole[..<colon] + "/" + whole[whole.index(after: colon)...]
    } else if whole.hasPrefix("git@") {
      whole = "ssh://" + whole
    }
    guard let scheme = whole.firstRange(of: "://") else { return "ssh://git@" + whole }
    let afterScheme = whole[scheme.upperBound...]
    let end = afterScheme.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? afterScheme.endIndex
    var host = afterScheme[..<end]
    if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
    let path = afterScheme[end...].prefix { $0 != "?" && $0 != "#" }
    return "ssh://git@" + host + (String(path).percentDecoded ?? String(path))
  }
}

extension String {
  /// The bytes behind percent escapes; nil for a bad escape or bytes that are not UTF-8.
  var percentDecoded: String? {
    var bytes: [UInt8] = []
    var input = Array(utf8)[...]
    while let byte = input.popFirst() {
      if byte == UInt8(ascii: "%") {
        let digits = input.prefix(2)
        guard digits.count == 2, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
          let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return nil }
        bytes.append(value)
        input = input.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// One path segment or query value: everything but unreserved characters percent-encoded, slashes too.
  var percentEncodedSegment: String {
    percentEncodedPath.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F")
  }
}
