internal import Synchronization
internal import WGECore

/// One revision of one object as the store holds it. Immutable, so that readers, watchers and the
/// log share it; its encodings are made once, on first use, for all of them.
final class StoredObject: Sendable {
  /// In storage form: the storage version of a custom resource, `metadata.resourceVersion` set.
  let json: JSON
  /// The store's revision that wrote it.
  let revision: UInt64

  private let encodings = Mutex<[String: [UInt8]]>([:])

  init(json: JSON, revision: UInt64) {
    self.json = json
    self.revision = revision
  }

  var metadata: JSONObject { json["metadata"]?.objectValue ?? JSONObject() }
  var uid: String { metadata["uid"]?.stringValue ?? "" }

  /// The encoding of one presentation of this revision, computed once.
  ///
  /// - Parameter form: names the presentation: version, list item or whole, watch line.
  func encoding(_ form: String, _ make: () -> [UInt8]) -> [UInt8] {
    if let known = encodings.withLock({ $0[form] }) { return known }
    let bytes = make()
    encodings.withLock { $0[form] = bytes }
    return bytes
  }
}

/// What happened to one object at one revision.
final class LogEvent: Sendable {
  enum Kind: String, Sendable {
    case added = "ADDED"
    case modified = "MODIFIED"
    case deleted = "DELETED"
  }

  let kind: Kind
  let key: String
  let revision: UInt64
  /// The new state; for a deletion the last state, bearing the deletion's revision.
  let object: StoredObject
  /// The state before; nil for an addition.
  let previous: StoredObject?

  init(kind: Kind, key: String, object: StoredObject, previous: StoredObject?) {
    self.kind = kind
    self.key = key
    self.revision = object.revision
    self.object = object
    self.previous = previous
  }
}
