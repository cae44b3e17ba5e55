internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import WGECore

/// One run of a controller: sources fill the queue, workers empty it.
final class ControllerRun: Sendable {
  private struct State: Sendable {
    var running: [UInt64: ReconcileInvocation] = [:]
    var next: UInt64 = 0
    /// Calls that were given up and have not returned yet.
    var abandoned = 0
    var isStopping = false
    var stopTimer: Task<Void, Never>?
  }

  private let controller: Controller
  private let options: ControllerOptions
  private let queue: WorkQueue<ObjectKey>
  private let metrics: ControllerMetrics
  private let timeline: Timeline
  private let logger: Logger
  private let stopping = Gate()
  private let state = Mutex(State())

  init(_ controller: Controller) {
    self.controller = controller
    options = controller.options
    queue = WorkQueue(backoff: options.backoff, clock: options.clock)
    metrics = ControllerMetrics(controller: controller.name, factory: options.metrics)
    timeline = Timeline(options.clock)
    var logger = options.logger
    logger[metadataKey: "controller"] = "\(controller.name)"
    self.logger = logger
  }

  // MARK: Life

  func run() async {
    let primary = SourceStore()
    let runner = SourceRunner { [self] source, synced in
      SourceContext(
        primary: controller.resource, client: controller.client, options: options, logger: logger,
        enqueue: { [weak self] keys, priority in self?.enqueue(keys, priority) }, synced: synced)
    }
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        let gates = startSources(runner, primary: primary)
        await withTaskGroup(of: Void.self) { group in
          group.addTask { await self.resyncPeriodically(primary) }
          if await self.waitForCaches(gates) { await self.work(primary) }
          group.cancelAll()
        }
      } onGracefulShutdown: {
        self.stop(within: self.options.stopDeadline)
      }
    } onCancel: {
      self.stop(within: .zero)
    }
    controller.sources.detach()
    await runner.close()
    state.withLock { $0.stopTimer }?.cancel()
    observeQueue()
  }

  private func startSources(_ runner: SourceRunner, primary: SourceStore) -> [Gate] {
    var gates: [Gate] = []
    let own = Source.watching(
      controller.resource, name: "\(controller.resource)", namespace: controller.namespace,
      labelSelector: controller.labelSelector, when: controller.filter, store: primary
    ) { object, _ in [object.key] }
    for (index, source) in ([own] + controller.fixedSources).enumerated() {
      let gate = runner.start(source, as: SourceID(name: "fixed \(index)"))
      if source.blocksStart { gates.append(gate) }
    }
    controller.sources.attach(runner)
    return gates
  }

  /// True when every cache is filled; false when the controller is to stop before.
  private func waitForCaches(_ gates: [Gate]) async -> Bool {
    await withTaskGroup(of: Bool.self) { [stopping, timeline, options, logger] group in
      group.addTask {
        do {
          for gate in gates { try await gate.wait() }
          return true
        } catch { return false }
      }
      group.addTask {
        try? await stopping.wait()
        return false
      }
      group.addTask {
        while true {
          do { try await timeline.sleep(for: options.syncReminder) } catch { return false }
          let missing = gates.count { !$0.isOpen }
          logger.warning("still waiting for caches to fill", metadata: ["missing": "\(missing)"])
        }
      }
      let isReady = await group.next() ?? false
      group.cancelAll()
      return isReady
    }
  }

  /// Begins the end: no new reconcile; running ones are cancelled after the time. A later call with
  /// less time counts.
  private func stop(within time: Duration) {
    queue.shutDown(.immediate)
    stopping.open()
    if time <= .zero {
      cancelRunning()
      return
    }
    let timer = Task { [timeline] in
      do { try await timeline.sleep(for: time) } catch { return }
      self.logger.warning("reconciles still running at the stop deadline are cancelled")
      self.cancelRunning()
    }
    state.withLock { $0.stopTimer = timer }
  }

  private func cancelRunning() {
    let running = state.withLock { state in
      state.isStopping = true
      return Array(state.running.values)
    }
    for invocation in running { cancelAtStop(invocation) }
  }

  private func cancelAtStop(_ invocation: ReconcileInvocation) {
    invocation.cancel(.stopping, grace: options.cancellationGrace, timeline: timeline) {
      self.state.withLock { $0.abandoned += 1 }
      return true
    }
  }

  private func resyncPeriodically(_ primary: SourceStore) async {
    guard let period = options.resync, period > .zero else { return }
    while true {
      // Up to a tenth more, so that controllers started together do not resync together.
      do { try await timeline.sleep(for: period * Double.random(in: 1...1.1)) } catch { return }
      enqueue(primary.snapshot.map { Array($0.keys) } ?? [], .low)
    }
  }

  // MARK: Work

  private func enqueue(_ keys: [ObjectKey], _ priority: Priority) {
    for key in keys { queue.add(key, priority: priority) }
    observeQueue()
  }

  private func observeQueue() { metrics.observe(queue.figures) }

  private func work(_ primary: SourceStore) async {
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<options.concurrency {
        group.addTask {
          while let work = await self.queue.next() { await self.process(work, primary) }
        }
      }
    }
  }

  private func process(_ work: WorkQueue<ObjectKey>.Work, _ primary: SourceStore) async {
    metrics.taken(waited: work.waited)
    observeQueue()
    var logger = logger
    logger[metadataKey: "object"] = "\(work.item)"
    let objects = primary.snapshot ?? .none
    let context = ReconcileContext(
      client: controller.client, object: objects[work.item], objects: objects, failures: work.failures,
      logger: logger, clock: options.clock, wallClock: options.wallClock)

    let invocation = ReconcileInvocation()
    let (number, isStopping) = state.withLock { state in
      state.next += 1
      state.running[state.next] = invocation
      return (state.next, state.isStopping)
    }
    let begun = timeline.now
    let watchdog = Task { [logger] in await self.watch(invocation, logger: logger) }
    invocation.start {
      try await self.controller.reconciler.reconcile(work.item, context)
    } returned: { [self, logger] end in
      watchdog.cancel()
      state.withLock { state in
        state.running[number] = nil
        if end.wasAbandoned { state.abandoned -= 1 }
      }
      finish(work, end, time: timeline.now - begun, logger: logger)
    }
    if isStopping { cancelAtStop(invocation) }
    if await !invocation.waitUntilSettled() {
      metrics.wasAbandoned()
      logger.error("the reconcile ignores its cancellation; its worker goes on without it")
    }
  }

  /// Reports a call that is slow and ends one that takes too long.
  private func watch(_ invocation: ReconcileInvocation, logger: Logger) async {
    let begun = timeline.now
    let limit = options.reconcileTimeout
    do {
      if limit == nil || options.slowReconcile < limit ?? .zero {
        try await timeline.sleep(until: begun + options.slowReconcile)
        metrics.isSlow()
        logger.warning("the reconcile is slow", metadata: ["runningFor": "\(options.slowReconcile)"])
      }
      guard let limit else { return }
      try await timeline.sleep(until: begun + limit)
    } catch { return }
    invocation.cancel(.timeout, grace: options.cancellationGrace, timeline: timeline) { self.mayAbandon() }
  }

  /// Workers are freed of calls that do not end, but only so often: past the limit something is
  /// wrong enough that more calls would make it worse.
  private func mayAbandon() -> Bool {
    state.withLock { state in
      guard state.abandoned < KubeDefaults.maximumAbandonedReconciles else { return false }
      state.abandoned += 1
      return true
    }
  }

  private func finish(
    _ work: WorkQueue<ObjectKey>.Work, _ end: ReconcileInvocation.Return, time: Duration, logger: Logger
  ) {
    let key = work.item
    switch (end.result, end.reason) {
    case (.success(.done), _):
      metrics.reconciled(.success, time: time)
      queue.forget(key)
    case (.success(.after(let delay)), _):
      metrics.reconciled(.requeueAfter, time: time)
      queue.forget(key)
      queue.add(key, priority: work.priority, after: delay)
    case (.failure, .stopping):
      metrics.reconciled(.cancelled, time: time)
    case (.failure(let error), .timeout):
      metrics.reconciled(.timeout, time: time)
      let delay = queue.retry(key, priority: work.priority)
      logger.error(
        "the reconcile took longer than \(options.reconcileTimeout.map { "\($0)" } ?? "allowed") and was cancelled",
        metadata: ["error": "\(error)", "retryIn": "\(delay)"])
    case (.failure(let error as TerminalError), nil):
      metrics.reconciled(.terminal, time: time)
      queue.forget(key)
      logger.error("the reconcile failed for good: \(error)")
    case (.failure(let error), nil):
      metrics.reconciled(.error, time: time)
      let delay = queue.retry(key, priority: work.priority)
      logger.error(
        "the reconcile failed: \(error)", metadata: ["failures": "\(work.failures + 1)", "retryIn": "\(delay)"])
    }
    queue.done(key)
    observeQueue()
  }
}
