public import ArgumentParser
import FoundationEssentials
import Logging
public import WGEPlayground

#if Server
  /// WGE on a laptop.
  @main struct PlaygroundCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "wge-playground",
      abstract: "Three clusters, a Git host, Flux, the pipeline controller, the server and the console in one process.",
      subcommands: [Run.self, Cluster.self], defaultSubcommand: Run.self)
  }

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the whole world (the default).")

    @Option(help: "Folder for all state. Default: $XDG_DATA_HOME/wge-playground; none with --ephemeral or --check.")
    var data: String?
    @Flag(help: "Keep the clusters in memory, and everything else in a temporary folder.")
    var ephemeral = false
    @Option(help: "Port of the console. Default: the one of the last run, else a free one.")
    var port: Int?
    @Flag(help: "Tell the promotion story unattended, assert each step, print a timeline, and stop.")
    var check = false
    @Option(name: .customLong("to"), help: "The version that --check brings to every environment.")
    var version = "1.1.0"
    @Option(help: "Seconds that each step of --check may take.")
    var timeout = 60
    @Flag(name: .shortAndLong, help: "Log what happens.")
    var verbose = false

    func run() async throws {
      bootstrapLogging(verbose: verbose)
      var options = Playground.Options(ephemeral: ephemeral, port: port)
      options.directory = data.map { URL(filePath: $0) } ?? (ephemeral || check ? nil : Self.defaultDirectory)
      let playground = Playground(options)
      if check {
        try await playground.check(version: version, deadline: .seconds(timeout))
      } else {
        try await playground.run { access in Playground.tell(Self.welcome(access)) }
      }
    }

    private static var defaultDirectory: URL {
      let environment = ProcessInfo.processInfo.environment
      let base = environment["XDG_DATA_HOME"] ?? (environment["HOME"] ?? ".") + "/.local/share"
      return URL(filePath: base).appending(path: "wge-playground")
    }

    private static func welcome(_ access: Playground.Access) -> String {
      let binary =
        CommandLine.arguments.first.map { URL(filePath: $0).deletingLastPathComponent().path + "/wge" } ?? "wge"
      let kubeconfigs = access.kubeconfigs.map { "    \($0.file)" }.joined(separator: "\n")
      let management = access.kubeconfigs.first?.file ?? ""
      return """

        WGE is running.

          Console       \(access.url)
          Sign in as    \(access.username)  password  \(access.password)
          Fleet         git clone \(access.repository)
          State         \(access.directory)
          Kubeconfigs
        \(kubeconfigs)

        Try, in another terminal:

          \(binary) login \(access.url)
          \(binary) get clusters
          \(binary) describe pipeline shop -n delivery
          kubectl --kubeconfig \(management) get pipelines,gitopsclusters -A
          git clone \(access.repository) fleet    # raise `version` in clusters/management/shop-dev.yaml, commit, push

        Then watch the pull request for staging open, merge it in the console, and approve prod:

          \(binary) get prs
          \(binary) merge fleet/fleet 1
          \(binary) approve shop -n delivery --env prod

        Ctrl-C stops everything.

        """
    }
  }

  struct Cluster: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Serve one bare local cluster over HTTPS, for tests in any language.")

    @Option(help: "Port on 127.0.0.1; 0 for a free one.")
    var port = 0
    @Option(
      help: """
        Who may ask: NAME=TOKEN or NAME=TOKEN:group,group. Repeatable; the first is in the kubeconfig. \
        Default: an administrator.
        """)
    var token: [BareCluster.Token] = []
    @Option(help: "Folder for certificates, kubeconfig and state. Default: a new temporary one.")
    var data: String?
    @Flag(help: "Keep the state in memory.")
    var ephemeral = false
    @Flag(name: .shortAndLong, help: "Log what happens.")
    var verbose = false

    func run() async throws {
      bootstrapLogging(verbose: verbose)
      let temporary = FileManager.default.temporaryDirectory.appending(
        path: "wge-cluster-\(UInt32.random(in: .min ... .max))")
      defer { if data == nil { try? FileManager.default.removeItem(at: temporary) } }
      let cluster = BareCluster(
        port: port, tokens: token, directory: data.map { URL(filePath: $0) } ?? temporary, ephemeral: ephemeral,
        logger: Logger(label: "wge.cluster"))
      try await cluster.run { url, kubeconfig in
        Playground.tell("\(url)\nexport KUBECONFIG=\(kubeconfig)")
      }
    }
  }

  extension BareCluster.Token: ExpressibleByArgument {
    /// `NAME=TOKEN` or `NAME=TOKEN:group,group`.
    public init?(argument: String) { self.init(parsing: argument) }
  }

  /// Warnings and worse, unless more is asked for.
  private func bootstrapLogging(verbose: Bool) {
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = verbose ? .info : .error
      return handler
    }
  }
#else
  @main struct PlaygroundCommand: ParsableCommand {
    func run() throws {
      throw ValidationError("built without the package trait Server, which the playground needs")
    }
  }
#endif
