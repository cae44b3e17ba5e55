internal import HTTPTypes
internal import WGECore
public import WGEHTTP

/// Azure DevOps: dev.azure.com and Azure DevOps Server. Repositories are `organisation/project/name`.
public struct AzureDevOpsHost: GitHost {
  let client: RESTClient
  let push: CommitPush?
  let organization: String
  let version: String

  /// - Parameters:
  ///   - organization: or collection; whose users the token is checked against.
  ///   - credential: a personal access token or an Entra token, told apart by their form.
  ///   - transport: whose trust roots and proxy apply, to the API and to pushes.
  ///   - mirrors: where commits are made that the API cannot express (other modes) or takes no longer; nil: those
  ///     are `unsupported` or `tooLarge`.
  ///   - webURL: where the service is, context path included.
  ///   - apiVersion: `6.0` for Server 2020, `7.0` for Server 2022.
  ///   - allowsPlainHTTP: send the credential also to a server on plain http that is not loopback.
  public init(
    organization: String, credential: GitHostCredential, transport: any HTTPTransport, mirrors: GitMirrors? = nil,
    webURL: String = "https://dev.azure.com", apiVersion: String = GitDefaults.azureAPIVersion,
    allowsPlainHTTP: Bool = false, settings: GitHostSettings = GitHostSettings()
  ) {
    self.init(
      organization: organization, credential: credential, transport: transport, webURL: webURL,
      apiVersion: apiVersion, allowsPlainHTTP: allowsPlainHTTP, settings: settings,
      push: mirrors?.route(
        over: transport, settings, allowsPlainHTTP: allowsPlainHTTP,
        signIn: AzureDevOpsDialect.gitCredential(credential)))
  }

  init(
    organization: String, credential: GitHostCredential, transport: any HTTPTransport,
    webURL: String = "https://dev.azure.com", apiVersion: String = GitDefaults.azureAPIVersion,
    allowsPlainHTTP: Bool = false, settings: GitHostSettings, push: CommitPush?
  ) {
    self.organization = organization
    self.push = push
    version = apiVersion
    client = RESTClient(
      root: webURL, dialect: AzureDevOpsDialect(credential: credential), transport: transport, settings: settings,
      allowsPlainHTTP: allowsPlainHTTP)
  }

  /// Always `azure-devops`.
  public var provider: String { GitProvider.azureDevOps.rawValue }

  /// Labels, drafts, reviewers (by identity id) and statuses; no fast-forward merges.
  public var capabilities: GitHostCapabilities {
    GitHostCapabilities(
      mergeMethods: [.merge, .squash, .rebase], hasLabels: true, hasDrafts: true, hasMultiFileAPI: true,
      hasReviewers: true, hasCommitStatuses: true)
  }

  /// A request below a repository, with the API's version.
  func request(
    _ method: RESTRequest.Method, _ repository: RepositoryPath, _ tail: String, _ doing: String,
    query: [(name: String, value: String)] = [], body: RESTRequest.Body = .none, isRepeatable: Bool? = nil
  ) throws(GitHostError) -> RESTRequest {
    guard repository.owner.split(separator: "/").count == 2 else {
      throw .validation(
        field: "repository", "\(GitHostError.quote(repository.description)) is not organisation/project/repository")
    }
    let path =
      "/\(repository.owner.percentEncodedPath)/_apis/git/repositories/\(repository.name.percentEncodedSegment)\(tail)"
    return RESTRequest(
      method, path, doing, query: [("api-version", version)] + query, body: body, isRepeatable: isRepeatable)
  }

  /// A repository with its default branch.
  public func repository(_ repository: RepositoryPath) async throws -> GitHostRepository {
    let json = try await client.json(request(.get, repository, "", "read the repository \(repository)"))
    let standard = json.text("defaultBranch").flatMap { BranchName(reference: $0) }
    return GitHostRepository(
      path: repository, id: json.text("id"), defaultBranch: try standard ?? BranchName("main"),
      webURL: json.text("webUrl"), cloneURL: GitHostError.withoutUserInfo(json.text("remoteUrl") ?? ""),
      sshURL: json.text("sshUrl"), isPrivate: json.text("project", "visibility") != "public",
      isArchived: json.flag("isDisabled") ?? false, isEmpty: standard == nil)
  }

