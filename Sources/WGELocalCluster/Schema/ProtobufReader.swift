internal import WGECore

/// Reads the protobuf form of built-in kinds, in which kubectl and client-go send typed objects.
///
/// The wire numbers stand in the type table; the reader turns a message into the JSON that the same
/// object would have, and everything else works on that.
/// Source: Kubernetes API concepts, "Kubernetes Protobuf encoding"; generated.proto of k8s.io/api.
struct ProtobufReader {
  /// What is wrong with a message.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]
  private static let maximumDepth = 64

  private var bytes: ArraySlice<UInt8>

  private init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// The object in an envelope (`k8s`, a zero byte, a `runtime.Unknown` message).
  static func object(_ body: [UInt8], as structure: Structure) throws(Failure) -> JSON {
    guard body.starts(with: magic) else {
      throw Failure(
        description: "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    }
    var apiVersion = ""
    var kind = ""
    var raw: ArraySlice<UInt8> = []
    var envelope = ProtobufReader(body.dropFirst(magic.count))
    while let (number, value) = try envelope.next() {
      switch (number, value) {
      case (1, .bytes(let bytes)):
        var type = ProtobufReader(bytes)
        while let (number, value) = try type.next() {
          guard case .bytes(let text) = value else { continue }
          if number == 1 { apiVersion = try string(text) }
          if number == 2 { kind = try string(text) }
        }
      case (2, .bytes(let bytes)): raw = bytes
      default: break
      }
    }
    var result = try message(raw, structure, prefix: nil, depth: 0)
    if !apiVersion.isEmpty { result["apiVersion"] = .string(apiVersion) }
    if !kind.isEmpty { result["kind"] = .string(kind) }
    return .object(result)
  }

  // MARK: Wire format

  private enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case bytes(ArraySlice<UInt8>)
    case fixed32(UInt32)
  }

  private mutating func varint() throws(Failure) -> UInt64 {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = bytes.popFirst() {
      if shift > 63 { break }
      result |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return result }
      shift += 7
    }
    throw Failure(description: "unexpected EOF")
  }

  private mutating func fixed(_ count: Int) throws(Failure) -> UInt64 {
    guard bytes.count >= count else { throw Failure(description: "unexpected EOF") }
    var result: UInt64 = 0
    for index in 0..<count { result |= UInt64(bytes[bytes.startIndex + index]) << UInt64(8 * index) }
    bytes = bytes.dropFirst(count)
    return result
  }

