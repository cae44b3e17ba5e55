internal import Foundation
internal import GRDB
internal import Synchronization
internal import WGECore

/// Keeps every object in one SQLite file in WAL mode.
///
/// A commit is one transaction that writes the object and the revision counter together, so that a
/// process killed at any moment leaves either the whole change or nothing, and revisions resume
/// where they stopped. WAL with `synchronous=NORMAL` survives the death of the process; a power cut
/// may lose the last moments but never tears the file.
///
/// The file is locked exclusively: a second process that opens it is refused instead of diverging.
final class SQLiteMedium: StorageMedium {
  /// `WGEc` in the file's application id, so that another program's database is never touched.
  private static let applicationID: Int64 = 0x5747_4563
  private static let formatVersion: Int64 = 1

  private let path: String
  private let database: Mutex<DatabaseQueue?>

  init(path: String) throws(LocalClusterError) {
    self.path = path
    do {
      var configuration = Configuration()
      configuration.journalMode = .wal
      configuration.busyMode = .immediateError
      configuration.maximumReaderCount = 1
      configuration.prepareDatabase { db in
        try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        try db.execute(sql: "PRAGMA synchronous = NORMAL")
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
          CREATE TABLE objects (
            resource TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, json BLOB NOT NULL,
            PRIMARY KEY (resource, key)) WITHOUT ROWID;
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
    guard version == formatVersion else {
      throw LocalClusterError.storage(
        path: path,
        problem: "it has format \(version), this program reads format \(formatVersion); start with a new file")
    }
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
    case .SQLITE_FULL: return .storage(path: path, problem: "the disk is full")
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
      let rows = try Row.fetchCursor(db, sql: "SELECT resource, key, revision, json FROM objects")
      while let row = try rows.next() {
        let resource: String = row[0]
        let key: String = row[1]
        let objectRevision: Int64 = row[2]
        let bytes = try row.withUnsafeData(atIndex: 3) { data in data.map { [UInt8]($0) } ?? [] }
        guard objectRevision > 0, objectRevision <= revision, let json = try? JSON(parsing: bytes),
          case .object = json
        else {
          throw LocalClusterError.storage(
            path: path, problem: "it is damaged (object \(resource) \(key) cannot be read)")
        }
        state.objects[resource, default: []].append((key, StoredObject(json: json, revision: UInt64(objectRevision))))
      }
      return state
    }
  }

  func put(resource: String, key: String, object: StoredObject) throws {
    let bytes = object.json.serialized()
    try withDatabase { db in
      try db.cachedStatement(sql: "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)").execute(
        arguments: [resource, key, Int64(object.revision), Data(bytes)])
      try db.cachedStatement(sql: "UPDATE counter SET revision = ?").execute(arguments: [Int64(object.revision)])
    }
  }

  func delete(resource: String, key: String, revision: UInt64) throws {
    try withDatabase { db in
      try db.cachedStatement(sql: "DELETE FROM objects WHERE resource = ? AND key = ?").execute(arguments: [
        resource, key,
      ])
      try db.cachedStatement(sql: "UPDATE counter SET revision = ?").execute(arguments: [Int64(revision)])
    }
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
