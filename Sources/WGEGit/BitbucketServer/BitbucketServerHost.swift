internal import HTTPTypes
internal import WGECore
public import WGEHTTP

/// Bitbucket Server and Data Center.
///
/// Its API writes one file at a time, so several go by `git push` from a mirror. Pull requests have
/// no labels.
public struct BitbucketServerHost: GitHost {
  let client: RESTClient
  let push: CommitPush?

  /// - Parameters:
  ///   - webURL: where the server is, context path included: `https://bitbucket.example.com`.
  ///   - credential: an HTTP access token or OAuth token; or a user with a password.
  ///   - transport: whose trust roots, client certificate and proxy apply, to the API and to pushes.
  ///   - mirrors: where pushed commits are made.
  ///   - allowsPlainHTTP: send the credential also to a server on plain http that is not loopback.
  public init(
    webURL: String, credential: GitHostCredential, transport: any HTTPTransport, mirrors: GitMirrors,
    allowsPlainHTTP: Bool = false, settings: GitHostSettings = GitHostSettings()
  ) {
    self.init(
      webURL: webURL, credential: credential, transport: transport, allowsPlainHTTP: allowsPlainHTTP,
      settings: settings,
      push: mirrors.route(
        over: transport, settings, allowsPlainHTTP: allowsPlainHTTP, signIn: Self.gitCredential(credential)))
  }

  private static func gitCredential(_ credential: GitHostCredential) -> GitCredential {
    switch credential {
    case .token(let token): .bearer(token)
    case .basic(let user, let password): .basic(username: user, password: password)
    }
  }

  init(
    webURL: String, credential: GitHostCredential, transport: any HTTPTransport, allowsPlainHTTP: Bool = false,
    settings: GitHostSettings, push: CommitPush?
  ) {
    client = RESTClient(
      root: webURL, dialect: BitbucketServerDialect(credential: credential), transport: transport, settings: settings,
      allowsPlainHTTP: allowsPlainHTTP)
    self.push = push
  }

  /// Always `bitbucket-server`.
  public var provider: String { GitProvider.bitbucketServer.rawValue }

  /// Reviewers, drafts (8.18 and later) and statuses; no labels.
  public var capabilities: GitHostCapabilities {
    GitHostCapabilities(
      mergeMethods: Set(MergeMethod.allCases), hasLabels: false, hasDrafts: true, hasMultiFileAPI: false,
      hasReviewers: true, hasCommitStatuses: true)
  }

  func place(_ repository: RepositoryPath) -> String {
    "/projects/\(repository.owner.percentEncodedSegment)/repos/\(repository.name.percentEncodedSegment)"
  }

  func base(_ repository: RepositoryPath) -> String { "/rest/api/1.0" + place(repository) }

  /// A repository with its default branch.
  public func repository(_ repository: RepositoryPath) async throws -> GitHostRepository {
    let json = try await client.json(RESTRequest(.get, base(repository), "read the repository \(repository)"))
    var standard: BranchName?
    do throws(GitHostError) {
      standard = try await defaultBranch(repository)
    } catch {
      // An empty repository has none.
      guard error.code == .notFound else { throw error }
    }
    func clone(_ name: String) -> String? {
      json.list("links", "clone").first { $0.text("name") == name }?.text("href")
    }
    let path = try RepositoryPath(
      owner: json.text("project", "key") ?? repository.owner, name: json.text("slug") ?? repository.name)
    return GitHostRepository(
      path: path, id: json.integer("id").map(String.init), defaultBranch: try standard ?? BranchName("main"),
      webURL: json.list("links", "self").first?.text("href"),
      cloneURL: GitHostError.withoutUserInfo(clone("http") ?? clone("https") ?? ""), sshURL: clone("ssh"),
      isPrivate: !(json.flag("public") ?? false), isArchived: json.flag("archived") ?? false,
      isEmpty: standard == nil)
  }

  func defaultBranch(_ repository: RepositoryPath) async throws(GitHostError) -> BranchName? {
    try await client.json(
      RESTRequest(.get, base(repository) + "/branches/default", "read the default branch of \(repository)")
    ).text("displayId").flatMap { try? BranchName($0) }
  }

  /// Who the token belongs to. The server answers strangers too, so only its own word counts.
  public func currentUser() async throws -> GitHostUser {
    let answer = try await client.send(
      RESTRequest(.get, "/rest/api/1.0/users", "check the token", query: [("limit", "1")]))
    guard let login = answer.field("x-ausername"), !login.isEmpty else {
      throw GitHostError(.unauthorized, "Bitbucket took the token for nobody's", remedy: "renew the token")
    }
    return try await user(login)
  }

