/// What a path means on one provider, and the other addresses that follow from it.
struct RepositoryURLMeaning {
  var owner = ""
  var name = ""
  var organization: String?
  var project: String?
  var contextPath: String?
  var webURL: String?
  var httpsURL: String?
  var sshURL: String?
  var apiBase: String?
  /// Host with port, aliases folded.
  var identityPlace = ""

  init(_ reference: RepositoryReference, _ provider: GitProvider) throws(GitHostError) {
    let segments = reference.segments
    guard !segments.isEmpty else { throw RepositoryURLProblem.missingRepository.error("names no repository") }
    switch provider {
    case .github, .gitlab: try self.init(plain: reference, provider)
    case .bitbucketCloud: try self.init(bitbucketCloud: reference)
    case .bitbucketServer: try self.init(bitbucketServer: reference)
    case .azureDevOps: try self.init(azure: reference)
    case .local: throw RepositoryURLProblem.unknownProvider.error("is on a host of unknown kind")
    }
  }

  private static let aliases = [
    "ssh.github.com": "github.com", "www.github.com": "github.com", "altssh.gitlab.com": "gitlab.com",
    "www.gitlab.com": "gitlab.com", "altssh.bitbucket.org": "bitbucket.org", "www.bitbucket.org": "bitbucket.org",
  ]

  /// Web and ssh places of a host that serves both under one name.
  private init(places reference: RepositoryReference) {
    let alias = Self.aliases[reference.host]
    identityPlace = alias ?? reference.place
  }

  /// Where https is served: a port of another transport says nothing about it.
  private static func web(_ reference: RepositoryReference) -> String {
    aliases[reference.host] ?? (reference.transport == .https ? reference.place : reference.host)
  }

  private static func ssh(_ reference: RepositoryReference) -> String {
    aliases[reference.host] ?? (reference.transport == .ssh ? reference.place : reference.host)
  }

  private init(plain reference: RepositoryReference, _ provider: GitProvider) throws(GitHostError) {
    self.init(places: reference)
    let segments = reference.segments
    if provider == .gitlab, segments.contains("-") { throw Self.webPage }
    if provider == .github, segments.count > 2,
      ["tree", "blob", "pull", "commit", "commits", "issues"].contains(segments[2])
    {
      throw Self.webPage
    }
    try takeOwnerAndName(segments)
    let path = segments.map(\.percentEncodedSegment).joined(separator: "/")
    let web = Self.web(reference)
    webURL = "https://\(web)/\(path)"
    httpsURL = "https://\(web)/\(path).git"
    sshURL = "ssh://git@\(Self.ssh(reference))/\(path).git"
    apiBase =
      provider == .gitlab
      ? "https://\(web)/api/v4/projects/\(segments.joined(separator: "/").percentEncodedSegment)"
      : GitHubAddress.apiBase(ofHost: web) + "/repos/\(path)"
  }

  private init(bitbucketCloud reference: RepositoryReference) throws(GitHostError) {
    self.init(places: reference)
    let segments = reference.segments
    if segments.count > 2 {
      if ["src", "branch", "branches", "pull-requests", "commits"].contains(segments[2]) { throw Self.webPage }
      throw RepositoryURLProblem.invalidPath.error("has more than workspace and repository")
    }
    try takeOwnerAndName(segments)
    let path = segments.map(\.percentEncodedSegment).joined(separator: "/")
    let web = Self.web(reference)
    webURL = "https://\(web)/\(path)"
    httpsURL = "https://\(web)/\(path).git"
    sshURL = "ssh://git@\(Self.ssh(reference))/\(path).git"
    apiBase = "https://api.bitbucket.org/2.0/repositories/\(path)"
  }

