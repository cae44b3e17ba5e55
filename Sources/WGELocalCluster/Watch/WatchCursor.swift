internal import Synchronization
internal import WGECore

/// One open watch: a position in a resource's log, pulled by its consumer.
///
/// Problem: hundreds of watchers of different speed on one log; none may slow the writers down, miss
/// an event or hold unbounded memory.
///
/// Idea: nothing is pushed. The consumer asks for the next chunk; the cursor reads the log from its
/// revision, and sleeps, registered with the store, when there is nothing. The log is the only
/// buffer: a watcher that it has outrun is told 410 and ends. One chunk is all that is made ahead.
final class WatchCursor: Sendable {
  struct Encoder: Sendable {
    /// Makes ready what the lines of these events need; where that fails, gives the line that ends the watch.
    var prepare: (@Sendable (_ events: [LogEvent]) async -> [UInt8]?)?
    /// Appends the line of an event, or nothing when the watch's selectors hide it.
    var event: @Sendable (_ event: LogEvent, _ lines: inout [UInt8]) -> Void
    var bookmark: @Sendable (_ revision: UInt64) -> [UInt8]
    var expired: @Sendable (_ revision: UInt64, _ oldest: UInt64) -> [UInt8]
  }

  private struct State {
    /// Everything up to here has been delivered.
    var revision: UInt64
    /// What comes before the log.
    var initial: InitialEvents?
    var continuation: CheckedContinuation<Void, Never>?
    var signalled = false
    var bookmarkDue = false
    var ended = false
    var timer: Task<Void, Never>?
  }

  private let store: Store
  private let resource: String
  /// Only keys with this prefix, or with `exact` only this key, concern the watch.
  private let prefix: String
  private let exact: String?
  private let encoder: Encoder
  private let state: Mutex<State>

  init(
    store: Store, resource: String, prefix: String, exact: String?, revision: UInt64, initial: InitialEvents?,
    encoder: Encoder
  ) {
    self.store = store
    self.resource = resource
    self.prefix = prefix
    self.exact = exact
    self.encoder = encoder
    state = Mutex(State(revision: revision, initial: initial))
  }

  deinit { state.withLock { $0.timer?.cancel() } }

  /// Ends the watch after its time, and asks for a bookmark each interval and once shortly before the
  /// end, so that its client can go on from there.
  func schedule(timeout: Duration, bookmarks: Duration?, clock: any Clock<Duration>) {
    let timer = Task { [weak self] in
      var left = timeout
      while left > .zero {
        var step = min(left, bookmarks ?? left)
        let early = left - Defaults.lastBookmark
        if bookmarks != nil, early > .zero { step = min(step, early) }
        do { try await clock.sleep(for: step) } catch { return }
        left -= step
        guard let self else { return }
        self.signal { if left > .zero { $0.bookmarkDue = true } else { $0.ended = true } }
      }
    }
    state.withLock { $0.timer = timer }
  }

  func concerns(_ key: String) -> Bool {
    if let exact { key == exact } else { prefix.isEmpty || key.hasPrefix(prefix) }
  }

  /// There is something to look at in the log.
  func wake() { signal { _ in } }

  private func signal(_ change: (inout State) -> Void) {
    let continuation = state.withLock { state in
      change(&state)
      state.signalled = true
      defer { state.continuation = nil }
      return state.continuation
    }
    continuation?.resume()
  }

  private func sleep() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let resume = state.withLock { state in
          if state.signalled || Task.isCancelled {
            state.signalled = false
            return true
          }
          state.continuation = continuation
          return false
        }
        if resume { continuation.resume() }
      }
    } onCancel: {
      signal { $0.ended = true }
    }
    state.withLock { $0.signalled = false }
  }

  /// The next lines, or nil at the end of the watch.
  func next() async -> [UInt8]? {
    while !Task.isCancelled {
      let (revision, initial, ended) = state.withLock { state in
        // Taken out, so that making the chunk holds no lock; there is one consumer.
        defer { state.initial = nil }
        return (state.revision, state.initial, state.ended)
      }
      if var initial, !ended, let chunk = initial.next() {
        state.withLock { $0.initial = initial }
        return chunk
      }
      if ended { break }
      switch store.progress(of: self, in: resource, since: revision, wait: true) {
      case .events(let events):
        if let prepare = encoder.prepare, let failure = await prepare(events.filter { concerns($0.key) }) {
          end()
          return failure
        }
        var lines: [UInt8] = []
        var through = revision
        for event in events where lines.count < Defaults.watchChunkBytes {
          through = event.revision
          if concerns(event.key) { encoder.event(event, &lines) }
        }
        state.withLock { $0.revision = through }
        if !lines.isEmpty { return lines }
      case .expired(let oldest):
        end()
        return encoder.expired(revision, oldest)
      case .closed:
        end()
        return nil
      case .waiting(let through):
        let bookmark = state.withLock { state in
          state.revision = through
          defer { state.bookmarkDue = false }
          return state.bookmarkDue
        }
        if bookmark { return encoder.bookmark(through) }
        await sleep()
      }
    }
    end()
    return nil
  }

  private func end() {
    state.withLock { state in
      state.ended = true
      state.timer?.cancel()
    }
    store.withdraw(self, from: resource)
  }
}
