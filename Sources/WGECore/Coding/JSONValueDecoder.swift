/// A `Decoder` over a ``JSON`` value.
struct JSONValueDecoder: Decoder {
  let value: JSON
  let path: CodingPathNode?

  var codingPath: [any CodingKey] { CodingPathNode.keys(of: path) }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let object) = value else { throw mismatch([String: JSON].self, expected: "an object") }
    return KeyedDecodingContainer(JSONKeyedDecodingContainer<Key>(object: object, path: path))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let elements) = value else { throw mismatch([JSON].self, expected: "an array") }
    return JSONUnkeyedDecodingContainer(elements: elements, path: path)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

  // MARK: Values

  /// The value as any decodable type. JSON values, and the maps and lists of strings that metadata
  /// is full of, skip the detour over containers.
  func unbox<T: Decodable>(_ type: T.Type) throws -> T {
    if type == JSON.self, let result = value as? T { return result }
    if type == [String: String].self, let result = try stringMap() as? T { return result }
    if type == [String].self, let result = try stringList() as? T { return result }
    do {
      return try T(from: self)
    } catch let error as DecodingError {
      throw error
    } catch let error as JSONDecodingError {
      throw error
    } catch {
      throw corrupted("\(error)")
    }
  }

  func string() throws -> String {
    guard case .string(let text) = value else { throw mismatch(String.self, expected: "a string") }
    return text
  }

  func bool() throws -> Bool {
    guard case .bool(let flag) = value else { throw mismatch(Bool.self, expected: "a boolean") }
    return flag
  }

  func double() throws -> Double {
    guard case .number(let number) = value else { throw mismatch(Double.self, expected: "a number") }
    let double = number.double
    guard double.isFinite else { throw corrupted("the number \(number) is out of range") }
    return double
  }

  func integer<I: FixedWidthInteger>(_ type: I.Type) throws -> I {
    guard case .number(let number) = value else { throw mismatch(type, expected: "an integer") }
    if let whole = number.int64, let result = I(exactly: whole) { return result }
    if case .literal(let text) = number, let result = I(text) { return result }
    throw corrupted("the number \(number) is not an integer from \(I.min) to \(I.max)")
  }

  private func stringMap() throws -> [String: String] {
    guard case .object(let object) = value else { throw mismatch([String: String].self, expected: "an object") }
    var result: [String: String] = [:]
    result.reserveCapacity(object.count)
    for member in object {
      guard case .string(let text) = member.value else {
        let path = CodingPathNode(.key(JSONCodingKey(stringValue: member.key)), parent: path)
        throw JSONValueDecoder(value: member.value, path: path).mismatch(String.self, expected: "a string")
      }
      result[member.key] = text
    }
    return result
  }

  private func stringList() throws -> [String] {
    guard case .array(let elements) = value else { throw mismatch([String].self, expected: "an array") }
    var result: [String] = []
    result.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      guard case .string(let text) = element else {
        let path = CodingPathNode(.index(index), parent: path)
        throw JSONValueDecoder(value: element, path: path).mismatch(String.self, expected: "a string")
      }
      result.append(text)
    }
    return result
  }

  // MARK: Errors

  /// Names the types that were expected and found, never the value, which may be a secret.
  func mismatch(_ type: any Any.Type, expected: String) -> DecodingError {
    let context = DecodingError.Context(
      codingPath: codingPath, debugDescription: "expected \(expected), found \(value.typePhrase)")
    return .typeMismatch(type, context)
  }

  func corrupted(_ problem: String) -> DecodingError {
    .dataCorrupted(DecodingError.Context(codingPath: codingPath, debugDescription: problem))
  }

  /// The JSON name for what a Swift type is decoded from.
  static func name(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "a boolean"
    case is any BinaryInteger.Type: "an integer"
    case is any BinaryFloatingPoint.Type: "a number"
    default: "a value"
    }
  }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool { value.isNull }
  func decode(_ type: Bool.Type) throws -> Bool { try bool() }
  func decode(_ type: String.Type) throws -> String { try string() }
  func decode(_ type: Double.Type) throws -> Double { try double() }
  func decode(_ type: Float.Type) throws -> Float { Float(try double()) }
  func decode(_ type: Int.Type) throws -> Int { try integer(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try unbox(type) }
}

