internal import HTTPTypes
internal import WGECore
public import WGEHTTP

/// Bitbucket Cloud: bitbucket.org. Pull requests have no labels.
public struct BitbucketCloudHost: GitHost {
  let client: RESTClient
  let push: CommitPush?

  /// - Parameters:
  ///   - credential: an OAuth or access token; or an e-mail address with an API token.
  ///   - transport: whose trust roots, client certificate and proxy apply, to the API and to pushes.
  ///   - mirrors: where commits are made that the API cannot express (rebuilt branches, other modes, moves) or
  ///     takes no longer; nil: those are `unsupported` or `tooLarge`.
  ///   - apiURL: where the API is.
  public init(
    credential: GitHostCredential, transport: any HTTPTransport, mirrors: GitMirrors? = nil,
    apiURL: String = GitDefaults.bitbucketCloudAPI, settings: GitHostSettings = GitHostSettings()
  ) {
    let signIn: GitCredential =
      switch credential {
      case .token(let token): .basic(username: "x-token-auth", password: token)
      case .basic(_, let token): .basic(username: "x-bitbucket-api-token-auth", password: token)
      }
    self.init(
      credential: credential, transport: transport, apiURL: apiURL, settings: settings,
      push: mirrors?.route(over: transport, settings, signIn: signIn))
  }

  init(
    credential: GitHostCredential, transport: any HTTPTransport, apiURL: String, settings: GitHostSettings,
    push: CommitPush?
  ) {
    client = RESTClient(
      root: apiURL, dialect: BitbucketCloudDialect(credential: credential), transport: transport, settings: settings)
    self.push = push
  }

  /// Always `bitbucket-cloud`.
  public var provider: String { GitProvider.bitbucketCloud.rawValue }

  /// Drafts, reviewers and statuses; no labels, no rebase.
  public var capabilities: GitHostCapabilities {
    GitHostCapabilities(
      mergeMethods: [.merge, .squash, .fastForward], hasLabels: false, hasDrafts: true, hasMultiFileAPI: true,
      hasReviewers: true, hasCommitStatuses: true)
  }

  func base(_ repository: RepositoryPath) throws(GitHostError) -> String {
    guard !repository.owner.contains("/") else {
      throw .validation(
        field: "repository", "\(GitHostError.quote(repository.description)) is not workspace/repository")
    }
    return "/2.0/repositories/\(repository.owner.percentEncodedSegment)/\(repository.name.percentEncodedSegment)"
  }

  /// A repository with its default branch.
  public func repository(_ repository: RepositoryPath) async throws -> GitHostRepository {
    let json = try await client.json(RESTRequest(.get, base(repository), "read the repository \(repository)"))
    let standard = try json.text("mainbranch", "name").map { try BranchName($0) }
    func clone(_ name: String) -> String? {
      json.list("links", "clone").first { $0.text("name") == name }?.text("href")
    }
    return GitHostRepository(
      path: json.text("full_name").flatMap { try? RepositoryPath($0) } ?? repository, id: json.text("uuid"),
      defaultBranch: try standard ?? BranchName("main"), webURL: json.text("links", "html", "href"),
      cloneURL: GitHostError.withoutUserInfo(clone("https") ?? ""), sshURL: clone("ssh"),
      isPrivate: json.flag("is_private") ?? true, isEmpty: standard == nil)
  }

  /// Who the token belongs to.
  public func currentUser() async throws -> GitHostUser {
    let json = try await client.json(RESTRequest(.get, "/2.0/user", "read the token's user"))
    guard let login = json.text("username") ?? json.text("nickname") else {
      throw GitHostError(.protocolViolation, "Bitbucket names no user")
    }
    return GitHostUser(login: login, identity: GitIdentity(name: json.text("display_name") ?? login, email: ""))
  }

  /// Whether Bitbucket accepts the credential. Tokens of repositories, projects and workspaces have no user, and
  /// where nobody asks for one they look like bad ones; what anybody with a good credential may list tells them
  /// apart. A token that may do nothing but work in its repository is told by ``validateToken(in:)`` only.
  public func validateToken() async throws -> Bool {
    try await validate(RESTRequest(.get, "/2.0/repositories", "check the token", query: [("pagelen", "1")]))
  }

  /// Whether the credential is accepted for a repository, also where it has no user.
  public func validateToken(in repository: RepositoryPath) async throws -> Bool {
    try await validate(RESTRequest(.get, base(repository), "check the token"))
  }

  private func validate(_ otherwise: RESTRequest) async throws -> Bool {
    do {
      _ = try await currentUser()
      return true
    } catch let error as GitHostError where [.unauthorized, .forbidden].contains(error.code) {
      do throws(GitHostError) {
        _ = try await client.send(otherwise)
        return true
      } catch {
        guard error.code == .unauthorized else { throw error }
        return false
      }
    }
  }

  var pushOrigins: [String] { ["https://bitbucket.org", client.root] }

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
      // A key has at most 40 characters.
      ("state", .string(state)), ("key", .string(String(status.context.suffix(40)))), ("name", .string(status.context)),
      ("description", .string(HostInput.cut(status.summary, to: 255))),
      ("url", .string(status.targetURL ?? "https://bitbucket.org/\(repository)")),
    ])
    _ = try await client.send(
      RESTRequest(
        .post, base(repository) + "/commit/\(commit)/statuses/build", "set the status of \(commit.abbreviated)",
        body: .json(body), isRepeatable: true))
  }
}

/// Bitbucket Cloud's fields and failures.
struct BitbucketCloudDialect: RESTDialect {
  let label = "Bitbucket"
  let fields: HTTPFields
  let asksConditionally = false
  let followsRedirects = true

  init(credential: GitHostCredential) {
    var fields: HTTPFields = [.accept: "application/json"]
    fields[.authorization] = credential.authorization
    self.fields = fields
  }

  func failure(_ answer: RESTAnswer, to request: RESTRequest, now: Timestamp) -> GitHostError? {
    if (200..<400).contains(answer.status) { return nil }
    let json = answer.json["error"] ?? .null
    let fields = json["fields"]?.objectValue
    let detail = fields?.first.map { "\($0.key): \($0.value.list().first?.stringValue ?? $0.value.stringValue ?? "")" }
    let said = [json.text("message"), detail].compactMap { $0 }.joined(separator: ": ")
    var error = GitHostError(
      status: answer, doing: request.doing, label: label, said: said.isEmpty ? nil : said, now: now)
    switch answer.status {
    case 400:
      error.field = fields?.first?.key
      if said.contains("no changes to be pulled") || said.contains("no changes") { error.code = .noChanges }
      if said.contains("already exists") { error.code = .alreadyExists }
      if request.path.hasSuffix("/merge") {
        error.code = .notMergeable
        if said.contains("merge conflict") {
          error.code = .conflict
          error.remedy = "merge the base into the branch, settle the conflicts and push"
        }
      }
    case 403:
      let required = json.list("detail", "required").compactMap(\.stringValue)
      if !required.isEmpty {
        error.reason = "insufficientScope"
        error.remedy = "give the token the scopes: \(required.joined(separator: ", "))"
      } else if said.contains("branch") && said.contains("permission") {
        error.reason = "protectedBranch"
      }
    case 409 where request.path.hasSuffix("/src"):
      error.code = .staleHead
      error.remedy = "read again and decide again"
    case 409 where request.path.hasSuffix("/merge"): error.code = .notMergeable
    // The listing is too deep to be made in time; asking again does not help.
    case 555: error.code = .tooLarge
    default: break
    }
    return error
  }
}
