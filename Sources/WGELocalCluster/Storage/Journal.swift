internal import Dispatch
internal import Synchronization

/// Writes changes to a medium behind the requests that made them, many at a time.
///
/// Problem: a disk takes milliseconds to confirm a write, as long for one change as for a hundred.
/// Writers that wait for it one after the other get a few hundred changes a second.
///
/// Idea: group commit. A change is shown in memory at once and queued here; whoever asked for it
/// waits for its acknowledgement before it is answered. While the disk confirms one group, the next
/// one gathers. One writer alone waits for the disk and for nothing else.
///
/// Invariants: groups are written in the order of their revisions, and one at a time; when one fails,
/// all that came after it is dropped too, for it was computed from what is then undone.
final class Journal: Sendable {
  private struct State {
    var pending: [StorageRecord] = []
    var isWriting = false
  }

  /// More changes than this are several transactions, so that the first of them need not wait long.
  private static let maximumGroup = 1024

  private let medium: any StorageMedium
  private let queue = DispatchQueue(label: "wge.local-cluster.journal")
  private let state = Mutex(State())

  init(medium: any StorageMedium) { self.medium = medium }

  /// Queues a change. The store is told when it has been written.
  func append(_ record: StorageRecord, of store: Store) {
    let starts = state.withLock { state in
      state.pending.append(record)
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if starts { queue.async { self.write(for: store) } }
  }

  private func write(for store: Store) {
    while let group = take(), let last = group.last {
      do {
        try medium.write(group)
        store.acknowledge(through: last.revision)
      } catch {
        store.undo("\(error)")
      }
    }
  }

  private func take() -> [StorageRecord]? {
    state.withLock { state in
      if state.pending.isEmpty {
        state.isWriting = false
        return nil
      }
      if state.pending.count <= Self.maximumGroup {
        defer { state.pending = [] }
        return state.pending
      }
      defer { state.pending.removeFirst(Self.maximumGroup) }
      return Array(state.pending.prefix(Self.maximumGroup))
    }
  }

  /// Drops what is queued. The caller holds off new changes.
  func drop() { state.withLock { $0.pending = [] } }

  /// Returns when everything that was queued before has been written or has failed. Blocks the thread
  /// for as long as the disk takes.
  func finish() { queue.sync {} }
}
