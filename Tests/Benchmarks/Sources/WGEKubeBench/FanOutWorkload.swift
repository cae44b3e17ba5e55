internal import HTTPTypes
internal import WGECore
internal import WGEKube

extension Workload {
  /// Changes that many watches see. The lines are counted, not decoded, so that the server is
  /// measured and not its clients.
  static func fanOut(_ counts: Counts, watches: Int) -> Workload {
    Workload(name: "fanout", prepare: { try await seed($0, upTo: min(counts.objects, 100), clients: 16) }) {
      session, turn in
      let changes = max(10, counts.events / watches)
      let version = try await session.client.list(
        .configMaps, namespace: session.namespace, options: ListOptions(limit: 1)
      ).resourceVersion
      var request = listRequest(session)
      request.query = [
        (name: "watch", value: "true"), (name: "resourceVersion", value: version),
        (name: "timeoutSeconds", value: "300"),
      ]
      let clock = ContinuousClock()
      var time = Duration.zero
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<watches {
          let body = try await session.transport.stream(request).body
          group.addTask {
            var lines = 0
            for try await chunk in body {
              lines += newLines(chunk)
              if lines >= changes { return }
            }
            throw Failure("a watch ended after \(lines) of \(changes) events")
          }
        }
        let start = clock.now
        try await spread(0..<changes, over: 4) { index in
          _ = try await session.client.replace(
            .configMaps, Objects.configMap(index % 100, step: -turn * changes - index - 1 - watches * 1_000_000),
            namespace: session.namespace)
        }
        try await group.waitForAll()
        time = clock.now - start
      }
      return [Sample("events to \(watches) watches", Double(changes * watches) / seconds(time), "/s")]
    }
  }

  private static func newLines(_ chunk: [UInt8]) -> Int {
    chunk.withUnsafeBufferPointer { bytes in
      var count = 0
      for byte in bytes where byte == 0x0A { count &+= 1 }
      return count
    }
  }
}
