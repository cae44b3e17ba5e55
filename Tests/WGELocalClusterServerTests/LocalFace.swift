#if Server
  import Foundation
  import WGECore
  import WGEKube
  import WGELocalCluster
  import WGETestSupport

  @testable import WGELocalClusterServer

  /// A cluster with its HTTPS face, and the kubeconfig that leads to it.
  struct LocalFace: Sendable {
    let cluster: LocalCluster
    let certificates: ServingCertificates
    let url: String
    let kubeconfig: Kubeconfig
    /// The kubeconfig's file; its folder is the test's own.
    let path: String
  }

  func withLocalFace(
    _ configure: (inout LocalCluster.Configuration) -> Void = { _ in },
    _ body: @escaping @Sendable (LocalFace) async throws -> Void
  ) async throws {
    var configuration = LocalCluster.Configuration()
    configuration.controllerDelay = .milliseconds(1)
    configuration.tokens = [
      .init(token: Secret("secret-token"), user: "admin", groups: ["system:masters"]),
      .init(token: Secret("other-token"), user: "guest"),
    ]
    configure(&configuration)
    let cluster = try LocalCluster(configuration: configuration)
    defer { cluster.close() }
    let certificates = try ServingCertificates.ephemeral()
    let server = LocalClusterServer(
      transport: cluster.transport(as: .anonymous),
      certified: { cluster.transport(as: .user(name: $0.user, groups: $0.groups)) }, certificates: certificates)
    try await withTemporaryDirectory { directory in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        let url = "https://127.0.0.1:\(try await server.port())"
        let kubeconfig = Kubeconfig(
          clusters: [
            .init(
              name: "local", server: url,
              certificateAuthority: .inline(Secret(Array(certificates.authorityPEM.utf8))))
          ], users: [.init(name: "admin", token: Secret("secret-token"))],
          contexts: [.init(name: "local", cluster: "local", user: "admin")], currentContext: "local")
        let path = directory + "/kubeconfig"
        try Data(kubeconfig.serialized()).write(to: URL(filePath: path))
        defer { group.cancelAll() }
        try await body(
          LocalFace(
            cluster: cluster, certificates: certificates, url: url, kubeconfig: kubeconfig, path: path))
      }
    }
  }
#endif
