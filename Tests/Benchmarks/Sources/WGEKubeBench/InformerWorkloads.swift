internal import Logging
internal import Synchronization
internal import WGECore
internal import WGEKube

extension Workload {
  static func sync(_ counts: Counts) -> Workload {
    Workload(name: "sync", prepare: { try await seed($0, upTo: counts.objects, clients: counts.clients) }) {
      session, _ in try await synced(session, .configMaps, "ConfigMap", counts, atLeast: counts.objects)
    }
  }

  static func deployments(_ counts: Counts) -> Workload {
    Workload(
      name: "deployments",
      prepare: { session in
        try await spread(0..<counts.deployments, over: counts.clients) { index in
          _ = try await session.client.create(.deployments, Objects.deployment(index), namespace: session.namespace)
        }
      }
    ) { session, _ in
      let clock = ContinuousClock()
      var count = 0
      let time = try await clock.measure {
        count = try await session.client.list(.deployments, namespace: session.namespace).items.count
      }
      try Failure.check(count == counts.deployments, "\(count) deployments listed")
      return [Sample("list and decode", Double(count) / seconds(time), "Deployments/s")]
        + (try await synced(session, .deployments, "Deployment", counts, atLeast: counts.deployments))
    }
  }

  /// An informer's first list, and what each object costs it.
  private static func synced(
    _ session: Session, _ resource: ResourceType, _ noun: String, _ counts: Counts, atLeast expected: Int
  ) async throws -> [Sample] {
    let samples = try await syncedOnce(session, resource, noun, counts, atLeast: expected)
    // What the informer held is freed on other threads too.
    try await Task.sleep(for: .milliseconds(100))
    return samples
  }

  private static func syncedOnce(
    _ session: Session, _ resource: ResourceType, _ noun: String, _ counts: Counts, atLeast expected: Int
  ) async throws -> [Sample] {
    let before = Machine.heap
    let informer = Informer(
      resource, client: session.client, namespace: session.namespace,
      options: .init(transform: counts.transform, logger: quiet))
    let running = Task { try await informer.run() }
    let time = try await ContinuousClock().measure { try await informer.waitForSync(timeout: .seconds(300)) }
    let count = informer.snapshot.count
    try Failure.check(count >= expected, "\(count) objects synced")
    var samples = [Sample("\(noun)s that an informer syncs", Double(count) / seconds(time), "/s")]
    // A local cluster's own objects would be counted with the informer's.
    if !session.isLocal {
      // The last page's buffers are gone when the watch has begun.
      try await Task.sleep(for: .milliseconds(200))
      let bytes = Double(Machine.heap - before) / Double(count)
      samples.append(Sample("heap per \(noun) in an informer", bytes, "bytes", lowerIsBetter: true))
    }
    // Gone before the next one is measured.
    running.cancel()
    _ = try? await running.value
    return samples
  }

  static var quiet: Logger {
    var logger = Logger(label: "wge-kube-bench")
    logger.logLevel = .critical
    return logger
  }

  /// A backlog of changes on its way through an informer into a subscription. The informer's list is
  /// answered from memory with an old state, so that neither the list nor the writes are counted.
  static func events(_ counts: Counts) -> Workload {
    Workload(name: "events", prepare: { try await seed($0, upTo: counts.objects, clients: counts.clients) }) {
      session, turn in
      let old = try await session.transport.send(listRequest(session))
      try await spread(0..<counts.events, over: counts.clients) { index in
        _ = try await session.client.replace(
          .configMaps, Objects.configMap(index % counts.objects, step: turn * counts.events + index + 1),
          namespace: session.namespace)
      }
      var watcher = WatcherOptions()
      watcher.pageSize = nil
      let informer = Informer(
        .configMaps, client: KubeClient(transport: OldList(list: old, transport: session.transport)),
        namespace: session.namespace, options: .init(watcher: watcher, logger: quiet))
      let subscription = informer.subscribe(bufferLimit: counts.events + 1)
      let clock = ContinuousClock()
      var start = clock.now
      let running = Task { try await informer.run() }
      defer { running.cancel() }
      var seen = 0
      for await event in subscription {
        switch event {
        case .resync: start = clock.now
        case .updated: seen += 1
        default: throw Failure("an unexpected event: \(event)")
        }
        if seen == counts.events { break }
      }
      return [Sample("events through an informer", Double(seen) / seconds(clock.now - start), "/s")]
    }
  }

  static func reconciles(_ counts: Counts) -> Workload {
    Workload(name: "reconciles", prepare: { try await seed($0, upTo: counts.objects, clients: counts.clients) }) {
      session, _ in
      let count = Shared(0)
      let (done, finish) = AsyncStream<Void>.makeStream()
      let goal = counts.objects
      let clock = ContinuousClock()
      let first = Shared<ContinuousClock.Instant?>(nil)
      let controller = Controller(
        name: "bench", for: .configMaps, client: session.client, namespace: session.namespace,
        options: .init(logger: quiet)
      ) { _, context in
        if first.value == nil { first.withLock { $0 = $0 ?? clock.now } }
        guard context.object != nil else { return .done }
        if count.withLock({
          $0 += 1
          return $0
        }) == goal {
          finish.finish()
        }
        return .done
      }
      let running = Task { try await controller.run() }
      for await _ in done {}
      let time = clock.now - (first.value ?? clock.now)
      running.cancel()
      _ = try? await running.value
      return [Sample("reconciles that do nothing", Double(goal) / seconds(time), "/s")]
    }
  }
}

/// Answers every list with one that was read before; all else goes to the server.
private struct OldList: KubeTransport {
  let list: KubeResponse
  let transport: any KubeTransport

  func send(_ request: KubeRequest) async throws -> KubeResponse { list }

  func stream(_ request: KubeRequest) async throws -> KubeByteStream { try await transport.stream(request) }
}
