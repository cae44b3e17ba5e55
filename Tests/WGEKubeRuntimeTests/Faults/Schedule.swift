import Logging
import Synchronization
import WGECore
import WGEKube
import WGELocalCluster
import WGETestSupport

/// What all fault schedules have in common: a cluster, a way in that is honest and one that is not, a
/// clock, and objects that show when they are torn.
struct Schedule: Sendable {
  let seed: UInt64
  let clock: ManualClock
  let cluster: LocalCluster
  let proxy: FaultyTransport
  /// Straight to the cluster.
  let direct: KubeClient

  static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  init(seed: UInt64) throws {
    self.seed = seed
    clock = ManualClock()
    var configuration = LocalCluster.Configuration()
    configuration.clock = clock
    configuration.controllers = [.garbageCollection]
    configuration.watchWindow = 64
    configuration.bookmarkInterval = .seconds(2)
    cluster = try LocalCluster(configuration: configuration)
    // From hardly any faults to one in two.
    proxy = FaultyTransport(cluster.transport(), seed: seed, clock: clock, rate: [50, 150, 300, 500][Int(seed % 4)])
    direct = KubeClient(transport: cluster.transport())
  }

  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  var watcher: WatcherOptions {
    WatcherOptions(
      initialList: ([.consistent, .cached, .streaming] as [WatcherOptions.InitialList])[Int(seed / 4 % 3)],
      pageSize: seed % 5 == 0 ? nil : 2, watchTimeout: .seconds(15),
      backoff: Backoff(initial: .milliseconds(200), cap: .seconds(2)), healthyAfter: .seconds(5), clock: clock)
  }

  /// Lets time pass, so that delays end, until the condition holds.
  func pump(until what: String, _ condition: () async throws -> Bool) async throws {
    let start = ContinuousClock.now
    while try await !condition() {
      try await pass(.milliseconds(250))
      if ContinuousClock.now - start > .seconds(180) {
        throw Failed(description: "after \(clock.now.elapsed) of its clock still not: \(what)")
      }
    }
  }

  /// Lets so much time pass, and others do what is due.
  func pass(_ time: Duration) async throws {
    clock.advance(by: time)
    for _ in 0..<10 { await Task.yield() }
    try await Task.sleep(for: .microseconds(200))
  }

  // MARK: Objects

  static func checksum(_ name: String, _ number: Int, _ padding: String) -> String {
    "\(name)/\(number)/\(padding.utf8.count)/\(padding.utf8.reduce(0) { ($0 &* 31 &+ UInt64($1)) % 1_000_003 })"
  }

  /// Data that shows when any of it is missing or of another version.
  static func data(_ name: String, _ number: Int, _ random: inout SeededRandom) -> JSON {
    let padding = String(repeating: random.pick(["a", "ü", "\"", "\\", "\n", "{}"]), count: random.below(60))
    return [
      "number": .string("\(number)"), "padding": .string(padding), "sum": .string(checksum(name, number, padding)),
    ]
  }

  /// Throws when the object is not one that was written.
  static func check(_ object: DynamicObject) throws {
    let data = object["data"]
    guard let number = data?["number"]?.stringValue.flatMap({ Int($0) }), let padding = data?["padding"]?.stringValue,
      data?["sum"]?.stringValue == checksum(object.name, number, padding), object.uid != nil,
      object.resourceVersion != nil
    else { throw Failed(description: "a torn object: \(object.json)") }
  }
}
