internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import Tracing
internal import WGECore

/// One run of a controller: sources fill the queue, workers empty it.
final class ControllerRun: Sendable {
  private struct State: Sendable {
    var running: [UInt64: (invocation: ReconcileInvocation, begun: Duration)] = [:]
    var next: UInt64 = 0
    /// Calls that were given up and have not returned yet.
    var abandoned = 0
    var isStopping = false
    /// Cancels what still runs at the stop deadline.
    var stopTimer: (task: Task<Void, Never>, due: Duration)?
    /// Nothing runs any more, so there is nothing to cancel later.
    var hasEnded = false
  }

  private let controller: Controller
  private let options: ControllerOptions
  private let queue: WorkQueue<ObjectKey>
  private let metrics: ControllerMetrics
  private let timeline: Timeline
  private let logger: Logger
  private let stopping = Gate()
  private let state = Mutex(State())
  /// Held while figures are read and recorded: who reads first must record first, or a gauge of an
  /// idle controller would keep an old figure.
  private let observing = Mutex<Void>(())

  init(_ controller: Controller) {
    self.controller = controller
    options = controller.options
    queue = WorkQueue(backoff: options.backoff, clock: options.clock)
    metrics = ControllerMetrics(
      controller: controller.name, concurrency: options.concurrency, factory: options.metrics)
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
        enqueue: { [weak self] keys, priority in self?.enqueue(keys, priority) },
        allKeys: { primary.snapshot.map { Array($0.keys) } ?? [] }, synced: synced)
    }
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        let gates = startSources(runner, primary: primary)
        await withTaskGroup(of: Void.self) { group in
          group.addTask { await self.resyncPeriodically(primary) }
          if await self.waitForCaches(gates) { await self.workWhenLeading(primary) }
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
    let timer = state.withLock { state in
      state.hasEnded = true
      return state.stopTimer?.task
    }
    timer?.cancel()
    observeQueue()
  }

  private func startSources(_ runner: SourceRunner, primary: SourceStore) -> [Gate] {
    var gates: [Gate] = []
    let own = Source.watching(
      controller.resource, name: "\(controller.resource)", namespaces: controller.namespaces,
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

  /// Begins the end: no new reconcile; running ones are cancelled after the time. Of several calls
  /// the earliest deadline counts.
  func stop(within time: Duration) {
    queue.shutDown(.immediate)
    stopping.open()
    if time <= .zero {
      cancelRunning()
      return
    }
    let due = timeline.now + time
    let replaced = state.withLock { state -> Task<Void, Never>? in
      // A shutdown may be asked for just when the run has ended by itself, or was cancelled.
      if state.hasEnded || state.isStopping { return nil }
      if let timer = state.stopTimer, timer.due <= due { return nil }
      let replaced = state.stopTimer?.task
      let task = Task { [weak self, timeline] in
        do { try await timeline.sleep(until: due) } catch { return }
        guard let self else { return }
        logger.warning("reconciles still running at the stop deadline are cancelled")
        cancelRunning()
      }
      state.stopTimer = (task, due)
      return replaced
    }
    replaced?.cancel()
  }

  private func cancelRunning() {
    let (running, timer) = state.withLock { state in
      state.isStopping = true
      return (state.running.values.map(\.invocation), state.stopTimer?.task)
    }
    timer?.cancel()
    for invocation in running { cancel(invocation, .stopping) }
  }

  private func cancel(_ invocation: ReconcileInvocation, _ reason: ReconcileInvocation.CancellationReason) {
    invocation.cancel(reason, grace: options.cancellationGrace, timeline: timeline) {
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

  private func observeQueue() {
    observing.withLock { _ in
      metrics.observe(queue.figures)
      recordRunning()
    }
  }

  private func observeRunning() { observing.withLock { _ in recordRunning() } }

  private func recordRunning() {
    let now = timeline.now
    metrics.running(for: state.withLock { $0.running.values.map { now - $0.begun } })
  }

  /// Works at once, or in every term in which this process leads, until the controller is to stop.
  private func workWhenLeading(_ primary: SourceStore) async {
    guard let leadership = options.leadership else { return await work(primary, as: nil) }
    let terms = Task { () -> Void in
      var last: Leadership.Term?
      while !stopping.isOpen, let term = await leadership.nextTerm(after: last) {
        // Others led meanwhile, and perhaps stopped in the middle of something.
        if last != nil { enqueue(primary.snapshot.map { Array($0.keys) } ?? [], .low) }
        last = term
        logger.info("reconciling as the leader", metadata: ["term": "\(term.token.term)"])
        await term.perform { token in await self.work(primary, as: token) }
      }
    }
    // A stop ends the waiting for a term, but lets the work of one finish.
    await withTaskGroup(of: Void.self) { [stopping, queue] group in
      group.addTask {
        do { try await stopping.wait() } catch { return }
        // Nothing is handed out any more; what runs ends by itself or by the stop timer.
        try? await queue.waitUntilDrained()
        terms.cancel()
      }
      group.addTask { await terms.value }
      await group.next()
      terms.cancel()
      group.cancelAll()
    }
  }

  private func work(_ primary: SourceStore, as token: LeadershipToken?) async {
    let client = token.map { controller.client.fenced(by: $0) } ?? controller.client
    await withTaskCancellationHandler {
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<options.concurrency {
          group.addTask {
            while let work = await self.queue.next() { await self.process(work, primary, client, token) }
          }
        }
      }
    } onCancel: {
      // Leadership was lost. Without an election this is the end, which cancels by itself.
      guard token != nil else { return }
      for (invocation, _) in state.withLock({ Array($0.running.values) }) { cancel(invocation, .leadershipLost) }
    }
  }

  private func process(
    _ work: WorkQueue<ObjectKey>.Work, _ primary: SourceStore, _ client: KubeClient, _ token: LeadershipToken?
  ) async {
    metrics.taken(waited: work.waited)
    observeQueue()
    var logger = logger
    logger[metadataKey: "object"] = "\(work.item)"
    let objects = primary.snapshot ?? .none
    let context = ReconcileContext(
      client: client, object: objects[work.item], objects: objects, failures: work.failures, leadership: token,
      logger: logger, clock: options.clock, wallClock: options.wallClock)

    let invocation = ReconcileInvocation()
    let (number, isStopping) = state.withLock { state in
      state.next += 1
      state.running[state.next] = (invocation, timeline.now)
      return (state.next, state.isStopping)
    }
    let begun = timeline.now
    let watchdog = Task { [logger] in await self.watch(invocation, logger: logger) }
    invocation.start {
      try await self.traced(work) { try await self.controller.reconciler.reconcile(work.item, context) }
    } returned: { [self, logger] end in
      watchdog.cancel()
      state.withLock { state in
        state.running[number] = nil
        if end.wasAbandoned { state.abandoned -= 1 }
      }
      finish(work, end, time: timeline.now - begun, logger: logger)
    }
    if isStopping { cancel(invocation, .stopping) }
    if token != nil, Task.isCancelled { cancel(invocation, .leadershipLost) }
    if await !invocation.waitUntilSettled() {
      metrics.wasAbandoned()
      logger.error("the reconcile ignores its cancellation; its worker goes on without it")
    }
  }

  /// The call in a span of its own.
  private func traced(
    _ work: WorkQueue<ObjectKey>.Work, _ call: () async throws -> Requeue
  ) async throws -> Requeue {
    let tracer = options.tracer ?? InstrumentationSystem.tracer
    return try await tracer.withAnySpan("reconcile \(controller.name)", ofKind: .consumer) { span in
      span.attributes["controller"] = controller.name
      span.attributes["k8s.resource"] = controller.resource.groupResource
      if let namespace = work.item.namespace { span.attributes["k8s.namespace.name"] = namespace }
      span.attributes["k8s.object.name"] = work.item.name
      span.attributes["reconcile.failures"] = work.failures
      do {
        let requeue = try await call()
        if case .after(let delay) = requeue {
          span.attributes["reconcile.requeue_after_seconds"] = delay.fractionalSeconds
        }
        return requeue
      } catch {
        // The error itself is recorded by the tracer.
        span.setStatus(SpanStatus(code: .error, message: "\(error)"))
        throw error
      }
    }
  }

  /// Reports a call that is slow and ends one that takes too long.
  private func watch(_ invocation: ReconcileInvocation, logger: Logger) async {
    let begun = timeline.now
    let limit = options.reconcileTimeout
    do {
      var report = options.slowReconcile
      while report > .zero, limit.map({ report < $0 }) ?? true {
        try await timeline.sleep(until: begun + report)
        if report == options.slowReconcile { metrics.isSlow() }
        observeRunning()
        logger.warning(
          "the reconcile is slow", metadata: ["runningForSeconds": "\(report.fractionalSeconds)"])
        report += options.slowReconcile
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
    case (.failure, .leadershipLost):
      metrics.reconciled(.cancelled, time: time)
      // For the next term.
      queue.add(key, priority: work.priority)
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
