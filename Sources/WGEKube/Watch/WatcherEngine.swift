internal import WGECore

/// Performs what ``WatcherState`` decides, and carries the objects.
///
/// Runs in the caller's task and reads the next page or event only when the consumer has taken the
/// last one, so memory is bounded by one page and the server feels back-pressure.
struct WatcherEngine: Sendable {
  let source: ListWatch
  let options: WatcherOptions
  var random: RandomUnit = systemRandomUnit

  /// Takes one event; the next one waits until it returns.
  typealias Emit = @Sendable (WatcherEvent<DynamicObject>) async -> Void

  /// Watches until the task is cancelled.
  func run(_ emit: @escaping Emit) async {
    let timeline = Timeline(options.clock)
    var state = WatcherState(
      settings: .init(
        pageSize: options.pageSize, initialList: options.initialList, backoff: options.backoff,
        healthyAfter: options.healthyAfter))
    var command = state.step(.start, random: random()).command
    while !Task.isCancelled, let next = command {
      switch next {
      case .wait(let delay):
        do { try await timeline.sleep(for: delay) } catch { return }
        command = state.step(.waited, random: random()).command
      case .perform(.list(let token, let limit, let resourceVersion)):
        command = await page(
          token: token, limit: limit, resourceVersion: resourceVersion, state: &state, timeline: timeline, emit: emit)
      case .perform(.watch(let resourceVersion)):
        command = await watch(
          watchOptions(resourceVersion: resourceVersion), state: &state, timeline: timeline, emit: emit)
      case .perform(.streamList):
        await emit(.restarting)
        var request = watchOptions(resourceVersion: nil)
        request.sendInitialEvents = true
        request.resourceVersionMatch = .notOlderThan
        command = await watch(request, state: &state, timeline: timeline, emit: emit)
      }
    }
  }

  // MARK: Lists

  private func page(
    token: String?, limit: Int?, resourceVersion: String?, state: inout WatcherState, timeline: Timeline,
    emit: @escaping Emit
  ) async -> WatcherState.Command? {
    let begun = timeline.now
    let request = ListOptions(
      labelSelector: options.labelSelector, fieldSelector: options.fieldSelector, limit: limit, continueToken: token,
      resourceVersion: resourceVersion)
    do {
      let page = try await source.list(request)
      let transition = state.step(
        .page(next: page.continueToken, resourceVersion: page.resourceVersion), random: random())
      await tell(transition.signals, objects: page.items, emit: emit)
      return transition.command
    } catch {
      guard let failure = WatchFailure(error), !Task.isCancelled else { return nil }
      let transition = state.step(.failed(failure, after: timeline.now - begun), random: random())
      await tell(transition.signals, objects: [], emit: emit)
      return transition.command
    }
  }

  private func tell(
    _ signals: [WatcherState.Signal], objects: [DynamicObject],
    emit: @escaping Emit
  ) async {
    for signal in signals {
      switch signal {
      case .restarting: await emit(.restarting)
      case .listed: await emit(.listed(objects))
      case .restarted: await emit(.restarted)
      case .interrupted(let interruption): await emit(.interrupted(interruption))
      case .changed: break
      }
    }
  }

  // MARK: Watches

  private func watchOptions(resourceVersion: String?) -> WatchOptions {
    // Spread over one to two times the time-out, so that watches opened together do not end together.
    WatchOptions(
      labelSelector: options.labelSelector, fieldSelector: options.fieldSelector, resourceVersion: resourceVersion,
      allowBookmarks: true, timeout: options.watchTimeout * (1 + random()))
  }

  private func watch(
    _ request: WatchOptions, state: inout WatcherState, timeline: Timeline,
    emit: @escaping Emit
  ) async -> WatcherState.Command? {
    let begun = timeline.now
    // A peer that vanished without closing the connection sends nothing, not even an end.
    let deadline = begun + (request.timeout ?? options.watchTimeout * 2) + KubeDefaults.watchOverrun
    // The stream is read in a child task so that the deadline can cut it. The state travels in a
    // lock of its own: the child alone touches it until the group has ended.
    let shared = Locked(state)
    let failure = await withTaskGroup(of: StreamEnd.self) { group in
      group.addTask {
        do {
          try await source.watch(
            request, { await emit(.watching) },
            { event in try await self.receive(event, shared: shared, emit: emit) })
          return .ended
        } catch {
          return WatchFailure(error).map(StreamEnd.failed) ?? .cancelled
        }
      }
      group.addTask {
        do { try await timeline.sleep(until: deadline) } catch { return .cancelled }
        return .overran
      }
      let first = await group.next() ?? .cancelled
      group.cancelAll()
      return first
    }
    state = shared.value
    if Task.isCancelled { return nil }
    let after = timeline.now - begun
    let input: WatcherState.Input
    switch failure {
    case .ended, .overran: input = .ended(after: after)
    case .failed(let failure): input = .failed(failure, after: after)
    case .cancelled:
      input = .failed(WatchFailure(.transient, "the watch was abandoned by the connection"), after: after)
    }
    let transition = state.step(input, random: random())
    await tell(transition.signals, objects: [], emit: emit)
    return transition.command
  }

  private enum StreamEnd: Sendable {
    case ended
    case failed(WatchFailure)
    case overran
    case cancelled
  }

  private func receive(
    _ event: WatchEvent<DynamicObject>, shared: Locked<WatcherState>,
    emit: @escaping Emit
  ) async throws {
    let input: WatcherState.Input
    switch event {
    case .added(let object), .modified(let object):
      input = .change(resourceVersion: object.resourceVersion ?? "")
    case .deleted(let object):
      input = .change(resourceVersion: object.resourceVersion ?? "", isDeletion: true)
    case .bookmark(let bookmark):
      input = .bookmark(
        resourceVersion: bookmark.resourceVersion, endsInitialEvents: bookmark.endsInitialEvents)
    }
    let unit = random()
    for signal in shared.withLock({ $0.step(input, random: unit).signals }) {
      switch (signal, event) {
      case (.listed, .added(let object)), (.listed, .modified(let object)): await emit(.listed([object]))
      case (.listed, .deleted(let object)): await emit(.deleted(object))
      case (.changed, .added(let object)), (.changed, .modified(let object)): await emit(.applied(object))
      case (.changed, .deleted(let object)): await emit(.deleted(object))
      case (.restarted, _): await emit(.restarted)
      case (.interrupted(let interruption), _): await emit(.interrupted(interruption))
      default: break
      }
    }
    try Task.checkCancellation()
  }
}
