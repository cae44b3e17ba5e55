internal import HTTPTypes
internal import WGECore
public import WGEHTTP

/// GitLab: gitlab.com and self-managed, nested groups included, through API v4.
public struct GitLabHost: GitHost {
  let client: RESTClient
  let push: CommitPush?

  /// - Parameters:
  ///   - host: `gitlab.com`, or an own server as `host` or `host:port`.
  ///   - credential: an OAuth, personal, project or group token.
  ///   - transport: whose trust roots and proxy apply, to the API and to pushes.
  ///   - mirrors: where commits are made that are too large for the API, and those that its comparisons do not
  ///     protect: of more than ``GitDefaults/lastChangeLookups`` changed files, and of branches made anew. Nil: the
  ///     former are `tooLarge`, the latter compared just before.
  ///   - webURL: where GitLab is when not at the root of `https://host`, without a trailing slash.
  ///   - allowsPlainHTTP: send the credential also to a server on plain http that is not loopback.
  public init(
    host: String = "gitlab.com", credential: GitHostCredential, transport: any HTTPTransport,
    mirrors: GitMirrors? = nil, webURL: String? = nil, allowsPlainHTTP: Bool = false,
    settings: GitHostSettings = GitHostSettings()
  ) {
    self.init(
      host: host, credential: credential, transport: transport, webURL: webURL, allowsPlainHTTP: allowsPlainHTTP,
      settings: settings,
      push: mirrors?.route(
        over: transport, settings, allowsPlainHTTP: allowsPlainHTTP, signIn: credential.forGit(as: "oauth2")))
  }

  init(
    host: String = "gitlab.com", credential: GitHostCredential, transport: any HTTPTransport, webURL: String? = nil,
    allowsPlainHTTP: Bool = false, settings: GitHostSettings, push: CommitPush?
  ) {
    client = RESTClient(
      root: webURL ?? "https://\(host)", dialect: GitLabDialect(credential: credential), transport: transport,
      settings: settings, allowsPlainHTTP: allowsPlainHTTP)
    self.push = push
  }

  /// Always `gitlab`.
  public var provider: String { GitProvider.gitlab.rawValue }

  /// Labels, drafts, reviewers and statuses; merge commits and squashes.
  public var capabilities: GitHostCapabilities {
    GitHostCapabilities(
      mergeMethods: [.merge, .squash], hasLabels: true, hasDrafts: true, hasMultiFileAPI: true, hasReviewers: true,
      hasCommitStatuses: true)
  }

  /// The project; its whole path is one segment.
  func base(_ repository: RepositoryPath) -> String {
    "/api/v4/projects/\(repository.description.percentEncodedSegment)"
  }

  /// A repository with its default branch and what the credential may do.
  public func repository(_ repository: RepositoryPath) async throws -> GitHostRepository {
    let json = try await client.json(RESTRequest(.get, base(repository), "read the repository \(repository)"))
    // An empty project may have no default branch yet.
    let standard = try BranchName(json.text("default_branch") ?? "main")
    let access = max(
      json.integer("permissions", "project_access", "access_level") ?? 0,
      json.integer("permissions", "group_access", "access_level") ?? 0)
    return GitHostRepository(
      path: json.text("path_with_namespace").flatMap { try? RepositoryPath($0) } ?? repository,
      id: json.integer("id").map(String.init), defaultBranch: standard, webURL: json.text("web_url"),
      cloneURL: json.text("http_url_to_repo") ?? "", sshURL: json.text("ssh_url_to_repo"),
      isPrivate: json.text("visibility") != "public", isArchived: json.flag("archived") ?? false,
      // 30 is Developer.
      canPush: json["permissions"] == nil || access >= 30, isEmpty: json.flag("empty_repo") ?? false)
  }

  /// Who the token belongs to. An OAuth token is checked for its scopes first.
  public func currentUser() async throws -> GitHostUser {
    do throws(GitHostError) {
      _ = try await client.json(RESTRequest(.get, "/oauth/token/info", "check the token"))
    } catch {
      // Personal and project tokens are no OAuth tokens: the next request decides.
      guard [.unauthorized, .notFound, .forbidden].contains(error.code) else { throw error }
    }
    let json = try await client.json(RESTRequest(.get, "/api/v4/user", "read the token's user"))
    guard let login = json.text("username") else { throw GitHostError(.protocolViolation, "GitLab names no user") }
    return GitHostUser(
      login: login, identity: GitIdentity(name: json.text("name") ?? login, email: json.text("email") ?? ""))
  }