  /// Who the token belongs to.
  public func currentUser() async throws -> GitHostUser {
    let json = try await client.json(
      RESTRequest(.get, "/\(organization.percentEncodedSegment)/_apis/connectionData", "check the token"))
    let user = json["authenticatedUser"] ?? .null
    // This id is everybody's who is nobody.
    guard let id = user.text("id"), id != "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa" else {
      throw GitHostError(.unauthorized, "Azure DevOps took the token for nobody's", remedy: "renew the token")
    }
    let login = user.text("properties", "Account", "$value") ?? user.text("providerDisplayName") ?? id
    return GitHostUser(
      login: login,
      identity: GitIdentity(
        name: user.text("providerDisplayName") ?? login, email: login.contains("@") ? login : ""))
  }

  /// Marks a commit.
  public func setStatus(_ status: CommitStatus, of commit: GitObjectID, in repository: RepositoryPath) async throws {
    let status = try status.checked()
    let state =
      switch status.state {
      case .pending: "pending"
      case .success: "succeeded"
      case .failure: "failed"
      case .error: "error"
      }
    let parts = status.context.split(separator: "/")
    let context = JSON.members([
      ("name", .string(parts.last.map(String.init) ?? status.context)),
      ("genre", parts.count > 1 ? .string(parts.dropLast().joined(separator: "/")) : nil),
    ])
    let body = JSON.members([
      ("state", .string(state)), ("description", .string(HostInput.cut(status.summary, to: 400))), ("context", context),
      ("targetUrl", status.targetURL.map { .string($0) }),
    ])
    _ = try await client.send(
      request(
        .post, repository, "/commits/\(commit)/statuses", "set the status of \(commit.abbreviated)",
        body: .json(body), isRepeatable: true))
  }
}

/// Azure DevOps' fields and failures.
struct AzureDevOpsDialect: RESTDialect {
  let label = "Azure DevOps"
  let fields: HTTPFields
  let asksConditionally = false
  // Redirects lead to the sign-in page.
  let followsRedirects = false

  init(credential: GitHostCredential) {
    var fields: HTTPFields = [.accept: "application/json"]
    switch credential {
    case .token(let token):
      let text = token.reveal()
      fields[.authorization] = Self.isWebToken(token) ? "Bearer \(text)" : "Basic " + Base64.encode(":\(text)".utf8)
    case .basic: fields[.authorization] = credential.authorization
    }
    self.fields = fields
  }

  /// Entra's tokens are JSON web tokens, with two dots; personal ones go as a password.
  private static func isWebToken(_ token: Secret<String>) -> Bool {
    token.reveal().utf8.count { $0 == UInt8(ascii: ".") } == 2
  }

  static func gitCredential(_ credential: GitHostCredential) -> GitCredential {
    if case .token(let token) = credential, isWebToken(token) { return .bearer(token) }
    return credential.forGit(as: "pat")
  }

  func failure(_ answer: RESTAnswer, to request: RESTRequest, now: Timestamp) -> GitHostError? {
    let isSignIn = answer.status == 203 || (300..<400).contains(answer.status)
    if (200..<300).contains(answer.status), !isSignIn { return nil }
    let said = answer.json.text("message")
    var error = GitHostError(status: answer, doing: request.doing, label: label, said: said, now: now)
    if isSignIn {
      error.code = .unauthorized
      error.message = "could not \(request.doing): Azure DevOps asks to sign in"
      error.remedy = "renew the token"
      return error
    }
    let key = answer.json.text("typeKey") ?? ""
    switch key {
    case "GitRepositoryNotFoundException", "GitItemNotFoundException", "GitCommitDoesNotExistException",
      "GitUnresolvableToCommitException":
      error.code = .notFound
    case _ where key.hasPrefix("ProjectDoesNotExist"): error.code = .notFound
    case _ where key.contains("Stale"):
      error.code = .staleHead
      error.remedy = "read again and decide again"
    case "GitPullRequestExistsException": error.code = .alreadyExists
    case "GitNeedsPermissionException": error.code = .forbidden
    case _ where key.hasPrefix("GitRefUpdateRejectedByPolicy"):
      error.code = .forbidden
      error.reason = "protectedBranch"
      error.remedy = "open a pull request instead"
    default: break
    }
    return error
  }
  /// Azure says how long to wait before it refuses.
  func pause(after answer: RESTAnswer, now: Timestamp) -> Duration? { GitHostError.retryAfter(answer, now: now) }
}
