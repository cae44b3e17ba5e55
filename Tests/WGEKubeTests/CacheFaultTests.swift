import Synchronization
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

/// Random changes under random faults: when both have stopped, informer and server agree, and a
/// subscriber who only followed events agrees too.
@Suite struct CacheFaultTests {
  @Test(arguments: 0..<120 as Range<UInt64>) func convergesUnderRandomFaults(seed: UInt64) async throws {
    try await Self.converge(seed: seed)
  }

  static func converge(seed: UInt64) async throws {
    let random = Locked(SeededGenerator(seed: seed))
    let isCalm = Locked(false)
    let server = MiniServer { request in
      if isCalm.withLock({ $0 }) { return nil }
      let number = random.withLock { $0.next() }
      let events = Int(number >> 32 % 3)
      return switch number % 14 {
      case 0: .status(410, reason: "Expired")
      case 1: .status(500, reason: "InternalError")
      case 2: .drop
      case 3: .close(afterEvents: events)
      case 4: .tear(afterEvents: events)
      case 5: .errorEvent(410, reason: "Expired", afterEvents: events)
      case 6: .errorEvent(504, reason: "Timeout", afterEvents: events)
      case 7: .garbage(afterEvents: events)
      case 8: .status(429, reason: "TooManyRequests")
      default: nil
      }
    }
    for name in 0..<5 { server.put(.testMaps, "n\(name)") }
    var watcher = WatcherOptions.fast
    watcher.pageSize = 2
    watcher.initialList = ([.consistent, .cached, .streaming] as [WatcherOptions.InitialList])[Int(seed % 3)]
    let informer = CacheInformerTests.informer(server, CacheInformerTests.options(watcher))
    let mirror = Locked<[ObjectKey: String]>([:])
    let subscription = informer.subscribe(bufferLimit: 3)
    let follower = Task {
      func apply(_ event: InformerEvent<DynamicObject>) {
        mirror.withLock { mirror in
          switch event {
          case .added(let object), .updated(_, let object): mirror[object.key] = object.resourceVersion
          case .deleted(let object): mirror[object.key] = nil
          default: break
          }
        }
      }
      for await event in subscription {
        if case .resync(let resync) = event { for change in resync.changes() { apply(change) } } else { apply(event) }
      }
    }
    try await CacheInformerTests.running(informer) {
      for step in 0..<60 {
        let number = random.withLock { $0.next() }
        let name = "n\(number >> 8 % 8)"
        switch number % 8 {
        case 0, 1: server.remove(.testMaps, name)
        case 2 where step % 3 == 0: server.compact()
        case 3 where step % 5 == 0: server.closeWatches()
        default: server.put(.testMaps, name, ["data": ["step": .string("\(step)")]])
        }
        if step % 7 == 0 { await Task.yield() }
      }
      isCalm.withLock { $0 = true }
      server.closeWatches()
      let truth = server.objects(.testMaps).mapValues { $0.resourceVersion ?? "" }
      try await eventually("seed \(seed): the informer converges") {
        Dictionary(uniqueKeysWithValues: informer.snapshot.values.map { ($0.key, $0.resourceVersion ?? "") }) == truth
      }
      try await eventually("seed \(seed): the subscriber converges") { mirror.withLock { $0 } == truth }
    }
    await follower.value
  }
}

@Suite struct CacheFaultFuzz {
  /// New schedules for as long as asked; a failure names its seed.
  @Test(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) func convergesUnderNewFaults() async throws {
    try await Fuzzing.run("informer faults") { try await CacheFaultTests.converge(seed: $0) }
  }
}
