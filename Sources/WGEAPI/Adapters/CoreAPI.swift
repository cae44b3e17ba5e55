internal import SwiftProtobuf

/// What a server says about itself.
public struct ServerInformation: Sendable {
  /// The server's version.
  public var semver: String
  /// The commit it was built from; empty when not known.
  public var commit: String
  /// The branch it was built from; empty when not known.
  public var branch: String
  /// When it was built; empty when not known.
  public var buildTime: String
  /// Feature flags that the host sets. The login methods are added by the server.
  public var flags: [String: String]
  /// Asks for the version of the management cluster.
  public var kubernetesVersion: @Sendable () async throws -> String

  /// - Parameter kubernetesVersion: a failure leaves the field empty.
  public init(
    semver: String = "v0.0.0", commit: String = "", branch: String = "", buildTime: String = "",
    flags: [String: String] = [:], kubernetesVersion: @escaping @Sendable () async throws -> String = { "" }
  ) {
    self.semver = semver
    self.commit = commit
    self.branch = branch
    self.buildTime = buildTime
    self.flags = flags
    self.kubernetesVersion = kubernetesVersion
  }
}

/// The service `gitops_core.v1.Core`, as far as it is served.
public struct CoreAPI: Sendable {
  /// Flags that a sign-in page needs; callers who have not signed in see no others.
  public static let publicFlags: Set<String> = [
    "CLUSTER_USER_AUTH", "OIDC_AUTH", "ANONYMOUS_AUTH", "WEAVE_GITOPS_FEATURE_OIDC_BUTTON_LABEL",
  ]

  private let information: ServerInformation

  /// What to tell.
  public init(_ information: ServerInformation) { self.information = information }

  /// One endpoint per RPC.
  public var endpoints: [any APIEndpoint] {
    [
      UnaryEndpoint("gitops_core.v1.Core/GetVersion", handler: version),
      UnaryEndpoint("gitops_core.v1.Core/GetFeatureFlags", handler: flags),
    ]
  }

  @Sendable private func version(
    _: GitopsCore_V1_GetVersionRequest, _: APICall
  ) async throws -> GitopsCore_V1_GetVersionResponse {
    // Kept out of the answer when the cluster is down: the server's own version is still good.
    let kubernetes = (try? await information.kubernetesVersion()) ?? ""
    try Task.checkCancellation()
    return .with {
      $0.semver = information.semver
      $0.commit = information.commit
      $0.branch = information.branch
      $0.buildTime = information.buildTime
      $0.kubeVersion = kubernetes
    }
  }

  @Sendable private func flags(
    _: GitopsCore_V1_GetFeatureFlagsRequest, _ call: APICall
  ) async throws -> GitopsCore_V1_GetFeatureFlagsResponse {
    .with {
      $0.flags =
        call.user == nil
        ? information.flags.filter { Self.publicFlags.contains($0.key) } : information.flags
    }
  }
}
