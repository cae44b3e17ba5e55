import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

/// The store as a pure value: what comes out for what goes in.
@Suite struct CacheStoreTests {
  typealias Store = ObjectStore<String>

  static func arrival(_ name: String, _ value: String, uid: String? = nil, version: String) -> Store.Arrival {
    .object(ObjectKey(name: name), .init(object: value, uid: uid ?? name, resourceVersion: version))
  }

  /// The objects, and what the index of that name says.
  static func plain(_ snapshot: StoreSnapshot<String>, index: String) -> ([ObjectKey: String], [String: [String]]) {
    let objects = Dictionary(uniqueKeysWithValues: snapshot.keys.map { ($0, snapshot[$0] ?? "") })
    let values = snapshot.values(ofIndex: index)
    return (objects, Dictionary(uniqueKeysWithValues: values.map { ($0, snapshot.objects(index: index, $0).sorted()) }))
  }

  static func odd(_ name: String, version: String) -> Store.Arrival {
    .undecodable(
      UndecodableObject(
        key: ObjectKey(name: name), kind: "Odd", resourceVersion: version, isDeleted: false, problem: "p"))
  }

  static func brief(_ changes: [Store.Change]) -> [String] {
    changes.flatMap(\.events).map { event in
      switch event {
      case .added(let new): "+\(new)"
      case .updated(let old, let new): "\(old)>\(new)"
      case .deleted(let old): "-\(old)"
      case .undecodable(let report): "?\(report.key)"
      case .resync: "resync"
      }
    }.sorted()
  }

  static func listing(_ arrivals: [Store.Arrival], into store: inout Store) -> [String] {
    store.beginList()
    var events: [Store.Change] = []
    for arrival in arrivals { events += store.apply(arrival) }
    return brief(events + store.endList())
  }

  @Test func changes() {
    var store = Store()
    #expect(Self.brief(store.apply(Self.arrival("a", "a1", version: "1"))) == ["+a1"])
    #expect(Self.brief(store.apply(Self.arrival("a", "a1", version: "1"))) == [])
    #expect(Self.brief(store.apply(Self.arrival("a", "a2", version: "2"))) == ["a1>a2"])
    #expect(Self.brief(store.delete(ObjectKey(name: "a"), last: nil)) == ["-a2"])
    #expect(Self.brief(store.delete(ObjectKey(name: "a"), last: nil)) == [])
    #expect(store.snapshot.isEmpty)
  }

  @Test func theLastStateOfADeletionWinsOverTheStoredOne() {
    var store = Store()
    _ = store.apply(Self.arrival("a", "a1", version: "1"))
    let last = Store.Entry(object: "a9", uid: "a", resourceVersion: "9")
    #expect(Self.brief(store.delete(ObjectKey(name: "a"), last: last)) == ["-a9"])
  }

