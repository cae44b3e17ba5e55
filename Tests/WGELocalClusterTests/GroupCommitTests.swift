import Foundation
import GRDB
import Synchronization
import Testing
import WGECore
import WGETestSupport

@testable import WGELocalCluster

/// The store over a medium that takes its time and fails when told to.
@Suite struct GroupCommitTests {
  @Test func nothingIsToldBeforeItIsDurable() async throws {
    let medium = GatedMedium()
    let store = try Store(medium: medium, watchWindow: 100)
    let told = Mutex(false)
    _ = try store.commit(change("a", nil))
    #expect(store.object("maps", "a") != nil)
    let cursor = WatchCursor(
      store: store, resource: "maps", prefix: "", exact: nil, revision: 1, initial: nil, encoder: Self.encoder)
    let waiting = Task {
      let problem = await store.settled(since: 0)
      told.withLock { $0 = true }
      return problem
    }
    let event = Task { await cursor.next() }
    try await Task.sleep(for: .milliseconds(50))
    #expect(!told.withLock { $0 })
    medium.open()
    #expect(await waiting.value == nil)
    #expect(await event.value == Array("ADDED a 2".utf8))
    #expect(await store.settled(since: 0) == nil)
    store.close()
  }

  @Test func changesThatComeTogetherAreWrittenTogether() async throws {
    let medium = GatedMedium()
    let store = try Store(medium: medium, watchWindow: 1000)
    for index in 0..<200 { _ = try store.commit(change("k\(index)", nil)) }
    medium.open()
    #expect(await store.settled(since: 0) == nil)
    // The first may have gone alone while the others gathered.
    #expect(medium.groups <= 2)
    #expect(medium.written == 200)
    store.close()
  }

  @Test func whatTheMediumRefusesIsTakenBack() async throws {
    let medium = GatedMedium()
    medium.open()
    let store = try Store(medium: medium, watchWindow: 100)
    let undone = Mutex<Set<String>>([])
    store.observe(.init(changed: { _, _ in }, undone: { names in undone.withLock { $0 = names } }))
    let kept = try store.commit(change("kept", nil))
    let doomed = try store.commit(change("deleted", nil, owner: "u1"))
    #expect(await store.settled(since: 0) == nil)
    medium.fail("no room")
    let moment = store.moment
    _ = try store.commit(change("kept", kept.revision))
    _ = try store.commit(.init(resource: "maps", key: "deleted", expected: doomed.revision, state: nil))
    _ = try store.commit(change("new", nil, owner: "u2"))
    // Whether the failure came before or comes after the question.
    #expect(await store.settled(since: moment)?.contains("no room") == true)
    #expect(await store.settled(since: moment)?.contains("no room") == true)
    // The three may have been refused in more than one group.
    try await eventually { store.revision == doomed.revision }
    #expect(store.object("maps", "kept")?.revision == kept.revision)
    #expect(store.object("maps", "deleted")?.revision == doomed.revision)
    #expect(store.object("maps", "new") == nil)
    #expect(store.dependents(of: "u1") == [ObjectAddress(resource: "maps", key: "deleted")])
    #expect(store.dependents(of: "u2").isEmpty)
    #expect(undone.withLock { $0 } == ["maps"])

    medium.recover()
    let next = try store.commit(change("new", nil))
    #expect(next.revision == doomed.revision + 1)
    #expect(await store.settled(since: store.moment) == nil)
    // A watch over the failure sees what lasted, once.
    let cursor = WatchCursor(
      store: store, resource: "maps", prefix: "", exact: nil, revision: doomed.revision, initial: nil,
      encoder: Self.encoder)
    #expect(await cursor.next() == Array("ADDED new \(next.revision)".utf8))
    store.close()
  }

