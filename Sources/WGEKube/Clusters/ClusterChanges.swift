internal import Synchronization

/// Which clusters to look at again: those that came, went, got other credentials, became usable or
/// ceased to be, or whose reachability changed.
///
/// Changes that were not read yet become one set, so a slow reader costs no memory and misses
/// nothing that still matters. Iterate once; ends with the directory or when the task is cancelled.
public struct ClusterChanges: AsyncSequence, Sendable {
  /// The clusters that changed since the element before.
  public typealias Element = Set<ClusterID>

  private let stream: AsyncStream<Set<ClusterID>>

  init(_ stream: AsyncStream<Set<ClusterID>>) { self.stream = stream }

  /// Reads the changes. Only one iterator gets them.
  public func makeAsyncIterator() -> AsyncStream<Set<ClusterID>>.Iterator { stream.makeAsyncIterator() }
}

/// Passes changes on to those who follow them.
final class ClusterChangeHub: Sendable {
  private struct Weak: Sendable { weak var inbox: Inbox? }

  private let inboxes = Mutex<[Weak]>([])

  deinit { for weak in inboxes.withLock({ $0 }) { weak.inbox?.finish() } }

  func subscribe() -> ClusterChanges {
    let inbox = Inbox()
    inboxes.withLock { inboxes in
      inboxes.removeAll { $0.inbox == nil }
      inboxes.append(Weak(inbox: inbox))
    }
    return ClusterChanges(AsyncStream { await inbox.next() })
  }

  func publish(_ clusters: Set<ClusterID>) {
    guard !clusters.isEmpty else { return }
    for weak in inboxes.withLock({ $0 }) { weak.inbox?.put(clusters) }
  }

  /// What one follower has not read yet.
  private final class Inbox: Sendable {
    private struct State {
      var pending: Set<ClusterID> = []
      var isFinished = false
      var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func put(_ clusters: Set<ClusterID>) { wake { $0.pending.formUnion(clusters) } }

    func finish() { wake { $0.isFinished = true } }

    private func wake(_ change: (inout State) -> Void) {
      let waiter = state.withLock { state in
        change(&state)
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume()
    }

    func next() async -> Set<ClusterID>? {
      while !Task.isCancelled {
        let (news, isFinished) = state.withLock { state in
          defer { state.pending = [] }
          return (state.pending, state.isFinished)
        }
        if !news.isEmpty { return news }
        if isFinished { return nil }
        await withTaskCancellationHandler {
          await withCheckedContinuation { continuation in
            let goOn = state.withLock { state in
              if Task.isCancelled || state.isFinished || !state.pending.isEmpty { return true }
              state.waiter = continuation
              return false
            }
            if goOn { continuation.resume() }
          }
        } onCancel: {
          wake { _ in }
        }
      }
      return nil
    }
  }
}
