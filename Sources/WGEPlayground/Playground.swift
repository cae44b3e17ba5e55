#if Server
  public import FoundationEssentials
  public import Logging
  import ServiceLifecycle
  import UnixSignals
  import WGECore
  import WGEKube
  import WGELocalCluster
  import WGELocalClusterServer

  /// WGE on one machine: three clusters, a Git host, Flux, the controllers, the server and the console in one
  /// process, without any outside service.
  public struct Playground: Sendable {
    /// How to run it.
    public struct Options: Sendable {
      /// Holds all state; nil for a temporary folder that goes when the playground stops.
      public var directory: URL?
      /// Keeps the clusters in memory. Git and kubeconfigs are on disk in any case.
      public var ephemeral: Bool
      /// Where the console listens on 127.0.0.1; nil for the port of the last run, or any free one.
      public var port: Int?
      /// Where everything logs.
      public var logger: Logger

      /// Options with their defaults.
      public init(
        directory: URL? = nil, ephemeral: Bool = false, port: Int? = nil,
        logger: Logger = Logger(label: "wge.playground")
      ) {
        self.directory = directory
        self.ephemeral = ephemeral
        self.port = port
        self.logger = logger
      }
    }

    /// What a person needs to use a running playground.
    public struct Access: Sendable {
      /// The console and API.
      public let url: String
      /// The account to sign in with.
      public let username: String
      /// Its password.
      public let password: String
      /// Cluster name to kubeconfig file.
      public let kubeconfigs: [(cluster: String, file: String)]
      /// The fleet repository, for `git clone`.
      public let repository: String
      /// Where the state is.
      public let directory: String
    }

    private let options: Options

    /// A playground that does not run yet.
    public init(_ options: Options) { self.options = options }

    /// Runs until the process is told to stop.
    /// - Parameter onReady: called when everything listens.
    public func run(onReady: @escaping @Sendable (Access) -> Void) async throws {
      try await withWorld { world, console in
        let access = access(to: world, console)
        let group = try await services(world, console) { onReady(access) }
        try await group.run()
      }
    }

    /// Runs the promotion story unattended, prints a timeline, and stops.
    /// - Parameters:
    ///   - version: what to bring to every environment.
    ///   - deadline: for each step.
    /// - Throws: the step that did not come true.
    public func check(version: String, deadline: Duration) async throws {
      try await withWorld { world, console in
        let group = try await services(world, console) {}
        try await withThrowingTaskGroup(of: Void.self) { tasks in
          // A world that cannot start ends the story as well.
          tasks.addTask { try await group.run() }
          let story = try Story(world: world, serverURL: console, version: version, deadline: deadline)
          tasks.addTask {
            do {
              try await story.run()
            } catch {
              await group.triggerGracefulShutdown()
              throw error
            }
            await group.triggerGracefulShutdown()
          }
          try await tasks.waitForAll()
        }
      }
    }

    private func withWorld(_ body: (World, String) async throws -> Void) async throws {
      let directory =
        options.directory
        ?? FileManager.default.temporaryDirectory
        .appending(path: "wge-playground-\(UInt32.random(in: .min ... .max))")
      try FileManager.default.createDirectory(
        at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      defer { if options.directory == nil { try? FileManager.default.removeItem(at: directory) } }
      let lock = try DataLock(directory: directory)
      defer { withExtendedLifetime(lock) {} }

      var settings = try Settings.load(from: directory)
      // Kept until the servers have ended: somebody else's program must not come between.
      var reserved: [ReservedPort] = []
      defer { withExtendedLifetime(reserved) {} }
      func reserve(_ wished: Int?) throws -> Int {
        let port = try ReservedPort(wished)
        reserved.append(port)
        return port.number
      }
      for name in Settings.clusters { settings.ports[name] = try reserve(settings.ports[name]) }
      let port = try reserve(options.port ?? settings.ports["console"])
      if let asked = options.port, asked != 0, asked != port {
        throw PlaygroundError("port \(asked) on 127.0.0.1 is taken; name another with --port, or 0 for a free one")
      }
      settings.ports["console"] = port
      try settings.save(to: directory)

      let console = "http://127.0.0.1:\(port)"
      let world = try World(
        directory: directory, settings: settings, ephemeral: options.ephemeral, consoleURL: console,
        logger: options.logger)
      defer { for cluster in world.clusters { cluster.cluster.close() } }
      try await world.bootstrap()
      try await body(world, console)
    }

    /// Everything that runs, in the order of starting.
    private func services(_ world: World, _ console: String, onReady: @escaping @Sendable () -> Void) async throws
      -> ServiceGroup
    {
      let directory = world.clusterDirectory(.conditions)
      let server = try await PlaygroundServer.make(
        world: world, clusters: directory, port: world.settings.ports["console"] ?? 0, onListening: { _ in onReady() })
      let services: [any Service] = world.clusters.map(\.server) + world.controllers(directory: directory) + server
      var configuration = ServiceGroupConfiguration(
        services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
        logger: options.logger)
      // A second Ctrl-C, or this long, ends what does not end by itself.
      configuration.maximumGracefulShutdownDuration = .seconds(10)
      return ServiceGroup(configuration: configuration)
    }

    private func access(to world: World, _ console: String) -> Access {
      Access(
        url: console, username: World.administrator, password: world.settings.password,
        kubeconfigs: world.clusters.map { ($0.name, world.kubeconfig($0.name).path) },
        repository: "\(console)/git/\(world.repositoryPath).git", directory: world.directory.path)
    }
  }
#endif