  private func user(_ login: String) async throws(GitHostError) -> GitHostUser {
    do throws(GitHostError) {
      let json = try await client.json(
        RESTRequest(.get, "/rest/api/1.0/users/\(login.percentEncodedSegment)", "read the user \(login)"))
      return GitHostUser(
        login: login,
        identity: GitIdentity(name: json.text("displayName") ?? login, email: json.text("emailAddress") ?? ""))
    } catch {
      // Access tokens of projects have no user.
      guard error.code == .notFound || error.code == .forbidden else { throw error }
      return GitHostUser(login: login, identity: GitIdentity(name: login, email: ""))
    }
  }

  /// Marks a commit; Bitbucket wants a URL.
  public func setStatus(_ status: CommitStatus, of commit: GitObjectID, in repository: RepositoryPath) async throws {
    let status = try status.checked()
    let state =
      switch status.state {
      case .pending: "INPROGRESS"
      case .success: "SUCCESSFUL"
      case .failure, .error: "FAILED"
      }
    let body = JSON.members([
      ("state", .string(state)), ("key", .string(status.context)), ("name", .string(status.context)),
      ("description", .string(HostInput.cut(status.summary, to: 255))),
      ("url", .string(status.targetURL ?? client.root)),
    ])
    _ = try await client.send(
      RESTRequest(
        .post, "/rest/build-status/1.0/commits/\(commit)", "set the status of \(commit.abbreviated)",
        body: .json(body), isRepeatable: true))
  }

  // MARK: - Commits

  /// Who the token belongs to, as the answer about a repository tells, with its clone URL.
  func pushedCommit(_ plan: CommitPlan) async throws -> PushedCommit {
    let repository = plan.repository
    let request = RESTRequest(.get, base(repository), "read the repository \(repository)")
    let answer = try await client.send(request)
    let links = try client.read(answer, of: request).list("links", "clone")
    guard let url = links.first(where: { ["http", "https"].contains($0.text("name")) })?.text("href") else {
      throw GitHostError(
        .unsupported, "\(repository) cannot be pushed to over https", remedy: "allow https in the server's settings")
    }
    guard let login = answer.field("x-ausername"), !login.isEmpty else {
      throw GitHostError(.unauthorized, "Bitbucket took the token for nobody's", remedy: "renew the token")
    }
    let cloneURL = GitHostError.withoutUserInfo(url)
    try client.requireOrigin(of: cloneURL, among: pushOrigins)
    return PushedCommit(cloneURL: cloneURL, plan: plan, author: try await user(login).identity)
  }
}

/// Bitbucket Server's fields and failures.
struct BitbucketServerDialect: RESTDialect {
  let label = "Bitbucket"
  let fields: HTTPFields
  let asksConditionally = false
  let followsRedirects = true

  init(credential: GitHostCredential) {
    var fields: HTTPFields = [.accept: "application/json"]
    // Without it, requests that are no JSON are taken for forgeries from a browser.
    fields[.wellKnown("X-Atlassian-Token")] = "no-check"
    fields[.authorization] = credential.authorization
    self.fields = fields
  }

  func failure(_ answer: RESTAnswer, to request: RESTRequest, now: Timestamp) -> GitHostError? {
    if (200..<400).contains(answer.status) { return nil }
    let first = answer.json.list("errors").first ?? .null
    var error = GitHostError(status: answer, doing: request.doing, label: label, said: first.text("message"), now: now)
    error.field = first.text("context")
    let name = first.text("exceptionName")?.split(separator: ".").last.map(String.init) ?? ""
    if name.hasPrefix("NoSuch") || name.hasPrefix("NoDefaultBranch") {
      error.code = .notFound
    } else if name.hasPrefix("Duplicate") {
      error.code = .alreadyExists
      error.existingPullRequest = first["existingPullRequest"].flatMap {
        BitbucketServerHost.pullRequest($0, root: "")
      }
    } else if name.contains("OutOfDate") {
      error.code = .staleHead
      error.remedy = "read again and decide again"
    } else if name.contains("Veto") || name.contains("MergeConflict") || name == "PullRequestMergeException" {
      error.code = .notMergeable
      error.reason = first.list("vetoes").first?.text("summaryMessage") ?? error.reason
    } else if name.hasPrefix("Empty") || name.contains("FileContentUnmodified") {
      error.code = .noChanges
    } else if name.contains("IllegalPullRequestState") {
      error.code = .notMergeable
    }
    return error
  }
}
