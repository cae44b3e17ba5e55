public import WGECore

/// The fields of one message of the contract, as JSON needs to know them.
///
/// The protobuf runtime leaves zero values out of JSON and keeps field types to itself. This table,
/// made from the protos, is what lets answers carry every field, queries become messages, and a
/// mistake in a body be told by the name of the field.
public struct MessageShape: Sendable, Hashable {
  /// The JSON form of a field's value.
  public indirect enum Kind: Sendable, Hashable {
    case string
    case bool
    /// A 32-bit integer, a number in JSON.
    case int
    /// A 64-bit integer, a string in JSON.
    case long
    case double
    /// Base64 text.
    case bytes
    /// A message by its full name.
    case message(String)
    case list(Kind)
    /// Keys are text.
    case map(Kind)
  }

  /// One field.
  public struct Field: Sendable, Hashable {
    /// lowerCamelCase, as answers have it.
    public let json: String
    /// snake_case, which requests may use too.
    public let name: String
    /// Its type.
    public let kind: Kind
    /// Whether a request without it is refused.
    public let isRequired: Bool
  }

  /// In the order of the protos.
  public let fields: [Field]

  private let byName: [String: Field]

  init(_ fields: [Field]) {
    self.fields = fields
    byName = Dictionary(fields.flatMap { [($0.json, $0), ($0.name, $0)] }, uniquingKeysWith: { first, _ in first })
  }

  /// A field by either of its names.
  public func field(_ name: String) -> Field? { byName[name] }

  /// The message's JSON with every field that is missing at its zero value: `""`, `0`, `false`,
  /// `[]`, `{}`, and `null` for an unset message.
  public func completing(_ json: JSON) -> JSON {
    var object = json.objectValue ?? JSONObject()
    for field in fields {
      object[field.json] = object[field.json].map { Self.complete($0, field.kind) } ?? field.kind.zero
    }
    return .object(object)
  }

  private static func complete(_ json: JSON, _ kind: Kind) -> JSON {
    switch (kind, json) {
    case (.message(let name), .object): return all[name]?.completing(json) ?? json
    case (.list(let element), .array(let values)) where element.holdsMessage:
      return .array(values.map { complete($0, element) })
    case (.map(let element), .object(let members)) where element.holdsMessage:
      return .object(JSONObject(members.map { ($0.key, complete($0.value, element)) }))
    default: return json
    }
  }
}

extension MessageShape.Kind {
  var zero: JSON {
    switch self {
    case .string, .bytes: .string("")
    case .bool: .bool(false)
    case .int: .number(.int(0))
    case .double: .number(.int(0))
    case .long: .string("0")
    case .message: .null
    case .list: .array([])
    case .map: .object(JSONObject())
    }
  }

  var holdsMessage: Bool {
    switch self {
    case .message: true
    case .list(let element), .map(let element): element.holdsMessage
    default: false
    }
  }

  /// For error messages.
  var article: String {
    switch self {
    case .string: "a string"
    case .bool: "true or false"
    case .int: "a 32-bit integer"
    case .long: "a 64-bit integer"
    case .double: "a number"
    case .bytes: "base64 text"
    case .message, .map: "an object"
    case .list: "a list"
    }
  }
}
