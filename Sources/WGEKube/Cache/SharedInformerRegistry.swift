internal import Synchronization
internal import WGECore

/// Which shared informers run, and who holds them.
///
/// All who ask for the same informer get the same handle. When the handle is let go of, the informer
/// runs on for the idle time; who asks meanwhile gets a new handle of the same informer. Each handle
/// has a number, so that the late end of an old one does not stop what a new one holds.
final class SharedInformerRegistry: Sendable {
  struct Key: Hashable, Sendable {
    var resource: ResourceType
    var namespaces: [String]?
    var labelSelector: String?
    var fieldSelector: String?
    var form: ObjectTransform.ID
    var type: ObjectIdentifier
  }

  private struct Running: Sendable {
    var informer: any AnyObject & Sendable
    var task: Task<Void, Never>
    var number: UInt64
    weak var handle: (any AnyObject & Sendable)?
    var idleTimer: Task<Void, Never>?
  }

  private struct State: Sendable {
    var running: [Key: Running] = [:]
    var next: UInt64 = 0
  }

  private let idleTime: Duration
  private let timeline: Timeline
  private let state = Mutex(State())

  init(idleTime: Duration, timeline: Timeline) {
    self.idleTime = idleTime
    self.timeline = timeline
  }

  var count: Int { state.withLock { $0.running.count } }

  func handle<Object: Sendable>(_ key: Key, make: () -> Informer<Object>) -> SharedInformer<Object> {
    state.withLock { state in
      state.next += 1
      let number = state.next
      if var running = state.running[key], let informer = running.informer as? Informer<Object> {
        if let handle = running.handle as? SharedInformer<Object> { return handle }
        running.idleTimer?.cancel()
        running.idleTimer = nil
        running.number = number
        let handle = makeHandle(informer, running.task, key, number)
        running.handle = handle
        state.running[key] = running
        return handle
      }
      let informer = make()
      let task = SharedInformer<Object>.start(informer)
      let handle = makeHandle(informer, task, key, number)
      state.running[key] = Running(informer: informer, task: task, number: number, handle: handle)
      return handle
    }
  }

  private func makeHandle<Object: Sendable>(
    _ informer: Informer<Object>, _ task: Task<Void, Never>, _ key: Key, _ number: UInt64
  ) -> SharedInformer<Object> {
    SharedInformer(informer, task: task) { [weak self] in
      if self?.released(key, number) != true { task.cancel() }
    }
  }

  /// - Returns: false when nobody here knows the informer any more.
  private func released(_ key: Key, _ number: UInt64) -> Bool {
    if idleTime <= .zero { stop(key, number) }
    return state.withLock { state in
      // Another handle has taken over, or the idle time is over, or the registry is closed.
      guard let running = state.running[key] else { return false }
      guard running.number == number else { return true }
      state.running[key]?.idleTimer = Task { [weak self, timeline, idleTime] in
        do { try await timeline.sleep(for: idleTime) } catch { return }
        self?.stop(key, number)
      }
      return true
    }
  }

  private func stop(_ key: Key, _ number: UInt64) {
    let task = state.withLock { state -> Task<Void, Never>? in
      guard state.running[key]?.number == number else { return nil }
      return state.running.removeValue(forKey: key)?.task
    }
    task?.cancel()
  }

  /// Stops the informers that nobody holds. Those that somebody holds end with their handle.
  func close() {
    // Handles that are looked at are kept until the lock is free: the end of one takes it.
    let (running, handles) = state.withLock { state in
      let running = Array(state.running.values)
      state.running = [:]
      return (running, running.map(\.handle))
    }
    for (running, handle) in zip(running, handles) where handle == nil {
      running.idleTimer?.cancel()
      running.task.cancel()
    }
  }
}
