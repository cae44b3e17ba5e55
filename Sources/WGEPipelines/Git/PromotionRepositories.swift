internal import WGECore
public import WGEGit
public import WGEKube

/// Finds the repository of a promotion: reads the Secret that the pipeline names, checks what the
/// pipeline says about the host, and asks a ``GitHostDirectory``.
///
/// The Secret's token goes to no other place than the URL it stands next to in the specification.
public struct PromotionRepositories: Sendable {
  let management: KubeClient
  let hosts: any GitHostDirectory
  let warn: @Sendable (PromotionRequest, String) async -> Void

  /// - Parameters:
  ///   - management: a client of the cluster that holds pipelines and their Secrets, with the
  ///     controller's own identity.
  ///   - hosts: knows how to reach the hosts that pipelines name.
  ///   - events: tells on the pipeline about files that may bear markers but cannot be edited; nil:
  ///     nobody is told.
  public init(management: KubeClient, hosts: any GitHostDirectory, events: EventRecorder? = nil) {
    self.management = management
    self.hosts = hosts
    warn = { request, problem in
      events?.record(
        .warning, reason: "PromotionFileSkipped",
        message: "Promotion of \(request.pipeline) to \(request.environment): \(problem)",
        regarding: ObjectReference(
          apiVersion: Pipeline.resource.apiVersion, kind: Pipeline.resource.kind,
          namespace: request.pipeline.namespace, name: request.pipeline.name,
          uid: request.pipelineUID.isEmpty ? nil : request.pipelineUID))
    }
  }

  /// The repository that a promotion changes.
  /// - Throws: ``PromotionFailure``.
  public func repository(for request: PromotionRequest) async throws -> any PromotionRepository {
    guard let wanted = request.pullRequest else {
      throw PromotionFailure.configuration("InvalidGitProvider", "PullRequest spec in Pipeline is nil")
    }
    try Self.check(wanted)
    let token = try await token(wanted, namespace: request.pipeline.namespace)
    return try await translatingErrors {
      let place = try await hosts.location(of: wanted.url, provider: wanted.type.rawValue, token: token)
      return GitHostPromotionRepository(host: place.host, repository: place.repository, warn: warn)
    }
  }

  /// What can be said without asking anyone.
  static func check(_ wanted: PullRequestPromotion) throws(PromotionFailure) {
    if wanted.type.rawValue.isEmpty {
      throw .configuration("InvalidGitProvider", "invalid git provider type: git provider type is empty")
    }
    guard wanted.type.isSupported else {
      throw .configuration(
        "InvalidGitProvider",
        "invalid git provider type: the Git provider \"\(wanted.type.rawValue.cut(64))\" is not supported")
    }
    if wanted.url.isEmpty { throw .configuration("InvalidRepositoryURL", "the pull-request's url is empty") }
    if wanted.type != .local, !wanted.url.lowercased().hasPrefix("https://") {
      throw .configuration(
        "InvalidRepositoryURL",
        "failed to create PR: failed parsing git provider URL: unsupported URL scheme, only HTTPS supported: "
          + withoutUserInfo(wanted.url).cut(256))
    }
    if wanted.baseBranch.isEmpty {
      throw .configuration("InvalidBaseBranch", "the pull-request's baseBranch is empty")
    }
  }

  private static func withoutUserInfo(_ url: String) -> String {
    guard let at = url.lastIndex(of: "@") else { return url }
    let start = url.firstRange(of: "://").map(\.upperBound) ?? url.startIndex
    return start <= at ? url[..<start] + "***" + url[at...] : url
  }

  private func token(_ wanted: PullRequestPromotion, namespace: String?) async throws -> Secret<String>? {
    guard let name = wanted.secretRef?.name else {
      if wanted.type == .local { return nil }
      throw PromotionFailure.configuration(
        "CredentialsMissing", "the pull-request has no secretRef: name a Secret with the key token")
    }
    let secret: DynamicObject
    do {
      secret = try await management.get(
        .secrets,
        ObjectKey(namespace: namespace, name: name))
    } catch let error as KubeError {
      let problem = "failed to fetch credentials: failed to fetch Secret: \(error)"
      if error.isNotFound || error.isForbidden {
        throw PromotionFailure.configuration("CredentialsMissing", problem)
      }
      throw PromotionFailure("CredentialsUnavailable", problem)
    }
    let token = secret.secretText("token")?.reveal().trimmedEnd ?? ""
    if token.isEmpty {
      if wanted.type == .local { return nil }
      throw PromotionFailure.configuration("CredentialsMissing", "failed to create PR: git provider token is empty")
    }
    return Secret(token)
  }
}

extension String {
  /// Without line ends and blanks at the end, which files that Secrets are made from often have.
  fileprivate var trimmedEnd: String {
    var text = self
    while let last = text.last, last.isNewline || last == " " || last == "\t" { text.removeLast() }
    return text
  }
}