  private init(bitbucketServer reference: RepositoryReference) throws(GitHostError) {
    self.init(places: reference)
    var context: [String] = []
    var segments = reference.segments[...]
    if reference.transport == .ssh {
      guard segments.count <= 2 else {
        throw RepositoryURLProblem.invalidPath.error("has more than key and repository")
      }
    } else if let marker = segments.lastIndex(where: { $0 == "scm" || $0 == "projects" || $0 == "users" }),
      marker <= 4, segments.count != 2 || segments[marker] == "scm"
    {
      context = Array(segments[..<marker])
      let word = segments[marker]
      segments = segments[(marker + 1)...]
      if word != "scm" {
        // KEY/repos/slug[/browse]
        let parts = Array(segments)
        guard parts.count >= 3, parts[1] == "repos" else {
          if parts.count < 3 { throw RepositoryURLProblem.missingRepository.error("names no repository") }
          throw RepositoryURLProblem.invalidPath.error("is not projects/KEY/repos/name")
        }
        guard parts.count == 3 || (parts.count == 4 && parts[3] == "browse") else { throw Self.webPage }
        segments = [word == "users" ? "~" + parts[0] : parts[0], parts[2]]
      } else if segments.count < 2 {
        throw RepositoryURLProblem.missingRepository.error("names no repository")
      }
    }
    guard segments.count <= 2 else { throw RepositoryURLProblem.invalidPath.error("is not scm/KEY/name") }
    try takeOwnerAndName(Array(segments))
    if !context.isEmpty { contextPath = context.joined(separator: "/") }
    let key = owner.percentEncodedPath
    let slug = name.percentEncodedSegment
    if reference.transport == .ssh {
      sshURL = "ssh://git@\(reference.place)/\(key)/\(slug).git"
      return
    }
    let root = "https://" + Self.web(reference) + (contextPath.map { "/" + $0.percentEncodedPath } ?? "")
    let people = owner.hasPrefix("~") ? "users/\(key.dropFirst())" : "projects/\(key)"
    webURL = "\(root)/\(people)/repos/\(slug)/browse"
    httpsURL = "\(root)/scm/\(key.lowercased())/\(slug).git"
    apiBase = "\(root)/rest/api/1.0/projects/\(key)/repos/\(slug)"
  }

  private init(azure reference: RepositoryReference) throws(GitHostError) {
    let host = reference.host
    let segments = reference.segments
    let invalid = RepositoryURLProblem.invalidPath.error("is not organisation/project/_git/repository")
    let isService =
      host == "dev.azure.com" || host == "ssh.dev.azure.com" || host == "visualstudio.com"
      || host.hasSuffix(".visualstudio.com")
    if reference.transport == .ssh, isService {
      guard segments.first == "v3" else { throw invalid }
      if segments.count < 4 { throw RepositoryURLProblem.missingRepository.error("names no repository") }
      guard segments.count == 4 else { throw invalid }
      take(organization: segments[1], project: segments[2], name: segments[3])
    } else {
      guard let marker = segments.firstIndex(of: "_git") else { throw invalid }
      guard segments.count > marker + 1 else {
        throw RepositoryURLProblem.missingRepository.error("names no repository")
      }
      guard segments.count == marker + 2 else { throw Self.webPage }
      let repository = segments[marker + 1]
      var before = Array(segments[..<marker])
      if host.hasSuffix(".visualstudio.com") {
        if before.first == "DefaultCollection" { before.removeFirst() }
        guard before.count <= 1 else { throw invalid }
        take(organization: String(host.prefix { $0 != "." }), project: before.first ?? repository, name: repository)
      } else if isService {
        switch before.count {
        case 1: take(organization: before[0], project: repository, name: repository)
        case 2: take(organization: before[0], project: before[1], name: repository)
        default: throw invalid
        }
      } else {
        guard (2...6).contains(before.count) else { throw invalid }
        take(organization: before[before.count - 2], project: before[before.count - 1], name: repository)
        if before.count > 2 { contextPath = before.dropLast(2).joined(separator: "/") }
      }
    }
    let path = owner.percentEncodedPath
    let slug = name.percentEncodedSegment
    identityPlace = isService ? "dev.azure.com" : reference.place
    let root: String
    if isService {
      root = "https://dev.azure.com"
      sshURL = "ssh://git@ssh.dev.azure.com/v3/\(path)/\(slug)"
    } else {
      root = "https://" + Self.web(reference) + (contextPath.map { "/" + $0.percentEncodedPath } ?? "")
    }
    webURL = "\(root)/\(path)/_git/\(slug)"
    httpsURL = webURL
    apiBase = "\(root)/\(path)/_apis/git/repositories/\(slug)"
  }

  private mutating func take(organization: String, project: String, name: String) {
    self.organization = organization
    self.project = project
    self.name = name
    owner = organization + "/" + project
  }

  private mutating func takeOwnerAndName(_ segments: [String]) throws(GitHostError) {
    guard let last = segments.last else { throw RepositoryURLProblem.missingRepository.error("names no repository") }
    guard segments.count >= 2 else { throw RepositoryURLProblem.missingOwner.error("names no owner") }
    owner = segments.dropLast().joined(separator: "/")
    name = last
  }

  private static let webPage = RepositoryURLProblem.webPageURL.error(
    "is a page of the web site", remedy: "give the address that the site offers for cloning")
}

/// Where GitHub's API is for a web host.
enum GitHubAddress {
  static func apiBase(ofHost host: String) -> String {
    if host == "github.com" { return "https://api.github.com" }
    if host.hasSuffix(".ghe.com") { return "https://api.\(host)" }
    return "https://\(host)/api/v3"
  }
}
