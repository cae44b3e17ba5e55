extension JSON: Codable {
  /// Takes the value over whole from WGE's own decoder, and reads it member by member from others.
  ///
  /// Foreign decoders tell the type by trial: null, boolean, integer, double, string, object, array.
  public init(from decoder: any Decoder) throws {
    if let decoder = decoder as? JSONValueDecoder {
      self = decoder.value
      return
    }
    if let container = try? decoder.container(keyedBy: JSONCodingKey.self) {
      self = .object(
        JSONObject(try container.allKeys.map { ($0.stringValue, try container.decode(JSON.self, forKey: $0)) }))
      return
    }
    if var container = try? decoder.unkeyedContainer() {
      var elements: [JSON] = []
      while !container.isAtEnd { elements.append(try container.decode(JSON.self)) }
      self = .array(elements)
      return
    }
    self = try Self.scalar(try decoder.singleValueContainer())
  }

  private static func scalar(_ container: any SingleValueDecodingContainer) throws -> JSON {
    if container.decodeNil() { return .null }
    if let value = try? container.decode(Bool.self) { return .bool(value) }
    if let value = try? container.decode(Int64.self) { return .number(.int(value)) }
    if let value = try? container.decode(UInt64.self) { return .number(JSONNumber(value)) }
    if let value = try? container.decode(Double.self), let number = JSONNumber(value) { return .number(number) }
    return .string(try container.decode(String.self))
  }

  /// Hands the value over whole to WGE's own encoder, and spells it out to others.
  public func encode(to encoder: any Encoder) throws {
    if let encoder = encoder as? JSONValueEncoder {
      encoder.set(self)
      return
    }
    switch self {
    case .object(let object):
      var container = encoder.container(keyedBy: JSONCodingKey.self)
      for member in object { try container.encode(member.value, forKey: JSONCodingKey(stringValue: member.key)) }
    case .array(let elements):
      var container = encoder.unkeyedContainer()
      for element in elements { try container.encode(element) }
    case .null:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    case .bool(let value):
      var container = encoder.singleValueContainer()
      try container.encode(value)
    case .string(let value):
      var container = encoder.singleValueContainer()
      try container.encode(value)
    case .number(let number):
      var container = encoder.singleValueContainer()
      if let value = number.int64 {
        try container.encode(value)
      } else if case .literal(let text) = number, let value = UInt64(text) {
        try container.encode(value)
      } else {
        // A foreign coder has nothing wider than a double.
        try container.encode(number.double)
      }
    }
  }
}