// MARK: - Objects

private struct JSONKeyedDecodingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let object: JSONObject
  let path: CodingPathNode?

  var codingPath: [any CodingKey] { CodingPathNode.keys(of: path) }
  var allKeys: [Key] { object.compactMap { Key(stringValue: $0.key) } }

  func contains(_ key: Key) -> Bool { object.contains(key: key.stringValue) }
  func decodeNil(forKey key: Key) throws -> Bool { object[key.stringValue]?.isNull ?? true }

  private func member(_ key: Key) throws -> JSONValueDecoder {
    guard let decoder = optional(key) else {
      throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "missing"))
    }
    return decoder
  }

  private func optional(_ key: Key) -> JSONValueDecoder? {
    object[key.stringValue].map { JSONValueDecoder(value: $0, path: CodingPathNode(.key(key), parent: path)) }
  }

  private func present(_ key: Key) -> JSONValueDecoder? {
    guard let value = object[key.stringValue], !value.isNull else { return nil }
    return JSONValueDecoder(value: value, path: CodingPathNode(.key(key), parent: path))
  }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try member(key).bool() }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try member(key).string() }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try member(key).double() }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try member(key).double()) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try member(key).integer(type) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try member(key).integer(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try member(key).integer(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try member(key).integer(type) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try member(key).integer(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try member(key).integer(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try member(key).integer(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try member(key).integer(type) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try member(key).integer(type) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try member(key).integer(type) }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try member(key).unbox(type) }

  // The default implementations look the key up three times.
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try present(key)?.bool() }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try present(key)?.string() }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try present(key)?.double() }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try present(key)?.integer(type) }
  func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try present(key)?.integer(type) }
  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try present(key)?.integer(type) }
  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? { try present(key)?.unbox(type) }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> { try member(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try member(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder {
    JSONValueDecoder(
      value: object[JSONCodingKey.super.stringValue] ?? .null,
      path: CodingPathNode(.key(JSONCodingKey.super), parent: path))
  }

  func superDecoder(forKey key: Key) throws -> any Decoder {
    optional(key) ?? JSONValueDecoder(value: .null, path: CodingPathNode(.key(key), parent: path))
  }
}

// MARK: - Arrays

private struct JSONUnkeyedDecodingContainer: UnkeyedDecodingContainer {
  let elements: [JSON]
  let path: CodingPathNode?
  var currentIndex = 0

  init(elements: [JSON], path: CodingPathNode?) {
    self.elements = elements
    self.path = path
  }

  var codingPath: [any CodingKey] { CodingPathNode.keys(of: path) }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  /// Reads the next element; the position moves on only when reading succeeds.
  private mutating func next<T>(_ read: (JSONValueDecoder) throws -> T) throws -> T {
    let elementPath = CodingPathNode(.index(currentIndex), parent: path)
    guard currentIndex < elements.count else {
      throw DecodingError.valueNotFound(
        T.self, .init(codingPath: CodingPathNode.keys(of: elementPath), debugDescription: "the array ends here"))
    }
    let result = try read(JSONValueDecoder(value: elements[currentIndex], path: elementPath))
    currentIndex += 1
    return result
  }

  mutating func decodeNil() throws -> Bool {
    guard currentIndex < elements.count, elements[currentIndex].isNull else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode(_ type: Bool.Type) throws -> Bool { try next { try $0.bool() } }
  mutating func decode(_ type: String.Type) throws -> String { try next { try $0.string() } }
  mutating func decode(_ type: Double.Type) throws -> Double { try next { try $0.double() } }
  mutating func decode(_ type: Float.Type) throws -> Float { try next { Float(try $0.double()) } }
  mutating func decode(_ type: Int.Type) throws -> Int { try next { try $0.integer(type) } }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try next { try $0.integer(type) } }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try next { try $0.integer(type) } }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try next { try $0.integer(type) } }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try next { try $0.integer(type) } }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try next { try $0.integer(type) } }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next { try $0.integer(type) } }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next { try $0.integer(type) } }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next { try $0.integer(type) } }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next { try $0.integer(type) } }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next { try $0.unbox(type) } }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> { try next { try $0.container(keyedBy: type) } }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next { try $0.unkeyedContainer() }
  }

  mutating func superDecoder() throws -> any Decoder { try next { $0 } }
}
