public import ServiceLifecycle
internal import Synchronization

/// One election for everything in a process that only a leader may do.
///
/// ```swift
/// let leadership = Leadership(elector)
/// let options = ControllerOptions(leadership: leadership)
/// let group = ServiceGroup(
///   services: [leadership, pipelines, clusters], gracefulShutdownSignals: [.sigterm], logger: logger)
/// ```
/// Controllers with this option fill their caches at once and reconcile only while the process leads,
/// with a client that refuses writes as soon as it does not. So a process that takes over begins
/// without listing the cluster first. When leadership is lost, running reconciles are cancelled and
/// their keys wait for the next term.
///
/// List it before the controllers in a service group: groups stop their services in reverse, and the
/// lease is released only when every controller has stopped. Safe to use from any task.
public final class Leadership: Service {
  /// One time of leading, and who works under it.
  final class Term: Sendable {
    let token: LeadershipToken
    private let ended = Gate()
    private let left = Gate()
    private let state = Mutex((workers: 0, isOver: false))

    init(_ token: LeadershipToken) { self.token = token }

    /// Does the work until it returns, or the term ends: then the work is cancelled and waited for.
    func perform(_ work: @escaping @Sendable (LeadershipToken) async -> Void) async {
      let isEntered = state.withLock { state in
        if state.isOver { return false }
        state.workers += 1
        return true
      }
      guard isEntered else { return }
      await withTaskGroup(of: Void.self) { [ended, token] group in
        group.addTask { await work(token) }
        group.addTask { try? await ended.wait() }
        await group.next()
        group.cancelAll()
      }
      leave()
    }

    private func leave() {
      let isLast = state.withLock { state in
        state.workers -= 1
        return state.isOver && state.workers == 0
      }
      if isLast { left.open() }
    }

    /// Ends the term and returns when nobody works under it any more.
    func end() async {
      let isEmpty = state.withLock { state in
        state.isOver = true
        return state.workers == 0
      }
      ended.open()
      if isEmpty { left.open() }
      await left.waitIgnoringCancellation()
    }
  }

  private struct State: Sendable {
    var term: Term?
    /// Opens when a term begins.
    var next = Gate()
  }

  private let elector: LeaderElector
  private let state = Mutex(State())

  /// A leadership to be won by an elector.
  public init(_ elector: LeaderElector) { self.elector = elector }

  /// The proof of leadership; nil while another leads.
  public var token: LeadershipToken? {
    state.withLock { $0.term?.token }.flatMap { $0.isValid ? $0 : nil }
  }

  /// True while this process certainly leads.
  public var isLeading: Bool { token != nil }

  /// Stands in the election, again after each loss, until the task is cancelled or the service group
  /// shuts down gracefully.
  ///
  /// - Throws: ``LeaderElectionError/invalidSettings(_:)``.
  public func run() async throws {
    try await elector.run { token in
      let term = Term(token)
      let waiting = self.state.withLock { state in
        state.term = term
        defer { state.next = Gate() }
        return state.next
      }
      waiting.open()
      await cancelWhenGracefulShutdown { try? await Gate().wait() }
      self.state.withLock { $0.term = nil }
      await term.end()
    }
  }

  /// Does the work while this process leads, and again in each later term, until the work returns by
  /// itself or the task is cancelled.
  ///
  /// The work is cancelled when leadership ends.
  public func whileLeading(_ work: @escaping @Sendable (LeadershipToken) async -> Void) async {
    while let term = await nextTerm() {
      let isDone = Locked(false)
      await term.perform { token in
        await work(token)
        if !Task.isCancelled { isDone.set(true) }
      }
      if isDone.value { return }
    }
  }

  /// The present term or the next one; nil when the task is cancelled before.
  func nextTerm(after last: Term? = nil) async -> Term? {
    while !Task.isCancelled {
      let (term, next) = state.withLock { ($0.term, $0.next) }
      if let term, term !== last { return term }
      do { try await next.wait() } catch { return nil }
    }
    return nil
  }
}
