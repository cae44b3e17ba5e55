#if Server
  import Logging
  import ServiceLifecycle
  import Synchronization
  import WGEAPI
  import WGEAuth
  import WGEClusters
  import WGECore
  import WGEGit
  import WGEKube
  import WGEPipelines
  import WGEServer

  /// The server in front of a playground's world: API, console, Git over HTTP.
  struct PlaygroundServer: Sendable {
    /// Composes the server, and the feed that keeps its pages live.
    /// - Parameters:
    ///   - clusters: how the caller's clients are found.
    ///   - onListening: told the ports, once they are open.
    static func make(
      world: World, clusters directory: any ClusterDirectory, port: Int,
      onListening: @escaping @Sendable (ListeningPorts) -> Void
    ) async throws -> [any Service] {
      let client = world.management.client
      let configuration = try ServerConfiguration(port: port)
      let keys = SigningKeysSecret(client: client)
      let sessions = Sessions(keys: try await keys.load())
      let account = SecretClusterUser(client: client)
      let limiter = LoginLimiter()
      let events = EventHub()

      let clusters = KubeClustersService(directory: directory, management: .management)
      let pipelines = KubePipelinesService(directory: directory)
      let pullRequests = GitHostPullRequests(
        host: world.host, repositories: [world.repositoryPath],
        authorizer: KubernetesPullRequestAuthorizer(client: client))

      let console = try ConsoleModule(
        clusters: clusters, pipelines: pipelines, pullRequests: pullRequests,
        signIn: SignIn(account: account, sessions: sessions, cookie: configuration.sessionCookie, limiter: limiter),
        cookie: configuration.sessionCookie, events: events)
      // Loopback only, and a laptop's own repositories: whoever reaches the port may push.
      let git = GitModule(backend: LocalGitHTTPBackend(host: world.host)) { _, _, _ in true }

      let server = try GitOpsServer(
        configuration: configuration,
        authentication: GitOpsServer.Authentication(
          sessions: sessions, account: account,
          bearer: BearerAuthenticator(reviewer: KubernetesTokenReviewer(client: client)), limiter: limiter, keys: keys),
        information: ServerInformation(kubernetesVersion: { try await client.serverVersion().gitVersion }),
        endpoints: PipelinesAPI(pipelines).endpoints + ClustersAPI(clusters).endpoints
          + PullRequestsAPI(pullRequests).endpoints,
        modules: [console, git], events: events, logger: world.logger, onListening: onListening)
      let feed = ChangeFeed(
        client: client, topics: ["pipelines": Pipeline.resource, "clusters": GitopsCluster.resource], hub: events)
      return [feed, server]
    }
  }
#endif
