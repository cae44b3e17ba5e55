import Foundation
import Logging
import Synchronization
import Testing
import WGECore
import WGEKube

/// The runtime against whatever cluster there is: a local one, or the one that `WGE_TEST_KUBECONFIG`
/// names, with more objects and, when `WGE_TEST_CHURN_SECONDS` asks for it, for longer, so that
/// somebody can restart the API server meanwhile.
@Suite(.serialized) struct RuntimeContractTests {
  static let environment = ProcessInfo.processInfo.environment
  static let isReal = environment["WGE_TEST_KUBECONFIG"] != nil
  static let objects = isReal ? 2000 : 100
  static let churn = Duration.seconds(environment["WGE_TEST_CHURN_SECONDS"].flatMap { Int($0) } ?? 0)
  static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  static let patience = Duration.seconds(180)

  /// A value that several tasks change.
  private final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    func withLock<T: Sendable>(_ body: (inout Value) -> T) -> T { mutex.withLock { value in body(&value) } }
  }

  private static func wait(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + patience
    // A server that is away makes the question fail, which is no answer.
    while await (try? condition()) != true {
      try #require(ContinuousClock.now < deadline, "not so after \(patience): \(what)")
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Does it until the server takes it.
  private static func insist(_ work: () async throws -> Void) async throws {
    while true {
      do { return try await work() } catch let error as KubeError where error.isNotFound || error.isAlreadyExists {
        return
      } catch is KubeError { try await Task.sleep(for: .milliseconds(200)) }
    }
  }

  private static func map(_ namespace: String, _ name: String, _ number: Int) -> DynamicObject {
    var object = DynamicObject(.configMaps, namespace: namespace, name: name)
    object["data"] = ["number": .string("\(number)")]
    object.setValue(["role": "parent"], at: ["metadata", "labels"])
    return object
  }

  @Test func informersAndControllersOutlastTheServer() async throws {
    try await withTestNamespace { client, namespace in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for lane in 0..<16 {
          group.addTask {
            for number in stride(from: lane, to: Self.objects, by: 16) {
              try await Self.insist { try await client.create(.configMaps, Self.map(namespace, "p\(number)", 0)) }
            }
          }
        }
        try await group.waitForAll()
      }
      let metrics = Shared((reconciles: 0, failures: 0))
      let streaming = Informer(
        .configMaps, client: client, namespace: namespace,
        options: .init(watcher: .init(labelSelector: "role=parent", initialList: .streaming), logger: Self.quiet))
      let paged = Informer(
        .configMaps, client: client, namespaces: [namespace, "default"],
        options: .init(watcher: .init(labelSelector: "role=parent", pageSize: 100), logger: Self.quiet))
      let controller = Controller(
        name: "copier", for: .configMaps, client: client, namespace: namespace, labelSelector: "role=parent",
        options: .init(
          concurrency: 8, backoff: Backoff(initial: .milliseconds(50), cap: .seconds(2)), logger: Self.quiet)
      ) { key, context in
        metrics.withLock { $0.reconciles += 1 }
        guard let parent = context.object else { return .done }
        var copy = DynamicObject(.configMaps, namespace: key.namespace, name: "copy-\(key.name)")
        copy["data"] = ["of": parent["data"]?["number"] ?? ""]
        if let uid = parent.uid {
          copy.setOwnerReference(
            OwnerReference(apiVersion: "v1", kind: "ConfigMap", name: parent.name, uid: uid, controller: true))
        }
        do { try await context.client.apply(.configMaps, copy, force: true) } catch {
          metrics.withLock { $0.failures += 1 }
          throw error
        }
        return .done
      }
      .owning(.configMaps)
      let began = ContinuousClock.now
      let tasks = [
        Task { try await streaming.run() }, Task { try await paged.run() }, Task { try await controller.run() },
      ]
      defer { for task in tasks { task.cancel() } }
      try await streaming.waitForSync(timeout: Self.patience)
      try await paged.waitForSync(timeout: Self.patience)
      let synced = ContinuousClock.now
      #expect(streaming.snapshot.count == Self.objects)

      // Changes, while somebody may restart the server.
      var number = 1
      let end = ContinuousClock.now + Self.churn
      repeat {
        for _ in 0..<50 {
          let name = "p\(Int.random(in: 0..<Self.objects))"
          let key = ObjectKey(namespace: namespace, name: name)
          number += 1
          switch number % 5 {
          case 0: try await Self.insist { _ = try await client.delete(.configMaps, key) }
          case 1: try await Self.insist { try await client.create(.configMaps, Self.map(namespace, name, number)) }
          default:
            let data: JSON = ["data": ["number": .string("\(number)")]]
            try await Self.insist { try await client.patch(.configMaps, key, .merge(data)) }
          }
        }
      } while ContinuousClock.now < end

      try await Self.wait("informers and copies agree with the server") {
        let all = try await client.listAll(.configMaps, namespace: namespace).items
        let parents = all.filter { $0.labels["role"] == "parent" }
        let truth = Dictionary(uniqueKeysWithValues: parents.map { ($0.key, $0.resourceVersion ?? "") })
        let copies = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0["data"]?["of"]) })
        func known(_ informer: Informer<DynamicObject>) -> [ObjectKey: String] {
          let snapshot = informer.snapshot
          return snapshot.keys.filter { $0.namespace == namespace }
            .reduce(into: [:]) { $0[$1] = snapshot[$1]?.resourceVersion ?? "" }
        }
        return known(streaming) == truth && known(paged) == truth
          && parents.allSatisfy { copies["copy-\($0.name)"] == $0["data"]?["number"] }
      }
      let (reconciles, failures) = metrics.withLock { $0 }
      print(
        "runtime contract: \(Self.objects) objects, synced after \(synced - began), \(number) changes, "
          + "\(reconciles) reconciles of which \(failures) failed, all right after \(ContinuousClock.now - began)")
    }
  }

  /// Two candidates: never both at once, by their own account, and a hand-over at once after a release.
  @Test func oneLeaderAtATime() async throws {
    try await withTestNamespace { client, namespace in
      let lease = ObjectKey(namespace: namespace, name: "lock")
      let leaders = Shared<(now: Set<String>, all: [String], clashes: Int)>((now: [], all: [], clashes: 0))
      @Sendable func candidate(_ name: String) -> Task<Void, any Error> {
        let elector = LeaderElector(
          client: client, lease: lease, identity: name,
          options: .init(
            leaseDuration: .seconds(4), renewDeadline: .seconds(3), retryPeriod: .milliseconds(500), logger: Self.quiet)
        )
        return Task {
          try await elector.run { token in
            leaders.withLock { leaders in
              leaders.all.append(name)
              leaders.now.insert(name)
              if leaders.now.count > 1 { leaders.clashes += 1 }
            }
            while token.isValid, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(20)) }
            leaders.withLock { _ = $0.now.remove(name) }
          }
        }
      }
      let a = candidate("a")
      try await Self.wait("a leads") { leaders.withLock { $0.all == ["a"] } }
      let b = candidate("b")
      try await Task.sleep(for: max(.milliseconds(500), Self.churn))
      a.cancel()
      _ = await a.result
      try await Self.wait("b leads") { leaders.withLock { $0.now == ["b"] } }
      b.cancel()
      _ = await b.result
      let (all, clashes) = leaders.withLock { ($0.all, $0.clashes) }
      #expect(clashes == 0)
      let spec = try await client.get(.leases, lease)["spec"]
      #expect(spec?["holderIdentity"] == "")
      print("runtime contract: leaders \(all), \(spec?["leaseTransitions"]?.intValue ?? 0) transitions")
    }
  }
}
