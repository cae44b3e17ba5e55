internal import WGECore

/// Where a list goes on: the revision that it reads and the last key that it showed.
struct ContinueToken {
  var revision: UInt64
  var key: String

  init(revision: UInt64, key: String) {
    self.revision = revision
    self.key = key
  }

  struct Malformed: Error {
    let problem: String
  }

  /// A token as a client sends it back.
  ///
  /// Source: k8s.io/apiserver, storage, DecodeContinue.
  init(_ text: String) throws(Malformed) {
    guard text.utf8.count <= 4096 else { throw Malformed(problem: "illegal base64 data at input byte 4096") }
    let bytes: [UInt8]
    do { bytes = try Base64.bytes(of: Array(text.utf8), as: .url) } catch {
      throw Malformed(problem: "illegal base64 data at input byte \(error.offset)")
    }
    let json: JSON
    do { json = try BodyFormat.goJSON(bytes) } catch { throw Malformed(problem: error.description) }
    if !json.isNull, json.objectValue == nil {
      throw Malformed(
        problem: "json: cannot unmarshal \(TypedDecoder.goKind(json)) into Go value of type storage.continueToken")
    }
    let version = try Self.member("v", json, of: "string", \.stringValue) ?? ""
    let revision = try Self.member("rv", json, of: "int64", \.intValue) ?? 0
    let key = try Self.member("start", json, of: "string", \.stringValue) ?? ""
    guard version == "meta.k8s.io/v1" else {
      throw Malformed(problem: "server does not recognize this encoded version \(version)")
    }
    if revision == 0 { throw Malformed(problem: "incorrect encoded start resourceVersion (version meta.k8s.io/v1)") }
    if key.isEmpty { throw Malformed(problem: "encoded start key empty (version meta.k8s.io/v1)") }
    guard Self.isClean(key) else { throw Malformed(problem: key) }
    self.init(revision: UInt64(exactly: revision) ?? Self.latest, key: key)
  }

  /// A member as Go's decoder reads it into a field; nil when it is missing or null.
  private static func member<Value>(_ name: String, _ json: JSON, of type: String, _ value: (JSON) -> Value?)
    throws(Malformed) -> Value?
  {
    guard let member = json[name], !member.isNull else { return nil }
    if let value = value(member) { return value }
    // Numbers are shown where a number was asked for.
    let shown = if case .number = member, type != "string" { " \(member)" } else { "" }
    throw Malformed(
      problem:
        "json: cannot unmarshal \(TypedDecoder.goKind(member))\(shown) into Go struct field continueToken.\(name) of type \(type)"
    )
  }

  /// A key that stays below what the list is of, as a path is one without `..` and its like.
  private static func isClean(_ key: String) -> Bool {
    let path = key.hasPrefix("/") ? key.dropFirst() : key[...]
    if path.isEmpty { return true }
    return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
  }

  /// Goes on in the newest state, whatever came and went since.
  static let latest = UInt64.max
  var isLatest: Bool { revision == Self.latest }

  var text: String {
    let revision = isLatest ? -1 : Int64(clamping: revision)
    let place: JSON = ["v": "meta.k8s.io/v1", "rv": .number(.int(revision)), "start": .string(key)]
    return Base64.encode(place.serialized(), as: .url)
  }
}