  /// The next field; nil at the end of the message.
  private mutating func next() throws(Failure) -> (number: Int, value: Value)? {
    if bytes.isEmpty { return nil }
    let tag = try varint()
    guard let number = Int(exactly: tag >> 3), number > 0 else { throw Failure(description: "illegal tag \(tag)") }
    switch tag & 7 {
    case 0: return (number, .varint(try varint()))
    case 1: return (number, .fixed64(try fixed(8)))
    case 2:
      let length = try varint()
      guard length <= UInt64(bytes.count) else { throw Failure(description: "unexpected EOF") }
      let value = bytes.prefix(Int(length))
      bytes = bytes.dropFirst(Int(length))
      return (number, .bytes(value))
    case 5: return (number, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    default: throw Failure(description: "illegal wireType \(tag & 7)")
    }
  }

  // MARK: Messages

  /// - Parameter prefix: the number of the embedded message whose fields these are, which JSON
  ///   shows as fields of the structure itself.
  private static func message(_ bytes: ArraySlice<UInt8>, _ structure: Structure, prefix: Int?, depth: Int)
    throws(Failure)
    -> JSONObject
  {
    guard depth < maximumDepth else { throw Failure(description: "the message is nested too deeply") }
    var reader = ProtobufReader(bytes)
    var result = JSONObject()
    var lists: [String: [JSON]] = [:]
    var maps: [String: [(String, JSON)]] = [:]
    while let (number, value) = try reader.next() {
      if prefix == nil, structure.embedded.contains(number), case .bytes(let inner) = value {
        for member in try message(inner, structure, prefix: number, depth: depth + 1) {
          result[member.key] = member.value
        }
        continue
      }
      guard let field = structure.wire[.init(prefix: prefix, number: number)] else { continue }
      switch field.type.resolved {
      case .list(let element, _):
        lists[field.name, default: []] += try self.values(value, element, depth: depth)
      case .map(let element, _):
        guard case .bytes(let entry) = value else { throw Failure(description: "wrong wireType for \(field.name)") }
        maps[field.name, default: []].append(try self.entry(entry, element, depth: depth))
      default: result[field.name] = try self.value(value, field.type, depth: depth)
      }
    }
    for (name, items) in lists { result[name] = .array(items) }
    for (name, entries) in maps { result[name] = .object(JSONObject(entries)) }
    return result
  }

  private static func entry(_ bytes: ArraySlice<UInt8>, _ element: TypeSchema, depth: Int) throws(Failure) -> (
    String, JSON
  ) {
    var reader = ProtobufReader(bytes)
    var key = ""
    var result: JSON = ""
    while let (number, value) = try reader.next() {
      if number == 1, case .bytes(let text) = value { key = try string(text) }
      if number == 2 {
        if case .list(let inner, _) = element, case .bytes(let wrapped) = value {
          // A list as the value of a map is wrapped in a message of its own.
          var items: [JSON] = []
          var list = ProtobufReader(wrapped)
          while let (number, value) = try list.next() {
            if number == 1 { items.append(try self.value(value, inner, depth: depth + 1)) }
          }
          result = .array(items)
        } else {
          result = try self.value(value, element, depth: depth + 1)
        }
      }
    }
    return (key, result)
  }

  /// One item of a repeated field, or several that are packed.
  private static func values(_ value: Value, _ element: TypeSchema, depth: Int) throws(Failure) -> [JSON] {
    if case .bytes(let packed) = value, element.isInteger {
      var reader = ProtobufReader(packed)
      var items: [JSON] = []
      while !reader.bytes.isEmpty { items.append(.number(.int(Int64(bitPattern: try reader.varint())))) }
      return items
    }
    return [try self.value(value, element, depth: depth)]
  }

  private static func value(_ value: Value, _ type: TypeSchema, depth: Int) throws(Failure) -> JSON {
    switch (type.resolved, value) {
    case (.structure(let structure), .bytes(let bytes)):
      return .object(try message(bytes, structure, prefix: nil, depth: depth + 1))
    case (.scalar(.string), .bytes(let bytes)): return .string(try string(bytes))
    case (.scalar(.bytes), .bytes(let bytes)): return .string(Base64.encode(bytes))
    case (.scalar(.bool), .varint(let number)): return .bool(number != 0)
    case (.scalar(.int32), .varint(let number)), (.scalar(.int64), .varint(let number)):
      return .number(.int(Int64(bitPattern: number)))
    case (.scalar(.float64), .fixed64(let bits)):
      guard let number = JSONNumber(Double(bitPattern: bits)) else {
        throw Failure(description: "a number is not finite")
      }
      return .number(number)
    case (.scalar(.quantity), .bytes(let bytes)):
      let fields = try scalars(bytes)
      guard case .bytes(let text)? = fields[1] else { return "0" }
      return .string(try string(text))
    case (.scalar(.intstr), .bytes(let bytes)):
      let fields = try scalars(bytes)
      if case .varint(1)? = fields[1] {
        guard case .bytes(let text)? = fields[3] else { return "" }
        return .string(try string(text))
      }
      guard case .varint(let number)? = fields[2] else { return 0 }
      return .number(.int(Int64(bitPattern: number)))
    case (.scalar(.time), .bytes(let bytes)), (.scalar(.microtime), .bytes(let bytes)):
      let fields = try scalars(bytes)
      var seconds: Int64 = 0
      var nanoseconds: Int64 = 0
      if case .varint(let number)? = fields[1] { seconds = Int64(bitPattern: number) }
      if case .varint(let number)? = fields[2] { nanoseconds = Int64(bitPattern: number) }
      // An absent time is an empty message.
      if fields.isEmpty { return .null }
      let time = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
      guard time.isRepresentable else { throw Failure(description: "a time is out of range") }
      if case .scalar(.microtime) = type.resolved { return .string(time.rfc3339Micro) }
      return .string(time.rfc3339)
    case (.any, .bytes(let bytes)) where bytes.isEmpty, (.deduced, .bytes(let bytes)) where bytes.isEmpty: return [:]
    default: throw Failure(description: "this server reads the field only in JSON or YAML")
    }
  }

  private static func scalars(_ bytes: ArraySlice<UInt8>) throws(Failure) -> [Int: Value] {
    var reader = ProtobufReader(bytes)
    var result: [Int: Value] = [:]
    while let (number, value) = try reader.next() { result[number] = value }
    return result
  }

  private static func string(_ bytes: ArraySlice<UInt8>) throws(Failure) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(description: "a string is not UTF-8")
    }
    return text
  }
}

extension TypeSchema {
  fileprivate var isInteger: Bool {
    switch self {
    case .scalar(.int32), .scalar(.int64), .scalar(.bool): true
    default: false
    }
  }
}
