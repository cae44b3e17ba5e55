public import WGECore

extension RegoValue {
  /// A JSON value; arrays and objects are read in place.
  @inline(__always) public init(_ json: JSON) {
    switch json {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .number(.int(let value)): self = .number(.int(value))
    case .number(let value): self = .number(RegoNumber(value))
    case .string(let value): self = .string(value)
    case .array(let value): self = .array(RegoArray(value))
    case .object(let value): self = .object(RegoObject(value))
    }
  }

  /// A JSON value converted through and through: worth it for an input that many queries read, since members of
  /// native objects are found faster than those of JSON objects.
  public init(converting json: JSON) {
    switch json {
    case .array(let elements): self = .array(RegoArray(elements.map { RegoValue(converting: $0) }))
    case .object(let object):
      var keys: [RegoValue] = []
      var values: [RegoValue] = []
      keys.reserveCapacity(object.count)
      values.reserveCapacity(object.count)
      for member in object {
        keys.append(.string(member.key))
        values.append(RegoValue(converting: member.value))
      }
      self = .object(RegoObject(ascending: keys, values: values))
    default: self.init(json)
    }
  }

  /// The value as JSON: sets become arrays in the order of values, object keys that are not strings become their
  /// text; where two keys collide so, the later one in the order of values wins.
  public var json: JSON {
    switch self {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .number(let value): return .number(value.json)
    case .string(let value): return .string(value)
    case .array(let array): return .array(array.map(\.json))
    case .set(let set): return .array(set.elements.map(\.json))
    case .object(let object):
      var members: [JSONObject.Member] = []
      members.reserveCapacity(object.count)
      for index in 0..<object.count {
        let key = object.key(at: index)
        let name: String
        if case .string(let text) = key { name = text } else { name = key.json.description }
        members.append(JSONObject.Member(key: name, value: object.value(at: index).json))
      }
      return .object(JSONObject(members))
    }
  }
}
