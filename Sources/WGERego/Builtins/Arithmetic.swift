internal import BigInt

/// Arithmetic on numbers and sets, rounding, ranges and bits.
///
/// Machine integers stay exact; anything else is computed with a mantissa of 64 bits (``BinaryFloat``).
enum Arithmetic {
  static func add(_ a: RegoNumber, _ b: RegoNumber) throws(BuiltinFailure) -> RegoNumber {
    if case .int(let x) = a, case .int(let y) = b {
      let (sum, overflow) = x.addingReportingOverflow(y)
      if !overflow { return .int(sum) }
    }
    try check(a, b)
    return try finish(BinaryFloat(a) + BinaryFloat(b))
  }

  static func subtract(_ a: RegoNumber, _ b: RegoNumber) throws(BuiltinFailure) -> RegoNumber {
    if case .int(let x) = a, case .int(let y) = b {
      let (difference, overflow) = x.subtractingReportingOverflow(y)
      if !overflow { return .int(difference) }
    }
    try check(a, b)
    return try finish(BinaryFloat(a) - BinaryFloat(b))
  }

  static func multiply(_ a: RegoNumber, _ b: RegoNumber) throws(BuiltinFailure) -> RegoNumber {
    if case .int(let x) = a, case .int(let y) = b {
      let (product, overflow) = x.multipliedReportingOverflow(by: y)
      if !overflow { return .int(product) }
    }
    try check(a, b)
    return try finish(BinaryFloat(a) * BinaryFloat(b))
  }

  static func divide(_ a: RegoNumber, _ b: RegoNumber) throws(BuiltinFailure) -> RegoNumber {
    if case .int(let x) = a, case .int(let y) = b, y != 0, y != -1, x % y == 0 { return .int(x / y) }
    try check(a, b)
    guard let quotient = BinaryFloat(a) / BinaryFloat(b) else { throw .failed("divide by zero") }
    return try finish(quotient)
  }

  static func remainder(_ a: RegoNumber, _ b: RegoNumber) throws(BuiltinFailure) -> RegoNumber {
    if case .int(let x) = a, case .int(let y) = b {
      if y == 0 { throw .failed("modulo by zero") }
      return .int(y == -1 ? 0 : x % y)
    }
    try check(a, b)
    guard let x = a.roundedInteger, let y = b.roundedInteger else {
      throw .failed("modulo on floating-point number")
    }
    if y == 0 { throw .failed("modulo by zero") }
    return RegoNumber(x % y)
  }

  /// Numbers past the limits come from JSON only; a few bytes of them would cost gigabytes.
  private static func check(_ a: RegoNumber, _ b: RegoNumber) throws(BuiltinFailure) {
    if a.isOversized || b.isOversized { throw .failed("number too big") }
  }

  /// Counts arithmetic with long numbers as the work that it is.
  @inline(__always) static func charge(_ context: BuiltinContext, _ number: RegoNumber) throws(BuiltinFailure) {
    if case .decimal(let decimal) = number { try context.work(decimal.arithmeticCost) }
  }

  static func charge(_ context: BuiltinContext, _ operands: Operands) throws(BuiltinFailure) {
    for index in 0..<operands.count { if case .number(let number) = operands[index] { try charge(context, number) } }
  }

  typealias Operation = @Sendable (RegoNumber, RegoNumber) throws(BuiltinFailure) -> RegoNumber

  /// A builtin of two numbers.
  static func binary(_ name: String, _ operation: @escaping Operation) -> Builtin {
    Builtin(name, 2, tier: 1) { context, o throws(BuiltinFailure) in
      try charge(context, o)
      return .number(try operation(o.number(0), o.number(1)))
    }
  }

  static func finish(_ value: BinaryFloat) throws(BuiltinFailure) -> RegoNumber {
    guard let number = value.number else { throw .failed("number too big") }
    return number
  }

  enum Rounding { case nearest, up, down }

