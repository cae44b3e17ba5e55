internal import HTTPTypes
internal import WGECore
internal import WGEKube
internal import WGELocalCluster

extension Workload {
  private static let maps = "/api/v1/namespaces/default/configmaps"

  /// Requests to a cluster in memory. Nothing else that is at hand serves the same in process, so
  /// there is no peer.
  static func cluster() throws -> [Workload] {
    let counter = Counter()
    let small = try LocalCluster(storage: .memory)
    let large = Lazily {
      let cluster = try LocalCluster(storage: .memory)
      for index in 0..<1000 { try await send(cluster, .post, maps, body: configMap("n\(index)"), expect: 201) }
      let items = try await JSON(parsing: send(cluster, .get, maps, expect: 200))["items"]?.arrayValue?.count
      try WorkloadFailure.check(items == 1000, "\(items ?? 0) objects instead of 1,000")
      return cluster
    }
    return [
      Workload("cluster: create and delete an object", repetitions: 10) {
        let name = "c\(await counter.next())"
        try await send(small, .post, maps, body: configMap(name), expect: 201)
        try await send(small, .delete, maps + "/" + name, expect: 200)
      },
      Workload("cluster: get one object of 1,000", repetitions: 50) {
        try await send(large.value(), .get, maps + "/n500", expect: 200)
      },
      Workload("cluster: list 1,000 objects") { try await send(large.value(), .get, maps, expect: 200) },
      Workload("cluster: open 100 watches, 10 changes seen by all") {
        try await fanOut(small, name: "w\(await counter.next())")
      },
    ]
  }

  private static func configMap(_ name: String, step: Int = 0) -> JSON {
    [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "labels": ["app": "shop"]],
      "data": ["step": .string("\(step)"), "text": .string(String(repeating: "x", count: 200))],
    ]
  }

  @discardableResult
  private static func send(
    _ cluster: LocalCluster, _ method: HTTPRequest.Method, _ path: String, body: JSON? = nil, expect: Int
  ) async throws -> [UInt8] {
    let headers: HTTPFields = body == nil ? [:] : [.contentType: "application/json"]
    let answer = try await cluster.transport().send(
      KubeRequest(method: method, path: path, headers: headers, body: body?.serialized() ?? []))
    try WorkloadFailure.check(
      answer.status.code == expect, "\(method) \(path): \(String(decoding: answer.body, as: UTF8.self))")
    return answer.body
  }

  private static func fanOut(_ cluster: LocalCluster, name: String) async throws {
    let list = try await JSON(parsing: send(cluster, .get, maps, expect: 200))
    let version = list["metadata"]?["resourceVersion"]?.stringValue ?? ""
    let newline = UInt8(ascii: "\n")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<100 {
        let body = try await cluster.transport().stream(
          KubeRequest(
            method: .get, path: maps,
            query: [(name: "watch", value: "true"), (name: "resourceVersion", value: version)])
        ).body
        group.addTask {
          var events = 0
          for try await chunk in body {
            events += chunk.count { $0 == newline }
            if events >= 10 { return }
          }
          throw WorkloadFailure(description: "a watch ended after \(events) events")
        }
      }
      try await send(cluster, .post, maps, body: configMap(name), expect: 201)
      for step in 1..<9 {
        try await send(cluster, .put, maps + "/" + name, body: configMap(name, step: step), expect: 200)
      }
      try await send(cluster, .delete, maps + "/" + name, expect: 200)
      try await group.waitForAll()
    }
  }
}
