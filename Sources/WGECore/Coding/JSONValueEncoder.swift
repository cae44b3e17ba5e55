/// An `Encoder` that collects a ``JSON`` value.
///
/// The protocol hands out containers that may be filled at any time until the outermost encode
/// returns, so containers write into nodes (reference types) and the tree is turned into a value
/// at the end. Scalars and values that were encoded as a whole are stored finished.
final class JSONValueEncoder: Encoder {
  let path: CodingPathNode?
  private var node: EncodedNode?
  private var value: JSON?

  init(path: CodingPathNode?) { self.path = path }

  var codingPath: [any CodingKey] { CodingPathNode.keys(of: path) }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  static func encode<T: Encodable>(_ value: T, path: @autoclosure () -> CodingPathNode?) throws -> JSON {
    let type = T.self
    if type == JSON.self, let json = value as? JSON { return json }
    if type == [String: String].self, let map = value as? [String: String] {
      return .object(JSONObject(map.map { ($0.key, JSON.string($0.value)) }))
    }
    if type == [String].self, let list = value as? [String] { return .array(list.map(JSON.string)) }
    let encoder = JSONValueEncoder(path: path())
    try value.encode(to: encoder)
    // A type that encodes nothing, such as an empty struct, is an empty object.
    return encoder.finish() ?? .object([:])
  }

  func finish() -> JSON? { node?.finished() ?? value }

  /// Takes a finished value over. The last one wins.
  func set(_ json: JSON) {
    node = nil
    value = json
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(JSONKeyedEncodingContainer<Key>(node: open(.object), path: path))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    JSONUnkeyedEncodingContainer(node: open(.array), path: path)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { JSONSingleValueEncodingContainer(encoder: self) }

  private func open(_ kind: EncodedNode.Kind) -> EncodedNode {
    // A second container adds to the first, as class hierarchies and flattened types need.
    if let node, node.kind == kind { return node }
    let fresh = EncodedNode(kind)
    node = fresh
    return fresh
  }

  static func json(_ value: Double, path: [any CodingKey]) throws -> JSON {
    guard let number = JSONNumber(value) else {
      throw EncodingError.invalidValue(
        value, .init(codingPath: path, debugDescription: "JSON has no NaN and no infinite numbers"))
    }
    return .number(number)
  }

  /// The double that prints the same digits as the float, as encoding/json prints a float32.
  static func json(_ value: Float, path: [any CodingKey]) throws -> JSON {
    try json(Double(value.description) ?? Double(value), path: path)
  }

  static func json(_ value: some BinaryInteger) -> JSON { .number(JSONNumber(value)) }
}

/// An object or array that is being filled.
final class EncodedNode {
  enum Kind {
    case object
    case array
  }

  private enum Item {
    case value(JSON)
    case node(EncodedNode)
    case encoder(JSONValueEncoder)
  }

  let kind: Kind
  private var items: [(key: String, item: Item)] = []

  init(_ kind: Kind) { self.kind = kind }

  var count: Int { items.count }

  func add(_ value: JSON, key: String = "") { items.append((key, .value(value))) }

  func add(encoder: JSONValueEncoder, key: String = "") { items.append((key, .encoder(encoder))) }

  /// A child container; asking twice for the same member of an object continues the first.
  func child(_ kind: Kind, key: String = "") -> EncodedNode {
    if self.kind == .object {
      for case (key, .node(let existing)) in items.lazy.map({ ($0.key, $0.item) }) where existing.kind == kind {
        return existing
      }
    }
    let node = EncodedNode(kind)
    items.append((key, .node(node)))
    return node
  }

  func finished() -> JSON {
    switch kind {
    case .array: .array(items.map { Self.finished($0.item) })
    case .object: .object(JSONObject(items.map { JSONObject.Member(key: $0.key, value: Self.finished($0.item)) }))
    }
  }

  private static func finished(_ item: Item) -> JSON {
    switch item {
    case .value(let value): value
    case .node(let node): node.finished()
    case .encoder(let encoder): encoder.finish() ?? .object([:])
    }
  }
}

// MARK: - Containers

private struct JSONKeyedEncodingContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let node: EncodedNode
  let path: CodingPathNode?

  var codingPath: [any CodingKey] { CodingPathNode.keys(of: path) }

