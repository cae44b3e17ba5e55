internal import WGEGoFormat

/// An exact decimal number: digits times a power of ten. Plain schoolbook arithmetic; the numbers come from floats and
/// are short.
struct BigDecimal {
  private(set) var isNegative = false
  /// Most significant first, without leading zeros; empty for zero.
  private(set) var digits: [UInt8]
  private(set) var exponent: Int

  private init(isNegative: Bool, digits: [UInt8], exponent: Int) {
    let leading = digits.prefix { $0 == 0 }.count
    var digits = Array(digits.dropFirst(leading))
    var exponent = exponent
    while digits.last == 0 {
      digits.removeLast()
      exponent += 1
    }
    self.isNegative = isNegative && !digits.isEmpty
    self.digits = digits
    self.exponent = digits.isEmpty ? 0 : exponent
  }

  /// The shortest decimal that reads back as the float.
  init(_ value: Double) {
    let text = FloatDigits(shortest: value.description)
    self.init(
      isNegative: text.isNegative, digits: text.digits.map { $0 - 0x30 }, exponent: text.point - text.digits.count)
  }

  /// The nearest float.
  var double: Double {
    if digits.isEmpty { return 0 }
    let text = String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
    return Double("\(isNegative ? "-" : "")\(text)e\(exponent)") ?? 0
  }

  var negated: BigDecimal { BigDecimal(isNegative: !isNegative, digits: digits, exponent: exponent) }

  private func scaled(to exponent: Int) -> [UInt8] {
    digits.isEmpty ? [] : digits + [UInt8](repeating: 0, count: self.exponent - exponent)
  }

  static func + (a: BigDecimal, b: BigDecimal) -> BigDecimal {
    if a.digits.isEmpty { return b }
    if b.digits.isEmpty { return a }
    let exponent = min(a.exponent, b.exponent)
    let (x, y) = (a.scaled(to: exponent), b.scaled(to: exponent))
    if a.isNegative == b.isNegative {
      return BigDecimal(isNegative: a.isNegative, digits: sum(x, y), exponent: exponent)
    }
    if isLess(x, y) { return BigDecimal(isNegative: b.isNegative, digits: difference(y, x), exponent: exponent) }
    return BigDecimal(isNegative: a.isNegative, digits: difference(x, y), exponent: exponent)
  }

  static func * (a: BigDecimal, b: BigDecimal) -> BigDecimal {
    var product = [Int](repeating: 0, count: a.digits.count + b.digits.count)
    for (i, x) in a.digits.enumerated() {
      for (j, y) in b.digits.enumerated() { product[i + j + 1] += Int(x) * Int(y) }
    }
    var carry = 0
    for index in product.indices.reversed() {
      let value = product[index] + carry
      product[index] = value % 10
      carry = value / 10
    }
    return BigDecimal(
      isNegative: a.isNegative != b.isNegative, digits: product.map { UInt8($0) }, exponent: a.exponent + b.exponent)
  }

  /// Rounded to 16 places behind the point, halves away from zero.
  func divided(by divisor: BigDecimal) throws -> BigDecimal {
    if divisor.digits.isEmpty { throw TemplateFunctionError("decimal division by 0") }
    if digits.isEmpty { return self }
    // digits x 10^shift / divisor.digits, one place more than is kept.
    let shift = exponent - divisor.exponent + 17
    guard shift >= -digits.count - 1 else { return BigDecimal(isNegative: false, digits: [], exponent: 0) }
    let numerator = shift >= 0 ? digits + [UInt8](repeating: 0, count: shift) : Array(digits.dropLast(-shift))
    var quotient: [UInt8] = []
    var rest: [UInt8] = []
    for digit in numerator {
      if !rest.isEmpty || digit != 0 { rest.append(digit) }
      var count: UInt8 = 0
      while !Self.isLess(rest, divisor.digits) {
        rest = Array(Self.difference(rest, divisor.digits).drop { $0 == 0 })
        count += 1
      }
      quotient.append(count)
    }
    let last = quotient.popLast() ?? 0
    if last >= 5 { quotient = Self.sum(quotient, [1]) }
    return BigDecimal(isNegative: isNegative != divisor.isNegative, digits: quotient, exponent: -16)
  }

  private static func isLess(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
  }

  private static func sum(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var carry: UInt8 = 0
    for index in 0..<max(a.count, b.count) {
      let x = index < a.count ? a[a.count - 1 - index] : 0
      let y = index < b.count ? b[b.count - 1 - index] : 0
      out.append((x + y + carry) % 10)
      carry = (x + y + carry) / 10
    }
    if carry > 0 { out.append(carry) }
    return out.reversed()
  }

  /// Needs a >= b.
  private static func difference(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var borrow: UInt8 = 0
    for index in 0..<a.count {
      let x = a[a.count - 1 - index] + 10 - borrow
      let y = index < b.count ? b[b.count - 1 - index] : 0
      let value = x - y
      out.append(value % 10)
      borrow = value >= 10 ? 0 : 1
    }
    return out.reversed()
  }
}
