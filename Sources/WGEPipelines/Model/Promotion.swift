/// How a revision gets into an environment.
public struct Promotion: Sendable, Hashable, Codable {
  /// True: a person approves each revision before it is promoted.
  public var manual: Bool?
  /// What promoting does.
  public var strategy: PromotionStrategy

  /// A promotion from its parts.
  public init(manual: Bool? = nil, strategy: PromotionStrategy) {
    self.manual = manual
    self.strategy = strategy
  }

  /// A promotion by pull request.
  public static func pullRequest(_ pullRequest: PullRequestPromotion, manual: Bool = false) -> Promotion {
    Promotion(manual: manual ? true : nil, strategy: PromotionStrategy(pullRequest: pullRequest))
  }

  /// A promotion that only announces itself by an event.
  public static func notification(manual: Bool = false) -> Promotion {
    Promotion(manual: manual ? true : nil, strategy: PromotionStrategy(notification: NotificationPromotion()))
  }

  /// Whether a person must approve; false unless ``manual`` says so.
  public var isManual: Bool { manual ?? false }
}

/// What promoting does. When several members are set the first of pull request and notification counts.
public struct PromotionStrategy: Sendable, Hashable, Codable {
  /// Opens a pull request that changes the marked versions.
  public var pullRequest: PullRequestPromotion?
  /// Emits an event; whoever receives it promotes.
  public var notification: NotificationPromotion?
  /// A Secret in the pipeline's namespace whose `hmac-key` signs calls of the promotion webhook.
  public var secretRef: SecretReference?

  enum CodingKeys: String, CodingKey {
    case pullRequest = "pull-request"
    case notification
    case secretRef
  }

  /// A strategy from its parts.
  public init(
    pullRequest: PullRequestPromotion? = nil, notification: NotificationPromotion? = nil,
    secretRef: SecretReference? = nil
  ) {
    self.pullRequest = pullRequest
    self.notification = notification
    self.secretRef = secretRef
  }
}

/// The repository that a promotion changes.
public struct PullRequestPromotion: Sendable, Hashable, Codable {
  /// Which kind of Git host serves ``url``.
  public var type: GitHostType
  /// Clone URL of the repository: HTTPS for the providers, anything the host understands for `local`.
  public var url: String
  /// The branch that is changed by merging.
  public var baseBranch: String
  /// A Secret in the pipeline's namespace: `token` for the provider's API, `username` and `password`
  /// for Git, optionally `caFile`. May be absent only where the host needs no credential.
  public var secretRef: SecretReference?

  /// A promotion by pull request from its parts.
  public init(type: GitHostType, url: String, baseBranch: String, secretRef: SecretReference? = nil) {
    self.type = type
    self.url = url
    self.baseBranch = baseBranch
    self.secretRef = secretRef
  }

  /// Absent texts read as empty ones, which the promotion then reports by name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    type = try container.decodeIfPresent(GitHostType.self, forKey: .type) ?? GitHostType(rawValue: "")
    url = try container.decodeIfPresent(String.self, forKey: .url) ?? ""
    baseBranch = try container.decodeIfPresent(String.self, forKey: .baseBranch) ?? ""
    secretRef = try container.decodeIfPresent(SecretReference.self, forKey: .secretRef)
  }
}

/// The kind of a Git host as a pipeline names it.
public struct GitHostType: RawRepresentable, Sendable, Hashable, Codable, CustomStringConvertible {
  /// The text in the manifest.
  public var rawValue: String

  /// Any text; see ``isSupported``.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// GitHub and GitHub Enterprise.
  public static let github = GitHostType(rawValue: "github")
  /// GitLab, also self-managed.
  public static let gitlab = GitHostType(rawValue: "gitlab")
  /// Bitbucket Server and Data Center.
  public static let bitbucketServer = GitHostType(rawValue: "bitbucket-server")
  /// Azure DevOps.
  public static let azureDevOps = GitHostType(rawValue: "azure-devops")
  /// The embedded Git host.
  public static let local = GitHostType(rawValue: "local")

  /// Every type that the custom resource definition admits, in its order.
  public static let all: [GitHostType] = [.github, .gitlab, .bitbucketServer, .azureDevOps, .local]

  /// Whether the type is one of ``all``.
  public var isSupported: Bool { Self.all.contains(self) }

  /// The text in the manifest.
  public var description: String { rawValue }
}

/// Promotion by event. It has no settings: that it is there is what counts.
public struct NotificationPromotion: Sendable, Hashable, Codable {
  /// A promotion by event.
  public init() {}
}

/// The name of a Secret in the pipeline's namespace.
public struct SecretReference: Sendable, Hashable, Codable {
  /// The Secret's name.
  public var name: String

  /// A reference by name.
  public init(name: String) { self.name = name }
}
