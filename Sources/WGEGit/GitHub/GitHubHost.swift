internal import HTTPTypes
internal import WGECore
public import WGEHTTP

/// GitHub: github.com, GitHub Enterprise Server and `*.ghe.com`, through the REST API.
///
/// A commit is made with the Git data API: objects first, the branch last and never by force, so that
/// nothing half-done is ever seen and of two writers one gets `staleHead`.
public struct GitHubHost: GitHost {
  let client: RESTClient
  let push: CommitPush?
  let pushOrigins: [String]

  /// - Parameters:
  ///   - host: `github.com`, or an Enterprise server as `host` or `host:port`.
  ///   - credential: a personal, OAuth or installation token.
  ///   - transport: whose trust roots and proxy apply, to the API and to pushes.
  ///   - mirrors: where commits are made that are too large for the API, and branches anew, whose move GitHub's
  ///     API does not compare; nil: the former are `tooLarge`, the latter compared just before.
  ///   - apiURL: where the API is when not in its usual place for the host.
  ///   - allowsPlainHTTP: send the credential also to a server on plain http that is not loopback.
  public init(
    host: String = "github.com", credential: GitHostCredential, transport: any HTTPTransport,
    mirrors: GitMirrors? = nil, apiURL: String? = nil, allowsPlainHTTP: Bool = false,
    settings: GitHostSettings = GitHostSettings()
  ) {
    self.init(
      host: host, credential: credential, transport: transport, apiURL: apiURL, allowsPlainHTTP: allowsPlainHTTP,
      settings: settings,
      push: mirrors?.route(
        over: transport, settings, allowsPlainHTTP: allowsPlainHTTP, signIn: credential.forGit(as: "x-access-token")))
  }

  init(
    host: String = "github.com", credential: GitHostCredential, transport: any HTTPTransport, apiURL: String? = nil,
    allowsPlainHTTP: Bool = false, settings: GitHostSettings, push: CommitPush?
  ) {
    let root = apiURL ?? GitHubAddress.apiBase(ofHost: host)
    client = RESTClient(
      root: root, dialect: GitHubDialect(credential: credential), transport: transport, settings: settings,
      allowsPlainHTTP: allowsPlainHTTP)
    self.push = push
    pushOrigins = ["https://\(host)", root]
  }

  /// Always `github`.
  public var provider: String { GitProvider.github.rawValue }

  /// Labels, drafts, reviewers and statuses; no fast-forward merges.
  public var capabilities: GitHostCapabilities {
    GitHostCapabilities(
      mergeMethods: [.merge, .squash, .rebase], hasLabels: true, hasDrafts: true, hasMultiFileAPI: true,
      hasReviewers: true, hasCommitStatuses: true)
  }

  /// `/repos/owner/name`.
  func base(_ repository: RepositoryPath) throws(GitHostError) -> String {
    guard !repository.owner.contains("/") else {
      throw .validation(
        field: "repository",
        "\(GitHostError.quote(repository.description)) has nested owners, which GitHub does not know")
    }
    return "/repos/\(repository.owner.percentEncodedSegment)/\(repository.name.percentEncodedSegment)"
  }

  /// A repository with its default branch and what the credential may do.
  public func repository(_ repository: RepositoryPath) async throws -> GitHostRepository {
    let doing = "read the repository \(repository)"
    let json = try await client.json(RESTRequest(.get, base(repository), doing))
    guard let name = json.text("default_branch"), let standard = try? BranchName(name) else {
      throw GitHostError(.protocolViolation, "could not \(doing): the answer names no default branch")
    }
    let path = (json.text("full_name").flatMap { try? RepositoryPath($0) }) ?? repository
    var isEmpty = false
    // A new repository has no size; only its missing branch tells that it is really empty.
    if json.integer("size") == 0 {
      do throws(GitHostError) {
        isEmpty = try await head(of: standard, in: repository) == nil
      } catch {
        guard error.code == .emptyRepository else { throw error }
        isEmpty = true
      }
    }
    return GitHostRepository(
      path: path, id: json.integer("id").map(String.init), defaultBranch: standard, webURL: json.text("html_url"),
      cloneURL: json.text("clone_url") ?? "", sshURL: json.text("ssh_url"), isPrivate: json.flag("private") ?? true,
      isArchived: json.flag("archived") ?? false, canPush: json.flag("permissions", "push") ?? true, isEmpty: isEmpty)
  }

  /// Who the token belongs to.
  public func currentUser() async throws -> GitHostUser {
    let json = try await client.json(RESTRequest(.get, "/user", "read the token's user"))
    guard let login = json.text("login") else {
      throw GitHostError(.protocolViolation, "GitHub names no user")
    }
    let email = json.text("email") ?? "\(json.integer("id") ?? 0)+\(login)@users.noreply.github.com"
    return GitHostUser(login: login, identity: GitIdentity(name: json.text("name") ?? login, email: email))
  }

  /// An app's installation may not ask who it is, but what it may see.
  public func validateToken() async throws -> Bool {
    do {
      _ = try await currentUser()
    } catch let error as GitHostError where error.code == .unauthorized {
      return false
    } catch let error as GitHostError where error.code == .forbidden {
      _ = try await client.send(
        RESTRequest(.get, "/installation/repositories", "read what the token may see", query: [("per_page", "1")]))
    }
    return true
  }

