internal import ArgumentParser
internal import Foundation
internal import WGEKube

// The load of a Kubernetes client on API servers, side by side: local clusters in this process, over
// HTTPS in a process of their own, and any server that a kubeconfig names. Servers take turns, and
// who goes first changes with every turn, so that a busy machine is unfair to all alike.

@main
struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wge-kube-bench",
    abstract: "Measures API servers and WGEKube's informer and controller on them.",
    discussion: """
      Targets: memory, sqlite (in this process), https, https-memory (a process of its own), or
      NAME=KUBECONFIG[,PID...] for any API server; the PIDs are those whose memory and processor time
      is the server's. Ratios are against the last target. Everything happens in namespaces
      wge-bench-..., which are deleted at the end.
      """)

  @Option(name: .customLong("target"), help: "A server; repeat for several.")
  var targets: [Target.Spec] = []

  @Option(help: "Workloads: creates, lists, sync, events, reconciles, fanout, deployments, fresh. Default: all.")
  var only: [String] = []

  @Option(help: "ConfigMaps of 0.8 kB that are created, listed and cached.")
  var objects = 10_000

  @Option(help: "Deployments that are listed and cached.")
  var deployments = 2000

  @Option(help: "Clients that write at once.")
  var clients = 16

  @Option(help: "Watches that a change is sent to; repeat for several sizes.")
  var watches: [Int] = []

  @Option(help: "Events that fan-outs deliver in total, and that an informer catches up with.")
  var events = 10_000

  @Flag(help: "Informers keep metadata.managedFields too, as client-go's do; WGEKube's own default drops them.")
  var keepManagedFields = false

  @Option(help: "Turns; medians are over them.")
  var turns = 5

  func validate() throws {
    guard objects > 0, deployments > 0, clients > 0, events > 0, turns > 0, watches.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("counts must be above zero")
    }
    for name in only where !Workload.names.contains(name) {
      throw ValidationError("\(name) is no workload; there are \(Workload.names.joined(separator: ", "))")
    }
  }

  func run() async throws {
    let counts = Counts(
      objects: objects, deployments: deployments, clients: clients, watches: watches.isEmpty ? [200, 500] : watches,
      events: events, turns: turns, transform: keepManagedFields ? .keepAll : .dropManagedFields)
    let specs = targets.isEmpty ? [.sqlite, .memory, .https] : targets
    say("load \(Machine.load); \(counts)")
    var sessions: [Session] = []
    do {
      for spec in specs { sessions.append(try await Session(spec)) }
      for workload in Workload.all(counts) where only.isEmpty || only.contains(workload.name) {
        try await measure(workload, sessions, turns: turns)
      }
      for session in sessions { say("\(session.name): server memory \(session.memory)") }
    } catch {
      for session in sessions { await session.close() }
      throw error
    }
    for session in sessions { await session.close() }
    say("load \(Machine.load)")
  }

  private func measure(_ workload: Workload, _ sessions: [Session], turns: Int) async throws {
    var report = Report(workload: workload.name, targets: sessions.map(\.name))
    for session in sessions { try await workload.prepare(session) }
    for turn in 0..<(workload.isRepeated ? turns : 1) {
      for offset in sessions.indices {
        let session = sessions[(turn + offset) % sessions.count]
        guard workload.fits(session) else { continue }
        let before = session.processorSeconds
        for sample in try await workload.run(session, turn) { report.add(sample, of: session.name) }
        if let before, let after = session.processorSeconds {
          report.add(Sample("server's processor time", after - before, "s", lowerIsBetter: true), of: session.name)
        }
      }
    }
    report.printTable()
  }
}

/// How much of everything.
struct Counts: Sendable, CustomStringConvertible {
  var objects: Int
  var deployments: Int
  var clients: Int
  var watches: [Int]
  var events: Int
  var turns: Int
  /// What of each object informers keep.
  var transform: ObjectTransform

  var description: String {
    "\(objects) ConfigMaps, \(deployments) Deployments, \(clients) clients, \(events) events, \(turns) turns"
  }
}
