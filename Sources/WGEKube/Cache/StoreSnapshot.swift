internal import HashTreeCollections
public import WGECore

/// A collection as an informer knew it at one moment. Never changes; costs nothing to take or keep.
public struct StoreSnapshot<Object: Sendable>: Sendable {
  let objects: TreeDictionary<ObjectKey, ObjectStore<Object>.Entry>
  let indexes: [String: ObjectStore<Object>.Index]
  private let undecodableObjects: TreeDictionary<ObjectKey, UndecodableObject>
  /// Rises with every change of the store; compare snapshots of one informer only.
  public let version: UInt64
  /// False until the collection was listed once: an absent object may then just not be known yet.
  public let isSynced: Bool

  init(
    objects: TreeDictionary<ObjectKey, ObjectStore<Object>.Entry>, indexes: [String: ObjectStore<Object>.Index],
    undecodable: TreeDictionary<ObjectKey, UndecodableObject>, version: UInt64, isSynced: Bool
  ) {
    self.objects = objects
    self.indexes = indexes
    self.undecodableObjects = undecodable
    self.version = version
    self.isSynced = isSynced
  }

  /// What is known before anything is.
  public static var none: StoreSnapshot {
    StoreSnapshot(objects: [:], indexes: [:], undecodable: [:], version: 0, isSynced: false)
  }

  /// How many objects there are.
  public var count: Int { objects.count }

  /// True when there is no object.
  public var isEmpty: Bool { objects.isEmpty }

  /// The object of that namespace and name.
  public subscript(key: ObjectKey) -> Object? { objects[key]?.object }

  /// The keys of all objects, in no order.
  public var keys: some Collection<ObjectKey> & Sendable { objects.keys }

  /// All objects, in no order.
  public var values: some Collection<Object> & Sendable { objects.values.lazy.map(\.object) }

  /// The objects of a namespace, in no order. Looks at every object: index by namespace where that
  /// is often asked.
  public func objects(in namespace: String) -> [Object] {
    objects.compactMap { $0.key.namespace == namespace ? $0.value.object : nil }
  }

  /// The objects for which the named index function gave that value, in no order. Empty when there
  /// is no such index.
  public func objects(index name: String, _ value: String) -> [Object] {
    (indexes[name]?[value] ?? []).compactMap { objects[$0]?.object }
  }

  /// The keys for which the named index function gave that value.
  public func keys(index name: String, _ value: String) -> [ObjectKey] { Array(indexes[name]?[value] ?? []) }

  /// The values that the named index has.
  public func values(ofIndex name: String) -> [String] { indexes[name].map { Array($0.keys) } ?? [] }

  /// Objects whose newest version does not fit the Swift type. An older version that did fit stays
  /// readable, since to treat the object as gone would have others clean up after it.
  public var undecodable: [UndecodableObject] { Array(undecodableObjects.values) }

  /// The report on one object; nil when its newest version can be read.
  public func undecodable(_ key: ObjectKey) -> UndecodableObject? { undecodableObjects[key] }

  /// What turns an earlier snapshot into this one. Looks at every object of both.
  public func changes(since earlier: StoreSnapshot) -> [InformerEvent<Object>] {
    var events: [InformerEvent<Object>] = []
    for (key, old) in earlier.objects where objects[key] == nil { events.append(.deleted(old.object)) }
    for (key, new) in objects {
      guard let old = earlier.objects[key] else {
        events.append(.added(new.object))
        continue
      }
      if old.uid != new.uid {
        events.append(.deleted(old.object))
        events.append(.added(new.object))
      } else if old.resourceVersion != new.resourceVersion {
        events.append(.updated(old: old.object, new: new.object))
      }
    }
    return events
  }
}

/// What an informer tells a subscriber.
public enum InformerEvent<Object: Sendable>: Sendable {
  /// The whole collection: the first event of every subscription, and again whenever the
  /// subscriber was so slow that its buffer overflowed.
  case resync(Resync<Object>)
  /// An object that was not there before.
  case added(Object)
  /// An object whose resource version changed.
  case updated(old: Object, new: Object)
  /// An object is gone; this is the last state known of it.
  case deleted(Object)
  /// An object arrived that does not fit the Swift type.
  case undecodable(UndecodableObject)
}

/// The collection as a whole, in place of single events.
public struct Resync<Object: Sendable>: Sendable {
  /// What the subscriber had been told of before; empty the first time.
  public let previous: StoreSnapshot<Object>
  /// What there is now.
  public let current: StoreSnapshot<Object>
  /// True for the first event of a subscription.
  public let isInitial: Bool

  /// The single events that lead from ``previous`` to ``current``, deletions among them.
  public func changes() -> [InformerEvent<Object>] { current.changes(since: previous) }
}