  /// Marks a commit.
  public func setStatus(_ status: CommitStatus, of commit: GitObjectID, in repository: RepositoryPath) async throws {
    let status = try status.checked()
    let body = JSON.members([
      ("state", .string(status.state.rawValue)), ("context", .string(status.context)),
      ("description", .string(HostInput.cut(status.summary, to: 140))),
      ("target_url", status.targetURL.map { .string($0) }),
    ])
    _ = try await client.send(
      RESTRequest(
        .post, base(repository) + "/statuses/\(commit)", "set the status of \(commit.abbreviated)", body: .json(body),
        isRepeatable: true))
  }
}

/// GitHub's fields and failures.
struct GitHubDialect: RESTDialect {
  let label = "GitHub"
  let fields: HTTPFields
  let asksConditionally = true
  let followsRedirects = true
  let writeSpacing = GitDefaults.githubWriteSpacing

  init(credential: GitHostCredential) {
    var fields: HTTPFields = [.accept: "application/vnd.github+json"]
    fields[.wellKnown("X-GitHub-Api-Version")] = "2022-11-28"
    fields[.authorization] = credential.authorization
    self.fields = fields
  }

  func failure(_ answer: RESTAnswer, to request: RESTRequest, now: Timestamp) -> GitHostError? {
    if (200..<400).contains(answer.status) { return nil }
    let json = answer.json
    let first = json.list("errors").first
    let said = [json.text("message"), first?.text("message") ?? first?.stringValue].compactMap { $0 }
      .joined(separator: ": ")
    var error = GitHostError(
      status: answer, doing: request.doing, label: label, said: said.isEmpty ? nil : said, now: now)
    switch answer.status {
    case 403, 429: refine(&error, answer, said, now)
    case 409:
      if said.contains("is empty") {
        error.code = .emptyRepository
        error.remedy = "make the first commit with allowInitial"
      } else if request.path.hasSuffix("/merge") {
        error.code = .staleHead
        error.remedy = "look at the new commits, then merge"
      }
    case 405: error.code = .notMergeable
    case 422: refineValidation(&error, said, first)
    default: break
    }
    return error
  }

  private static func untilReset(_ answer: RESTAnswer, _ now: Timestamp) -> Duration? {
    answer.field("x-ratelimit-reset").flatMap { Int64($0) }.map { seconds in
      // A clock of ours that goes wrong must not stop us for good: GitHub's longest window is an hour.
      min(max(.zero, Timestamp(seconds: seconds).duration(since: now)), .seconds(3600))
    }
  }

  /// The next request would be refused.
  func pause(after answer: RESTAnswer, now: Timestamp) -> Duration? {
    answer.field("x-ratelimit-remaining") == "0" ? Self.untilReset(answer, now) : nil
  }

  private func refine(_ error: inout GitHostError, _ answer: RESTAnswer, _ said: String, _ now: Timestamp) {
    let remaining = answer.field("x-ratelimit-remaining")
    let wait = GitHostError.retryAfter(answer, now: now)
    if said.lowercased().contains("secondary rate limit") || wait != nil || (answer.status == 429 && remaining != "0") {
      error.code = .rateLimited
      error.reason = "secondary"
      error.retryAfter = wait
    } else if remaining == "0" {
      error.code = .rateLimited
      error.reason = "primary"
      error.retryAfter = Self.untilReset(answer, now)
    } else if let sso = answer.field("x-github-sso") {
      error.reason = "ssoRequired"
      let page = sso.firstRange(of: "url=").map { String(sso[$0.upperBound...]) }
      error.remedy = "allow the token for the organisation" + (page.map { " at \($0)" } ?? "")
    } else if let accepted = answer.field("x-accepted-oauth-scopes"), !accepted.isEmpty,
      said.contains("not accessible by") || said.contains("scope")
    {
      error.reason = "insufficientScope"
      error.remedy = "give the token one of the scopes: \(accepted)"
    } else if said.contains("protected branch") {
      error.reason = "protectedBranch"
      error.remedy = "open a pull request instead"
    } else if said.contains("archived") {
      error.reason = "archived"
    }
    if error.code == .rateLimited { error.remedy = "try again later" }
  }

  private func refineValidation(_ error: inout GitHostError, _ said: String, _ first: JSON?) {
    error.field = first?.text("field")
    if said.contains("not a fast forward") {
      error.code = .staleHead
      error.remedy = "read again and decide again"
    } else if said.contains("Reference already exists") {
      error.code = .alreadyExists
    } else if said.contains("pull request already exists") {
      error.code = .alreadyExists
      error.remedy = "update that one"
    } else if said.contains("No commits between") {
      error.code = .noChanges
    } else if said.contains("Reference does not exist") {
      error.code = .notFound
    } else if said.contains("protected branch") || said.contains("rule violations") {
      error.code = .forbidden
      error.reason = "protectedBranch"
    } else if said.contains("Object does not exist") || said.contains("No commit found") {
      error.code = .notFound
    }
  }
}
