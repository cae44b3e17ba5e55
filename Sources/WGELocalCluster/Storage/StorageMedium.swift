/// What was found on a medium when it was opened.
struct LoadedState {
  /// The last revision that was given out; 0 for a new medium.
  var revision: UInt64 = 0
  var objects: [String: [(key: String, object: StoredObject)]] = [:]
}

/// Where revisions are kept beyond memory. Called by one writer at a time.
protocol StorageMedium: Sendable {
  func load() throws -> LoadedState
  /// Returns when the object will survive the death of the process.
  func put(resource: String, key: String, object: StoredObject) throws
  func delete(resource: String, key: String, revision: UInt64) throws
  /// A value of the cluster itself, such as its signing key.
  func setting(_ name: String) throws -> [UInt8]?
  func setSetting(_ name: String, _ value: [UInt8]) throws
  func close()
}

/// Keeps nothing: the state lives and dies with the process.
struct MemoryMedium: StorageMedium {
  func load() -> LoadedState { LoadedState() }
  func put(resource: String, key: String, object: StoredObject) {}
  func delete(resource: String, key: String, revision: UInt64) {}
  func setting(_ name: String) -> [UInt8]? { nil }
  func setSetting(_ name: String, _ value: [UInt8]) {}
  func close() {}
}
