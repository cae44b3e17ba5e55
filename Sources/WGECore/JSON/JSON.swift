/// A JSON value (RFC 8259).
///
/// The one currency in which documents travel through WGE: Kubernetes objects, YAML files, policy
/// inputs, template data. Values are immutable copies-on-write, compare by bytes (two strings that
/// are only canonically equivalent under Unicode are different, as they are to Kubernetes), and
/// objects keep their keys sorted, so that equal values serialise to equal bytes.
///
/// ```swift
/// let labels: JSON = ["app": "shop", "tier": "web"]
/// labels["app"]?.stringValue          // "shop"
/// let config = try JSON(parsing: bytes)
/// config.value(at: ["spec", "replicas"])?.intValue
/// ```
public enum JSON: Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number, exact.
  case number(JSONNumber)
  /// A string.
  case string(String)
  /// An array.
  case array([JSON])
  /// An object.
  case object(JSONObject)
}

// MARK: - Equality by bytes

extension JSON: Hashable {
  /// Byte equality of what both serialise to.
  public static func == (lhs: JSON, rhs: JSON) -> Bool {
    switch (lhs, rhs) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): UTF8Order.equal(a, b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0 as UInt8)
    case .bool(let value):
      hasher.combine(1 as UInt8)
      hasher.combine(value)
    case .number(let value):
      hasher.combine(2 as UInt8)
      hasher.combine(value)
    case .string(let value):
      hasher.combine(3 as UInt8)
      UTF8Order.hash(value, into: &hasher)
    case .array(let value):
      hasher.combine(4 as UInt8)
      hasher.combine(value)
    case .object(let value):
      hasher.combine(5 as UInt8)
      hasher.combine(value)
    }
  }
}

// MARK: - Reading

extension JSON {
  /// The text of a string value, else nil.
  @inlinable public var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The value of a boolean, else nil.
  @inlinable public var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The value of a number that is exactly a 64-bit integer, else nil.
  @inlinable public var intValue: Int64? {
    if case .number(let value) = self { value.int64 } else { nil }
  }

  /// The value of a number as the nearest double, else nil.
  @inlinable public var doubleValue: Double? {
    if case .number(let value) = self { value.double } else { nil }
  }

  /// The elements of an array, else nil.
  @inlinable public var arrayValue: [JSON]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The members of an object, else nil.
  @inlinable public var objectValue: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// True for `null`.
  @inlinable public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// The name of the value's type as RFC 8259 spells it: `null`, `boolean`, `number`, `string`,
  /// `array` or `object`.
  public var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// The type with its article, for sentences: `an object`, `a string`, `null`.
  var typePhrase: String {
    switch self {
    case .null: "null"
    case .array, .object: "an \(typeName)"
    case .bool, .number, .string: "a \(typeName)"
    }
  }

  /// The member of an object. Reading anything that is not an object gives nil; writing a member
  /// into anything that is not an object replaces it with an object. Assigning nil removes.
  public subscript(key: String) -> JSON? {
    get {
      if case .object(let object) = self { object[key] } else { nil }
    }
    _modify {
      if case .object(var object) = self {
        // Taken out, so that the buffer has one owner while it is changed.
        self = .null
        defer { self = .object(object) }
        yield &object[key]
      } else {
        var value: JSON?
        defer { if let value { self = .object([key: value]) } }
        yield &value
      }
    }
  }

  /// The element of an array. Reading outside its bounds, or anything that is not an array, gives
  /// nil. Assigning replaces the element, or appends at the index just past the end; assigning nil
  /// removes the element. Any other assignment changes nothing.
  public subscript(index: Int) -> JSON? {
    get {
      if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil }
    }
    _modify {
      var value: JSON?
      if case .array(var elements) = self {
        self = .null
        if elements.indices.contains(index) {
          value = elements[index]
          elements[index] = .null
        }
        defer {
          if elements.indices.contains(index) {
            if let value { elements[index] = value } else { elements.remove(at: index) }
          } else if index == elements.count, let value {
            elements.append(value)
          }
          self = .array(elements)
        }
        yield &value
      } else {
        yield &value
      }
    }
  }

  /// The value that a path of object keys leads to, or nil where the path ends early.
  public func value(at path: [String]) -> JSON? {
    var current = self
    for key in path {
      guard case .object(let object) = current, let next = object[key] else { return nil }
      current = next
    }
    return current
  }

  /// Sets (or, with nil, removes) the value at a path of object keys, creating objects on the way.
  /// Removing where the path does not exist changes nothing.
  /// An empty path sets the value itself, to `null` when removing.
  public mutating func setValue(_ value: JSON?, at path: [String]) {
    guard let key = path.first else {
      self = value ?? .null
      return
    }
    setMember(value, key: key, rest: path.dropFirst())
  }

  static func set(_ value: JSON?, at path: ArraySlice<String>, in target: inout JSON?) {
    guard let key = path.first else {
      target = value
      return
    }
    if target == nil {
      if value == nil { return }
      target = .object([:])
    }
    target?.setMember(value, key: key, rest: path.dropFirst())
  }

  private mutating func setMember(_ value: JSON?, key: String, rest: ArraySlice<String>) {
    if value == nil, self[key] == nil { return }
    Self.set(value, at: rest, in: &self[key])
  }
}

// MARK: - Literals

// No nil literal: `json["key"] == nil` and `condition ? json : nil` would silently mean `null`.
extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// `true` or `false`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }

  /// An integer of 64 bits.
  public init(integerLiteral value: Int64) { self = .number(.int(value)) }

  /// A number; `null` for a literal that overflows to infinity.
  public init(floatLiteral value: Double) { self = JSONNumber(value).map(JSON.number) ?? .null }

  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }

  /// An array.
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }

  /// Duplicate keys: the last one wins, as in ``JSONObject``.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements))
  }
}

extension JSON: CustomStringConvertible {
  /// Compact JSON text.
  public var description: String { String(decoding: serialized(), as: UTF8.self) }
}