  static func round(
    _ context: BuiltinContext, _ number: RegoNumber, _ how: Rounding
  ) throws(BuiltinFailure) -> RegoNumber {
    guard case .decimal(let decimal) = number else { return number }
    if decimal.isOversized { throw .failed("number too big") }
    try charge(context, number)
    if let exact = number.roundedInteger { return RegoNumber(exact) }
    let (numerator, denominator) = decimal.fraction
    let (quotient, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
    let negative = decimal.isNegative
    switch how {
    case .up: return RegoNumber(negative ? quotient : quotient + 1)
    case .down: return RegoNumber(negative ? quotient - 1 : quotient)
    case .nearest:
      let away = rest.magnitude * 2 >= denominator.magnitude
      return RegoNumber(away ? quotient + (negative ? -1 : 1) : quotient)
    }
  }

  /// A whole number of any size, as the bit builtins take it.
  static func whole(_ operands: Operands, _ index: Int) throws(BuiltinFailure) -> BigInt {
    let number = try operands.number(index)
    guard let value = number.roundedInteger else {
      throw .type("operand \(index + 1) must be integer number but got floating-point number")
    }
    return value
  }

  static func shift(_ context: BuiltinContext, _ operands: Operands, left: Bool) throws(BuiltinFailure) -> RegoValue {
    let value = try whole(operands, 0)
    let count = try whole(operands, 1)
    if count < 0 { throw .type("operand 2 must be an unsigned integer number but got a negative integer") }
    if left {
      guard count <= RegoDefaults.maximumExponent * 3 else { throw .failed("operand 2 is too large a shift") }
      try context.reserve(bytes: Int(count))
      return .number(RegoNumber(value << Int(count)))
    }
    guard count <= RegoDefaults.maximumExponent * 4 else { return .number(.int(value < 0 ? -1 : 0)) }
    return .number(RegoNumber(value >> Int(count)))
  }

  static func range(
    _ context: BuiltinContext, from: BigInt, to: BigInt, step: BigInt
  ) throws(BuiltinFailure) -> RegoValue {
    let count = (to - from).magnitude / step.magnitude + 1
    guard count <= BigUInt(context.limits.elements) else { throw .halt(.limit(.memory(context.limits.elements))) }
    try context.reserve(elements: Int(count))
    var result: [RegoValue] = []
    result.reserveCapacity(Int(count))
    var value = from
    let delta = from <= to ? step : -step
    if let small = Int64(exactly: from), let end = Int64(exactly: to), let by = Int64(exactly: delta),
      end.magnitude < 1 << 62, by.magnitude < 1 << 61
    {
      var at = small
      for _ in 0..<Int(count) {
        result.append(.number(.int(at)))
        at &+= by
      }
      return .list(result)
    }
    let digits = max(from.magnitude.bitWidth, to.magnitude.bitWidth)
    for _ in 0..<Int(count) {
      // Each number is written in decimal.
      try context.work(digits >> 4)
      result.append(.number(RegoNumber(value)))
      value += delta
    }
    return .list(result)
  }
}

let arithmeticBuiltins: [Builtin] = [
  Arithmetic.binary("plus") { (a, b) throws(BuiltinFailure) in try Arithmetic.add(a, b) },
  Builtin("minus", 2, tier: 1) { context, o throws(BuiltinFailure) in
    switch (o[0], o[1]) {
    case (.number(let a), .number(let b)):
      try Arithmetic.charge(context, a)
      try Arithmetic.charge(context, b)
      return .number(try Arithmetic.subtract(a, b))
    case (.set(let a), .set(let b)):
      try context.walk(o[0])
      try context.walk(o[1])
      return .set(a.subtracting(b))
    case (.number, _): throw o.wrong(1, "number")
    case (.set, _): throw o.wrong(1, "set")
    default: throw o.wrong(0, "{number, set}")
    }
  },
  Arithmetic.binary("mul") { (a, b) throws(BuiltinFailure) in try Arithmetic.multiply(a, b) },
  Arithmetic.binary("div") { (a, b) throws(BuiltinFailure) in try Arithmetic.divide(a, b) },
  Arithmetic.binary("rem") { (a, b) throws(BuiltinFailure) in try Arithmetic.remainder(a, b) },
  Builtin("abs", 1) { _, o throws(BuiltinFailure) in
    let number = try o.number(0)
    if case .int(let value) = number { return value >= 0 ? o[0] : .number(try Arithmetic.subtract(.int(0), number)) }
    return .number(
      number.text.hasPrefix("-")
        ? try Arithmetic.subtract(.int(0), number) : try Arithmetic.multiply(number, .int(1)))
  },
  Builtin("round", 1) { context, o throws(BuiltinFailure) in
    .number(try Arithmetic.round(context, o.number(0), .nearest))
  },
  Builtin("ceil", 1) { context, o throws(BuiltinFailure) in
    .number(try Arithmetic.round(context, o.number(0), .up))
  },
  Builtin("floor", 1) { context, o throws(BuiltinFailure) in
    .number(try Arithmetic.round(context, o.number(0), .down))
  },
  Builtin("numbers.range", 2) { context, o throws(BuiltinFailure) in
    try Arithmetic.range(context, from: Arithmetic.whole(o, 0), to: Arithmetic.whole(o, 1), step: 1)
  },
  Builtin("numbers.range_step", 3) { context, o throws(BuiltinFailure) in
    let from = try Arithmetic.whole(o, 0)
    let to = try Arithmetic.whole(o, 1)
    let step = try Arithmetic.whole(o, 2)
    if step <= 0 { throw .failed("step must be a positive integer") }
    return try Arithmetic.range(context, from: from, to: to, step: step)
  },
  Builtin("bits.and", 2) { _, o throws(BuiltinFailure) in
    .number(RegoNumber(try Arithmetic.whole(o, 0) & Arithmetic.whole(o, 1)))
  },
  Builtin("bits.or", 2) { _, o throws(BuiltinFailure) in
    .number(RegoNumber(try Arithmetic.whole(o, 0) | Arithmetic.whole(o, 1)))
  },
  Builtin("bits.xor", 2) { _, o throws(BuiltinFailure) in
    .number(RegoNumber(try Arithmetic.whole(o, 0) ^ Arithmetic.whole(o, 1)))
  },
  Builtin("bits.negate", 1) { _, o throws(BuiltinFailure) in .number(RegoNumber(-(try Arithmetic.whole(o, 0)) - 1)) },
  Builtin("bits.lsh", 2) { context, o throws(BuiltinFailure) in try Arithmetic.shift(context, o, left: true) },
  Builtin("bits.rsh", 2) { context, o throws(BuiltinFailure) in try Arithmetic.shift(context, o, left: false) },
]
