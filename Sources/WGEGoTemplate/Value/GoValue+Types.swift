internal import WGECore

extension GoValue {
  /// Go's kinds, as far as templates can meet them.
  enum Kind: String {
    case invalid, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64
    case complex128, string, slice, map, structure = "struct", pointer = "ptr", function = "func"
  }

  var kind: Kind {
    switch self {
    case .none, .null: .invalid
    case .bool: .bool
    case .int: .int
    case .integer(let value):
      switch value.kind {
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .uint: .uint
      case .uint8: .uint8
      case .uint16: .uint16
      case .uint32: .uint32
      case .uint64: .uint64
      }
    case .float: .float64
    case .float32: .float32
    case .complex: .complex128
    case .string, .bytes: .string
    case .object, .map: .map
    case .array, .list: .slice
    case .host(let object): Kind(rawValue: object.goKind) ?? .structure
    case .function: .function
    }
  }

  /// Go's name of the type, as `%T` prints it; `<nil>` for nil.
  public var typeName: String {
    switch self {
    case .none, .null: "<nil>"
    case .object: "map[string]interface {}"
    case .array: "[]interface {}"
    case .map(let map): "map[\(map.hasIntegerKeys ? "int" : "string")]\(map.element.name)"
    case .list(let list): "[]\(list.element.name)"
    case .host(let object): object.goTypeName
    case .function: "func(...interface {}) (interface {}, error)"
    default: kind.rawValue
    }
  }

  var isNilOrNone: Bool {
    switch self {
    case .none, .null: true
    default: false
    }
  }

  var isNone: Bool {
    if case .none = self { true } else { false }
  }

  /// Go's reflect.Value.IsNil, where it exists.
  var isNil: Bool {
    switch self {
    case .none, .null: true
    case .map(let map): map.isNil
    case .list(let list): list.isNil
    default: false
    }
  }

  /// What `if` takes the value for: not the zero of its type.
  var truth: Bool {
    switch self {
    case .none, .null: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .integer(let value): value.bits != 0
    case .float(let value): value != 0
    case .float32(let value): value != 0
    case .complex(let real, let imaginary): real != 0 || imaginary != 0
    case .string(let value): !value.utf8.isEmpty
    case .bytes: true
    case .object(let object, _): !object.isEmpty
    case .array(let elements, _): !elements.isEmpty
    case .map(let map): map.count > 0
    case .list(let list): !list.elements.isEmpty
    case .host, .function: true
    }
  }

  // MARK: Strings

  /// The text that `%v` prints, not too long for an error.
  package var plainText: String { GoFormatter.text(self, limit: 1 << 12) }

  /// The bytes of a string; nil for anything else.
  package var stringBytes: [UInt8]? {
    switch self {
    case .string(let value): Array(value.utf8)
    case .bytes(let value): value.bytes
    default: nil
    }
  }

  /// The text of a string, invalid bytes replaced; nil for anything else.
  public var stringValue: String? {
    switch self {
    case .string(let value): value
    case .bytes(let value): String(decoding: value.bytes, as: UTF8.self)
    default: nil
    }
  }

  /// The value of an integer of any type that fits.
  public var intValue: Int? {
    switch self {
    case .int(let value): value
    case .integer(let value): value.isSigned ? Int(value.signed) : Int(exactly: value.bits)
    default: nil
    }
  }

  // MARK: Lists and maps

  /// The number of elements of a list; nil for anything else.
  var listCount: Int? {
    switch self {
    case .array(let elements, _): elements.count
    case .list(let list): list.elements.count
    default: nil
    }
  }

  /// An element of a list. The index must be within.
  func element(at index: Int) -> GoValue {
    switch self {
    case .array(let elements, let mode): GoValue(elements[index], numbers: mode)
    case .list(let list): list.elements[index]
    default: .none
    }
  }

  /// The elements of a list; nil for anything else.
  package var listElements: [GoValue]? {
    switch self {
    case .array(let elements, let mode): elements.map { GoValue($0, numbers: mode) }
    case .list(let list): list.elements
    default: nil
    }
  }

