import Foundation
import Synchronization
import Testing
import WGECore
import WGEKube
import WGELocalCluster
import WGETestSupport

/// An election between processes, of which the leader is stopped (SIGSTOP) past its lease and goes on
/// (SIGCONT) when another leads.
///
/// `PAUSES=n` for another number of stops than two; `WGE_TEST_KUBECONFIG` for another server than a
/// local cluster.
@Suite(.serialized) struct PausedLeaderTests {
  /// A write that the server took, in its order.
  struct Write: Sendable {
    var leader: String
    var term: Int
  }

  private final class Ledger: Sendable {
    private let mutex = Mutex<[Write]>([])
    var writes: [Write] { mutex.withLock { $0 } }
    func append(_ write: Write) { mutex.withLock { $0.append(write) } }
    func count(_ name: String) -> Int { mutex.withLock { $0.count { $0.leader == name } } }
  }

  private static let environment = ProcessInfo.processInfo.environment

  @Test func aStoppedLeaderWritesNothingAfterItLost() async throws {
    guard let program = Program.ofThisPackage("wge-victim") else {
      return print("skipped: paused leader: there is no wge-victim")
    }
    try await withTestNamespace { client, namespace in
      try await withTemporaryDirectory { directory in
        let face: PlainFace?
        let kubeconfig: String
        if let path = Self.environment["WGE_TEST_KUBECONFIG"], !path.isEmpty {
          (face, kubeconfig) = (nil, path)
        } else {
          let plain = try PlainFace(client.transport)
          (face, kubeconfig) = (plain, directory + "/kubeconfig")
          try Data(try plain.kubeconfig.serialized()).write(to: URL(fileURLWithPath: kubeconfig))
        }
        defer { withExtendedLifetime(face) {} }
        try await Self.stopLeaders(program, kubeconfig, client, namespace)
      }
    }
  }

  private static func stopLeaders(
    _ program: String, _ kubeconfig: String, _ client: KubeClient, _ namespace: String
  ) async throws {
    let created = try await client.create(.configMaps, DynamicObject(.configMaps, namespace: namespace, name: "ledger"))
    let ledger = Ledger()
    let watch = try await client.watch(
      .configMaps, namespace: namespace,
      options: WatchOptions(fieldSelector: "metadata.name=ledger", resourceVersion: created.resourceVersion))
    let reader = Task {
      for try await event in watch {
        guard case .modified(let object) = event, let leader = object["data"]?["leader"]?.stringValue,
          let term = object["data"]?["term"]?.stringValue.flatMap(Int.init)
        else { continue }
        ledger.append(Write(leader: leader, term: term))
      }
    }
    defer { reader.cancel() }

    var candidates: [String: RunningProgram] = [:]
    for name in ["a", "b"] {
      candidates[name] = try Program(program, ["stand", kubeconfig, namespace, name]).start()
    }
    defer { for candidate in candidates.values { candidate.kill() } }
    let pauses = environment["PAUSES"].flatMap { Int($0) } ?? 2
    for round in 0..<pauses {
      try await eventually("somebody leads and writes") {
        let latest = ledger.writes.suffix(5)
        return latest.count == 5 && Set(latest.map(\.leader)).count == 1
      }
      // At any moment of its work.
      try await Task.sleep(for: .microseconds(Int.random(in: 0...20_000)))
      let last = try #require(ledger.writes.last)
      let (name, term) = (last.leader, last.term)
      let leader = try #require(candidates[name])
      leader.pause()
      let other = name == "a" ? "b" : "a"
      let before = ledger.count(other)
      try await eventually("\(other) takes over") { ledger.count(other) >= before + 5 }
      leader.resume()
      // Whether it hears of it by its write or by its elector, its term has ended.
      try await eventually("\(name) finds that it leads no more") {
        let lines = String(decoding: leader.output, as: UTF8.self).split(separator: "\n")
        return lines.contains("refused \(term)") || lines.contains("ended \(term)")
      }
      let then = ledger.count(other)
      try await eventually("\(other) goes on") { ledger.count(other) >= then + 20 }
      #expect(leader.isRunning && candidates[other]?.isRunning == true, "round \(round)")
    }
    for candidate in candidates.values { candidate.kill() }
    // Every write without a precondition that reached the server was done: were one late, it would stand
    // behind one of a later term.
    let all = ledger.writes
    let late = zip(all, all.dropFirst()).filter { $1.term < $0.term }
    #expect(late.isEmpty, "\(late.prefix(3))")
    #expect(Dictionary(grouping: all, by: \.term).allSatisfy { Set($0.value.map(\.leader)).count == 1 })
    print(
      "PAUSES: \(pauses - late.count) passed, \(late.count) failed, 0 skipped; \(all.count) writes in "
        + "\(Set(all.map(\.term)).count) terms")
  }
}
