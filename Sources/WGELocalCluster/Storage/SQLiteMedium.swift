internal import Foundation
internal import GRDB
internal import Synchronization
internal import WGECore

/// Keeps every object in one SQLite file in WAL mode.
///
/// A group of changes is one transaction that writes the objects and the revision counter together,
/// so that a process killed at any moment leaves either all of it or nothing, and revisions resume
/// where they stopped. With ``LocalCluster/Durability/powerLoss`` the disk has confirmed the
/// write-ahead log before the group is acknowledged (`synchronous=FULL`); with
/// ``LocalCluster/Durability/processDeath`` the operating system has it (`NORMAL`), and a power cut may
/// lose the last moments but never tears the file.
///
/// Each object has a checksum beside it: SQLite notices a torn file, but not a page whose content the
/// disk has changed.
///
/// The file is locked exclusively: a second process that opens it is refused instead of diverging.
final class SQLiteMedium: StorageMedium {
  /// `WGEc` in the file's application id, so that another program's database is never touched.
  private static let applicationID: Int64 = 0x5747_4563
  private static let formatVersion: Int64 = 3

  private let path: String
  private let database: Mutex<DatabaseQueue?>

  var keepsState: Bool { true }

  init(path: String, durability: LocalCluster.Durability) throws(LocalClusterError) {
    self.path = path
    do {
      var configuration = Configuration()
      configuration.journalMode = .wal
      configuration.busyMode = .immediateError
      configuration.maximumReaderCount = 1
      configuration.prepareDatabase { db in
        try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        try db.execute(sql: "PRAGMA synchronous = \(durability == .powerLoss ? "FULL" : "NORMAL")")
        // Each checkpoint waits for the disk several times; 16 MiB of log make it rare.
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 4096")
      }
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.write { db in try Self.prepare(db, path: path) }
      database = Mutex(queue)
    } catch let error as LocalClusterError {
      throw error
    } catch {
      throw Self.translate(error, path: path)
    }
  }

  private static func prepare(_ db: Database, path: String) throws {
    let id = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let tables = try Int64.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    if id == 0, tables == 0 {
      try db.execute(
        sql: """
          PRAGMA application_id = \(applicationID);
          PRAGMA user_version = \(formatVersion);
          \(objectsTable)
          CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
          CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
          INSERT INTO counter VALUES (1, 0);
          """)
      return
    }
    guard id == applicationID else {
      throw LocalClusterError.storage(path: path, problem: "it is the database of another program; name another file")
    }
    let version = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    if version == 1 { return try upgradeFromFormat1(db) }
    if version == 2 {
      return try db.execute(
        sql: "ALTER TABLE objects ADD COLUMN sum INTEGER; PRAGMA user_version = \(formatVersion);")
    }
    guard version == formatVersion else {
      throw LocalClusterError.storage(
        path: path,
        problem: "it has format \(version), this program reads format \(formatVersion); start with a new file")
    }
  }

  /// Rows lie in the order in which they came, so that new ones fill one page after the other; in a
  /// tree ordered by key, each would change a page of its own.
  private static let objectsTable = """
    CREATE TABLE objects (
      id INTEGER PRIMARY KEY, resource TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL,
      json BLOB NOT NULL, sum INTEGER, UNIQUE (resource, key));
    """

  private static func upgradeFromFormat1(_ db: Database) throws {
    try db.execute(
      sql: """
        ALTER TABLE objects RENAME TO objects1;
        \(objectsTable)
        INSERT INTO objects (resource, key, revision, json) SELECT resource, key, revision, json FROM objects1;
        DROP TABLE objects1;
        PRAGMA user_version = \(formatVersion);
        """)
  }

