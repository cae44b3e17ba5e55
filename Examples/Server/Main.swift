import ArgumentParser

#if Server
  import Logging
  import ServiceLifecycle
  import UnixSignals
  import WGEAPI
  import WGEAuth
  import WGEClusters
  import WGECore
  import WGEKube
  import WGEPipelines
  import WGEServer

  /// The API server and console of a management cluster.
  @main struct ServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "wge-server",
      abstract: "Serve the API and the console for a management cluster and its leaves.",
      discussion: """
        Reads KUBECONFIG, ~/.kube/config or the pod's service account. People sign in with the account in the Secret
        cluster-user-auth (keys username and password, a bcrypt hash) or send a bearer token of the cluster; what they
        may do is decided by Kubernetes, by impersonation or by their own token.
        """)

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"
    @Option(help: "Port to listen on; 0 for a free one.")
    var port = 8000
    @Option(help: "Port for gRPC; none by default.")
    var grpcPort: Int?
    @Option(help: "How browsers address the server, such as https://wge.example.com.")
    var publicURL: String?
    @Option(help: "Context of the kubeconfig. Default: its current one.")
    var context: String?
    @Option(help: "What the management cluster is called.")
    var clusterName = "management"
    @Option(help: "Namespace of the server's own Secrets.")
    var namespace = "flux-system"

    func run() async throws {
      let logger = Logger(label: "wge.server")
      let client = try KubeClient.fromEnvironment(context: context, fieldManager: "wge-server")
      let management = ClusterID.management(named: clusterName)
      let directory = GitopsClusterDirectory(management: client, managementID: management)

      let configuration = try ServerConfiguration(
        host: host, port: port, grpc: grpcPort.map { .init(host: host, port: $0) }, publicURL: publicURL)
      let keys = SigningKeysSecret(client: client, namespace: namespace)
      let sessions = Sessions(keys: try await keys.load())
      let account = SecretClusterUser(client: client, namespace: namespace)
      let limiter = LoginLimiter()
      let events = EventHub()

      let clusters = KubeClustersService(directory: directory, management: management)
      let pipelines = KubePipelinesService(directory: directory, management: management)
      let console = try ConsoleModule(
        clusters: clusters, pipelines: pipelines,
        signIn: SignIn(account: account, sessions: sessions, cookie: configuration.sessionCookie, limiter: limiter),
        cookie: configuration.sessionCookie, events: events)

      let server = try GitOpsServer(
        configuration: configuration,
        authentication: .init(
          sessions: sessions, account: account,
          bearer: BearerAuthenticator(reviewer: KubernetesTokenReviewer(client: client)), limiter: limiter, keys: keys),
        information: ServerInformation(kubernetesVersion: { try await client.serverVersion().gitVersion }),
        endpoints: PipelinesAPI(pipelines).endpoints + ClustersAPI(clusters).endpoints, modules: [console],
        readiness: [ReadinessCheck("management") { _ = try await client.serverVersion() }], events: events,
        logger: logger,
        onListening: { [host] ports in print("listening on http://\(host):\(ports.http)") })
      let feed = ChangeFeed(
        client: client, topics: ["pipelines": Pipeline.resource, "clusters": GitopsCluster.resource], hub: events)
      try await ServiceGroup(
        services: [feed, server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
      ).run()
    }
  }
#else
  @main struct ServerCommand: ParsableCommand {
    func run() throws {
      throw ValidationError("built without the package trait Server, which the server needs")
    }
  }
#endif
