public import Logging
public import ServiceLifecycle
import WGECore
public import WGEKube

/// The smallest Flux that closes the loop on a laptop, for one cluster.
///
/// It follows `GitRepository` sources, applies `Kustomization` paths with inventory and prune, and reports
/// `HelmRelease` versions as released (simulated: no chart is rendered). It writes the status fields that
/// real Flux writes, so what reads them cannot tell; what it does not do it reports as a False condition.
///
/// ```swift
/// let flux = LocalFlux(client: client, source: MirrorGitSource(directory: "/var/lib/demo/mirrors"))
/// try await flux.install()
/// try await flux.run()
/// ```
public struct LocalFlux: Service {
  private let client: KubeClient
  private let source: any GitSource
  private let logger: Logger

  /// - Parameters:
  ///   - client: of the cluster; needs rights over whatever the manifests hold.
  ///   - source: where Git content comes from; may be shared by several clusters.
  ///   - logger: where the controllers log.
  public init(client: KubeClient, source: any GitSource, logger: Logger = Logger(label: "wge.local-flux")) {
    self.client = client
    self.source = source
    self.logger = logger
  }

  /// Installs the definitions of the Flux kinds. Not on a cluster that has Flux: it brings its own.
  /// - Throws: `KubeError`, `DefinitionError`.
  public func install() async throws {
    try await DefinitionInstaller(client: client).install(try FluxCRDs.objects())
  }

  /// Reconciles until cancelled or told to stop.
  public func run() async throws {
    var options = ControllerOptions()
    options.logger = logger
    let sources = Controller(
      name: "gitrepository", for: FluxCRDs.gitRepositories, client: client,
      reconciler: GitRepositoryReconciler(source: source), options: options)
    let kustomizations = Controller(
      name: "kustomization", for: FluxCRDs.kustomizations, client: client,
      reconciler: KustomizationReconciler(source: source), options: options
    ).watching(FluxCRDs.gitRepositories) { [client] repository in
      // A new artifact wakes the Kustomizations that follow it; a list that fails costs one interval.
      let all = (try? await client.listAll(FluxCRDs.kustomizations).items) ?? []
      return all.filter { KustomizationReconciler.follows($0, repository.key) }.map(\.key)
    }
    let releases = Controller(
      name: "helmrelease", for: FluxCRDs.helmReleases, client: client, reconciler: HelmReleaseReconciler(),
      options: options)
    let repositories = Controller(
      name: "helmrepository", for: FluxCRDs.helmRepositories, client: client,
      reconciler: HelmRepositoryReconciler(), options: options)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for controller in [sources, kustomizations, releases, repositories] {
        group.addTask { try await controller.run() }
      }
      try await group.next()
      group.cancelAll()
    }
  }
}