  private static func translate(_ error: any Error, path: String) -> LocalClusterError {
    guard let error = error as? DatabaseError else { return .storage(path: path, problem: "\(error)") }
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return .storage(path: path, problem: "another process has it open; stop that process or name another file")
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      return .storage(
        path: path,
        problem: "it is damaged (\(error.message ?? "not a database")); restore a copy or start with a new file")
    case .SQLITE_CANTOPEN:
      return .storage(
        path: path, problem: "it cannot be opened or created; check that the folder exists and is writable")
    case .SQLITE_FULL: return .storage(path: path, problem: "the disk is full; make room")
    case .SQLITE_READONLY:
      return .storage(path: path, problem: "it cannot be written; make the file and its folder writable")
    case .SQLITE_IOERR:
      return .storage(
        path: path,
        problem:
          "the disk failed or is full (SQLite error \(error.extendedResultCode.rawValue)); check its space and health")
    default: return .storage(path: path, problem: error.message ?? "SQLite error \(error.resultCode.rawValue)")
    }
  }

  private func withDatabase<T: Sendable>(_ body: (Database) throws -> T) throws(LocalClusterError) -> T {
    guard let queue = database.withLock({ $0 }) else {
      throw LocalClusterError.storage(path: path, problem: "the cluster is closed")
    }
    do { return try queue.write(body) } catch let error as LocalClusterError { throw error } catch {
      throw Self.translate(error, path: path)
    }
  }

  func load() throws -> LoadedState {
    try withDatabase { db in
      var state = LoadedState()
      guard let revision = try Int64.fetchOne(db, sql: "SELECT revision FROM counter WHERE id = 1"), revision >= 0
      else {
        throw LocalClusterError.storage(path: path, problem: "it is damaged (the revision counter is missing)")
      }
      state.revision = UInt64(revision)
      // Rows of a torn file may read well although their index, or other rows, are gone.
      let check = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
      guard check == "ok" else {
        throw LocalClusterError.storage(
          path: path, problem: "it is damaged (\(check)); restore a copy or start with a new file")
      }
      let rows = try Row.fetchCursor(db, sql: "SELECT resource, key, revision, json, sum FROM objects")
      while let row = try rows.next() {
        let resource: String = row[0]
        let key: String = row[1]
        let objectRevision: Int64 = row[2]
        let bytes = try row.withUnsafeData(atIndex: 3) { data in data.map { [UInt8]($0) } ?? [] }
        // Rows that an older format wrote have none.
        let sum: Int64? = row[4]
        guard sum.map({ $0 == Self.sum(bytes) }) ?? true, objectRevision > 0, objectRevision <= revision,
          let json = try? JSON(parsing: bytes),
          case .object = json
        else {
          throw LocalClusterError.storage(
            path: path,
            problem:
              "it is damaged (object \(resource) \(key) cannot be read); restore a copy or start with a new file")
        }
        let object = StoredObject(json: json, revision: UInt64(objectRevision))
        object.forgetTree()
        state.objects[resource, default: []].append((key, object))
      }
      return state
    }
  }

  func write(_ records: [StorageRecord]) throws {
    guard let revision = records.last?.revision else { return }
    // Of several changes to one object in a group only the last one lasts.
    var latest: [ObjectAddress: Int] = [:]
    for (index, record) in records.enumerated() {
      latest[ObjectAddress(resource: record.resource, key: record.key)] = index
    }
    try withDatabase { db in
      for (index, record) in records.enumerated()
      where latest[ObjectAddress(resource: record.resource, key: record.key)] == index {
        if let object = record.object {
          try db.cachedStatement(
            sql: """
              INSERT INTO objects (resource, key, revision, json, sum) VALUES (?, ?, ?, ?, ?)
              ON CONFLICT (resource, key) DO UPDATE
              SET revision = excluded.revision, json = excluded.json, sum = excluded.sum
              """
          ).execute(
            arguments: [
              record.resource, record.key, Int64(object.revision), Data(object.bytes), Self.sum(object.bytes),
            ])
        } else {
          try db.cachedStatement(sql: "DELETE FROM objects WHERE resource = ? AND key = ?")
            .execute(arguments: [record.resource, record.key])
        }
      }
      try db.cachedStatement(sql: "UPDATE counter SET revision = ?").execute(arguments: [Int64(revision)])
    }
  }

  /// FNV-1a of 64 bits: against accidents, not against people, who may write what they like anyway.
  private static func sum(_ bytes: [UInt8]) -> Int64 {
    var hash: UInt64 = 14_695_981_039_346_656_037
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
    return Int64(bitPattern: hash)
  }

  func setting(_ name: String) throws -> [UInt8]? {
    try withDatabase { db in
      try Row.fetchOne(db, sql: "SELECT value FROM settings WHERE name = ?", arguments: [name])
        .map { row in try row.withUnsafeData(atIndex: 0) { data in data.map { [UInt8]($0) } ?? [] } }
    }
  }

  func setSetting(_ name: String, _ value: [UInt8]) throws {
    try withDatabase { db in
      try db.execute(sql: "INSERT OR REPLACE INTO settings VALUES (?, ?)", arguments: [name, Data(value)])
    }
  }

  func close() {
    let queue = database.withLock { held in
      defer { held = nil }
      return held
    }
    try? queue?.close()
  }
}