  @Test func aRequestWhoseWriteIsRefusedSaysWhy() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.sqlite"
      let cluster = try TestCluster(storage: .sqlite(path: path))
      defer { cluster.cluster.close() }
      try await cluster.configMap("before")
      // Another connection cannot be had while the file is locked, so the medium is closed instead.
      cluster.cluster.server.cluster.store.medium.close()
      let answer = try await cluster.configMap("refused")
      #expect(answer.code == 500)
      #expect(answer.message.contains(path))
      #expect(try await cluster.get(TestCluster.configMaps + "/refused").code == 404)
      #expect(try await cluster.get(TestCluster.configMaps + "/before").code == 200)
    }
  }

  /// Files of the format before this one are read and brought up to date.
  @Test func readsTheFormatBefore() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.sqlite"
      let queue = try DatabaseQueue(path: path)
      try await queue.write { db in
        try db.execute(
          sql: """
            PRAGMA application_id = \(0x5747_4563);
            PRAGMA user_version = 1;
            CREATE TABLE objects (
              resource TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, json BLOB NOT NULL,
              PRIMARY KEY (resource, key)) WITHOUT ROWID;
            CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
            CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
            INSERT INTO counter VALUES (1, 41);
            """)
        try db.execute(
          sql: "INSERT INTO objects VALUES ('configmaps', 'default/old', 40, ?)",
          arguments: [
            Data(
              #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"old","namespace":"default","resourceVersion":"40","uid":"u"}}"#
                .utf8)
          ])
      }
      try queue.close()
      for _ in 0..<2 {
        let cluster = try TestCluster(storage: .sqlite(path: path))
        let old = try await cluster.get(TestCluster.configMaps + "/old")
        #expect(old.body["metadata"]?["resourceVersion"] == "40")
        try await cluster.merge(TestCluster.configMaps + "/old", ["data": ["a": "b"]])
        cluster.cluster.close()
        try await queueless(path)
      }
    }
  }

  /// Puts the object back as it was.
  private func queueless(_ path: String) async throws {
    let queue = try DatabaseQueue(path: path)
    try await queue.write { db in
      #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == 3)
      try db.execute(
        sql: """
          UPDATE objects SET revision = 40, sum = NULL, json = json_set(json, '$.metadata.resourceVersion', '40')
          WHERE key = 'default/old'
          """)
    }
    try queue.close()
  }

  @Test func truncatedFilesAreRefusedOrWhole() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory + "/state.sqlite"
      let cluster = try TestCluster(storage: .sqlite(path: path))
      for index in 0..<100 {
        try await cluster.configMap("c\(index)", ["text": .string(String(repeating: "x", count: 700))])
      }
      cluster.cluster.close()
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      var refused = 0
      for part in 1..<20 {
        let copy = directory + "/copy\(part).sqlite"
        try bytes.prefix(bytes.count * part / 20).write(to: URL(fileURLWithPath: copy))
        do {
          let opened = try TestCluster(storage: .sqlite(path: copy))
          let items = try await opened.get(TestCluster.configMaps).body["items"]?.arrayValue ?? []
          #expect(items.count == 100, "\(part) twentieths of the file")
          opened.cluster.close()
        } catch let error as LocalClusterError {
          refused += 1
          #expect(error.description.contains(copy))
        }
      }
      #expect(refused == 19)
    }
  }

  @Test func entriesAreCountedWithoutLookingAtThem() {
    var map = ChunkedMap<Int>()
    for index in 0..<2000 { map["a\(index % 3)/n\(index * 7919 % 2000)"] = index }
    for (first, end) in [("", nil), ("a1/", "a10"), ("a1/n500", "a10"), ("a2/n1", nil), ("a3/", "a30"), ("a0/", "a00")]
    {
      var expected = 0
      map.scan { entry in
        if entry.key >= first, end.map({ entry.key < $0 }) ?? true { expected += 1 }
        return true
      }
      #expect(map.count(from: first, to: end) == expected)
    }
  }

  @Test func pagesOfANamespaceSayHowManyFollow() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    try await cluster.create(
      "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "default0"]])
    for index in 0..<10 {
      try await cluster.configMap("c\(index)")
      try await cluster.create(
        "/api/v1/namespaces/default0/configmaps",
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string("c\(index)")]])
    }
    for (path, remaining) in [(TestCluster.configMaps, 6), ("/api/v1/configmaps", 16)] {
      let page = try await cluster.get(path, query: ["limit": "4"])
      #expect(page.body["metadata"]?["remainingItemCount"]?.intValue == Int64(remaining))
    }
    let all = try await cluster.get(TestCluster.configMaps, query: ["limit": "10"])
    #expect(all.body["metadata"]?["remainingItemCount"] == nil)
    #expect(all.body["metadata"]?["continue"] == nil)
  }

  private static let encoder = WatchCursor.Encoder(
    event: { event, lines in lines += "\(event.kind.rawValue) \(event.key) \(event.revision)".utf8 },
    bookmark: { _ in [] }, expired: { _, _ in Array("expired".utf8) })

  private func change(_ key: String, _ expected: UInt64?, owner: String? = nil) -> Store.Change {
    var metadata: JSON = ["name": .string(key)]
    if let owner { metadata["ownerReferences"] = [["uid": .string(owner)]] }
    return .init(resource: "maps", key: key, expected: expected, state: ["metadata": metadata])
  }
}

/// Blocks writes until it is opened.
private final class GatedMedium: StorageMedium {
  private struct State {
    var isOpen = false
    var failure: String?
    var groups = 0
    var written = 0
  }

  struct Refusal: Error, CustomStringConvertible { let description: String }

  private let state = Mutex(State())
  private let gate = NSCondition()

  var groups: Int { state.withLock(\.groups) }
  var written: Int { state.withLock(\.written) }

  func open() {
    gate.lock()
    state.withLock { $0.isOpen = true }
    gate.broadcast()
    gate.unlock()
  }

  func fail(_ problem: String) { state.withLock { $0.failure = problem } }
  func recover() { state.withLock { $0.failure = nil } }

  var keepsState: Bool { true }
  func load() throws -> LoadedState { LoadedState() }

  func write(_ records: [StorageRecord]) throws {
    gate.lock()
    while !state.withLock(\.isOpen) { gate.wait() }
    gate.unlock()
    try state.withLock { state in
      if let failure = state.failure { throw Refusal(description: failure) }
      state.groups += 1
      state.written += records.count
    }
  }

  func setting(_ name: String) throws -> [UInt8]? { nil }
  func setSetting(_ name: String, _ value: [UInt8]) throws {}
  func close() {}
}
