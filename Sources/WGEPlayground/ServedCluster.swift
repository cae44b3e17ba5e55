#if Server
  import FoundationEssentials
  import Logging
  import WGECore
  import WGEKube
  import WGELocalCluster
  import WGELocalClusterServer

  /// A local cluster with its HTTPS face and a kubeconfig for people.
  struct ServedCluster: Sendable {
    let name: String
    let cluster: LocalCluster
    let server: LocalClusterServer
    let certificates: ServingCertificates

    /// - Parameter storage: nil keeps the state in memory.
    init(
      name: String, users: [LocalCluster.UserToken], storage: URL?, certificates: ServingCertificates, port: Int,
      logger: Logger
    ) throws {
      self.name = name
      self.certificates = certificates
      var configuration = LocalCluster.Configuration()
      configuration.tokens = users
      if let storage {
        try FileManager.default.createDirectory(
          at: storage.deletingLastPathComponent(), withIntermediateDirectories: true,
          attributes: [.posixPermissions: 0o700])
      }
      cluster = try LocalCluster(
        storage: storage.map { .sqlite(path: $0.path) } ?? .memory, configuration: configuration)
      server = LocalClusterServer(
        transport: cluster.transport(as: .anonymous), certificates: certificates, port: port, logger: logger)
    }

    /// What acts in this process with all rights, as a controller's own account would.
    var client: KubeClient { KubeClient(transport: cluster.transport()) }

    /// For kubectl, and for the Secret that leads WGE to a leaf.
    func kubeconfig(port: Int, user: String, token: String) -> Kubeconfig {
      Kubeconfig(
        clusters: [
          .init(
            name: name, server: "https://127.0.0.1:\(port)",
            certificateAuthority: .inline(Secret(Array(certificates.authorityPEM.utf8))))
        ],
        users: [.init(name: user, token: Secret(token))],
        contexts: [.init(name: name, cluster: name, user: user)], currentContext: name)
    }

    /// Writes the kubeconfig, readable by its owner only.
    func writeKubeconfig(port: Int, user: String, token: String, to file: URL) throws {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      try? FileManager.default.removeItem(at: file)
      let content = Data(try kubeconfig(port: port, user: user, token: token).serialized())
      guard FileManager.default.createFile(atPath: file.path, contents: content, attributes: [.posixPermissions: 0o600])
      else { throw PlaygroundError("cannot write \(file.path)") }
    }
  }
#endif
