internal import Synchronization
internal import WGECore

/// One revision of one object as the store holds it. Immutable, so that readers, watchers and the
/// log share it.
///
/// Kept as the bytes that clients get, for most objects are only ever sent; the tree of values is
/// several times as large, and is made when somebody asks. It is kept for objects that were written
/// lately (see ``RecentObjects``), which are the ones that are asked for again.
final class StoredObject: Sendable {
  /// In storage form, as canonical JSON: the storage version of a custom resource,
  /// `metadata.resourceVersion` set.
  let bytes: [UInt8]
  /// The store's revision that wrote it.
  let revision: UInt64
  /// The uids of the objects that this one belongs to.
  let owners: [String]
  /// Where the members `apiVersion` and `kind` lie in the bytes, each with the comma after it. Empty
  /// ranges where they are missing.
  private let versionMember: Range<UInt32>
  private let kindMember: Range<UInt32>

  private struct Cache {
    var tree: JSON?
    /// How many recent changes concern the object.
    var recent = 0
    /// Other forms than the stored one, for objects that clients see converted.
    var encodings: [String: [UInt8]] = [:]
  }

  private let cache: Mutex<Cache>

  init(json: JSON, revision: UInt64) {
    self.revision = revision
    owners = (json["metadata"]?["ownerReferences"]?.arrayValue ?? []).compactMap { $0["uid"]?.stringValue }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1024)
    var version: Range<UInt32> = 0..<0
    var kind: Range<UInt32> = 0..<0
    if case .object(let members) = json {
      bytes.append(UInt8(ascii: "{"))
      let last = members.count - 1
      for (index, member) in members.enumerated() {
        let start = bytes.count
        JSON.string(member.key).serialize(into: &bytes)
        bytes.append(UInt8(ascii: ":"))
        member.value.serialize(into: &bytes)
        guard index < last else { break }
        bytes.append(UInt8(ascii: ","))
        let range = UInt32(clamping: start)..<UInt32(clamping: bytes.count)
        if member.key == "apiVersion" { version = range } else if member.key == "kind" { kind = range }
      }
      bytes.append(UInt8(ascii: "}"))
    } else {
      json.serialize(into: &bytes)
    }
    // Growing by doubling leaves up to half of the buffer empty for as long as the object lives.
    self.bytes = bytes.capacity > bytes.count + bytes.count / 8 ? bytes.withUnsafeBufferPointer(Array.init) : bytes
    versionMember = version
    kindMember = kind
    cache = Mutex(Cache(tree: json))
  }

  /// The object as a tree of values.
  var json: JSON {
    if let tree = cache.withLock({ $0.tree }) { return tree }
    // What this program wrote, this program reads.
    let parsed = (try? JSON(parsing: bytes, options: JSONParseOptions(maximumBytes: bytes.count))) ?? [:]
    cache.withLock { if $0.recent > 0 { $0.tree = parsed } }
    return parsed
  }

  var metadata: JSONObject { json["metadata"]?.objectValue ?? JSONObject() }
  var uid: String { metadata["uid"]?.stringValue ?? "" }

  /// Of an object that is not about to be used.
  func forgetTree() { cache.withLock { if $0.recent == 0 { $0.tree = nil } } }

  /// Keeps the tree until as many calls of ``release()``.
  func retain() { cache.withLock { $0.recent += 1 } }

  func release() {
    cache.withLock { cache in
      cache.recent -= 1
      if cache.recent <= 0 { cache.tree = nil }
    }
  }

  /// Appends the object without `apiVersion` and `kind`, as items of built-in lists are.
  func appendWithoutType(to target: inout [UInt8]) {
    // Members are in the order of their keys, so the version comes first.
    let version = versionMember.isEmpty ? 0..<0 : versionMember
    let kind = kindMember.isEmpty ? version.upperBound..<version.upperBound : kindMember
    target += bytes[..<Int(version.lowerBound)]
    target += bytes[Int(version.upperBound)..<Int(kind.lowerBound)]
    target += bytes[Int(kind.upperBound)...]
  }

  /// More forms than this are those of definitions that have changed since.
  private static let maximumForms = 16

  /// True when the encoding of a form is known.
  func hasForm(_ form: String) -> Bool { cache.withLock { $0.encodings[form] != nil } }

  /// The encoding of a form, when it is known.
  func form(_ form: String) -> [UInt8]? { cache.withLock { $0.encodings[form] } }

  /// Keeps the encoding of a form that was made elsewhere.
  func keep(_ bytes: [UInt8], as form: String) {
    cache.withLock { cache in
      if cache.encodings.count >= Self.maximumForms { cache.encodings = [:] }
      cache.encodings[form] = bytes
    }
  }

  /// The encoding of another form of this revision, computed once.
  ///
  /// - Parameter form: names the form: version, whole or metadata only.
  func encoding(_ form: String, _ make: () -> [UInt8]) -> [UInt8] {
    if let known = cache.withLock({ $0.encodings[form] }) { return known }
    let bytes = make()
    keep(bytes, as: form)
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

/// The objects of the latest changes, whose trees are kept: bounded by number and by bytes.
struct RecentObjects {
  private static let maximumObjects = 512
  private static let maximumBytes = 2 << 20

  private var ring: [StoredObject?] = []
  private var next = 0
  private var oldest = 0
  private var bytes = 0

  mutating func append(_ object: StoredObject) {
    if ring.isEmpty { ring = Array(repeating: nil, count: Self.maximumObjects) }
    object.retain()
    if next - oldest == Self.maximumObjects { dropOldest() }
    ring[next % Self.maximumObjects] = object
    next += 1
    bytes += object.bytes.count
    while bytes > Self.maximumBytes, oldest < next { dropOldest() }
  }

  private mutating func dropOldest() {
    let slot = oldest % Self.maximumObjects
    oldest += 1
    guard let object = ring[slot] else { return }
    ring[slot] = nil
    bytes -= object.bytes.count
    object.release()
  }
}
