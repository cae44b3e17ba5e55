import Synchronization
import WGECore
import WGEKube
import WGELocalCluster
import WGETestSupport

/// One random life of a controller that keeps a copy of each parent, with a finalizer: when the faults
/// end, each parent has exactly its copy, nothing is left of parents that are gone, no reconcile saw a
/// torn object and none ran beside another of the same key.
enum ControllerSchedule {
  private struct State {
    var running: Set<ObjectKey> = []
    var problem: String?
    /// The version of each parent that was looked at last, for the report of a failure.
    var seen: [String: String] = [:]
  }

  private struct Copier: Reconciler {
    let state: Shared

    final class Shared: Sendable {
      let state = Mutex(State())
    }

    func reconcile(_ key: ObjectKey, _ context: ReconcileContext) async throws -> Requeue {
      let isAlone = state.state.withLock { state in
        state.seen[key.name] = context.object?.resourceVersion ?? "gone"
        return state.running.insert(key).inserted
      }
      if !isAlone { state.state.withLock { $0.problem = "two reconciles of \(key) at once" } }
      defer { state.state.withLock { _ = $0.running.remove(key) } }
      guard let parent = context.object else { return .done }
      do { try Schedule.check(parent) } catch { state.state.withLock { $0.problem = "\(error)" } }
      let child = ObjectKey(namespace: key.namespace, name: "copy-\(key.name)")
      let finalizer = Finalizer("example.com/copies", resource: .configMaps, client: context.client)
      return try await finalizer.reconcile(parent) { parent in
        var copy = DynamicObject(.configMaps, namespace: child.namespace, name: child.name)
        copy["data"] = ["of": parent["data"]?["sum"] ?? .null]
        let owner: JSON = [
          "apiVersion": "v1", "kind": "ConfigMap", "name": .string(parent.name), "uid": .string(parent.uid ?? ""),
          "controller": true,
        ]
        copy.setValue([owner], at: ["metadata", "ownerReferences"])
        copy.setValue(["role": "copy"], at: ["metadata", "labels"])
        try await context.client.apply(.configMaps, copy, force: true)
        return .done
      } cleanup: { _ in
        do { _ = try await context.client.delete(.configMaps, child) } catch let error as KubeError
          where error.isNotFound
        {
        }
      }
    }
  }

  static func run(seed: UInt64) async throws -> [String: Int] {
    let schedule = try Schedule(seed: seed)
    defer { schedule.cluster.close() }
    var random = SeededRandom(seed: seed, about: "controller")
    let copier = Copier(state: .init())
    let client = KubeClient(transport: schedule.proxy, fieldManager: "copier", clock: schedule.clock)
    let controller = Controller(
      name: "copier", for: .configMaps, client: client, namespace: "default", labelSelector: "role=parent",
      when: .generationChanged || .resourceVersionChanged, reconciler: copier,
      options: ControllerOptions(
        concurrency: 1 + random.below(4), reconcileTimeout: .seconds(30), cancellationGrace: .seconds(5),
        backoff: Backoff(initial: .milliseconds(50), cap: .seconds(2)), watcher: schedule.watcher,
        clock: schedule.clock, logger: Schedule.quiet)
    )
    .owning(.configMaps)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await controller.run() }
      for number in 0..<40 {
        try await change(schedule, number, &random)
        if random.chance(30) { schedule.cluster.compact() }
        if random.chance(600) { try await schedule.pass(.milliseconds(Int64(random.below(2500)))) }
      }
      schedule.proxy.calm()
      do {
        try await schedule.pump(until: "every parent has its copy and nothing else is left") {
          if let problem = copier.state.state.withLock({ $0.problem }) { throw Schedule.Failed(description: problem) }
          return try await isRight(schedule)
        }
      } catch {
        let objects = try await schedule.direct.listAll(.configMaps, namespace: "default").items
        let seen = copier.state.state.withLock(\.seen).sorted { $0.key < $1.key }
        throw Schedule.Failed(
          description: "\(error); looked at \(seen.map { "\($0.key)@\($0.value)" }) of "
            + objects.map { "\($0.json)" }.joined(separator: " "))
      }
      group.cancelAll()
      return schedule.proxy.injected
    }
  }

  /// Somebody makes, changes and deletes parents, and meddles with copies.
  private static func change(_ schedule: Schedule, _ number: Int, _ random: inout SeededRandom) async throws {
    let name = "p\(random.below(5))"
    let client = schedule.direct
    let key = ObjectKey(namespace: "default", name: name)
    do {
      switch random.below(10) {
      case 0, 1: _ = try await client.delete(.configMaps, key)
      case 2: _ = try await client.delete(.configMaps, ObjectKey(namespace: "default", name: "copy-\(name)"))
      case 3:
        try await client.patch(
          .configMaps, ObjectKey(namespace: "default", name: "copy-\(name)"), .merge(["data": ["of": "nonsense"]]))
      default:
        let data = Schedule.data(name, number, &random)
        do { try await client.patch(.configMaps, key, .merge(["data": data])) } catch let error as KubeError
          where error.isNotFound
        {
          var parent = DynamicObject(.configMaps, namespace: "default", name: name)
          parent["data"] = data
          parent.setValue(["role": "parent"], at: ["metadata", "labels"])
          try await client.create(.configMaps, parent)
        }
      }
    } catch let error as KubeError where error.isNotFound {}
  }

  private static func isRight(_ schedule: Schedule) async throws -> Bool {
    let all = try await schedule.direct.listAll(.configMaps, namespace: "default").items
    let parents = all.filter { $0.labels["role"] == "parent" }
    let copies = all.filter { $0.labels["role"] == "copy" }
    guard copies.count == parents.count else { return false }
    return parents.allSatisfy { parent in
      !parent.isBeingDeleted
        && copies.contains { copy in
          copy.name == "copy-\(parent.name)" && copy["data"]?["of"] == parent["data"]?["sum"]
            && copy.value(at: ["metadata", "ownerReferences"])?.arrayValue?.first?["uid"]?.stringValue == parent.uid
        }
    }
  }
}
