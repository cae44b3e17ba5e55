#if Server
  public import FoundationEssentials
  public import Logging
  import ServiceLifecycle
  import UnixSignals
  public import WGECore
  import WGEKube
  import WGELocalCluster
  import WGELocalClusterServer

  /// One local cluster over HTTPS and nothing else, for tests in any language.
  public struct BareCluster: Sendable {
    /// A bearer token and whom it stands for.
    public struct Token: Sendable {
      /// The user's name.
      public let name: String
      /// What the user sends.
      public let token: Secret<String>
      /// The user's groups; `system:masters` may do everything.
      public let groups: [String]

      /// Reads `NAME=TOKEN` or `NAME=TOKEN:group,group`. Nil for anything else.
      public init?(parsing text: String) {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2, !pair[0].isEmpty else { return nil }
        let value = pair[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let token = value.first, !token.isEmpty else { return nil }
        name = String(pair[0])
        self.token = Secret(String(token))
        groups = value.count > 1 ? value[1].split(separator: ",").map(String.init) : []
      }

      /// An administrator whose token nobody else knows.
      static func administrator() -> Token {
        var system = SystemRandomNumberGenerator()
        let words = (0..<4).map { _ in String(system.next() as UInt64, radix: 16) }
        return Token(name: "admin", token: Secret(words.joined()), groups: ["system:masters"])
      }

      private init(name: String, token: Secret<String>, groups: [String]) {
        self.name = name
        self.token = token
        self.groups = groups
      }
    }

    private let port: Int
    private let tokens: [Token]
    private let directory: URL
    private let ephemeral: Bool
    private let logger: Logger

    /// - Parameters:
    ///   - port: on 127.0.0.1; 0 for a free one.
    ///   - tokens: who may ask. The first one is in the kubeconfig; without any that is an administrator with a token
    ///     of its own.
    ///   - directory: for certificates, the kubeconfig and, unless ephemeral, the state.
    public init(port: Int, tokens: [Token], directory: URL, ephemeral: Bool, logger: Logger) {
      self.port = port
      self.tokens = tokens.isEmpty ? [.administrator()] : tokens
      self.directory = directory
      self.ephemeral = ephemeral
      self.logger = logger
    }

    /// Serves until the process is told to stop.
    /// - Parameter onReady: told the URL and the kubeconfig's path.
    public func run(onReady: @escaping @Sendable (_ url: String, _ kubeconfig: String) -> Void) async throws {
      try FileManager.default.createDirectory(
        at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      let lock = try DataLock(directory: directory)
      defer { withExtendedLifetime(lock) {} }
      let served = try ServedCluster(
        name: "local", users: tokens.map { .init(token: $0.token, user: $0.name, groups: $0.groups) },
        storage: ephemeral ? nil : directory.appending(path: "cluster.sqlite"),
        certificates: try ServingCertificates.load(from: directory.appending(path: "pki")), port: port, logger: logger)
      defer { served.cluster.close() }
      let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
          services: [.init(service: served.server)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        let port = try await served.server.port()
        let file = directory.appending(path: "kubeconfig.yaml")
        try served.writeKubeconfig(port: port, user: tokens[0].name, token: tokens[0].token.reveal(), to: file)
        onReady("https://127.0.0.1:\(port)", file.path)
        try await tasks.waitForAll()
      }
    }
  }
#endif
