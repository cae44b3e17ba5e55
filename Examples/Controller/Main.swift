import ArgumentParser
import Logging
import ServiceLifecycle
import UnixSignals
import WGEClusters
import WGECore
import WGEGit
import WGEHTTP
import WGEKube
import WGEPipelines

/// The controllers of a management cluster: clusters and pipelines, one replica leading.
@main struct ControllerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wge-controller",
    abstract: "Reconcile GitopsClusters and Pipelines of a management cluster.",
    discussion: "Reads KUBECONFIG, ~/.kube/config or the pod's service account.")

  @Option(help: "Context of the kubeconfig. Default: its current one.")
  var context: String?
  @Option(help: "What the management cluster is called.")
  var clusterName = "management"
  @Option(help: "Folder of a local Git host; pipelines of type `local` use it.")
  var localGit: String?
  @Option(help: "Kinds of your own Git servers: git.example.com=gitlab,code.example.com=bitbucket-server.")
  var gitHostTypes = ""
  @Option(help: "Folder for mirrors of repositories. Bitbucket Server is committed to from there.")
  var mirrors: String?
  @Option(help: "Namespace of the leader election Lease.")
  var leaseNamespace = "flux-system"
  @Flag(inversion: .prefixedNo, help: "Run only while this replica leads.")
  var leaderElect = true
  @Flag(name: .customLong("install-crds"), help: "Install the definitions of GitopsCluster and Pipeline first.")
  var installCRDs = false
  @Flag(help: "Cluster API is installed.")
  var capi = false

  func run() async throws {
    let logger = Logger(label: "wge.controller")
    let client = try KubeClient.fromEnvironment(context: context, fieldManager: "wge-controller")
    let management = ClusterID.management(named: clusterName)
    if installCRDs {
      try await DefinitionInstaller(client: client).install(
        [GitopsCluster.customResourceDefinition, Pipeline.customResourceDefinition].compactMap {
          DynamicObject(try YAML.parseSingle($0))
        })
    }

    let hosts = try hosts()
    let work: @Sendable (KubeClient) async throws -> Void = { [capi] client in
      try await Self.controllers(client, management, hosts: hosts, capi: capi)
    }
    let elector = LeaderElector(
      client: client, lease: ObjectKey(namespace: leaseNamespace, name: "wge-controller"),
      identity: "wge-controller-\(UInt64.random(in: .min ... .max))")
    let service: any Service =
      leaderElect
      // A replica that lost the lease cannot write, even if it has not noticed yet.
      ? elector.service { token in try await work(client.fenced(by: token)) }
      : Work { try await work(client) }
    try await ServiceGroup(services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger).run()
  }

  private static func controllers(
    _ client: KubeClient, _ management: ClusterID, hosts: any GitHostDirectory, capi: Bool
  ) async throws {
    var leaves = GitopsClusterDirectory.Options()
    leaves.readiness = .kubeconfig
    let clusters = Controller(
      name: "gitopscluster", for: GitopsCluster.resource, client: client,
      reconciler: GitopsClusterReconciler(
        directory: GitopsClusterDirectory(management: client, managementID: management, options: leaves),
        capiEnabled: capi))
    let events = EventRecorder(client: client, component: PipelineDefaults.controllerName)
    let repositories = PromotionRepositories(management: client, hosts: hosts, events: events)
    let pipelines = PipelineController.make(
      management: client, directory: GitopsClusterDirectory(management: client, managementID: management),
      managementCluster: management, repository: { try await repositories.repository(for: $0) },
      events: events)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for controller in [clusters, pipelines] { group.addTask { try await controller.run() } }
      try await group.waitForAll()
    }
  }

  private func hosts() throws -> any GitHostDirectory {
    let identity = GitIdentity(name: "WGE", email: "wge@localhost")
    let local = try localGit.map { try LocalGitHost(folder: $0, user: GitHostUser(login: "wge", identity: identity)) }
    return Hosts(
      local: local.map { LocalGitHostDirectory(host: $0) },
      providers: ProviderDirectory(
        hostTypes: try GitHostTypes(setting: gitHostTypes), transport: try CurlTransport(),
        mirrors: try mirrors.map { try GitMirrors(folder: $0) }))
  }
}

/// The local host for pipelines of type `local`, the providers' APIs for the others.
private struct Hosts: GitHostDirectory {
  let local: LocalGitHostDirectory?
  let providers: ProviderDirectory

  func location(of cloneURL: String, provider: String?, token: Secret<String>?) async throws -> GitHostLocation {
    guard provider == "local" else {
      return try await providers.location(of: cloneURL, provider: provider, token: token)
    }
    guard let local else {
      throw GitHostError(
        .unsupported, "this controller was started without a local Git host", remedy: "start it with --local-git",
        field: "type")
    }
    return try await local.location(of: cloneURL, provider: provider, token: token)
  }
}

/// A service that is a function.
private struct Work: Service {
  let body: @Sendable () async throws -> Void

  func run() async throws { try await body() }
}
