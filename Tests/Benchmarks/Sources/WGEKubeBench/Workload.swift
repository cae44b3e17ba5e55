internal import HTTPTypes
internal import WGECore
internal import WGEKube
internal import WGELocalCluster

/// Something that is measured on every server in turns.
struct Workload: Sendable {
  var name: String
  /// Once only, not per turn.
  var isRepeated = true
  var fits: @Sendable (Session) -> Bool = { _ in true }
  var prepare: @Sendable (Session) async throws -> Void = { _ in }
  var run: @Sendable (_ session: Session, _ turn: Int) async throws -> [Sample]

  static let names = ["creates", "lists", "sync", "events", "reconciles", "fanout", "deployments", "fresh"]

  /// In the order in which they build on each other.
  static func all(_ counts: Counts) -> [Workload] {
    [creates(counts), lists(counts), sync(counts), reconciles(counts), events(counts)]
      + counts.watches.map { fanOut(counts, watches: $0) } + [deployments(counts), fresh()]
  }

  // MARK: Writing

  /// The ConfigMaps that the others read, created by clients at once.
  private static func creates(_ counts: Counts) -> Workload {
    Workload(name: "creates") { session, turn in
      let goal = counts.objects * (turn + 1) / counts.turns
      let start = session.seeded.value
      let time = try await ContinuousClock().measure {
        try await seed(session, upTo: goal, clients: counts.clients)
      }
      return [Sample("ConfigMaps created by \(counts.clients) clients", Double(goal - start) / seconds(time), "/s")]
    }
  }

  static func seed(_ session: Session, upTo goal: Int, clients: Int) async throws {
    let start = session.seeded.value
    guard goal > start else { return }
    try await spread(start..<goal, over: clients) { index in
      _ = try await session.client.create(.configMaps, Objects.configMap(index), namespace: session.namespace)
    }
    session.seeded.withLock { $0 = goal }
  }

  /// Calls the body for each number, by so many tasks at once.
  static func spread(
    _ range: Range<Int>, over clients: Int, _ body: @escaping @Sendable (Int) async throws -> Void
  ) async throws {
    let next = Shared(range.lowerBound)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<clients {
        group.addTask {
          while true {
            let index = next.withLock { next in
              defer { next += 1 }
              return next
            }
            guard index < range.upperBound else { return }
            try await body(index)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  // MARK: Reading

  private static func lists(_ counts: Counts) -> Workload {
    Workload(name: "lists", prepare: { try await seed($0, upTo: counts.objects, clients: counts.clients) }) {
      session, _ in
      let clock = ContinuousClock()
      var bytes = 0
      let raw = try await clock.measure {
        bytes = try await session.transport.send(listRequest(session)).body.count
      }
      var count = 0
      let decoded = try await clock.measure {
        count = try await session.client.list(.configMaps, namespace: session.namespace).items.count
      }
      try Failure.check(count >= counts.objects, "\(count) objects listed")
      var paged = 0
      let pages = try await clock.measure {
        for try await page in session.client.pages(.configMaps, namespace: session.namespace) {
          paged += page.items.count
        }
      }
      try Failure.check(paged == count, "\(paged) objects in pages")
      return [
        Sample("list of \(count), \(bytes / 1_000_000) MB, as bytes", seconds(raw), "s", lowerIsBetter: true),
        Sample("list and decode", Double(count) / seconds(decoded), "objects/s"),
        Sample("list in pages of 500 and decode", Double(count) / seconds(pages), "objects/s"),
      ]
    }
  }

  static func listRequest(_ session: Session) -> KubeRequest {
    KubeRequest(
      method: .get, path: "/api/v1/namespaces/\(session.namespace)/configmaps", headers: [.accept: "application/json"])
  }

  private static func fresh() -> Workload {
    Workload(name: "fresh", fits: { $0.name == "memory" }) { _, _ in
      let count = 300
      let time = try await ContinuousClock().measure {
        for index in 0..<count {
          let cluster = try LocalCluster()
          let client = KubeClient(transport: cluster.transport())
          _ = try await client.create(.configMaps, Objects.configMap(index), namespace: "default")
          cluster.close()
        }
      }
      return [
        Sample(
          "fresh cluster, one object, closed again", seconds(time) / Double(count) * 1000, "ms", lowerIsBetter: true)
      ]
    }
  }
}