  func encodeNil(forKey key: Key) { node.add(.null, key: key.stringValue) }
  func encode(_ value: Bool, forKey key: Key) { node.add(.bool(value), key: key.stringValue) }
  func encode(_ value: String, forKey key: Key) { node.add(.string(value), key: key.stringValue) }
  func encode(_ value: Double, forKey key: Key) throws {
    node.add(try JSONValueEncoder.json(value, path: codingPath + [key]), key: key.stringValue)
  }
  func encode(_ value: Float, forKey key: Key) throws {
    node.add(try JSONValueEncoder.json(value, path: codingPath + [key]), key: key.stringValue)
  }
  func encode(_ value: Int, forKey key: Key) { add(value, key) }
  func encode(_ value: Int8, forKey key: Key) { add(value, key) }
  func encode(_ value: Int16, forKey key: Key) { add(value, key) }
  func encode(_ value: Int32, forKey key: Key) { add(value, key) }
  func encode(_ value: Int64, forKey key: Key) { add(value, key) }
  func encode(_ value: UInt, forKey key: Key) { add(value, key) }
  func encode(_ value: UInt8, forKey key: Key) { add(value, key) }
  func encode(_ value: UInt16, forKey key: Key) { add(value, key) }
  func encode(_ value: UInt32, forKey key: Key) { add(value, key) }
  func encode(_ value: UInt64, forKey key: Key) { add(value, key) }
  func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    let json = try JSONValueEncoder.encode(value, path: CodingPathNode(.key(key), parent: path))
    node.add(json, key: key.stringValue)
  }

  private func add(_ value: some BinaryInteger, _ key: Key) {
    node.add(JSONValueEncoder.json(value), key: key.stringValue)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy keyType: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    let child = node.child(.object, key: key.stringValue)
    return KeyedEncodingContainer(
      JSONKeyedEncodingContainer<NestedKey>(node: child, path: CodingPathNode(.key(key), parent: path)))
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    let child = node.child(.array, key: key.stringValue)
    return JSONUnkeyedEncodingContainer(node: child, path: CodingPathNode(.key(key), parent: path))
  }

  func superEncoder() -> any Encoder { superEncoder(JSONCodingKey.super) }

  func superEncoder(forKey key: Key) -> any Encoder { superEncoder(key) }

  private func superEncoder(_ key: some CodingKey) -> any Encoder {
    let encoder = JSONValueEncoder(path: CodingPathNode(.key(key), parent: path))
    node.add(encoder: encoder, key: key.stringValue)
    return encoder
  }
}

private struct JSONUnkeyedEncodingContainer: UnkeyedEncodingContainer {
  let node: EncodedNode
  let path: CodingPathNode?

  var codingPath: [any CodingKey] { CodingPathNode.keys(of: path) }
  var count: Int { node.count }
  private var elementPath: CodingPathNode { CodingPathNode(.index(node.count), parent: path) }

  init(node: EncodedNode, path: CodingPathNode?) {
    self.node = node
    self.path = path
  }

  func encodeNil() { node.add(.null) }
  func encode(_ value: Bool) { node.add(.bool(value)) }
  func encode(_ value: String) { node.add(.string(value)) }
  func encode(_ value: Double) throws {
    node.add(try JSONValueEncoder.json(value, path: CodingPathNode.keys(of: elementPath)))
  }
  func encode(_ value: Float) throws {
    node.add(try JSONValueEncoder.json(value, path: CodingPathNode.keys(of: elementPath)))
  }
  func encode(_ value: Int) { node.add(JSONValueEncoder.json(value)) }
  func encode(_ value: Int8) { node.add(JSONValueEncoder.json(value)) }
  func encode(_ value: Int16) { node.add(JSONValueEncoder.json(value)) }
  func encode(_ value: Int32) { node.add(JSONValueEncoder.json(value)) }
  func encode(_ value: Int64) { node.add(JSONValueEncoder.json(value)) }
  func encode(_ value: UInt) { node.add(JSONValueEncoder.json(value)) }
  func encode(_ value: UInt8) { node.add(JSONValueEncoder.json(value)) }
  func encode(_ value: UInt16) { node.add(JSONValueEncoder.json(value)) }
  func encode(_ value: UInt32) { node.add(JSONValueEncoder.json(value)) }
  func encode(_ value: UInt64) { node.add(JSONValueEncoder.json(value)) }
  func encode<T: Encodable>(_ value: T) throws {
    node.add(try JSONValueEncoder.encode(value, path: elementPath))
  }

  func nestedContainer<NestedKey: CodingKey>(keyedBy keyType: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
    let path = elementPath
    return KeyedEncodingContainer(JSONKeyedEncodingContainer<NestedKey>(node: node.child(.object), path: path))
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    let path = elementPath
    return JSONUnkeyedEncodingContainer(node: node.child(.array), path: path)
  }

  func superEncoder() -> any Encoder {
    let encoder = JSONValueEncoder(path: elementPath)
    node.add(encoder: encoder)
    return encoder
  }
}

private struct JSONSingleValueEncodingContainer: SingleValueEncodingContainer {
  let encoder: JSONValueEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil() { encoder.set(.null) }
  func encode(_ value: Bool) { encoder.set(.bool(value)) }
  func encode(_ value: String) { encoder.set(.string(value)) }
  func encode(_ value: Double) throws { encoder.set(try JSONValueEncoder.json(value, path: codingPath)) }
  func encode(_ value: Float) throws { encoder.set(try JSONValueEncoder.json(value, path: codingPath)) }
  func encode(_ value: Int) { encoder.set(JSONValueEncoder.json(value)) }
  func encode(_ value: Int8) { encoder.set(JSONValueEncoder.json(value)) }
  func encode(_ value: Int16) { encoder.set(JSONValueEncoder.json(value)) }
  func encode(_ value: Int32) { encoder.set(JSONValueEncoder.json(value)) }
  func encode(_ value: Int64) { encoder.set(JSONValueEncoder.json(value)) }
  func encode(_ value: UInt) { encoder.set(JSONValueEncoder.json(value)) }
  func encode(_ value: UInt8) { encoder.set(JSONValueEncoder.json(value)) }
  func encode(_ value: UInt16) { encoder.set(JSONValueEncoder.json(value)) }
  func encode(_ value: UInt32) { encoder.set(JSONValueEncoder.json(value)) }
  func encode(_ value: UInt64) { encoder.set(JSONValueEncoder.json(value)) }
  func encode<T: Encodable>(_ value: T) throws {
    encoder.set(try JSONValueEncoder.encode(value, path: encoder.path))
  }
}
