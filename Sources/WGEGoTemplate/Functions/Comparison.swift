/// `eq`, `lt` and their kin: values of one family compare, families do not mix, except signed with unsigned integers.
enum Comparison {
  private enum Family: Equatable {
    case invalid, bool, complex, signed, float, string, unsigned
  }

  private static func family(_ value: GoValue) -> Family {
    switch value {
    case .bool: .bool
    case .int: .signed
    case .integer(let integer): integer.isSigned ? .signed : .unsigned
    case .float, .float32: .float
    case .complex: .complex
    case .string, .bytes: .string
    default: .invalid
    }
  }

  private static func signed(_ value: GoValue) -> Int64 {
    switch value {
    case .int(let number): Int64(number)
    case .integer(let number): number.signed
    default: 0
    }
  }

  private static func unsigned(_ value: GoValue) -> UInt64 {
    if case .integer(let number) = value { number.bits } else { 0 }
  }

  private static func float(_ value: GoValue) -> Double {
    switch value {
    case .float(let number): number
    case .float32(let number): Double(number)
    default: 0
    }
  }

  private static func incompatible(_ a: GoValue, _ b: GoValue) -> TemplateFunctionError {
    TemplateFunctionError("incompatible types for comparison: \(a.typeName) and \(b.typeName)")
  }

  /// True when the first equals any of the others.
  static func isEqual(_ first: GoValue, _ others: TemplateArguments) throws -> Bool {
    if others.count == 0 { throw TemplateFunctionError("missing argument for comparison") }
    for index in 0..<others.count where try isEqual(first, others[index]) { return true }
    return false
  }

  private static func isEqual(_ a: GoValue, _ b: GoValue) throws -> Bool {
    switch (a, b) {
    case (.string(let x), .string(let y)): return ByteOrder.equal(x, y)
    case (.int(let x), .int(let y)): return x == y
    default: break
    }
    let (x, y) = (family(a), family(b))
    guard x == y else {
      switch (x, y) {
      case (.signed, .unsigned): return signed(a) >= 0 && UInt64(signed(a)) == unsigned(b)
      case (.unsigned, .signed): return signed(b) >= 0 && unsigned(a) == UInt64(signed(b))
      default:
        if a.isNilOrNone || b.isNilOrNone { return false }
        throw incompatible(a, b)
      }
    }
    switch x {
    case .bool, .complex, .string: return GoValue.plainEqual(a, b) ?? false
    case .signed: return signed(a) == signed(b)
    case .unsigned: return unsigned(a) == unsigned(b)
    case .float: return float(a) == float(b)
    case .invalid:
      let kinds = (a.kind, b.kind)
      if kinds.0 != kinds.1, kinds.0 != .invalid, kinds.1 != .invalid {
        throw TemplateFunctionError(
          "non-comparable types \(text(a)): \(a.typeName), \(b.typeName): \(GoFormatter.text(b, limit: longest))")
      }
      if a.isNil || b.isNil { return a.isNil == b.isNil }
      if case .host(let first) = a, case .host(let second) = b { return first.isEqual(to: second) }
      throw TemplateFunctionError("non-comparable type \(text(b)): \(b.typeName)")
    }
  }

  /// Errors quote values, but not without end.
  private static let longest = 1 << 16

  /// Go prints the value with `%s` there.
  private static func text(_ value: GoValue) -> String {
    var formatter = GoFormatter(limit: longest)
    formatter.print(value, UInt8(ascii: "s"))
    return String(decoding: formatter.out, as: UTF8.self)
  }

  static func isLess(_ a: GoValue, _ b: GoValue) throws -> Bool {
    if case .int(let x) = a, case .int(let y) = b { return x < y }
    let (x, y) = (family(a), family(b))
    let bad = TemplateFunctionError("invalid type for comparison")
    if x == .invalid || y == .invalid { throw bad }
    guard x == y else {
      switch (x, y) {
      case (.signed, .unsigned): return signed(a) < 0 || UInt64(signed(a)) < unsigned(b)
      case (.unsigned, .signed): return signed(b) >= 0 && unsigned(a) < UInt64(signed(b))
      default: throw incompatible(a, b)
      }
    }
    switch x {
    case .signed: return signed(a) < signed(b)
    case .unsigned: return unsigned(a) < unsigned(b)
    case .float: return float(a) < float(b)
    case .string: return ByteOrder.less(a.stringBytes ?? [], b.stringBytes ?? [])
    case .bool, .complex, .invalid: throw bad
    }
  }

  static func isLessOrEqual(_ arguments: TemplateArguments) throws -> Bool {
    try isLess(arguments[0], arguments[1]) || isEqual(arguments[0], arguments[1])
  }
}
