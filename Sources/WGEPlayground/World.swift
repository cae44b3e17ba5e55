#if Server
  import FoundationEssentials
  import Logging
  import ServiceLifecycle
  import WGEAuth
  import WGEClusters
  import WGECore
  import WGEGit
  import WGEKube
  import WGELocalCluster
  import WGELocalClusterServer
  import WGELocalFlux
  import WGEPipelines

  /// Three clusters, a Git host, Flux, the controllers: everything but the server in front of it.
  struct World: Sendable {
    static let repository = (owner: "fleet", name: "fleet")
    static let administrator = "admin"

    let directory: URL
    let settings: Settings
    let clusters: [ServedCluster]
    let host: LocalGitHost
    let repositoryURL: String
    let repositoryPath: RepositoryPath
    let logger: Logger

    var management: ServedCluster { clusters[0] }

    /// - Parameters:
    ///   - directory: holds all state; of an ephemeral world only what Git and kubeconfigs need.
    ///   - consoleURL: where the server will be, for links to pull requests and for `git clone`.
    init(directory: URL, settings: Settings, ephemeral: Bool, consoleURL: String, logger: Logger) throws {
      self.directory = directory
      self.settings = settings
      self.logger = logger
      let certificates = try ServingCertificates.load(from: directory.appending(path: "pki"))
      clusters = try Settings.clusters.map { name in
        let users = [(Self.administrator, settings.adminToken), ("wge", settings.tokens[name] ?? "")].map {
          LocalCluster.UserToken(token: Secret($0.1), user: $0.0, groups: ["system:masters"])
        }
        return try ServedCluster(
          name: name, users: users, storage: ephemeral ? nil : directory.appending(path: "clusters/\(name).sqlite"),
          certificates: certificates, port: settings.ports[name] ?? 0, logger: logger)
      }
      host = try LocalGitHost(
        folder: directory.appending(path: "git").path,
        user: GitHostUser(
          login: "wge", identity: GitIdentity(name: "WGE", email: "wge@playground.invalid")),
        baseURL: consoleURL + "/git")
      repositoryPath = try RepositoryPath(owner: Self.repository.owner, name: Self.repository.name)
      repositoryURL = host.fileURL(of: repositoryPath)
    }

    func kubeconfig(_ cluster: String) -> URL { directory.appending(path: "kubeconfigs/\(cluster).yaml") }

    /// Brings the world to where a person would have brought it by hand. Doing it again changes nothing.
    func bootstrap() async throws {
      let ports = settings.ports
      try await seedRepository()
      for cluster in clusters {
        try cluster.writeKubeconfig(
          port: ports[cluster.name] ?? 0, user: Self.administrator, token: settings.adminToken,
          to: kubeconfig(cluster.name))
        let flux = LocalFlux(client: cluster.client, source: source, logger: logger)
        try await flux.install()
        try await apply(
          Seed.bootstrap(cluster: cluster.name, repositoryURL: repositoryURL, interval: "2s"), to: cluster.client)
      }
      let definitions = [GitopsCluster.customResourceDefinition, Pipeline.customResourceDefinition]
      try await DefinitionInstaller(client: management.client).install(
        try definitions.map { try object(YAML.parseSingle($0)) })
      for namespace in ["fleet", Seed.pipeline.namespace] {
        try await apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: \(namespace)}", to: management.client)
      }
      // A local Git host asks for no credential; the Secret is where a real host's token would be.
      try await applySecret(Seed.gitSecret, Seed.pipeline.namespace, ["token": Array("not-needed".utf8)])
      for leaf in clusters.dropFirst() {
        let kubeconfig = try leaf.kubeconfig(
          port: ports[leaf.name] ?? 0, user: "wge", token: settings.tokens[leaf.name] ?? ""
        )
        .serialized()
        try await applySecret("\(leaf.name)-kubeconfig", "fleet", ["value": kubeconfig])
      }
      // A bcrypt hash is salted: a new one each time would sign everybody out of every session.
      let account = ObjectKey(namespace: "flux-system", name: AuthDefaults.clusterUserSecret)
      if try await exists(account) == false {
        let hash = try BcryptHash.make(Secret(settings.password))
        try await applySecret(
          account.name, "flux-system",
          ["username": Array(Self.administrator.utf8), "password": Array(hash.encoded.reveal().utf8)])
      }
    }

    private var source: any GitSource { MirrorGitSource(directory: directory.appending(path: "mirrors").path) }

    private func seedRepository() async throws {
      do { try await host.createRepository(repositoryPath) } catch let error as GitHostError
        where error.code == .alreadyExists
      {}
      guard try await host.repository(repositoryPath).isEmpty else { return }
      let changes = try Seed.files(repositoryURL: repositoryURL).map {
        FileChange.put(try GitPath($0.path), text: $0.text)
      }
      _ = try await host.commitFiles(
        CommitRequest(branch: BranchName("main"), message: "Add the fleet", changes: changes, allowInitial: true),
        in: repositoryPath)
    }

    private func object(_ json: JSON) throws -> DynamicObject {
      guard let object = DynamicObject(json) else { throw PlaygroundError("a manifest of the playground is no object") }
      return object
    }

    private func apply(_ manifests: String, to client: KubeClient) async throws {
      for manifest in try YAML.parse(manifests).map(object) {
        guard let kind = manifest.groupVersionKind else { continue }
        _ = try await client.apply(
          try await client.discovery.resource(for: kind), manifest, force: true,
          options: WriteOptions(fieldManager: "wge-playground"))
      }
    }

    private func applySecret(_ name: String, _ namespace: String, _ data: [String: [UInt8]]) async throws {
      var secret = try DynamicObject(
        apiVersion: "v1", kind: "Secret", metadata: ObjectMeta(name: name, namespace: namespace))
      secret["data"] = .object(JSONObject(data.map { ($0.key, .string(Base64.encode($0.value))) }))
      _ = try await management.client.apply(
        .secrets, secret, force: true, options: WriteOptions(fieldManager: "wge-playground"))
    }

    private func exists(_ key: ObjectKey) async throws -> Bool {
      do {
        _ = try await management.client.get(.secrets, key)
        return true
      } catch let error as KubeError where error.isNotFound { return false }
    }

    // MARK: What runs

    /// Gives the clients of all clusters, by the kubeconfigs that `GitopsCluster` objects lead to.
    func clusterDirectory(_ readiness: GitopsClusterDirectory.Readiness) -> GitopsClusterDirectory {
      var options = GitopsClusterDirectory.Options()
      options.readiness = readiness
      return GitopsClusterDirectory(management: management.client, options: options)
    }

    /// Flux in every cluster, and the controllers of the management cluster.
    func controllers(directory clusters: any ClusterDirectory) -> [any Service] {
      let client = management.client
      let source = source
      let repositories = PromotionRepositories(
        management: client, hosts: LocalGitHostDirectory(host: host))
      var policy = PromotionPolicy()
      policy.pullRequestPollInterval = .seconds(2)
      policy.unreadableTargetInterval = .seconds(2)
      let pipelines = PipelineController.make(
        management: client, directory: clusters, repository: { try await repositories.repository(for: $0) },
        policy: policy, events: EventRecorder(client: client, component: PipelineDefaults.controllerName))
      let fleet = Controller(
        name: "gitopscluster", for: GitopsCluster.resource, client: client,
        reconciler: GitopsClusterReconciler(directory: clusterDirectory(.kubeconfig), interval: .seconds(10)))
      let flux = self.clusters.map { LocalFlux(client: $0.client, source: source, logger: logger) as any Service }
      return flux + [fleet, pipelines]
    }
  }
#endif
