import Synchronization
import Testing
import WGEAPI
import WGEAuth
import WGEClusters
import WGECore
import WGEKube

/// A service of a few clusters, that remembers who asked for what.
final class FakeClusters: ClustersService {
  let asked = Mutex<[String]>([])

  func list(as principal: Principal, filter: ClusterFilter) async throws -> ClusterList {
    asked.withLock {
      $0.append(
        "\(principal.displayName): \(filter.labelSelector ?? "-") \(filter.reference?.rawValue ?? "-")")
    }
    let leaves = ["eu", "us"].map { name in
      ClusterSummary(
        GitopsCluster(
          metadata: ObjectMeta(name: name, namespace: "flux-system", labels: ["region": name]),
          spec: .init(secretRef: .init(name: "\(name)-kubeconfig"))))
    }
    let management = ClusterSummary.management(.management, asOf: Timestamp(seconds: 1_709_633_472))
    return ClusterList(
      clusters: (leaves + [management]).sorted { $0.name < $1.name },
      errors: [ClusterListError(cluster: .management, namespace: "n", message: "forbidden")])
  }
}

@Suite struct ClustersAPITests {
  let service = FakeClusters()

  func list(_ query: [(name: String, value: String)] = []) async throws -> JSON {
    let endpoint = try #require(ClustersAPI(service).endpoints.first)
    return try JSON(parsing: try await endpoint.answer(path: [:], query: query, body: [], call: caller))
  }

  @Test func lists() async throws {
    let list = try await list([("label", "a=b"), ("refType", "Secret")])
    #expect(service.asked.withLock { $0 } == ["jane: a=b Secret"])
    #expect(list["total"] == 3)
    #expect(list["nextPageToken"] == "")
    #expect(list["errors"] == [["clusterName": "management", "namespace": "n", "message": "forbidden"]])
    let clusters = try #require(list["gitopsClusters"]?.arrayValue)
    #expect(clusters.map { $0["name"]?.stringValue } == ["eu", "management", "us"])
    #expect(clusters[0]["secretRef"] == ["name": "eu-kubeconfig"])
    #expect(clusters[0]["capiClusterRef"]?.isNull == true)
    #expect(clusters[0]["capiCluster"]?.isNull == true)
    #expect(clusters[0]["labels"] == ["region": "eu"])
    #expect(clusters[0]["controlPlane"] == false)
    #expect(clusters[0]["type"] == "GitopsCluster")
    #expect(clusters[0]["id"] == "flux-system/eu")
    #expect(clusters[1]["controlPlane"] == true)
    let condition = try #require(clusters[1]["conditions"]?[0])
    #expect(condition["type"] == "Ready")
    #expect(condition["status"] == "True")
    #expect(condition["timestamp"] == "2024-03-05 10:11:12 +0000 UTC")
    #expect(condition["timestampRfc3339"] == "2024-03-05T10:11:12Z")
  }

  @Test func pages() async throws {
    var names: [String] = []
    var token = ""
    repeat {
      let page = try await list([("pageSize", "1"), ("pageToken", token)])
      names += page["gitopsClusters"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
      token = try #require(page["nextPageToken"]?.stringValue)
      #expect(page["total"] == 3)
    } while !token.isEmpty && names.count < 10
    #expect(names == ["eu", "management", "us"])
  }

  @Test(
    arguments: [
      ([("refType", "foo")], #"reference type "foo" is not recognised"#),
      ([("pageToken", "junk")], "field pageToken is not a token of this server"),
      ([("pageToken", "%/x")], "field pageToken is not a token of this server"),
      ([("pageSize", "-1")], "field pageSize must not be negative"),
    ] as [([(String, String)], String)])
  func refuses(query: [(String, String)], message: String) async throws {
    let error = await #expect(throws: APIStatus.self) {
      try await list(query.map { (name: $0.0, value: $0.1) })
    }
    #expect(error == APIStatus(.invalidArgument, message))
  }
}
