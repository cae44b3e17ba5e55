internal import Synchronization
internal import WGECore

/// Why a commit was refused.
enum CommitRefusal: Error {
  /// The object is not at the revision that the writer read (nil: it exists although it must not,
  /// or is gone).
  case stale(current: StoredObject?)
  /// The cluster has been closed.
  case closed
}

/// The revisioned object store.
///
/// Problem: Kubernetes promises one order over all writes (resourceVersion), optimistic locking per
/// object, consistent lists, and watches that neither miss nor repeat an event.
///
/// Idea: writers go one at a time through ``commit(_:)``: check the expected revision, take the next
/// revision, publish to memory and to the log under a second, short lock that readers share, and
/// queue the change for the medium. Readers take a snapshot of one resource (a constant-time copy)
/// and work on it unlocked. Whatever was made of memory, be it the answer to a write or to a read,
/// leaves the cluster only after ``settled(since:)``: when the medium has acknowledged all that memory
/// showed. So changes of many requests share one write to the disk (see ``Journal``), and still
/// nobody ever sees a state that a crash takes back. Watchers are cursors into the log up to the
/// last acknowledged event: a slow one costs nothing and, once the log has moved past it, is told
/// 410.
///
/// Invariants: what has left the cluster has been acknowledged by the medium; revisions that were
/// seen never repeat, also across restarts; a resource's map equals its log replayed.
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
    /// The newest that was given out.
    var revision: UInt64
    /// The newest that the medium has acknowledged.
    var durable: UInt64
    /// The changes above that one.
    var unwritten: [(resource: String, event: LogEvent)] = []
    /// Whoever waits for a revision to become durable; told nil then, or why it was undone.
    var waiting: [(revision: UInt64, continuation: CheckedContinuation<String?, Never>)] = []
    /// Why changes were last undone, and how often that happened.
    var failure: String?
    var undone = 0
    /// Watches of resources that have no objects yet resume from here.
    var compacted: UInt64
    var resources: [String: Resource] = [:]
    /// Dependents by the uid of the owner.
    var dependents: [String: Set<ObjectAddress>] = [:]
    var closed = false
  }

  /// What hears of changes.
  struct Observer: Sendable {
    /// Is called after every change, in order, on the writer's thread; must be quick and not write.
    var changed: @Sendable (_ resource: String, _ event: LogEvent) -> Void
    /// Changes of these resources were taken back.
    var undone: @Sendable (_ resources: Set<String>) -> Void
  }

  let medium: any StorageMedium
  /// Nil when there is nothing to wait for.
  private let journal: Journal?
  private let window: Int
  private let windowBytes: Int
  /// Held by the one who changes the state; the objects whose trees are worth keeping.
  private let writer = Mutex(RecentObjects())
  private let state: Mutex<State>
  private let observer = Mutex<Observer?>(nil)

  init(medium: any StorageMedium, watchWindow: Int, watchWindowBytes: Int = Defaults.watchWindowBytes) throws {
    self.medium = medium
    journal = medium.keepsState ? Journal(medium: medium) : nil
    window = watchWindow
    windowBytes = watchWindowBytes
    let loaded = try medium.load()
    let revision = max(1, loaded.revision)
    var state = State(revision: revision, durable: revision, compacted: revision)
    for (resource, objects) in loaded.objects {
      let entries = objects.sorted { $0.key < $1.key }
      state.resources[resource] = Resource(
        objects: ChunkedMap(ascending: entries.map { .init(key: $0.key, value: $0.object) }),
        log: EventLog(compacted: state.compacted, window: watchWindow, windowBytes: watchWindowBytes))
      for entry in entries {
        Self.index(&state.dependents, ObjectAddress(resource: resource, key: entry.key), from: nil, to: entry.object)
      }
    }
    self.state = Mutex(state)
  }

  func observe(_ observer: Observer) { self.observer.withLock { $0 = observer } }

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
      return (
        entry?.objects ?? ChunkedMap(), entry?.log ?? EventLog(compacted: state.compacted, window: 1, windowBytes: 1)
      )
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

  /// Applies one change to memory and queues it for the medium. See ``settled(since:)``.
  /// - Returns: the object as stored; for a deletion its last state with the deletion's revision.
  func commit(_ change: Change) throws(CommitRefusal) -> StoredObject {
    let result = writer.withLock { recent -> Result<(StoredObject, [WatchCursor]), CommitRefusal> in
      let (current, revision, closed) = state.withLock { state in
        (state.resources[change.resource]?.objects[change.key], state.revision, state.closed)
      }
      if closed { return .failure(.closed) }
      if current?.revision != change.expected { return .failure(.stale(current: current)) }
      let next = revision + 1
      guard var json = change.state ?? change.finalState ?? current?.json else {
        return .failure(.stale(current: nil))
      }
      json.setValue(.string(String(next)), at: ["metadata", "resourceVersion"])
      let object = StoredObject(json: json, revision: next)
      let isDeletion = change.state == nil
      let event = LogEvent(
        kind: isDeletion ? .deleted : current == nil ? .added : .modified, key: change.key, object: object,
        previous: current)
      recent.append(object)
      let woken = publish(event, in: change.resource)
      journal?.append(
        StorageRecord(
          resource: change.resource, key: change.key, revision: next, object: isDeletion ? nil : object),
        of: self)
      observer.withLock { $0 }?.changed(change.resource, event)
      return .success((object, woken))
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
        ?? Resource(
          objects: ChunkedMap(),
          log: EventLog(compacted: state.compacted, window: window, windowBytes: windowBytes))
      entry.objects[event.key] = event.kind == .deleted ? nil : event.object
      entry.log.append(event)
      var woken: [WatchCursor] = []
      if journal == nil {
        state.durable = event.revision
        woken = Self.wake(&entry) { $0.concerns(event.key) }
      } else {
        state.unwritten.append((resource, event))
      }
      state.resources[resource] = entry
      Self.index(
        &state.dependents, ObjectAddress(resource: resource, key: event.key), from: event.previous,
        to: event.kind == .deleted ? nil : event.object)
      return woken
    }
  }

  /// Takes the cursors off the list that have something to look at.
  private static func wake(_ entry: inout Resource, _ concerns: (WatchCursor) -> Bool) -> [WatchCursor] {
    if entry.waiters.isEmpty { return [] }
    let woken = entry.waiters.values.filter(concerns)
    for cursor in woken { entry.waiters[ObjectIdentifier(cursor)] = nil }
    return woken
  }

  private static func index(
    _ dependents: inout [String: Set<ObjectAddress>], _ address: ObjectAddress, from old: StoredObject?,
    to new: StoredObject?
  ) {
    let (before, after) = (old?.owners ?? [], new?.owners ?? [])
    if before == after { return }
    for uid in Set(before).subtracting(after) {
      dependents[uid]?.remove(address)
      if dependents[uid]?.isEmpty == true { dependents[uid] = nil }
    }
    for uid in Set(after).subtracting(before) { dependents[uid, default: []].insert(address) }
  }

  // MARK: Durability

  /// A moment, for ``settled(since:)``. Take it before looking at memory.
  var moment: Int { state.withLock(\.undone) }

  /// Returns when all that memory has shown since the moment, and shows now, will survive: nil, or the
  /// reason why some of it was taken back instead, so that nothing that was made of it may leave the
  /// cluster.
  func settled(since moment: Int) async -> String? {
    guard journal != nil, state.withLock({ $0.durable < $0.revision || $0.undone != moment }) else { return nil }
    return await withCheckedContinuation { continuation in
      let answer = state.withLock { state -> String?? in
        if state.undone != moment { return .some(state.failure) }
        if state.durable >= state.revision { return .some(nil) }
        state.waiting.append((state.revision, continuation))
        return nil
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }

  /// Returns when everything is written: nil, or why some of it was taken back. Blocks the thread.
  func flush() -> String? {
    guard let journal else { return nil }
    journal.finish()
    return state.withLock { $0.failure }
  }

  /// The medium has written everything up to a revision.
  func acknowledge(through revision: UInt64) {
    let (waiting, woken) = state.withLock { state in
      state.durable = max(state.durable, revision)
      let written = state.unwritten.prefix { $0.event.revision <= revision }
      state.unwritten.removeFirst(written.count)
      var keys: [String: [String]] = [:]
      for (resource, event) in written { keys[resource, default: []].append(event.key) }
      var woken: [WatchCursor] = []
      for (resource, keys) in keys where state.resources[resource]?.waiters.isEmpty == false {
        guard var entry = state.resources.removeValue(forKey: resource) else { continue }
        woken += Self.wake(&entry) { cursor in keys.contains(where: cursor.concerns) }
        state.resources[resource] = entry
      }
      let waiting = state.waiting.filter { $0.revision <= revision }
      if !waiting.isEmpty { state.waiting.removeAll { $0.revision <= revision } }
      return (waiting, woken)
    }
    for cursor in woken { cursor.wake() }
    for waiter in waiting { waiter.continuation.resume(returning: nil) }
  }

  /// The medium refused: takes back all changes that it has not acknowledged. Nobody outside has seen
  /// them, so their revisions are given out again.
  func undo(_ problem: String) {
    let (waiting, resources) = writer.withLock { _ in
      journal?.drop()
      return state.withLock { state in
        for (resource, event) in state.unwritten.reversed() {
          state.resources[resource]?.objects[event.key] = event.previous
          Self.index(
            &state.dependents, ObjectAddress(resource: resource, key: event.key),
            from: event.kind == .deleted ? nil : event.object, to: event.previous)
        }
        let resources = Set(state.unwritten.map(\.resource))
        for resource in resources { state.resources[resource]?.log.undo(after: state.durable) }
        state.unwritten = []
        state.revision = state.durable
        state.failure = problem
        state.undone += 1
        defer { state.waiting = [] }
        return (state.waiting, resources)
      }
    }
    observer.withLock { $0 }?.undone(resources)
    for waiter in waiting { waiter.continuation.resume(returning: problem) }
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
    /// Durable events above the cursor's revision, the next ones.
    case events(ArraySlice<LogEvent>)
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
        let end = journal == nil ? entry.log.events.count : entry.log.firstIndex(after: state.durable)
        if index < end { return .events(entry.log.events[index..<min(end, index + 1024)]) }
      } else {
        if revision < state.compacted { return .expired(oldest: state.compacted) }
        state.resources[resource] = Resource(
          objects: ChunkedMap(),
          log: EventLog(compacted: state.compacted, window: window, windowBytes: windowBytes))
      }
      if wait { state.resources[resource]?.waiters[ObjectIdentifier(cursor)] = cursor }
      return .waiting(through: max(revision, state.durable))
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

  /// Ends all watches and refuses further writes, when those before are durable. Reads go on.
  func close() {
    writer.withLock { _ in state.withLock { $0.closed = true } }
    journal?.finish()
    let cursors = state.withLock { state in state.resources.values.flatMap(\.waiters.values) }
    medium.close()
    for cursor in cursors { cursor.wake() }
  }
}

/// Where an object is kept: the resource's name in the store and the key within.
struct ObjectAddress: Sendable, Hashable {
  var resource: String
  /// `namespace/name`, or `name` for cluster-scoped objects.
  var key: String
}
