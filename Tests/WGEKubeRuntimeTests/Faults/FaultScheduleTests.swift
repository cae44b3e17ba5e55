import Foundation
import Synchronization
import Testing
import WGETestSupport

/// Informers and controllers under random faults between them and a cluster: seeds 1 to 200 and 1 to
/// 100, the same ones in every run. A failure names its seed; `FAULT_SEED=n` runs that one alone.
@Suite struct FaultScheduleTests {
  static let seed = ProcessInfo.processInfo.environment["FAULT_SEED"].flatMap { UInt64($0) }

  @Test func informersConverge() async {
    await run("informer", Self.seed.map { $0...$0 } ?? 1...200) { try await InformerSchedule.run(seed: $0) }
  }

  @Test func controllersEndWithTheRightWrites() async {
    await run("controller", Self.seed.map { $0...$0 } ?? 1...100) { try await ControllerSchedule.run(seed: $0) }
  }
}

/// New schedules: `FUZZ_SCHEDULES` in all, half of each kind, from a random first
/// seed or from `FUZZ_SEED`.
@Suite(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) struct FaultScheduleFuzz {
  static func number(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

  @Test func schedulesOfInformersAndControllers() async {
    let count = max(2, Self.number("FUZZ_SCHEDULES") ?? 10_000)
    let first = Self.number("FUZZ_SEED") ?? UInt64.random(in: 1000...UInt64(UInt32.max))
    await run("informer", first...(first + count / 2 - 1)) { try await InformerSchedule.run(seed: $0) }
    await run("controller", first...(first + count / 2 - 1)) { try await ControllerSchedule.run(seed: $0) }
  }
}

/// Runs schedules, several at a time, and reports their seeds.
private func run(
  _ kind: String, _ seeds: ClosedRange<UInt64>, _ schedule: @escaping @Sendable (UInt64) async throws -> [String: Int]
) async {
  let report = SuiteReport("fault-schedules \(kind) (seeds \(seeds.lowerBound) to \(seeds.upperBound))")
  let injected = Recorder()
  await withTaskGroup(of: Void.self) { group in
    for seed in seeds {
      if seed - seeds.lowerBound >= 8 { await group.next() }
      group.addTask {
        do {
          injected.add(try await schedule(seed))
          report.pass()
        } catch {
          report.fail("seed \(seed)", "\(error)")
          Issue.record("\(kind) schedule of seed \(seed): \(error)")
        }
      }
    }
  }
  report.finish()
  let faults = injected.counts.sorted { $0.key < $1.key }
  print("  injected: " + faults.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
}

private final class Recorder: Sendable {
  private let mutex = Mutex<[String: Int]>([:])
  var counts: [String: Int] { mutex.withLock { $0 } }
  func add(_ counts: [String: Int]) { mutex.withLock { $0.merge(counts, uniquingKeysWith: +) } }
}
