internal import WGECore

/// JSON patch as API servers apply it, which is laxer than RFC 6902 and WGECore's `JSONPatch`.
///
/// What differs: paths need no leading slash; `replace`, `copy` and `test` read a missing member as
/// null, so that `replace` creates it; indexes may be negative or bear leading zeros; an operation
/// without a value has the value null; members that no operation has are only warned about.
/// Source: the behaviour of gopkg.in/evanphx/json-patch.v4, which kube-apiserver uses.
struct ServerJSONPatch: Sendable {
  struct Operation: Sendable {
    var kind: String
    var path: String?
    var from: String?
    var value: JSON
  }

  /// The patch does not fit the document. Upstream tells clients no more than that.
  struct Mismatch: Error {}

  /// All copies of one patch together may add no more than this, in bytes of JSON.
  private static let maximumCopied = Defaults.maximumBody

  let operations: [Operation]
  /// Members that no operation has, as strict decoding names them.
  let unknownFields: [String]

  init(_ json: JSON) throws(APIStatus) {
    var operations: [Operation] = []
    var unknown: [String] = []
    switch json {
    case .null: break
    case .array(let items):
      guard items.count <= Defaults.maximumPatchOperations else {
        throw APIStatus(
          413, "RequestEntityTooLarge",
          "Request entity too large: The allowed maximum operations in a JSON patch is \(Defaults.maximumPatchOperations), got \(items.count)"
        )
      }
      for (index, item) in items.enumerated() {
        guard case .object(let object) = item else { throw Self.malformed(item, "handlers.jsonPatchOp") }
        func text(_ name: String) throws(APIStatus) -> String? {
          guard let value = object[name], !value.isNull else { return nil }
          guard let text = value.stringValue else {
            throw .badRequest(
              "error decoding patch: json: cannot unmarshal \(TypedDecoder.goKind(value)) into Go struct field jsonPatchOp.\(name) of type string"
            )
          }
          return text
        }
        for member in object where !["op", "path", "from", "value"].contains(member.key) {
          unknown.append("[\(index)].\(member.key)")
        }
        operations.append(
          Operation(
            kind: try text("op") ?? "unknown", path: try text("path"), from: try text("from"),
            value: object["value"] ?? .null))
      }
    default: throw Self.malformed(json, "[]handlers.jsonPatchOp")
    }
    self.operations = operations
    unknownFields = unknown
  }

  private static func malformed(_ json: JSON, _ type: String) -> APIStatus {
    .badRequest(
      "error decoding patch: json: cannot unmarshal \(TypedDecoder.goKind(json)) into Go value of type \(type)")
  }

  func apply(to target: JSON) throws(Mismatch) -> JSON {
    var document = target
    var copied = 0
    for operation in operations {
      guard let path = operation.path else { throw Mismatch() }
      switch operation.kind {
      case "add":
        try Self.edit(&document, path) { container, key throws(Mismatch) in try container.add(operation.value, at: key)
        }
      case "remove": _ = try Self.remove(&document, path)
      case "replace":
        if path.isEmpty {
          guard operation.value.objectValue != nil || operation.value.arrayValue != nil else { throw Mismatch() }
          document = operation.value
        } else {
          try Self.edit(&document, path) { container, key throws(Mismatch) in
            _ = try container.member(key)
            try container.replace(key, with: operation.value)
          }
        }
      case "test":
        let found = path.isEmpty ? document : try Self.value(document, path)
        guard found == operation.value else { throw Mismatch() }
      case "move":
        guard let from = operation.from else { throw Mismatch() }
        let moved = try Self.value(document, from)
        try Self.remove(&document, from)
        try Self.edit(&document, path) { container, key throws(Mismatch) in try container.add(moved, at: key) }
      case "copy":
        guard let from = operation.from else { throw Mismatch() }
        let value = try Self.value(document, from)
        copied += value.serialized().count
        guard copied <= Self.maximumCopied else { throw Mismatch() }
        try Self.edit(&document, path) { container, key throws(Mismatch) in try container.add(value, at: key) }
      default: throw Mismatch()
      }
    }
    return document
  }

  /// The keys on the way to a value; the last one names it in its container.
  private static func keys(_ path: String) throws(Mismatch) -> [String] {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 2, parts.count <= Defaults.maximumDepth else { throw Mismatch() }
    return steps(path)
  }

  /// The steps of a path, their escapes undone.
  static func steps(_ path: String) -> [String] {
    path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
      String($0).replacing("~1", with: "/").replacing("~0", with: "~")
    }
  }

  private static func value(_ document: JSON, _ path: String) throws(Mismatch) -> JSON {
    var current = document
    for key in try keys(path) { current = try current.member(key) }
    return current
  }

  private static func edit(
    _ document: inout JSON, _ path: String, _ change: (inout JSON, String) throws(Mismatch) -> Void
  ) throws(Mismatch) {
    let keys = try keys(path)
    try edit(&document, keys[...], change)
  }

  private static func edit(
    _ json: inout JSON, _ keys: ArraySlice<String>, _ change: (inout JSON, String) throws(Mismatch) -> Void
  ) throws(Mismatch) {
    guard let key = keys.first else { throw Mismatch() }
    if keys.count == 1 {
      try change(&json, key)
      return
    }
    var inner = try json.member(key)
    try edit(&inner, keys.dropFirst(), change)
    try json.replace(key, with: inner)
  }

  private static func remove(_ document: inout JSON, _ path: String) throws(Mismatch) {
    try edit(&document, path) { container, key throws(Mismatch) in try container.remove(key) }
  }
}

extension JSON {
  /// A position in a list: negative counts from the end, `count` being one past it.
  private static func position(_ key: String, count: Int) throws(ServerJSONPatch.Mismatch) -> Int {
    guard let index = Int(key), index < count, index >= -count else { throw ServerJSONPatch.Mismatch() }
    return index < 0 ? index + count : index
  }

  fileprivate func member(_ key: String) throws(ServerJSONPatch.Mismatch) -> JSON {
    switch self {
    case .object(let object): return object[key] ?? .null
    case .array(let items): return items[try Self.position(key, count: items.count)]
    default: throw ServerJSONPatch.Mismatch()
    }
  }

  fileprivate mutating func replace(_ key: String, with value: JSON) throws(ServerJSONPatch.Mismatch) {
    switch self {
    case .object(var object):
      object[key] = value
      self = .object(object)
    case .array(var items):
      items[try Self.position(key, count: items.count)] = value
      self = .array(items)
    default: throw ServerJSONPatch.Mismatch()
    }
  }

  fileprivate mutating func add(_ value: JSON, at key: String) throws(ServerJSONPatch.Mismatch) {
    guard case .array(var items) = self else { return try replace(key, with: value) }
    let index = key == "-" ? items.count : try Self.position(key, count: items.count + 1)
    items.insert(value, at: index)
    self = .array(items)
  }

  fileprivate mutating func remove(_ key: String) throws(ServerJSONPatch.Mismatch) {
    switch self {
    case .object(var object):
      guard object.contains(key: key) else { throw ServerJSONPatch.Mismatch() }
      object[key] = nil
      self = .object(object)
    case .array(var items):
      items.remove(at: try Self.position(key, count: items.count))
      self = .array(items)
    default: throw ServerJSONPatch.Mismatch()
    }
  }
}
