/// A Rego value: what JSON has, plus sets and object keys of any type.
///
/// Immutable. JSON documents are not converted: arrays and objects that came from JSON stay in their own
/// buffers and are wrapped member by member when they are read (``RegoArray``, ``RegoObject``).
public enum RegoValue: Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number, exact.
  case number(RegoNumber)
  /// A string. Compared by bytes.
  case string(String)
  /// An array.
  case array(RegoArray)
  /// An object.
  case object(RegoObject)
  /// A set.
  case set(RegoSet)
}

extension RegoValue {
  /// A whole number.
  @inline(__always) static func int(_ value: Int) -> RegoValue { .number(.int(Int64(value))) }

  /// An array of values.
  @inline(__always) static func list(_ values: [RegoValue]) -> RegoValue { .array(RegoArray(values)) }

  /// `null`, `boolean`, `number`, `string`, `array`, `object` or `set`.
  public var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    case .set: "set"
    }
  }

  /// False for `false` alone: every other value makes an expression succeed.
  @inline(__always) var isTrue: Bool {
    if case .bool(false) = self { false } else { true }
  }

  /// The member that an operand of a reference selects, or nil. An object's value by key, an array's element
  /// by whole number, a set's element by itself.
  func member(_ key: RegoValue) -> RegoValue? {
    switch self {
    case .object(let object): return object[key]
    case .array(let array):
      guard case .number(let number) = key, let index = number.exactInt, index >= 0, index < array.count else {
        return nil
      }
      return array[index]
    case .set(let set): return set.contains(key) ? key : nil
    default: return nil
    }
  }

  /// ``member(_:)`` of an object by a string.
  @inline(__always) func member(_ key: String) -> RegoValue? {
    switch self {
    case .object(let object): object[key]
    case .set(let set): set.contains(.string(key)) ? .string(key) : nil
    default: nil
    }
  }

  /// The number of elements of a collection, else nil.
  var collectionCount: Int? {
    switch self {
    case .array(let array): array.count
    case .object(let object): object.count
    case .set(let set): set.count
    default: nil
    }
  }
}

extension RegoValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A whole number.
  public init(integerLiteral value: Int64) { self = .number(.int(value)) }
  /// An array.
  public init(arrayLiteral elements: RegoValue...) { self = .array(RegoArray(elements)) }
  /// An object. Where a key occurs twice the last one wins.
  public init(dictionaryLiteral elements: (RegoValue, RegoValue)...) { self = .object(RegoObject(elements)) }
}
