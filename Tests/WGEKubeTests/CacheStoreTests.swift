import Testing
import WGECore

@testable import WGEKube

/// The store as a pure value: what comes out for what goes in.
@Suite struct CacheStoreTests {
  typealias Store = ObjectStore<String>

  static func arrival(_ name: String, _ value: String, uid: String? = nil, version: String) -> Store.Arrival {
    .object(ObjectKey(name: name), .init(object: value, uid: uid ?? name, resourceVersion: version))
  }

  static func odd(_ name: String, version: String) -> Store.Arrival {
    .undecodable(
      UndecodableObject(
        key: ObjectKey(name: name), kind: "Odd", resourceVersion: version, isDeleted: false, problem: "p"))
  }

  static func brief(_ events: [InformerEvent<String>]) -> [String] {
    events.map { event in
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
    var events: [InformerEvent<String>] = []
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
    // A late deletion of the old one says nothing of the new one's last state.
    let last = Store.Entry(object: "older", uid: "1", resourceVersion: "3")
    #expect(Self.brief(store.delete(ObjectKey(name: "a"), last: last)) == ["-new"])
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

  /// The store against a plain dictionary under random operations.
  @Test func agreesWithADictionary() {
    for seed in 0..<50 as Range<UInt64> {
      var random = SplitMix(state: seed)
      var store = Store(indexes: ["value": { [$0] }])
      var truth: [String: String] = [:]
      var mirror: [String: String] = [:]
      var version = 0
      func follow(_ events: [InformerEvent<String>], name: String) {
        for event in events {
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
