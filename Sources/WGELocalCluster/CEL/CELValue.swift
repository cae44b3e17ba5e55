internal import WGECore

/// A value that an expression computes with. Objects and lists of the document stay JSON until
/// something inside them is asked for; their schema says what a string with a format means.
enum CELValue: Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case uint(UInt64)
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case timestamp(Timestamp)
  case duration(Duration)
  case list([CELValue])
  case object(JSONObject, StructuralSchema?)
  case map([(key: CELValue, value: CELValue)])
  case type(String)
  indirect case optional(CELValue?)
  case quantity(Quantity)
  case url(CELURL)
  case ip(CELAddress)
  case cidr(CELNetwork)
  case semver(CELVersion)
  case format(CELFormat)

  init(_ json: JSON, _ schema: StructuralSchema?) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .number(let number):
      if schema?.type == "number" {
        self = .double(number.double)
      } else {
        self = number.int64.map(CELValue.int) ?? .double(number.double)
      }
    case .string(let text):
      switch schema?.checks.format ?? "" {
      case "date-time": self = (try? Timestamp(parsing: text)).map(CELValue.timestamp) ?? .string(text)
      case "date": self = (try? Timestamp(parsing: "\(text)T00:00:00Z")).map(CELValue.timestamp) ?? .string(text)
      case "duration": self = CELConversions.duration(text).map(CELValue.duration) ?? .string(text)
      case "byte": self = Base64.decode(text).map(CELValue.bytes) ?? .string(text)
      default: self = .string(text)
      }
    case .array(let items): self = .list(items.map { CELValue($0, schema?.items) })
    case .object(let object): self = .object(object, schema)
    }
  }

  var typeName: String {
    switch self {
    case .null: "null_type"
    case .bool: "bool"
    case .int: "int"
    case .uint: "uint"
    case .double: "double"
    case .string: "string"
    case .bytes: "bytes"
    case .timestamp: "google.protobuf.Timestamp"
    case .duration: "google.protobuf.Duration"
    case .list: "list"
    case .object, .map: "map"
    case .type: "type"
    case .optional: "optional_type"
    case .quantity: "kubernetes.Quantity"
    case .url: "kubernetes.URL"
    case .ip: "net.IP"
    case .cidr: "net.CIDR"
    case .semver: "kubernetes.Semver"
    case .format: "kubernetes.NamedFormat"
    }
  }

  var isObject: Bool {
    switch self {
    case .object, .map: true
    default: false
    }
  }

  /// A member of an object or map; nil where it is not there.
  func member(_ key: CELValue) -> CELValue? {
    switch self {
    case .object(let object, let schema):
      guard case .string(let name) = key, let value = object[name] else { return nil }
      return CELValue(value, schema?.schema(ofMember: name))
    case .map(let entries): return entries.first { $0.key.equals(key) }?.value
    default: return nil
    }
  }

  func equals(_ other: CELValue) -> Bool {
    switch (self, other) {
    case (.null, .null): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.int, .int), (.uint, .uint), (.double, .double), (.int, .uint), (.uint, .int), (.int, .double),
      (.double, .int), (.uint, .double), (.double, .uint):
      return compare(other) == 0
    case (.string(let a), .string(let b)): return a.utf8.elementsEqual(b.utf8)
    case (.bytes(let a), .bytes(let b)): return a == b
    case (.timestamp(let a), .timestamp(let b)): return a == b
    case (.duration(let a), .duration(let b)): return a == b
    case (.type(let a), .type(let b)): return a == b
    case (.list(let a), .list(let b)): return a.count == b.count && zip(a, b).allSatisfy { $0.equals($1) }
    case (.object(let a, _), .object(let b, _)): return a == b
    case (.object, .map), (.map, .object), (.map, .map):
      guard let a = entries, let b = other.entries, a.count == b.count else { return false }
      return a.allSatisfy { entry in other.member(entry.key)?.equals(entry.value) == true }
    case (.optional(let a), .optional(let b)):
      guard let a, let b else { return a == nil && b == nil }
      return a.equals(b)
    case (.quantity(let a), .quantity(let b)): return a == b
    case (.url(let a), .url(let b)): return a == b
    case (.ip(let a), .ip(let b)): return a == b
    case (.cidr(let a), .cidr(let b)): return a == b
    case (.semver(let a), .semver(let b)): return a.compare(b) == 0
    default: return false
    }
  }

  /// The entries of an object or map.
  var entries: [(key: CELValue, value: CELValue)]? {
    switch self {
    case .object(let object, let schema):
      object.map { (.string($0.key), CELValue($0.value, schema?.schema(ofMember: $0.key))) }
    case .map(let entries): entries
    default: nil
    }
  }

  /// Negative, zero or positive; nil for values that have no order.
  func compare(_ other: CELValue) -> Int? {
    func order<T: Comparable>(_ a: T, _ b: T) -> Int? { a < b ? -1 : a == b ? 0 : a > b ? 1 : nil }
    func signed(_ a: Int64, _ b: UInt64) -> Int? { a < 0 ? -1 : order(UInt64(a), b) }
    switch (self, other) {
    case (.int(let a), .int(let b)): return order(a, b)
    case (.uint(let a), .uint(let b)): return order(a, b)
    case (.int(let a), .uint(let b)): return signed(a, b)
    case (.uint(let a), .int(let b)): return signed(b, a).map { -$0 }
    case (.double(let a), .double(let b)): return order(a, b)
    case (.int(let a), .double(let b)): return order(Double(a), b)
    case (.double(let a), .int(let b)): return order(a, Double(b))
    case (.uint(let a), .double(let b)): return order(Double(a), b)
    case (.double(let a), .uint(let b)): return order(a, Double(b))
    case (.string(let a), .string(let b)):
      return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : a.utf8.elementsEqual(b.utf8) ? 0 : 1
    case (.bytes(let a), .bytes(let b)): return a.lexicographicallyPrecedes(b) ? -1 : a == b ? 0 : 1
    case (.timestamp(let a), .timestamp(let b)): return order(a, b)
    case (.duration(let a), .duration(let b)): return order(a, b)
    case (.bool(let a), .bool(let b)): return order(a ? 1 : 0, b ? 1 : 0)
    default: return nil
    }
  }
}
