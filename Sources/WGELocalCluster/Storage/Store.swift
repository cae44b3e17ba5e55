internal import Synchronization
internal import WGECore

/// Why a commit was refused.
enum CommitRefusal: Error {
  /// The object is not at the revision that the writer read (nil: it exists although it must not,
  /// or is gone).
  case stale(current: StoredObject?)
  /// The medium refused; nothing has changed.
  case storage(String)
  /// The cluster has been closed.
  case closed
}

/// The revisioned object store.
///
/// Problem: Kubernetes promises one order over all writes (resourceVersion), optimistic locking per
/// object, consistent lists, and watches that neither miss nor repeat an event.
///
/// Idea: writers go one at a time through ``commit(_:)``: check the expected revision, take the next
/// revision, write ahead to the medium, then publish to memory and to the log under a second, short
/// lock that readers share. Readers take a snapshot of one resource (a constant-time copy) and work
/// on it unlocked. Watchers are cursors into the log: a slow one costs nothing and, once the log has
/// moved past it, is told 410.
///
/// Invariants: what memory shows has been acknowledged by the medium; revisions never repeat, also
/// across restarts; a resource's map equals its log replayed.
final class Store: Sendable {
  /// A wish to change one object, computed from the revision named by `expected`.
  struct Change: Sendable {
    var resource: String
    var key: String
    /// The revision that the writer read; nil when the object must not exist.
    var expected: UInt64?
    /// The new state, or nil to delete. Its resourceVersion is set here.
    var state: JSON?
    /// For a deletion, the last state that watchers see, when it differs from the stored one.
    var finalState: JSON?
  }

  struct Reading: Sendable {
    var objects: ChunkedMap<StoredObject>
    /// The store's revision at the time of reading.
    var revision: UInt64
  }

  private struct Resource {
    var objects: ChunkedMap<StoredObject>
    var log: EventLog
    var waiters: [ObjectIdentifier: WatchCursor] = [:]
  }

  private struct State {
    var revision: UInt64
    /// Watches of resources that have no objects yet resume from here.
    var compacted: UInt64
    var resources: [String: Resource] = [:]
    /// Dependents by the uid of the owner.
    var dependents: [String: Set<ObjectAddress>] = [:]
    var closed = false
  }

  private let medium: any StorageMedium
  private let window: Int
  private let writer = Mutex<Void>(())
  private let state: Mutex<State>
  private let observer = Mutex<(@Sendable (String, LogEvent) -> Void)?>(nil)

  init(medium: any StorageMedium, watchWindow: Int) throws {
    self.medium = medium
    self.window = watchWindow
    let loaded = try medium.load()
    var state = State(revision: max(1, loaded.revision), compacted: max(1, loaded.revision))
    for (resource, objects) in loaded.objects {
      let entries = objects.sorted { $0.key < $1.key }
      state.resources[resource] = Resource(
        objects: ChunkedMap(ascending: entries.map { .init(key: $0.key, value: $0.object) }),
        log: EventLog(compacted: state.compacted, window: watchWindow))
      for entry in entries {
        Self.index(
          &state.dependents, ObjectAddress(resource: resource, key: entry.key), from: nil, to: entry.object.json)
      }
    }
    self.state = Mutex(state)
  }

  /// Is called after every commit, in order, on the writer's thread; it must be quick and must not
  /// write.
  func observe(_ body: @escaping @Sendable (_ resource: String, _ event: LogEvent) -> Void) {
    observer.withLock { $0 = body }
  }

  // MARK: Reading

  var revision: UInt64 { state.withLock { $0.revision } }

  func read(_ resource: String) -> Reading {
    state.withLock { state in
      Reading(objects: state.resources[resource]?.objects ?? ChunkedMap(), revision: state.revision)
    }
  }

  func object(_ resource: String, _ key: String) -> StoredObject? {
    state.withLock { $0.resources[resource]?.objects[key] }
  }

  /// The objects of a resource as they were at a revision. Nil when that is compacted.
  func read(_ resource: String, at revision: UInt64) -> Reading? {
    let (objects, log) = state.withLock { state in
      let entry = state.resources[resource]
      return (entry?.objects ?? ChunkedMap(), entry?.log ?? EventLog(compacted: state.compacted, window: 1))
    }
    guard let past = log.rewind(objects, to: revision) else { return nil }
    return Reading(objects: past, revision: revision)
  }

  /// The resources that have objects, and how many.
  func counts() -> [String: Int] {
    state.withLock { $0.resources.mapValues(\.objects.count).filter { $0.value > 0 } }
  }

  /// The objects that name the owner's uid in their ownerReferences.
  func dependents(of uid: String) -> [ObjectAddress] {
    state.withLock { Array($0.dependents[uid] ?? []) }
  }

  /// The uids that objects name as their owners and that no object has.
  func missingOwners() -> [String] {
    state.withLock { state in
      var missing = Set(state.dependents.keys)
      for resource in state.resources.values where !missing.isEmpty {
        resource.objects.scan { entry in
          missing.remove(entry.value.uid)
          return true
        }
      }
      return Array(missing)
    }
  }

  // MARK: Writing

