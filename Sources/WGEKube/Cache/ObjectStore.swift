internal import HashTreeCollections
internal import WGECore

/// The copy of a collection that an informer keeps: what it holds, and what changed when an event
/// arrived. A value without I/O.
///
/// Objects and indexes are persistent trees: a snapshot is a reference to the root, and a later
/// change copies only the path to what changed. Readers never wait for the writer nor it for them.
///
/// Invariants:
/// - Every change of ``objects`` comes out as exactly one ``InformerEvent``, except the first list,
///   which comes out as a whole.
/// - While a list is under way the old objects stay readable; those not listed go when it ends.
struct ObjectStore<Object: Sendable>: Sendable {
  /// An object with what identifies the version of it.
  struct Entry: Sendable {
    var object: Object
    var uid: String
    var resourceVersion: String
  }

  typealias Index = TreeDictionary<String, TreeSet<ObjectKey>>
  typealias IndexFunction = @Sendable (Object) -> [String]

  private(set) var objects: TreeDictionary<ObjectKey, Entry> = [:]
  private(set) var indexes: [String: Index] = [:]
  private(set) var undecodable: TreeDictionary<ObjectKey, UndecodableObject> = [:]
  /// Rises with every change.
  private(set) var version: UInt64 = 0
  /// True from the end of the first list on.
  private(set) var isSynced = false
  private var indexFunctions: [String: IndexFunction] = [:]
  /// The keys met since a list began; nil outside of a list.
  private var listed: Set<ObjectKey>?

  init(indexes: [String: IndexFunction] = [:]) {
    indexFunctions = indexes
    for name in indexes.keys { self.indexes[name] = [:] }
  }

  /// One object as it came from the server, decoded or not.
  enum Arrival: Sendable {
    case object(ObjectKey, Entry)
    case undecodable(UndecodableObject)

    var key: ObjectKey {
      switch self {
      case .object(let key, _): key
      case .undecodable(let report): report.key
      }
    }
  }

  // MARK: Events

  mutating func beginList() { listed = [] }

  /// An object of a list or of a watch.
  mutating func apply(_ arrival: Arrival) -> [InformerEvent<Object>] {
    listed?.insert(arrival.key)
    switch arrival {
    case .undecodable(let report):
      if undecodable[report.key]?.resourceVersion == report.resourceVersion, undecodable[report.key] != nil {
        return []
      }
      version &+= 1
      undecodable[report.key] = report
      return [.undecodable(report)]
    case .object(let key, let entry):
      if undecodable[key] != nil {
        version &+= 1
        undecodable[key] = nil
      }
      guard let old = objects[key] else {
        insert(entry, at: key)
        return [.added(entry.object)]
      }
      if old.uid != entry.uid {
        // Deleted and created again while nobody looked: two objects that share a name.
        remove(old, at: key)
        insert(entry, at: key)
        return [.deleted(old.object), .added(entry.object)]
      }
      if old.resourceVersion == entry.resourceVersion, !entry.resourceVersion.isEmpty { return [] }
      unindex(old.object, at: key)
      insert(entry, at: key)
      return [.updated(old: old.object, new: entry.object)]
    }
  }

  /// The object is gone. `last` is its last state when that could be read.
  mutating func delete(_ key: ObjectKey, last: Entry?) -> [InformerEvent<Object>] {
    listed?.remove(key)
    if undecodable[key] != nil {
      version &+= 1
      undecodable[key] = nil
    }
    guard let old = objects[key] else { return [] }
    remove(old, at: key)
    guard let last, last.uid == old.uid else { return [.deleted(old.object)] }
    return [.deleted(last.object)]
  }

  /// The list is complete: what it did not name is gone.
  mutating func endList() -> [InformerEvent<Object>] {
    guard let listed else { return [] }
    self.listed = nil
    isSynced = true
    version &+= 1
    var events: [InformerEvent<Object>] = []
    for (key, entry) in objects where !listed.contains(key) {
      remove(entry, at: key)
      events.append(.deleted(entry.object))
    }
    for key in undecodable.keys where !listed.contains(key) { undecodable[key] = nil }
    return events
  }

  // MARK: Indexes

  /// Adds or replaces an index and fills it from the objects that are there.
  mutating func addIndex(_ name: String, _ function: @escaping IndexFunction) {
    indexFunctions[name] = function
    var index: Index = [:]
    for (key, entry) in objects {
      for value in function(entry.object) { index[value, default: []].insert(key) }
    }
    indexes[name] = index
    version &+= 1
  }

  private mutating func insert(_ entry: Entry, at key: ObjectKey) {
    version &+= 1
    objects[key] = entry
    for (name, function) in indexFunctions {
      for value in function(entry.object) { indexes[name, default: [:]][value, default: []].insert(key) }
    }
  }

  private mutating func remove(_ entry: Entry, at key: ObjectKey) {
    version &+= 1
    objects[key] = nil
    unindex(entry.object, at: key)
  }

  private mutating func unindex(_ object: Object, at key: ObjectKey) {
    for (name, function) in indexFunctions {
      for value in function(object) {
        indexes[name]?[value]?.remove(key)
        if indexes[name]?[value]?.isEmpty == true { indexes[name]?[value] = nil }
      }
    }
  }

  var snapshot: StoreSnapshot<Object> {
    StoreSnapshot(
      objects: objects, indexes: indexes, undecodable: undecodable, version: version, isSynced: isSynced)
  }
}
