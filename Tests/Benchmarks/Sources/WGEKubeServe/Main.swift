internal import ArgumentParser

// A local cluster over HTTPS in a process of its own, so that its memory and processor time can be
// told apart from the client's, as a real API server's can.
#if Server
  internal import Foundation
  internal import Logging
  internal import WGECore
  internal import WGEKube
  internal import WGELocalCluster
  internal import WGELocalClusterServer

  @main
  struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "wge-kube-serve",
      abstract: "Serves one local cluster over HTTPS and prints the path of its kubeconfig when it is ready.")

    @Option(help: "Folder for the state and the kubeconfig.")
    var directory: String

    @Flag(help: "Keep the objects in memory instead of a file.")
    var memory = false

    @Option(help: "Events that each resource remembers for watches.")
    var window: Int?

    func run() async throws {
      let folder = URL(fileURLWithPath: directory, isDirectory: true)
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      let token = "bench-\(UInt64.random(in: 0 ... .max))"
      var configuration = LocalCluster.Configuration()
      configuration.tokens = [.init(token: Secret(token), user: "bench", groups: ["system:masters"])]
      if let window { configuration.watchWindow = window }
      let cluster = try LocalCluster(
        storage: memory ? .memory : .sqlite(path: folder.appendingPathComponent("cluster.sqlite").path),
        configuration: configuration)
      defer { cluster.close() }
      let certificates = try ServingCertificates.ephemeral()
      var logger = Logger(label: "wge-kube-serve")
      logger.logLevel = .error
      let server = LocalClusterServer(
        transport: cluster.transport(as: .anonymous), certificates: certificates, logger: logger)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        let kubeconfig = Kubeconfig(
          clusters: [
            .init(
              name: "bench", server: "https://127.0.0.1:\(try await server.port())",
              certificateAuthority: .inline(Secret(Array(certificates.authorityPEM.utf8))))
          ],
          users: [.init(name: "bench", token: Secret(token))],
          contexts: [.init(name: "bench", cluster: "bench", user: "bench")], currentContext: "bench")
        let file = folder.appendingPathComponent("kubeconfig.yaml")
        try Data(kubeconfig.serialized()).write(to: file, options: .atomic)
        FileHandle.standardOutput.write(Data("ready \(file.path)\n".utf8))
        try await group.waitForAll()
      }
    }
  }
#else
  @main
  struct Serve: ParsableCommand {
    func run() throws {
      throw ValidationError("built without the trait Server; build wge-benchmarks with its default traits")
    }
  }
#endif
