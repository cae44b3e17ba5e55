import Testing
import WGECore
import WGEKube
import WGELocalCluster
import WGETestSupport

/// The code of Documentation/Guides/WorkWithManyClusters.md.
@Suite struct ManyClustersGuideTests {
  private let leaf = ClusterID(namespace: "fleet", name: "eu")

  private func shop(_ maps: Int) async throws -> (LocalCluster, KubeClient) {
    let cluster = try LocalCluster()
    let client = KubeClient(transport: cluster.transport())
    try await client.create(.namespaces, DynamicObject(.namespaces, name: "shop"))
    for index in 0..<maps {
      try await client.create(.configMaps, DynamicObject(.configMaps, namespace: "shop", name: "m\(index)"))
    }
    let rules = """
      apiVersion: rbac.authorization.k8s.io/v1
      kind: Role
      metadata: {name: reader, namespace: shop}
      rules: [{apiGroups: [""], resources: [configmaps], verbs: [get, list]}]
      ---
      apiVersion: rbac.authorization.k8s.io/v1
      kind: RoleBinding
      metadata: {name: developers-read, namespace: shop}
      roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
      subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: developers}]
      """
    for document in try YAML.parse(rules) {
      let object = try #require(DynamicObject(document))
      let resource = try await client.discovery.resource(for: try #require(object.groupVersionKind))
      try await client.apply(resource, object)
    }
    return (cluster, client)
  }

  @Test func oneQuestionOfAllClusters() async throws {
    let (hub, management) = try await shop(1)
    let (far, client) = try await shop(2)
    defer {
      hub.close()
      far.close()
    }
    let dead = ClusterID(namespace: "fleet", name: "dead")
    let silence = ScriptedTransport([.init(failure: .transport(TransportFailure(.cannotConnect, message: "no route")))])
    let directory = StaticClusterDirectory([
      .management: management, leaf: client, dead: KubeClient(transport: silence, retry: .none),
    ])
    var changes = await directory.changes().makeAsyncIterator()

    let jane = Principal.user(name: "jane", groups: ["developers"])
    let one = try await directory.client(for: leaf, as: jane)
    #expect(try await one.list(.configMaps, namespace: "shop").items.count == 2)
    let refused = await #expect(throws: KubeError.self) { try await one.list(.secrets, namespace: "shop") }
    #expect(refused?.isForbidden == true)

    // As in the guide, but for the clock: a busy machine may need longer than the deadline.
    let counts = try await PerCluster.gather(
      directory, as: jane, deadline: .seconds(5), total: .seconds(15), clock: ManualClock()
    ) { cluster, client in
      try await client.listAll(.configMaps, namespace: "shop", form: .metadata).items.count
    }
    #expect(counts.orderedValues.map(\.value) == [1, 2])
    #expect(counts.orderedErrors.map { "\($0.cluster): \($0.code)" } == ["fleet/dead: unreachable"])

    let health = try await directory.probe(leaf)
    #expect(health?.isReachable == true && health?.lastSeen != nil && health?.version?.major == "1")
    #expect(await directory.health(of: dead)?.lastError?.error.message == "no route")
    var seen: Set<ClusterID> = []
    while seen.count < 3, let clusters = await changes.next() { seen.formUnion(clusters) }
    #expect(seen == [.management, leaf, dead])
  }
}
