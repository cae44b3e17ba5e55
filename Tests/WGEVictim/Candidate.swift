import Logging
import WGECore
import WGEKube

/// Stands in an election and, while it leads, writes its name, its term and a count into the ConfigMap
/// `ledger` as fast as it can. It reports
///
///     standing
///     leads TERM
///     refused TERM      a write was not sent, for it does not lead any more
///     ended TERM        its work was cancelled
///
/// Its writes have no precondition: whatever reaches the server is done.
struct Candidate {
  let kubeconfig: String
  let namespace: String
  let identity: String

  func run() async throws {
    let client = try KubeClient(kubeconfig: try Kubeconfig.load(file: kubeconfig))
    let quiet = Logger(label: "candidate") { _ in SwiftLogNoOpLogHandler() }
    let elector = LeaderElector(
      client: client, lease: ObjectKey(namespace: namespace, name: "lock"), identity: identity,
      options: .init(
        leaseDuration: .seconds(3), renewDeadline: .seconds(2), retryPeriod: .milliseconds(250), logger: quiet))
    report("standing")
    while true {
      try await elector.run { token in
        report("leads \(token.term)")
        await lead(token, client.fenced(by: token))
        // Returning would end the election.
        while token.isValid, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(10)) }
        try token.check()
        try Task.checkCancellation()
      }
    }
  }

  private func lead(_ token: LeadershipToken, _ client: KubeClient) async {
    var count = 0
    while true {
      count += 1
      do {
        try await client.patch(
          .configMaps, ObjectKey(namespace: namespace, name: "ledger"),
          .merge([
            "data": ["leader": .string(identity), "term": .string("\(token.term)"), "count": .string("\(count)")]
          ]))
        try await Task.sleep(for: .milliseconds(2))
      } catch is LeaderElectionError {
        return report("refused \(token.term)")
      } catch is CancellationError {
        return report("ended \(token.term)")
      } catch {
        // The server or the way to it: the next write may pass.
        continue
      }
    }
  }
}
