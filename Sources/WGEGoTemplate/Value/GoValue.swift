public import WGECore

/// A value as templates see it: with Go's type distinctions, which show in printing, comparisons and errors.
///
/// Data comes in as JSON and stays JSON (``object(_:_:)`` and ``array(_:_:)``) until something must change it; what
/// templates build are ``map(_:)`` and ``list(_:)``, which have reference semantics as in Go: `set` changes the map
/// for everyone who holds it. Values belong to one render and are not `Sendable`.
public enum GoValue {
  /// No value at all: what a missing key gives. Prints `<no value>`.
  case none
  /// Go's nil in an interface: JSON `null`.
  case null
  /// `bool`.
  case bool(Bool)
  /// `int`, 64 bits.
  case int(Int)
  /// The other integer types.
  case integer(GoInteger)
  /// `float64`.
  case float(Double)
  /// `float32`.
  case float32(Float)
  /// `complex128`.
  case complex(Double, Double)
  /// `string`. Text that is not UTF-8 is ``bytes(_:)``; make strings of uncertain bytes with ``text(_:)``.
  case string(String)
  /// `string` whose bytes are not UTF-8.
  case bytes(GoBytes)
  /// `map[string]interface {}` as it came in.
  case object(JSONObject, NumberMode)
  /// `[]interface {}` as it came in.
  case array([JSON], NumberMode)
  /// A map that a template made or may change.
  case map(GoMap)
  /// A list that a template made.
  case list(GoList)
  /// Anything with methods: times, versions, what a host puts in.
  case host(any TemplateObject)
  /// A function that `call` can call.
  case function(TemplateFunction)

  /// How JSON numbers are typed.
  public enum NumberMode: Sendable {
    /// As a YAML decoder does: whole numbers without a point or an exponent are `int`, others `float64`.
    case yaml
    /// As Go's `encoding/json` does: every number is a `float64`. This is what Helm's values are.
    case json
  }

  /// A string of bytes that may not be UTF-8.
  public static func text(_ bytes: [UInt8]) -> GoValue {
    if let string = String(validating: bytes, as: UTF8.self) { return .string(string) }
    return .bytes(GoBytes(bytes))
  }

  /// A string of bytes that may not be UTF-8.
  package static func text(_ bytes: ArraySlice<UInt8>) -> GoValue {
    if let string = String(validating: bytes, as: UTF8.self) { return .string(string) }
    return .bytes(GoBytes(Array(bytes)))
  }

  /// JSON as data.
  public init(_ json: JSON, numbers: NumberMode = .yaml) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .number(let number): self.init(number, numbers)
    case .string(let value): self = .string(value)
    case .array(let elements): self = .array(elements, numbers)
    case .object(let object): self = .object(object, numbers)
    }
  }

  private init(_ number: JSONNumber, _ mode: NumberMode) {
    switch (number, mode) {
    case (.int(let value), .yaml): self = .int(Int(value))
    case (.literal(let text), .yaml) where !text.utf8.contains(where: { $0 == 0x2E || $0 | 0x20 == 0x65 }):
      // Past 64 bits: unsigned if that helps, else a float.
      if let value = UInt64(text) {
        self = .integer(GoInteger(bits: value, kind: .uint64))
      } else {
        self = .float(number.double)
      }
    default: self = .float(number.double)
    }
  }

  /// `int64`, the type that Sprig's arithmetic has.
  static func int64(_ value: Int64) -> GoValue {
    .integer(GoInteger(bits: UInt64(bitPattern: value), kind: .int64))
  }
}

/// A string whose bytes are not UTF-8.
public final class GoBytes: Sendable {
  /// The bytes.
  public let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }
}

/// An integer of one of Go's types other than `int`.
public struct GoInteger: Sendable, Hashable {
  /// Go's integer types.
  public enum Kind: UInt8, Sendable {
    case int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64
  }
  /// Sign-extended.
  let bits: UInt64
  let kind: Kind

  /// A signed or unsigned integer by its 64 bits in two's complement.
  public init(bits: UInt64, kind: Kind) {
    self.bits = bits
    self.kind = kind
  }

  var isSigned: Bool { kind.rawValue <= Kind.int64.rawValue }
  var signed: Int64 { Int64(bitPattern: bits) }
}

/// A value with methods and fields of its own, such as a time or a version, or what a host puts into the data.
public protocol TemplateObject: AnyObject {
  /// Go's name for the type: `time.Time`.
  var goTypeName: String { get }
  /// `struct`, `ptr`, ...
  var goKind: String { get }
  /// How it prints.
  var goString: String { get }
  /// A method of this name, else nil.
  func method(named name: String) -> TemplateFunction?
  /// A field of this name, else nil.
  func field(named name: String) -> GoValue?
  /// Equality with another object of any type.
  func isEqual(to other: any TemplateObject) -> Bool
}

extension TemplateObject {
  /// A structure.
  public var goKind: String { "struct" }
  /// None.
  public func method(named name: String) -> TemplateFunction? { nil }
  /// None.
  public func field(named name: String) -> GoValue? { nil }
  /// Identity.
  public func isEqual(to other: any TemplateObject) -> Bool { self === other }
}

/// Stands for a value that Go holds in an interface, where a function looks at the interface and not at the value.
final class InterfaceBox: TemplateObject, Sendable {
  static let shared = InterfaceBox()
  var goTypeName: String { "interface {}" }
  var goString: String { "" }
}