  @Test func aRelistFindsEveryDeletion() {
    var store = Store()
    #expect(
      Self.listing(["a", "b", "c"].map { Self.arrival($0, $0, version: "1") }, into: &store) == ["+a", "+b", "+c"])
    #expect(store.isSynced)
    #expect(
      Self.listing([Self.arrival("b", "b2", version: "2"), Self.arrival("c", "c", version: "1")], into: &store)
        == ["-a", "b>b2"])
    #expect(Self.listing([], into: &store) == ["-b2", "-c"])
  }

  @Test func anInterruptedRelistDeletesNothing() {
    var store = Store()
    _ = Self.listing(["a", "b"].map { Self.arrival($0, $0, version: "1") }, into: &store)
    store.beginList()
    _ = store.apply(Self.arrival("a", "a", version: "1"))
    // The list breaks off and begins anew.
    #expect(Self.listing(["a", "b"].map { Self.arrival($0, $0, version: "1") }, into: &store) == [])
    #expect(store.snapshot.count == 2)
  }

  @Test func anObjectReplacedUnderItsNameIsTwoObjects() {
    var store = Store()
    _ = Self.listing([Self.arrival("a", "old", uid: "1", version: "1")], into: &store)
    #expect(Self.listing([Self.arrival("a", "new", uid: "2", version: "5")], into: &store) == ["+new", "-old"])
    // A late deletion of the old one says nothing of the new one.
    let late = Store.Entry(object: "older", uid: "1", resourceVersion: "3")
    #expect(Self.brief(store.delete(ObjectKey(name: "a"), last: late)) == [])
    // Where versions have no order a deletion is believed, and says nothing of the last state.
    let odd = Store.Entry(object: "older", uid: "1", resourceVersion: "x")
    #expect(Self.brief(store.delete(ObjectKey(name: "a"), last: odd)) == ["-new"])
  }

  @Test func whatCannotBeReadKeepsItsLastReadableVersion() {
    var store = Store()
    _ = Self.listing([Self.arrival("a", "a1", version: "1")], into: &store)
    #expect(Self.brief(store.apply(Self.odd("a", version: "2"))) == ["?a"])
    #expect(Self.brief(store.apply(Self.odd("a", version: "2"))) == [])
    #expect(store.snapshot[ObjectKey(name: "a")] == "a1")
    #expect(store.snapshot.undecodable(ObjectKey(name: "a"))?.resourceVersion == "2")
    #expect(Self.listing([Self.odd("a", version: "2")], into: &store) == [])
    #expect(Self.brief(store.apply(Self.arrival("a", "a3", version: "3"))) == ["a1>a3"])
    #expect(store.snapshot.undecodable.isEmpty)
    _ = store.apply(Self.odd("b", version: "1"))
    #expect(Self.listing([Self.arrival("a", "a3", version: "3")], into: &store) == [])
    #expect(store.snapshot.undecodable.isEmpty)
  }

  @Test func indexesFollow() {
    var store = Store(indexes: ["first": { [String($0.prefix(1))] }])
    for (name, value) in [("1", "xa"), ("2", "xb"), ("3", "y")] {
      _ = store.apply(Self.arrival(name, value, version: "1"))
    }
    #expect(store.snapshot.objects(index: "first", "x").sorted() == ["xa", "xb"])
    _ = store.apply(Self.arrival("1", "y2", version: "2"))
    _ = store.delete(ObjectKey(name: "2"), last: nil)
    #expect(store.snapshot.objects(index: "first", "x") == [])
    #expect(store.snapshot.values(ofIndex: "first") == ["y"])
    #expect(store.snapshot.keys(index: "first", "y").map(\.name).sorted() == ["1", "3"])
    store.addIndex("length") { ["\($0.count)"] }
    #expect(store.snapshot.objects(index: "length", "2") == ["y2"])
    #expect(store.snapshot.objects(index: "missing", "x") == [])
  }

  @Test func snapshotsDoNotChange() {
    var store = Store(indexes: ["all": { _ in ["all"] }])
    for number in 0..<1000 { _ = store.apply(Self.arrival("\(number)", "\(number)", version: "1")) }
    let before = store.snapshot
    for number in 0..<1000 { _ = store.delete(ObjectKey(name: "\(number)"), last: nil) }
    #expect(before.count == 1000)
    #expect(before.objects(index: "all", "all").count == 1000)
    #expect(before.version < store.version)
    #expect(store.snapshot.isEmpty)
    #expect(store.snapshot.changes(since: before).count == 1000)
  }

  @Test func whatIsOlderThanWhatIsKnownChangesNothing() {
    var store = Store()
    _ = Self.listing([Self.arrival("a", "a9", version: "9")], into: &store)
    #expect(Self.brief(store.apply(Self.arrival("a", "a10", version: "10"))) == ["a9>a10"])
    // A number, not a text.
    #expect(Self.brief(store.apply(Self.arrival("a", "a9", version: "9"))) == [])
    let old = Store.Entry(object: "a9", uid: "a", resourceVersion: "9")
    #expect(Self.brief(store.delete(ObjectKey(name: "a"), last: old)) == [])
    #expect(store.snapshot[ObjectKey(name: "a")] == "a10")
    // A list is believed: the server may have been restored from a backup.
    #expect(Self.listing([Self.arrival("a", "a5", version: "5")], into: &store) == ["a10>a5"])
  }

  @Test func eachNamespaceHasListsOfItsOwn() {
    func arrival(_ namespace: String, _ name: String, _ version: String) -> Store.Arrival {
      .object(
        ObjectKey(namespace: namespace, name: name),
        .init(object: "\(namespace)/\(name)", uid: "\(namespace)/\(name)", resourceVersion: version))
    }
    var store = Store(namespaces: ["x", "y"])
    store.beginList(scope: 0)
    store.beginList(scope: 1)
    _ = store.apply(arrival("x", "a", "1"), scope: 0)
    _ = store.apply(arrival("y", "a", "2"), scope: 1)
    _ = store.apply(arrival("x", "b", "3"), scope: 0)
    #expect(store.endList(scope: 0).isEmpty && !store.isSynced)
    #expect(store.endList(scope: 1).isEmpty && store.isSynced)
    #expect(store.snapshot.count == 3)
    // A relist of one namespace says nothing of the other.
    store.beginList(scope: 0)
    _ = store.apply(arrival("x", "b", "3"), scope: 0)
    #expect(Self.brief(store.endList(scope: 0)) == ["-x/a"])
    #expect(store.snapshot.keys.map(\.description).sorted() == ["x/b", "y/a"])
  }

  @Test func foldingAndUndoingAgreeWithSingleChanges() {
    for seed in 0..<100 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var store = Store(indexes: ["value": { [String($0.prefix(1))] }])
      func act(_ step: Int) -> [Store.Change] {
        let name = "\(random.next() % 6)"
        switch random.next() % 5 {
        case 0: return store.delete(ObjectKey(name: name), last: nil)
        case 1: return store.apply(Self.odd(name, version: "\(step)"))
        case 2: return store.apply(Self.arrival(name, "n\(step)", uid: "new\(step)", version: "\(step)"))
        default: return store.apply(Self.arrival(name, "\(step % 3)v\(step)", version: "\(step)"))
        }
      }
      for step in 1..<20 { _ = act(step) }
      let before = Self.plain(store.snapshot, index: "value")
      var changes: [Store.Change] = []
      for step in 20..<50 { changes += act(step) }
      let after = Self.plain(store.snapshot, index: "value")
      // Told at once or folded, a follower ends at the same place.
      for told in [changes, StoreChange.folded(changes)] {
        var mirror = before.0
        for change in told {
          for event in change.events {
            switch event {
            case .added(let new):
              #expect(mirror[change.key] == nil)
              mirror[change.key] = new
            case .updated(let old, let new):
              #expect(mirror[change.key] == old)
              mirror[change.key] = new
            case .deleted: #expect(mirror.removeValue(forKey: change.key) != nil)
            default: break
            }
          }
        }
        #expect(mirror == after.0, "seed \(seed)")
      }
      let folded = StoreChange.folded(changes)
      #expect(Set(folded.filter { $0.report == nil }.map(\.key)).count == folded.count { $0.report == nil })
      // Undone from the last to the first, everything is as before, indexes too.
      for change in changes.reversed() { store.undo(change) }
      #expect(Self.plain(store.snapshot, index: "value") == before, "seed \(seed)")
    }
  }

  @Test func uidsAreEqualWhenTheirTextsAre() {
    let texts = [
      "", "u", "7d4e5916-7932-4c22-888d-f1d28d49d5f9", "7d4e5916-7932-4c22-888d-f1d28d49d5f8",
      "8d4e5916-7932-4c22-888d-f1d28d49d5f9", "7D4E5916-7932-4C22-888D-F1D28D49D5F9",
      "7d4e59167-932-4c22-888d-f1d28d49d5f9", "7d4e5916+7932-4c22-888d-f1d28d49d5f9",
      "7d4e5916-7932-4c22-888d-f1d28d49d5fg", "7d4e5916-7932-4c22-888d-f1d28d49d5f",
      "00000000-0000-0000-0000-000000000000",
      "7d4e5916-7932-4c22-888d-f1d28d49d5f90",
    ]
    for (a, x) in texts.enumerated() {
      for (b, y) in texts.enumerated() { #expect((ObjectUID(x) == ObjectUID(y)) == (a == b), "\(x) \(y)") }
    }
    // One that servers make takes no memory of its own.
    #expect(MemoryLayout<ObjectUID>.size <= 17)
  }

  @Test(arguments: [
    ("9", "10", true), ("10", "9", false), ("10", "10", false), ("0", "10", false), ("", "10", false),
    ("010", "20", false), ("1a", "20", false), ("18446744073709551615", "18446744073709551616", true),
    ("-1", "2", false), ("１", "2", false),
  ]) func versionsCompareAsNumbers(_ a: String, _ b: String, isOlder: Bool) {
    #expect(ResourceVersionOrder.isOlder(a, than: b) == isOlder)
  }

  /// The store against a plain dictionary under random operations.
  @Test func agreesWithADictionary() {
    for seed in 0..<50 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var store = Store(indexes: ["value": { [$0] }])
      var truth: [String: String] = [:]
      var mirror: [String: String] = [:]
      var version = 0
      func follow(_ changes: [Store.Change], name: String) {
        for event in changes.flatMap(\.events) {
          switch event {
          case .added(let new): mirror[name] = new
          case .updated(_, let new): mirror[name] = new
          case .deleted: mirror[name] = nil
          default: break
          }
        }
      }
      for _ in 0..<300 {
        let name = "\(random.next() % 12)"
        version += 1
        if random.next() % 3 == 0 {
          truth[name] = nil
          follow(store.delete(ObjectKey(name: name), last: nil), name: name)
        } else {
          truth[name] = "\(version % 5)"
          follow(store.apply(Self.arrival(name, "\(version % 5)", version: "\(version)")), name: name)
        }
        #expect(mirror == truth)
      }
      let snapshot = store.snapshot
      #expect(snapshot.count == truth.count)
      for value in 0..<5 {
        #expect(snapshot.objects(index: "value", "\(value)").count == truth.values.count { $0 == "\(value)" })
      }
    }
  }
}
