internal import HashTreeCollections
internal import WGECore

/// The copy of a collection that an informer keeps: what it holds, and what changed when an event
/// arrived. A value without I/O.
///
/// Objects and indexes are persistent trees: a snapshot is a reference to the root, and a later
/// change copies only the path to what changed. Readers never wait for the writer nor it for them.
///
/// The collection may be filled from several *scopes*, one per watched namespace, each with lists of
/// its own; a single scope without a namespace is the whole cluster.
///
/// Invariants:
/// - Every change of ``objects`` comes out as exactly one ``StoreChange``.
/// - While a list is under way the old objects stay readable; those of its scope that it did not
///   name go when it ends.
/// - A list is the truth, whatever was known before. A single event is not: one that is older than
///   what is known (a proxy replayed it, say) changes nothing.
struct ObjectStore<Object: Sendable>: Sendable {
  /// An object with what identifies the version of it.
  struct Entry: Sendable {
    var object: Object
    var uid: ObjectUID
    var resourceVersion: String

    init(object: Object, uid: String, resourceVersion: String) {
      self.object = object
      self.uid = ObjectUID(uid)
      self.resourceVersion = resourceVersion
    }
  }

  typealias Change = StoreChange<Object>
  typealias Index = TreeDictionary<String, TreeSet<ObjectKey>>
  typealias IndexFunction = @Sendable (Object) -> [String]

  private(set) var objects: TreeDictionary<ObjectKey, Entry> = [:]
  private(set) var indexes: [String: Index] = [:]
  private(set) var undecodable: TreeDictionary<ObjectKey, UndecodableObject> = [:]
  /// Rises with every change.
  private(set) var version: UInt64 = 0
  private var indexFunctions: [String: IndexFunction] = [:]
  private var scopes: [Scope]

  private struct Scope: Sendable {
    /// Nil for all namespaces.
    var namespace: String?
    /// The keys met since a list began; nil outside of a list.
    var listed: Set<ObjectKey>?
    var isSynced = false
  }

  /// - Parameter namespaces: one scope each; the default is one scope for everything.
  init(indexes: [String: IndexFunction] = [:], namespaces: [String?] = [nil]) {
    indexFunctions = indexes
    scopes = namespaces.map { Scope(namespace: $0) }
    for name in indexes.keys { self.indexes[name] = [:] }
  }

  /// True from the end of the first list on; of the first lists of all scopes.
  var isSynced: Bool { scopes.allSatisfy(\.isSynced) }

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

  mutating func beginList(scope: Int = 0) { scopes[scope].listed = [] }

  /// An object of a list or of a watch.
  mutating func apply(_ arrival: Arrival, scope: Int = 0) -> [Change] {
    let isListing = scopes[scope].listed?.insert(arrival.key) != nil
    switch arrival {
    case .undecodable(let report):
      if let known = undecodable[report.key], known.resourceVersion == report.resourceVersion { return [] }
      version &+= 1
      undecodable[report.key] = report
      return [Change(key: report.key, report: report, version: version)]
    case .object(let key, let entry):
      let old = objects[key]
      if let old, !isListing, ResourceVersionOrder.isOlder(entry.resourceVersion, than: old.resourceVersion) {
        return []
      }
      if undecodable[key] != nil {
        version &+= 1
        undecodable[key] = nil
      }
      if let old, old.uid == entry.uid, old.resourceVersion == entry.resourceVersion, !entry.resourceVersion.isEmpty {
        return []
      }
      set(entry, at: key)
      return [Change(key: key, old: old, new: entry, version: version)]
    }
  }

  /// The object is gone. `last` is its last state when that could be read.
  mutating func delete(_ key: ObjectKey, last: Entry?, scope: Int = 0) -> [Change] {
    let old = objects[key]
    if let old, let last, ResourceVersionOrder.isOlder(last.resourceVersion, than: old.resourceVersion) { return [] }
    scopes[scope].listed?.remove(key)
    if undecodable[key] != nil {
      version &+= 1
      undecodable[key] = nil
    }
    guard let old else { return [] }
    set(nil, at: key)
    return [Change(key: key, old: old, last: last?.uid == old.uid ? last?.object : nil, version: version)]
  }

  /// The list is complete: what it did not name is gone.
  mutating func endList(scope: Int = 0) -> [Change] {
    guard let listed = scopes[scope].listed else { return [] }
    let namespace = scopes[scope].namespace
    scopes[scope].listed = nil
    scopes[scope].isSynced = true
    version &+= 1
    func isMissing(_ key: ObjectKey) -> Bool {
      (namespace == nil || key.namespace == namespace) && !listed.contains(key)
    }
    var changes: [Change] = []
    for (key, entry) in objects where isMissing(key) {
      set(nil, at: key)
      changes.append(Change(key: key, old: entry, version: version))
    }
    for key in undecodable.keys where isMissing(key) { undecodable[key] = nil }
    return changes
  }

  /// Puts back what was there before a change. Undo changes from the last to the first.
  mutating func undo(_ change: Change) {
    if change.report == nil { set(change.old, at: change.key) }
    version = change.version &- 1
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

  private mutating func set(_ entry: Entry?, at key: ObjectKey) {
    version &+= 1
    if let old = objects[key] { unindex(old.object, at: key) }
    objects[key] = entry
    guard let entry else { return }
    for (name, function) in indexFunctions {
      for value in function(entry.object) { indexes[name, default: [:]][value, default: []].insert(key) }
    }
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
