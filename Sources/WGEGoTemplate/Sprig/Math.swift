#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

internal import WGEGoFormat

extension Sprig {
  static let conversionFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("atoi", .string) { .int(Int(GoNumber.integer(bytes($1[0]), radix: 10) ?? 0)) })
    all.append(
      Function("int", .any) { .int(Int($1[0].lenientInt)) })
    all.append(
      Function("int64", .any) { .int64($1[0].lenientInt) })
    all.append(
      Function("float64", .any) { .float($1[0].lenientFloat) })
    all.append(
      Function("toDecimal", .any) { .int64(GoNumber.integer(try $0.text($1[0]), radix: 8) ?? 0) })
    all.append(
      Function("toStrings", .any) { strings(try texts($0, $1[0])) })
    return all
  }()

  /// A list as texts without nils; nil is empty, anything else one text.
  static func texts(_ context: RenderContext, _ value: GoValue) throws -> [[UInt8]] {
    if value.isNilOrNone { return [] }
    guard let elements = value.listElements else { return [try value.lenientText(context)] }
    try context.charge(elements.count * 16)
    // A list may hold one long text many times; each copy is charged before the next is made.
    return try elements.compactMap { $0.isNilOrNone ? nil : try $0.lenientText(context) }
  }

  static let mathFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("add", variadic: .any) { .int64($1.array.reduce(0) { $0 &+ $1.lenientInt }) })
    all.append(
      Function("add1", .any) { .int64($1[0].lenientInt &+ 1) })
    all.append(
      Function("sub", .any, .any) { .int64($1[0].lenientInt &- $1[1].lenientInt) })
    all.append(
      Function("div", .any, .any) { .int64(try divided($1).quotient) })
    all.append(
      Function("mod", .any, .any) { .int64(try divided($1).remainder) })
    all.append(
      Function("mul", .any, variadic: .any) {
        .int64($1.dropFirst(1).array.reduce($1[0].lenientInt) { $0 &* $1.lenientInt })
      })
    all.append(
      Function("max", .any, variadic: .any) { .int64(largest($1)) })
    all.append(
      Function("biggest", .any, variadic: .any) { .int64(largest($1)) })
    all.append(
      Function("min", .any, variadic: .any) {
        .int64($1.dropFirst(1).array.reduce($1[0].lenientInt) { min($0, $1.lenientInt) })
      })
    all.append(
      Function("until", .int) { context, arguments in
        let count = arguments[0].intValue ?? 0
        return try integers(context, from: 0, to: count, by: count < 0 ? -1 : 1)
      })
    all.append(
      Function("untilStep", .int, .int, .int) {
        try integers($0, from: $1[0].intValue ?? 0, to: $1[1].intValue ?? 0, by: $1[2].intValue ?? 0)
      })
    all.append(
      Function("seq", variadic: .int) { .string(try sequence($0, $1.array.map { $0.intValue ?? 0 })) })
    return all
  }()

  private static func largest(_ arguments: TemplateArguments) -> Int64 {
    arguments.dropFirst(1).array.reduce(arguments[0].lenientInt) { max($0, $1.lenientInt) }
  }

  private static func divided(_ arguments: TemplateArguments) throws -> (quotient: Int64, remainder: Int64) {
    let (a, b) = (arguments[0].lenientInt, arguments[1].lenientInt)
    if b == 0 { throw TemplateFunctionError("runtime error: integer divide by zero") }
    // The one case that overflows wraps, as in Go.
    return b == -1 ? (0 &- a, 0) : (a / b, a % b)
  }

  private static func values(_ context: RenderContext, _ start: Int, _ stop: Int, _ step: Int) throws -> [Int] {
    guard stop < start ? step < 0 : step > 0 else { return [] }
    let (distance, overflow) = stop.subtractingReportingOverflow(start)
    let count = overflow ? Int.max : Int(clamping: distance.magnitude / step.magnitude)
    let (size, overflow2) = count.multipliedReportingOverflow(by: 24)
    try context.charge(overflow2 ? Int.max : size)
    var values: [Int] = []
    values.reserveCapacity(count)
    var next = start
    while step > 0 ? next < stop : next > stop {
      values.append(next)
      let (sum, isPast) = next.addingReportingOverflow(step)
      if isPast { break }
      next = sum
    }
    return values
  }

  private static func integers(_ context: RenderContext, from: Int, to: Int, by step: Int) throws -> GoValue {
    .list(GoList(try values(context, from, to, step).map { .int($0) }, of: .int))
  }

  private static func sequence(_ context: RenderContext, _ numbers: [Int]) throws -> String {
    var (start, step, end) = (1, 1, 0)
    var direction = 1
    switch numbers.count {
    case 1: end = numbers[0]
    case 2: (start, end) = (numbers[0], numbers[1])
    case 3: (start, step, end) = (numbers[0], numbers[1], numbers[2])
    default: return ""
    }
    if end < start {
      direction = -1
      if numbers.count == 3 { if step > 0 { return "" } } else { step = -1 }
    }
    let list = try values(context, start, end &+ direction, step)
    return list.map(String.init).joined(separator: " ")
  }

  static let floatFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("add1f", .any) { .float(try decimals($0, [$1[0], .int(1)]) { $0 + $1 }) })
    all.append(
      Function("addf", variadic: .any) { .float(try decimals($0, [.int(0)] + $1.array) { $0 + $1 }) })
    all.append(
      Function("subf", .any, variadic: .any) { .float(try decimals($0, $1.array) { $0 + $1.negated }) })
    all.append(
      Function("mulf", .any, variadic: .any) { .float(try decimals($0, $1.array) { $0 * $1 }) })
    all.append(
      Function("divf", .any, variadic: .any) { .float(try decimals($0, $1.array) { try $0.divided(by: $1) }) })
    all.append(
      Function("maxf", .any, variadic: .any) {
        .float($1.dropFirst(1).array.reduce($1[0].lenientFloat) { extreme($0, $1.lenientFloat, max) })
      })
    all.append(
      Function("minf", .any, variadic: .any) {
        .float($1.dropFirst(1).array.reduce($1[0].lenientFloat) { extreme($0, $1.lenientFloat, min) })
      })
    all.append(
      Function("floor", .any) { .float($1[0].lenientFloat.rounded(.down)) })
    all.append(
      Function("ceil", .any) { .float($1[0].lenientFloat.rounded(.up)) })
    all.append(
      Function("round", .any, .int, variadic: .float64) { _, arguments in
        var threshold = 0.5
        if case .float(let value) = arguments[2] { threshold = value }
        let power = pow(10, Double(arguments[1].intValue ?? 0))
        let scaled = power * arguments[0].lenientFloat
        let fraction = scaled - scaled.rounded(.towardZero)
        return .float(scaled.rounded(fraction >= threshold ? .up : .down) / power)
      })
    return all
  }()

  private static func extreme(_ a: Double, _ b: Double, _ choose: (Double, Double) -> Double) -> Double {
    a.isNaN || b.isNaN ? .nan : choose(a, b)
  }

  private static func decimals(
    _ context: RenderContext, _ values: [GoValue], _ combine: (BigDecimal, BigDecimal) throws -> BigDecimal
  ) throws -> Double {
    var result: BigDecimal?
    for value in values {
      let number = value.lenientFloat
      guard number.isFinite else {
        throw TemplateFunctionError("Cannot create a Decimal from \(GoFloatText.general(number))")
      }
      let decimal = BigDecimal(number)
      result = try result.map { try combine($0, decimal) } ?? decimal
      try context.charge((result?.digits.count ?? 0) * 16)
    }
    return result?.double ?? 0
  }
}
