internal import HashTreeCollections
internal import WGECore

/// One change of a store, with what it takes to tell of it, to fold it with a later one of the same
/// object, and to undo it.
struct StoreChange<Object: Sendable>: Sendable {
  typealias Entry = ObjectStore<Object>.Entry

  let key: ObjectKey
  /// What was there before; nil when there was nothing.
  var old: Entry?
  /// What is there now; nil when it was deleted.
  var new: Entry?
  /// The last state of a deleted object, when the server sent it.
  var last: Object?
  /// The newest version does not fit the Swift type; then nothing else changed.
  var report: UndecodableObject?
  /// The store's version after the change.
  var version: UInt64

  /// What a subscriber is told: nothing, one event, or two when another object took the name.
  var events: [InformerEvent<Object>] {
    if let report { return [.undecodable(report)] }
    switch (old, new) {
    case (nil, nil): return []
    case (nil, let new?): return [.added(new.object)]
    case (let old?, nil): return [.deleted(last ?? old.object)]
    case (let old?, let new?) where old.uid != new.uid: return [.deleted(old.object), .added(new.object)]
    case (let old?, let new?): return [.updated(old: old.object, new: new.object)]
    }
  }

  /// At most one change of each object and one report, in the order in which the objects were first
  /// changed. Whoever applies the result ends where the single changes lead.
  static func folded(_ changes: some Collection<StoreChange>) -> [StoreChange] {
    var order: [ObjectKey] = []
    var objects: [ObjectKey: StoreChange] = [:]
    var reports: [ObjectKey: StoreChange] = [:]
    for change in changes {
      let key = change.key
      if objects[key] == nil, reports[key] == nil { order.append(key) }
      if change.report != nil {
        reports[key] = change
        continue
      }
      // Readable again, or gone.
      reports[key] = nil
      var folded = change
      if let earlier = objects[key] { folded.old = earlier.old }
      objects[key] = folded
    }
    return order.flatMap { key in
      [objects[key].flatMap { $0.changesNothing ? nil : $0 }, reports[key]].compactMap { $0 }
    }
  }

  /// Created and deleted again.
  private var changesNothing: Bool { report == nil && old == nil && new == nil }
}