  /// The members of a map in key order; nil for anything else.
  var mapMembers: [(key: String, value: GoValue)]? {
    switch self {
    case .object(let object, let mode): object.map { ($0.key, GoValue($0.value, numbers: mode)) }
    case .map(let map): map.members
    default: nil
    }
  }

  /// True for `map[string]interface {}`.
  var isDictionary: Bool {
    switch self {
    case .object: true
    case .map(let map): map.element == .any && !map.hasIntegerKeys
    default: false
    }
  }

  /// A member of a map with string keys; nil when it is missing or this is no such map.
  func member(_ key: String) -> GoValue? {
    switch self {
    case .object(let object, let mode): object[key].map { GoValue($0, numbers: mode) }
    case .map(let map): map[key]
    default: nil
    }
  }

  /// A copy in which every map and list is one that can be changed, and shared with nobody.
  ///
  /// Below 500 levels values stay as they are; a map that holds itself has no end.
  func thawed(depth: Int = 0) -> GoValue {
    if depth > 500 { return self }
    return switch self {
    case .object(let object, let mode):
      .map(GoMap(object.map { ($0.key, GoValue($0.value, numbers: mode).thawed(depth: depth + 1)) }))
    case .array(let elements, let mode):
      .list(GoList(elements.map { GoValue($0, numbers: mode).thawed(depth: depth + 1) }))
    case .map(let map) where !map.isNil && !map.hasIntegerKeys:
      .map(GoMap(map.members.map { ($0.key, $0.value.thawed(depth: depth + 1)) }, of: map.element))
    case .list(let list) where !list.isNil:
      .list(GoList(list.elements.map { $0.thawed(depth: depth + 1) }, of: list.element))
    default: self
    }
  }

  // MARK: Equality

  /// Go's reflect.DeepEqual: the same types, the same content. Every pair of values is charged: lists that hold others
  /// more than once unfold to more pairs than any computer compares.
  static func deepEqual(_ a: GoValue, _ b: GoValue, _ context: RenderContext, depth: Int = 0) throws -> Bool {
    // A map that holds itself would never end.
    if depth > 500 { return false }
    switch (a, b) {
    case (.string(let x), .string(let y)):
      try context.charge(1 + min(x.utf8.count, y.utf8.count) >> 6)
      return ByteOrder.equal(x, y)
    case (.list(let x), .list(let y)) where x === y: return true
    case (.map(let x), .map(let y)) where x === y: return true
    default: try context.charge(1)
    }
    if let isEqual = plainEqual(a, b) { return isEqual }
    if let x = a.listCount, let y = b.listCount {
      guard x == y, a.typeName == b.typeName, a.isNil == b.isNil else { return false }
      for index in 0..<x
      where try !deepEqual(a.element(at: index), b.element(at: index), context, depth: depth + 1) { return false }
      return true
    }
    if let x = a.mapMembers, let y = b.mapMembers {
      guard x.count == y.count, a.typeName == b.typeName, a.isNil == b.isNil else { return false }
      for (x, y) in zip(x, y) {
        guard ByteOrder.equal(x.key, y.key), try deepEqual(x.value, y.value, context, depth: depth + 1) else {
          return false
        }
      }
      return true
    }
    return false
  }

  /// Equality of values that hold no others; nil when they do, or are of different cases.
  static func plainEqual(_ a: GoValue, _ b: GoValue) -> Bool? {
    switch (a, b) {
    case (.none, .none), (.none, .null), (.null, .none), (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.int(let x), .int(let y)): x == y
    case (.integer(let x), .integer(let y)): x == y
    case (.float(let x), .float(let y)): x == y
    case (.float32(let x), .float32(let y)): x == y
    case (.complex(let a, let b), .complex(let c, let d)): a == c && b == d
    case (.string(let x), .string(let y)): ByteOrder.equal(x, y)
    case (.bytes(let x), .bytes(let y)): x.bytes == y.bytes
    case (.host(let x), .host(let y)): x.isEqual(to: y)
    default: nil
    }
  }
}