  /// Applies one change, durably, before it returns.
  /// - Returns: the object as stored; for a deletion its last state with the deletion's revision.
  func commit(_ change: Change) throws(CommitRefusal) -> StoredObject {
    let result = writer.withLock { _ -> Result<(StoredObject, [WatchCursor]), CommitRefusal> in
      let (current, revision, closed) = state.withLock { state in
        (state.resources[change.resource]?.objects[change.key], state.revision, state.closed)
      }
      if closed { return .failure(.closed) }
      if current?.revision != change.expected { return .failure(.stale(current: current)) }
      let next = revision + 1
      let event: LogEvent
      do {
        if var json = change.state {
          json.setValue(.string(String(next)), at: ["metadata", "resourceVersion"])
          let stored = StoredObject(json: json, revision: next)
          try medium.put(resource: change.resource, key: change.key, object: stored)
          event = LogEvent(
            kind: current == nil ? .added : .modified, key: change.key, object: stored, previous: current)
        } else {
          guard let current else { return .failure(.stale(current: nil)) }
          var json = change.finalState ?? current.json
          json.setValue(.string(String(next)), at: ["metadata", "resourceVersion"])
          let last = StoredObject(json: json, revision: next)
          try medium.delete(resource: change.resource, key: change.key, revision: next)
          event = LogEvent(kind: .deleted, key: change.key, object: last, previous: current)
        }
      } catch {
        return .failure(.storage("\(error)"))
      }
      let woken = publish(event, in: change.resource)
      observer.withLock { $0 }?(change.resource, event)
      return .success((event.object, woken))
    }
    let (object, woken) = try result.get()
    for cursor in woken { cursor.wake() }
    return object
  }

  private func publish(_ event: LogEvent, in resource: String) -> [WatchCursor] {
    state.withLock { state in
      state.revision = event.revision
      var entry =
        state.resources.removeValue(forKey: resource)
        ?? Resource(objects: ChunkedMap(), log: EventLog(compacted: state.compacted, window: window))
      entry.objects[event.key] = event.kind == .deleted ? nil : event.object
      entry.log.append(event)
      let woken = entry.waiters.values.filter { $0.concerns(event.key) }
      for cursor in woken { entry.waiters[ObjectIdentifier(cursor)] = nil }
      state.resources[resource] = entry
      Self.index(
        &state.dependents, ObjectAddress(resource: resource, key: event.key), from: event.previous?.json,
        to: event.kind == .deleted ? nil : event.object.json)
      return woken
    }
  }

  private static func index(
    _ dependents: inout [String: Set<ObjectAddress>], _ address: ObjectAddress, from old: JSON?, to new: JSON?
  ) {
    let before = ownerUIDs(old)
    let after = ownerUIDs(new)
    if before == after { return }
    for uid in before.subtracting(after) {
      dependents[uid]?.remove(address)
      if dependents[uid]?.isEmpty == true { dependents[uid] = nil }
    }
    for uid in after.subtracting(before) { dependents[uid, default: []].insert(address) }
  }

  private static func ownerUIDs(_ json: JSON?) -> Set<String> {
    guard let owners = json?["metadata"]?["ownerReferences"]?.arrayValue else { return [] }
    return Set(owners.compactMap { $0["uid"]?.stringValue })
  }

  /// Forgets the history up to a revision: older watches and exact lists get 410.
  func compact(through revision: UInt64? = nil) {
    state.withLock { state in
      let limit = min(revision ?? state.revision, state.revision)
      state.compacted = max(state.compacted, limit)
      for key in Array(state.resources.keys) { state.resources[key]?.log.compact(through: limit) }
    }
  }

  // MARK: Watching

  enum Progress {
    /// Events above the cursor's revision, and the store's revision up to which there are no more.
    case events(ArraySlice<LogEvent>, through: UInt64)
    /// The cursor's revision is compacted; the oldest that can still be watched from.
    case expired(oldest: UInt64)
    case closed
    /// Nothing up to the store's revision; the cursor will be woken.
    case waiting(through: UInt64)
  }

  /// What has happened since the revision; registers the cursor for waking when nothing has.
  func progress(of cursor: WatchCursor, in resource: String, since revision: UInt64, wait: Bool) -> Progress {
    state.withLock { state in
      if state.closed { return .closed }
      if let entry = state.resources[resource] {
        if revision < entry.log.compacted { return .expired(oldest: entry.log.compacted) }
        let index = entry.log.firstIndex(after: revision)
        if index < entry.log.events.count {
          let batch = entry.log.events[index...].prefix(1024)
          return .events(batch, through: entry.log.events[batch.endIndex - 1].revision)
        }
      } else {
        if revision < state.compacted { return .expired(oldest: state.compacted) }
        state.resources[resource] = Resource(
          objects: ChunkedMap(), log: EventLog(compacted: state.compacted, window: window))
      }
      if wait { state.resources[resource]?.waiters[ObjectIdentifier(cursor)] = cursor }
      return .waiting(through: max(revision, state.revision))
    }
  }

  /// Forgets a cursor that will not wait any more.
  func withdraw(_ cursor: WatchCursor, from resource: String) {
    state.withLock { state in _ = state.resources[resource]?.waiters.removeValue(forKey: ObjectIdentifier(cursor)) }
  }

  /// The revision below which history is forgotten for a resource.
  func oldestRevision(of resource: String) -> UInt64 {
    state.withLock { $0.resources[resource]?.log.compacted ?? $0.compacted }
  }

  /// Ends all watches and refuses further writes. Reads go on.
  func close() {
    let cursors = writer.withLock { _ in
      let cursors = state.withLock { state in
        state.closed = true
        return state.resources.values.flatMap(\.waiters.values)
      }
      medium.close()
      return cursors
    }
    for cursor in cursors { cursor.wake() }
  }
}

/// Where an object is kept: the resource's name in the store and the key within.
struct ObjectAddress: Sendable, Hashable {
  var resource: String
  /// `namespace/name`, or `name` for cluster-scoped objects.
  var key: String
}
