import Synchronization
import Testing
import WGECore
import WGEKube
import WGELocalCluster
import WGETestSupport

@testable import WGEPipelines

@Suite struct TargetWatchesTests {
  /// A directory whose answers the test gives, one by one; a caller that is cancelled waits on.
  private final class HeldDirectory: ClusterDirectory {
    private let calls = Mutex<[CheckedContinuation<KubeClient?, Never>]>([])

    var waiting: Int { calls.withLock(\.count) }

    /// Answers the call that has waited longest; nil: that there is no such cluster.
    func answer(_ client: KubeClient?) {
      calls.withLock { $0.isEmpty ? nil : $0.removeFirst() }?.resume(returning: client)
    }

    func clusters() async -> [ClusterID] { [.management] }

    func client(for cluster: ClusterID, as principal: Principal) async throws -> KubeClient {
      let client = await withCheckedContinuation { call in calls.withLock { $0.append(call) } }
      guard let client else { throw ClusterError(cluster, .unknownCluster, "no such cluster") }
      return client
    }
  }

  private static let key = ObjectKey(namespace: "delivery", name: "shop")

  private static func pipeline() throws -> Pipeline {
    try YAML.parseSingle(
      """
      apiVersion: pipelines.weave.works/v1alpha1
      kind: Pipeline
      metadata: {namespace: delivery, name: shop}
      spec:
        appRef: {apiVersion: v1, kind: ConfigMap, name: shop}
        environments: [{name: dev, targets: [{namespace: shop-dev}]}]
      """
    ).decode(Pipeline.self)
  }

  /// A pipeline that is deleted and made anew while its kind is being looked up: the end of the first
  /// look-up is not the end of the second.
  @Test func aGivenUpLookUpDoesNotEndTheNextOne() async throws {
    let cluster = try LocalCluster()
    defer { cluster.close() }
    let client = KubeClient(transport: cluster.transport())
    let directory = HeldDirectory()
    let index = PipelineIndex(management: .management)
    let watches = TargetWatches(index: index, directory: directory)
    let controller = Controller(name: "pipelines", for: Pipeline.resource, client: client) { _, _ in .done }
    watches.attach(controller.sources)

    index.update(Self.key, try Self.pipeline())
    watches.follow()
    try await eventually("the first look-up asks for both roots") { directory.waiting == 2 }
    index.update(Self.key, nil)
    watches.follow()
    index.update(Self.key, try Self.pipeline())
    watches.follow()
    try await eventually("the second look-up asks") { directory.waiting == 4 }
    for _ in 0..<2 { directory.answer(nil) }
    // The first one's failure is no reason to look up again.
    for _ in 0..<100 { await Task.yield() }
    watches.follow()
    #expect(directory.waiting == 2)
    try await eventually("the watch is opened") {
      directory.answer(client)
      return controller.sources.ids.map(\.name).contains { $0.contains("ConfigMap") }
    }
    #expect(controller.sources.ids.count == 1)
    #expect(directory.waiting == 0)

    index.update(Self.key, nil)
    watches.follow()
    #expect(controller.sources.ids.isEmpty)
  }
}