  /// Marks a commit.
  public func setStatus(_ status: CommitStatus, of commit: GitObjectID, in repository: RepositoryPath) async throws {
    let status = try status.checked()
    let state =
      switch status.state {
      case .pending: "pending"
      case .success: "success"
      case .failure, .error: "failed"
      }
    let body = JSON.members([
      ("state", .string(state)), ("name", .string(status.context)),
      ("description", .string(HostInput.cut(status.summary, to: 255))),
      ("target_url", status.targetURL.map { .string($0) }),
    ])
    _ = try await client.send(
      RESTRequest(
        .post, base(repository) + "/statuses/\(commit)", "set the status of \(commit.abbreviated)", body: .json(body),
        isRepeatable: true))
  }
}

/// GitLab's fields and failures.
struct GitLabDialect: RESTDialect {
  let label = "GitLab"
  let fields: HTTPFields
  let asksConditionally = false
  let followsRedirects = true

  init(credential: GitHostCredential) {
    var fields: HTTPFields = [.accept: "application/json"]
    switch credential {
    // Both OAuth and personal tokens are taken in this form.
    case .token(let token): fields[.authorization] = "Bearer \(token.reveal())"
    case .basic(_, let password): fields[.wellKnown("PRIVATE-TOKEN")] = password.reveal()
    }
    self.fields = fields
  }

  func failure(_ answer: RESTAnswer, to request: RESTRequest, now: Timestamp) -> GitHostError? {
    if (200..<400).contains(answer.status) { return nil }
    let json = answer.json
    let (said, field) = Self.words(json)
    var error = GitHostError(
      status: answer, doing: request.doing, label: label, said: said.isEmpty ? nil : said, now: now)
    let isMerge = request.path.hasSuffix("/merge")
    switch answer.status {
    case 400: refine(&error, said, field)
    // Here it means "may not merge", not a dead token.
    case 401 where isMerge:
      error.code = .forbidden
      error.remedy = "ask for the right to merge into the branch"
    case 401:
      if json.text("error_description")?.contains("expired") ?? false { error.reason = "tokenExpired" }
    case 403:
      if json.text("error") == "insufficient_scope" {
        error.reason = "insufficientScope"
        error.remedy = "give the token the scope: \(json.text("scope") ?? "api")"
      } else if said.contains("protected") || said.contains("not allowed to push") {
        error.reason = "protectedBranch"
      }
    case 405, 406,
      422 where isMerge:
      error.code = .notMergeable
    case 409 where isMerge:
      error.code = .staleHead
      error.remedy = "look at the new commits, then merge"
    case 409:
      if said.contains("already exists") { error.code = .alreadyExists }
    default: break
    }
    return error
  }

  private func refine(_ error: inout GitHostError, _ said: String, _ field: String?) {
    error.field = field
    let text = said.lowercased()
    if text.contains("branch called") && text.contains("already exists") || text.contains("branch already exists") {
      error.code = .alreadyExists
    } else if text.contains("file with this name already exists") {
      error.code = .conflict
      error.reason = "fileExists"
      error.remedy = "read again and decide again"
    } else if text.contains("file with this name doesn't exist") {
      error.code = .conflict
      error.reason = "fileMissing"
      error.remedy = "read again and decide again"
    } else if text.contains("not allowed to push") {
      error.code = .forbidden
      error.reason = "protectedBranch"
      error.remedy = "open a merge request instead"
    } else if text.contains("changed since you started editing") || text.contains("reference update") {
      error.code = .staleHead
      error.remedy = "read again and decide again"
    } else if text.contains("you can only create or edit files when you are on a branch") {
      error.code = .notFound
      error.field = "branch"
    } else if text.contains("invalid reference name") {
      error.code = .notFound
    }
  }

  /// `message` is a text, a list, or an object of lists by field.
  private static func words(_ json: JSON) -> (said: String, field: String?) {
    func flat(_ json: JSON) -> String {
      switch json {
      case .string(let text): text
      case .array(let list): list.map(flat).joined(separator: ", ")
      case .object(let members): members.map { "\($0.key) \(flat($0.value))" }.joined(separator: ", ")
      default: ""
      }
    }
    let field = json["message"]?.objectValue?.first?.key
    if let message = json["message"] { return (flat(message), field) }
    return ([json.text("error"), json.text("error_description")].compactMap { $0 }.joined(separator: ": "), nil)
  }
}
