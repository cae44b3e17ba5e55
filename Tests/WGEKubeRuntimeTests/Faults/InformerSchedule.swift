import Synchronization
import WGECore
import WGEKube
import WGELocalCluster
import WGETestSupport

/// One random life of an informer: when the faults end, it and its subscribers know what the server
/// knows, were told of every deletion, and never saw a torn object.
enum InformerSchedule {
  /// A follower of events, strict about what may follow what.
  private final class Mirror: Sendable {
    private struct State {
      var objects: [ObjectKey: String] = [:]
      var problem: String?
    }
    private let state = Mutex(State())
    private let name: String

    init(_ name: String) { self.name = name }

    var objects: [ObjectKey: String] { state.withLock(\.objects) }
    var problem: String? { state.withLock(\.problem) }

    func follow(_ subscription: InformerSubscription<DynamicObject>, pause: @Sendable () async -> Void) async {
      for await event in subscription {
        if case .resync(let resync) = event { compare(resync) } else { apply(event) }
        await pause()
      }
    }

    private func compare(_ resync: Resync<DynamicObject>) {
      let known = resync.previous.keys.reduce(into: [:]) { $0[$1] = resync.previous[$1]?.resourceVersion ?? "" }
      state.withLock { state in
        if known != state.objects { state.problem = "\(name): a resync from \(known), but known was \(state.objects)" }
      }
      for change in resync.changes() { apply(change) }
      let now = resync.current.keys.reduce(into: [:]) { $0[$1] = resync.current[$1]?.resourceVersion ?? "" }
      state.withLock { state in
        if now != state.objects { state.problem = "\(name): changes lead to \(state.objects), not to \(now)" }
      }
    }

    private func apply(_ event: InformerEvent<DynamicObject>) {
      state.withLock { state in
        do {
          switch event {
          case .added(let object):
            try Schedule.check(object)
            if state.objects[object.key] != nil { state.problem = "\(name): \(object.key) added twice" }
            state.objects[object.key] = object.resourceVersion ?? ""
          case .updated(let old, let new):
            try Schedule.check(new)
            if state.objects[new.key] != old.resourceVersion {
              state.problem = "\(name): \(new.key) updated from what was not known"
            }
            if old.uid != new.uid { state.problem = "\(name): \(new.key) became another object" }
            state.objects[new.key] = new.resourceVersion ?? ""
          case .deleted(let object):
            if state.objects.removeValue(forKey: object.key) == nil {
              state.problem = "\(name): \(object.key) deleted without having been there"
            }
          case .undecodable(let report): state.problem = "\(report)"
          case .resync: break
          }
        } catch { state.problem = "\(name): \(error)" }
      }
    }
  }

  static func run(seed: UInt64) async throws -> [String: Int] {
    let schedule = try Schedule(seed: seed)
    defer { schedule.cluster.close() }
    var random = SeededRandom(seed: seed, about: "informer")
    let namespaces = ["n1", "n2", "n3"]
    for namespace in namespaces {
      try await schedule.direct.create(.namespaces, DynamicObject(.namespaces, name: namespace))
    }
    var watcher = schedule.watcher
    let selector = random.chance(300) ? "team=a" : nil
    watcher.labelSelector = selector
    let scope = random.pick([nil, ["n1"], ["n1", "n2"]])
    let informer = Informer(
      .configMaps, client: KubeClient(transport: schedule.proxy, clock: schedule.clock), namespaces: scope,
      options: .init(
        watcher: watcher, indexes: ["team": ObjectIndex.label("team")], logger: Schedule.quiet))
    let quick = Mirror("quick")
    let slow = Mirror("slow")
    let quickSubscription = informer.subscribe()
    let slowSubscription = informer.subscribe(bufferLimit: 1 + random.below(6))
    let clock = schedule.clock
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await informer.run() }
      group.addTask { await quick.follow(quickSubscription) {} }
      group.addTask { await slow.follow(slowSubscription) { try? await clock.sleep(for: .milliseconds(700)) } }
      var number = 0
      for _ in 0..<50 {
        number += 1
        try await change(schedule, namespaces, number, &random)
        if random.chance(40) { schedule.cluster.compact() }
        if random.chance(600) { try await schedule.pass(.milliseconds(Int64(random.below(2500)))) }
      }
      schedule.proxy.calm()
      let truth = try await truth(schedule, scope, selector)
      try await schedule.pump(until: "the informer, the quick and the slow subscriber agree with the server") {
        if let problem = quick.problem ?? slow.problem { throw Schedule.Failed(description: problem) }
        return versions(informer.snapshot) == truth && quick.objects == truth && slow.objects == truth
      }
      for team in ["a", "b"] {
        let indexed = informer.snapshot.objects(index: "team", team).map(\.key).sorted()
        let plain = informer.snapshot.values.filter { $0.labels["team"] == team }.map(\.key).sorted()
        guard indexed == plain else { throw Schedule.Failed(description: "the index says \(indexed), not \(plain)") }
      }
      group.cancelAll()
      return schedule.proxy.injected
    }
  }

  private static func change(
    _ schedule: Schedule, _ namespaces: [String], _ number: Int, _ random: inout SeededRandom
  ) async throws {
    let key = ObjectKey(namespace: random.pick(namespaces), name: "m\(random.below(6))")
    if random.chance(250) {
      do { _ = try await schedule.direct.delete(.configMaps, key) } catch let error as KubeError where error.isNotFound
      {}
      return
    }
    var object = DynamicObject(.configMaps, namespace: key.namespace, name: key.name)
    object["data"] = Schedule.data(key.name, number, &random)
    object.setValue(["team": .string(random.pick(["a", "a", "b"]))], at: ["metadata", "labels"])
    do { try await schedule.direct.create(.configMaps, object) } catch let error as KubeError
      where error.isAlreadyExists
    {
      try await schedule.direct.replace(.configMaps, object)
    }
  }

  private static func truth(
    _ schedule: Schedule, _ scope: [String]?, _ selector: String?
  ) async throws -> [ObjectKey: String] {
    let all = try await schedule.direct.listAll(.configMaps, options: ListOptions(labelSelector: selector))
    var truth: [ObjectKey: String] = [:]
    for object in all.items where scope?.contains(object.namespace ?? "") ?? true {
      truth[object.key] = object.resourceVersion ?? ""
    }
    return truth
  }

  private static func versions(_ snapshot: StoreSnapshot<DynamicObject>) -> [ObjectKey: String] {
    snapshot.keys.reduce(into: [:]) { $0[$1] = snapshot[$1]?.resourceVersion ?? "" }
  }
}
