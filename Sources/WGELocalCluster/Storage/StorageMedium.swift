/// What was found on a medium when it was opened.
struct LoadedState {
  /// The last revision that was given out; 0 for a new medium.
  var revision: UInt64 = 0
  var objects: [String: [(key: String, object: StoredObject)]] = [:]
}

/// One change on its way to a medium.
struct StorageRecord: Sendable {
  var resource: String
  var key: String
  var revision: UInt64
  /// The new state; nil deletes.
  var object: StoredObject?
}

/// Where revisions are kept beyond memory. Written to by one thread at a time.
protocol StorageMedium: Sendable {
  /// False when the state lives and dies with the process, and there is nothing to wait for.
  var keepsState: Bool { get }
  func load() throws -> LoadedState
  /// Writes changes, which ascend by revision, all or none, and returns when they will survive.
  func write(_ records: [StorageRecord]) throws
  /// A value of the cluster itself, such as its signing key.
  func setting(_ name: String) throws -> [UInt8]?
  func setSetting(_ name: String, _ value: [UInt8]) throws
  func close()
}

/// Keeps nothing: the state lives and dies with the process.
struct MemoryMedium: StorageMedium {
  var keepsState: Bool { false }
  func load() -> LoadedState { LoadedState() }
  func write(_ records: [StorageRecord]) {}
  func setting(_ name: String) -> [UInt8]? { nil }
  func setSetting(_ name: String, _ value: [UInt8]) {}
  func close() {}
}
