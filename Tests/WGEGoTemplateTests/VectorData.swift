import WGECore

@testable import WGEGoTemplate

/// Data of the recorded vectors: JSON in which `{"$type": ..., "value": ...}` stands for Go types that JSON lacks.
enum VectorData {
  static func value(_ json: JSON) throws -> GoValue {
    switch json {
    case .object(let object):
      if let type = object["$type"]?.stringValue, let value = object["value"] { return try typed(type, value) }
      return .map(GoMap(try object.map { ($0.key, try value($0.value)) }))
    case .array(let elements): return .list(GoList(try elements.map(value)))
    default: return GoValue(json)
    }
  }

  private static func typed(_ type: String, _ value: JSON) throws -> GoValue {
    let pairs = value.objectValue.map { $0.map { ($0.key, $0.value) } } ?? []
    switch type {
    case "map[string]string": return .map(GoMap(pairs.map { ($0.0, GoValue($0.1)) }, of: .string))
    case "map[string]int": return .map(GoMap(pairs.map { ($0.0, GoValue($0.1)) }, of: .int))
    case "map[int]string":
      return .map(
        GoMap(integerKeys: pairs.compactMap { key, value in Int(key).map { ($0, GoValue(value)) } }, of: .string))
    case "nilmap": return .map(.nilMap())
    case "nilslice": return .list(.nilList())
    case "[]string": return .list(GoList((value.arrayValue ?? []).map { GoValue($0) }, of: .string))
    case "[]int": return .list(GoList((value.arrayValue ?? []).map { GoValue($0) }, of: .int))
    case "[]byte":
      let bytes = Array((value.stringValue ?? "").utf8)
      return .list(GoList(bytes.map { .integer(GoInteger(bits: UInt64($0), kind: .uint8)) }, of: .uint8))
    case "time": return .host(GoTime(try Timestamp(parsing: value.stringValue ?? "")))
    case "float32": return .float32(Float(value.doubleValue ?? 0))
    case "float64": return .float(value.doubleValue ?? 0)
    case "int32": return .integer(GoInteger(bits: UInt64(bitPattern: value.intValue ?? 0), kind: .int32))
    case "int64": return .integer(GoInteger(bits: UInt64(bitPattern: value.intValue ?? 0), kind: .int64))
    case "uint": return .integer(GoInteger(bits: UInt64(bitPattern: value.intValue ?? 0), kind: .uint))
    case "uint8": return .integer(GoInteger(bits: UInt64(bitPattern: value.intValue ?? 0), kind: .uint8))
    default: throw TemplateFunctionError("unknown $type \(type)")
    }
  }
}
