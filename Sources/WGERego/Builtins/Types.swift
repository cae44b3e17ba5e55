internal import WGEGoFormat

/// Types, their tests and casts.
private func isType(_ name: String, _ type: String) -> Builtin {
  Builtin("is_\(name)", 1, tier: 1) { _, o in .bool(o[0].typeName == type) }
}

private func cast(_ name: String, _ type: String) -> Builtin {
  Builtin("cast_\(name)", 1, deprecated: true) { _, o throws(BuiltinFailure) in
    if o[0].typeName != type { throw o.wrong(0, type) }
    return o[0]
  }
}

let typeBuiltins: [Builtin] = [
  Builtin("type_name", 1, tier: 1) { _, o in .string(o[0].typeName) },
  isType("null", "null"), isType("boolean", "boolean"), isType("number", "number"), isType("string", "string"),
  isType("array", "array"), isType("object", "object"), isType("set", "set"),
  cast("null", "null"), cast("boolean", "boolean"), cast("string", "string"), cast("object", "object"),
  Builtin("cast_array", 1, deprecated: true) { _, o throws(BuiltinFailure) in .list(try o.elements(0)) },
  Builtin("cast_set", 1, deprecated: true) { _, o throws(BuiltinFailure) in .set(RegoSet(try o.elements(0))) },
  Builtin("to_number", 1, tier: 1) { _, o throws(BuiltinFailure) in
    switch o[0] {
    case .null: return 0
    case .bool(let value): return value ? 1 : 0
    case .number: return o[0]
    case .string(let text):
      var digits = Substring(text)
      if digits.hasPrefix("+") { digits = digits.dropFirst() }
      guard let first = digits.utf8.first, first != UInt8(ascii: "+"), let last = digits.utf8.last,
        last != UInt8(ascii: "e"), let number = RegoNumber(decimal: String(digits))
      else {
        let number = digits.lowercased()
        if ["inf", "-inf", "infinity", "-infinity", "nan", "-nan"].contains(number) {
          throw .type("operand 1 must be valid number string but got string")
        }
        throw .failed("strconv.ParseFloat: parsing \(GoQuote.quote(text)): invalid syntax")
      }
      return .number(RegoNumber(decimal: number.jsonText) ?? number)
    default: throw o.wrong(0, "{null, boolean, number, string}")
    }
  },
]
