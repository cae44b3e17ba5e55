internal import BigInt

/// Go's fmt verbs for the values that Rego hands to `sprintf`: integers of any size, doubles and texts.
///
/// Everything that is neither a number nor a string arrives as its text, as in OPA; a verb that does not fit says so in
/// Go's way (`%!d(string=x)`).
struct GoFormatter {
  enum Argument {
    case integer(BigInt, isBig: Bool)
    case double(Double, text: String)
    case text(String)

    init(_ value: RegoValue) {
      switch value {
      case .number(let number):
        if case .int(let small) = number {
          self = .integer(BigInt(small), isBig: false)
        } else if let whole = number.exactInteger,
          number.text.allSatisfy({ $0.isNumber || $0 == "-" }) || number.exactInt != nil
        {
          self = .integer(whole, isBig: number.exactInt == nil)
        } else if number.double.isFinite {
          self = .double(number.double, text: number.text)
        } else {
          self = .text(number.text)
        }
      case .string(let text): self = .text(text)
      default: self = .text(value.text)
      }
    }

    var typeName: String {
      switch self {
      case .integer(_, let isBig): isBig ? "*big.Int" : "int"
      case .double: "float64"
      case .text: "string"
      }
    }
  }

  private struct Flags {
    var minus = false
    var plus = false
    var sharp = false
    var space = false
    var zero = false
    var width: Int?
    var precision: Int?
  }

  private let format: [Unicode.Scalar]
  private let arguments: [Argument]
  private var out = ""

  init(_ format: String, _ arguments: [Argument]) {
    self.format = Array(format.unicodeScalars)
    self.arguments = arguments
  }

  mutating func run(_ context: BuiltinContext) throws(BuiltinFailure) -> String {
    var index = 0
    var next = 0
    var reordered = false
    while index < format.count {
      let scalar = format[index]
      index += 1
      if scalar != "%" {
        out.unicodeScalars.append(scalar)
        continue
      }
      var flags = Flags()
      var goodIndex = true
      var afterIndex = false
      flagLoop: while index < format.count {
        switch format[index] {
        case "-":
          flags.minus = true
          flags.zero = false
        case "+": flags.plus = true
        case "#": flags.sharp = true
        case " ": flags.space = true
        case "0": flags.zero = !flags.minus
        default: break flagLoop
        }
        index += 1
      }
      position(&index, &next, &goodIndex, &afterIndex, &reordered)
      if index < format.count, format[index] == "*" {
        index += 1
        let width = star(&next)
        if let width {
          flags.width = abs(width)
          if width < 0 {
            flags.minus = true
            flags.zero = false
          }
        } else {
          out += "%!(BADWIDTH)"
        }
        afterIndex = false
      } else if let width = digits(&index) {
        flags.width = width
        if afterIndex { goodIndex = false }
      }
      if index < format.count, format[index] == "." {
        index += 1
        if afterIndex { goodIndex = false }
        position(&index, &next, &goodIndex, &afterIndex, &reordered)
        if index < format.count, format[index] == "*" {
          index += 1
          if let precision = star(&next) {
            flags.precision = precision < 0 ? nil : precision
          } else {
            out += "%!(BADPREC)"
          }
          afterIndex = false
        } else {
          flags.precision = digits(&index) ?? 0
        }
      }
      if !afterIndex { position(&index, &next, &goodIndex, &afterIndex, &reordered) }
      guard index < format.count else {
        out += "%!(NOVERB)"
        break
      }
      let verb = format[index]
      index += 1
      if (flags.width ?? 0) > 1_000_000 || (flags.precision ?? 0) > 1_000_000 {
        throw .failed("width or precision of more than a million")
      }
      if verb == "%" {
        out += "%"
      } else if !goodIndex {
        out += "%!\(verb)(BADINDEX)"
      } else if next >= arguments.count {
        out += "%!\(verb)(MISSING)"
      } else {
        let argument = arguments[next]
        next += 1
        write(argument, verb, flags)
      }
      try context.reserve(bytes: out.utf8.count >> 6)
    }
    if !reordered, next < arguments.count {
      out += "%!(EXTRA "
      for (position, argument) in arguments[next...].enumerated() {
        if position > 0 { out += ", " }
        out += argument.typeName + "="
        write(argument, "v", Flags())
      }
      out += ")"
    }
    try context.reserve(bytes: out.utf8.count)
    return out
  }

  private func digits(_ index: inout Int) -> Int? {
    var value: Int?
    while index < format.count, let digit = Int(String(format[index])), format[index].isASCII {
      value = min((value ?? 0) * 10 + digit, 10_000_000)
      index += 1
    }
    return value
  }

  private func star(_ next: inout Int) -> Int? {
    guard next < arguments.count, case .integer(let value, _) = arguments[next], value.magnitude <= 1_000_000 else {
      if next < arguments.count { next += 1 }
      return nil
    }
    next += 1
    return Int(value)
  }

  /// `[n]`.
  private func position(
    _ index: inout Int, _ next: inout Int, _ good: inout Bool, _ after: inout Bool, _ reordered: inout Bool
  ) {
    after = false
    guard index < format.count, format[index] == "[" else { return }
    reordered = true
    var at = index + 1
    let start = at
    while at < format.count, format[at] != "]" { at += 1 }
    guard at < format.count else {
      good = false
      index += 1
      return
    }
    var text = ""
    text.unicodeScalars.append(contentsOf: format[start..<at])
    index = at + 1
    guard let number = Int(text), number >= 1, number <= arguments.count else {
      good = false
      return
    }
    next = number - 1
    after = true
  }

  // MARK: - Values

  private mutating func write(_ argument: Argument, _ verb: Unicode.Scalar, _ flags: Flags) {
    switch argument {
    case .integer(let value, let isBig): writeInteger(value, isBig, verb, flags)
    case .double(let value, let text): writeDouble(value, text, verb, flags)
    case .text(let text): writeText(text, verb, flags)
    }
  }

  private mutating func bad(_ argument: Argument, _ verb: Unicode.Scalar) {
    out += "%!\(verb)(\(argument.typeName)="
    write(argument, "v", Flags())
    out += ")"
  }

  private mutating func pad(_ text: String, _ flags: Flags) {
    let count = text.unicodeScalars.count
    guard let width = flags.width, count < width else {
      out += text
      return
    }
    if flags.minus {
      out += text + String(repeating: " ", count: width - count)
    } else {
      out += String(repeating: flags.zero ? "0" : " ", count: width - count) + text
    }
  }

  private mutating func padNumber(_ sign: String, _ digits: String, _ flags: Flags) {
    let count = sign.unicodeScalars.count + digits.unicodeScalars.count
    if flags.zero, !flags.minus, let width = flags.width, count < width {
      out += sign + String(repeating: "0", count: width - count) + digits
      return
    }
    var plain = flags
    plain.zero = false
    pad(sign + digits, plain)
  }

  private mutating func writeInteger(_ value: BigInt, _ isBig: Bool, _ verb: Unicode.Scalar, _ flags: Flags) {
    var radix = 10
    var prefix = ""
    var upper = false
    switch verb {
    case "d", "v": break
    case "s" where isBig:
      break
    case "b":
      radix = 2
      if flags.sharp { prefix = "0b" }
    case "o":
      radix = 8
      if flags.sharp { prefix = "0" }
    case "O":
      radix = 8
      prefix = "0o"
    case "x":
      radix = 16
      if flags.sharp { prefix = "0x" }
    case "X":
      radix = 16
      upper = true
      if flags.sharp { prefix = "0X" }
    case "c", "q", "U":
      guard !isBig else { return bad(.integer(value, isBig: true), verb) }
      let code = UInt32(exactly: value) ?? 0x110000
      let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
      if verb == "c" { return pad(String(scalar), flags) }
      if verb == "q" {
        let quoted = GoQuote.quote(String(scalar)).dropFirst().dropLast()
        return pad("'" + (scalar == "'" ? "\\'" : scalar == "\"" ? "\"" : String(quoted)) + "'", flags)
      }
      var digits = String(value.magnitude, radix: 16).uppercased()
      while digits.count < max(4, flags.precision ?? 0) { digits = "0" + digits }
      return pad("U+" + digits + (flags.sharp ? " '\(scalar)'" : ""), flags)
    default: return bad(.integer(value, isBig: isBig), verb)
    }
    var digits = String(value.magnitude, radix: radix)
    if upper { digits = digits.uppercased() }
    var flags = flags
    if let precision = flags.precision {
      flags.zero = false
      if precision == 0, value == 0 { digits = "" }
      while digits.count < precision { digits = "0" + digits }
    }
    let sign = value < 0 ? "-" : flags.plus ? "+" : flags.space ? " " : ""
    padNumber(sign + prefix, digits, flags)
  }

  private mutating func writeText(_ text: String, _ verb: Unicode.Scalar, _ flags: Flags) {
    func cut(_ text: String) -> String {
      flags.precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
    }
    switch verb {
    case "s", "v":
      if verb == "v", flags.sharp { return pad(GoQuote.quote(cut(text)), flags) }
      pad(cut(text), flags)
    case "q":
      if flags.sharp, !text.contains("`"), !text.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" }) {
        return pad("`" + cut(text) + "`", flags)
      }
      pad(GoQuote.quote(cut(text)), flags)
    case "x", "X":
      let bytes = flags.precision.map { Array(text.utf8.prefix($0)) } ?? Array(text.utf8)
      var parts = bytes.map { GoQuote.hex(UInt32($0), 2) }
      if verb == "X" { parts = parts.map { $0.uppercased() } }
      let mark = flags.sharp ? (verb == "x" ? "0x" : "0X") : ""
      if flags.space {
        pad(parts.map { mark + $0 }.joined(separator: " "), flags)
      } else {
        pad((parts.isEmpty ? "" : mark) + parts.joined(), flags)
      }
    default: bad(.text(text), verb)
    }
  }

  private mutating func writeDouble(_ value: Double, _ text: String, _ verb: Unicode.Scalar, _ flags: Flags) {
    let body: String
    switch verb {
    case "v", "g", "G":
      body = GoFloatFormat.general(value.magnitude, precision: flags.precision, threshold: 21, sharp: flags.sharp)
    case "e", "E": body = GoFloatFormat.scientific(value.magnitude, precision: flags.precision ?? 6)
    case "f", "F": body = GoFloatFormat.fixed(value.magnitude, precision: flags.precision ?? 6)
    case "b":
      let exponent = value == 0 ? -1074 : Int(value.exponent) - 52
      let mantissa = value.significandBitPattern | (value.isNormal ? 1 << 52 : 0)
      body = "\(mantissa)p\(exponent < 0 ? "-" : "+")\(abs(exponent))"
    case "x", "X": body = GoFloatFormat.hexadecimal(value.magnitude, precision: flags.precision)
    default: return bad(.double(value, text: text), verb)
    }
    let sign = value.sign == .minus ? "-" : flags.plus ? "+" : flags.space ? " " : ""
    let upper = verb == "E" || verb == "G" || verb == "X"
    padNumber(sign, upper ? body.uppercased() : body, flags)
  }
}

/// Doubles as Go's strconv writes them.
enum GoFloatFormat {
  /// Exact decimal digits of a double, rounded half to even to so many places after the point.
  static func fixed(_ value: Double, precision: Int) -> String {
    let (numerator, denominator) = fraction(value)
    let scale = BigInt(10).power(precision)
    let digits = String(rounded(numerator * scale, denominator))
    if precision == 0 { return digits }
    let padded = String(repeating: "0", count: max(0, precision + 1 - digits.count)) + digits
    return padded.dropLast(precision) + "." + padded.suffix(precision)
  }

  static func scientific(_ value: Double, precision: Int) -> String {
    let (digits, exponent) = significant(value, precision + 1)
    let head = String(digits.prefix(1)) + (precision > 0 ? "." + digits.dropFirst() : "")
    return head + "e" + exponentText(exponent)
  }

  static func exponentText(_ exponent: Int) -> String {
    let magnitude = String(abs(exponent))
    return (exponent < 0 ? "-" : "+") + (magnitude.count < 2 ? "0" + magnitude : magnitude)
  }

  /// `%g`: shortest digits without precision; an exponent when it is below -4 or at least the precision (21 for the
  /// shortest form).
  static func general(_ value: Double, precision: Int?, threshold: Int, sharp: Bool) -> String {
    var digits: String
    let exponent: Int
    var limit: Int
    if let precision {
      (digits, exponent) = significant(value, max(precision, 1))
      limit = max(precision, 1)
      if limit > digits.count, digits.count > exponent { limit = digits.count }
    } else {
      (digits, exponent) = shortest(value)
      limit = threshold
    }
    if !sharp || precision == nil { while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() } }
    if exponent < -4 || exponent >= limit {
      return String(digits.prefix(1)) + (digits.count > 1 ? "." + digits.dropFirst() : "") + "e"
        + exponentText(exponent)
    }
    if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + digits }
    if digits.count <= exponent + 1 { return digits + String(repeating: "0", count: exponent + 1 - digits.count) }
    return digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
  }

  static func hexadecimal(_ value: Double, precision: Int?) -> String {
    if value == 0 { return "0x0p+00" }
    var digits = String(value.significandBitPattern, radix: 16)
    digits = String(repeating: "0", count: 13 - digits.count) + digits
    if let precision {
      digits = String(digits.prefix(precision))
    } else {
      while digits.hasSuffix("0") { digits.removeLast() }
    }
    return "0x1" + (digits.isEmpty ? "" : "." + digits) + "p" + exponentText(Int(value.exponent))
  }

  private static func fraction(_ value: Double) -> (BigInt, BigInt) {
    guard value.isFinite, value != 0 else { return (0, 1) }
    let mantissa = BigInt(value.significandBitPattern | (value.isNormal ? 1 << 52 : 0))
    let exponent = (value.isNormal ? Int(value.exponent) : -1022) - 52
    return exponent >= 0 ? (mantissa << exponent, 1) : (mantissa, BigInt(1) << -exponent)
  }

  private static func rounded(_ numerator: BigInt, _ denominator: BigInt) -> BigInt {
    let (quotient, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
    let twice = rest * 2
    if twice > denominator || (twice == denominator && quotient % 2 != 0) { return quotient + 1 }
    return quotient
  }

  /// So many digits, and the exponent of the first one.
  private static func significant(_ value: Double, _ count: Int) -> (String, Int) {
    if value == 0 { return (String(repeating: "0", count: count), 0) }
    let (numerator, denominator) = fraction(value)
    var exponent = shortest(value).1
    while true {
      let shift = count - 1 - exponent
      let scaled =
        shift >= 0
        ? rounded(numerator * BigInt(10).power(shift), denominator)
        : rounded(numerator, denominator * BigInt(10).power(-shift))
      let digits = String(scaled)
      if digits.count > count {
        exponent += 1
        continue
      }
      return (digits, exponent)
    }
  }

  /// Swift prints the shortest digits too.
  private static func shortest(_ value: Double) -> (String, Int) {
    if value == 0 { return ("0", 0) }
    let text = value.description.lowercased()
    let parts = text.split(separator: "e")
    var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let number = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var digits = String(number[0]) + (number.count > 1 ? String(number[1]) : "")
    exponent += number[0].count - 1
    while digits.hasPrefix("0"), digits.count > 1 {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
    return (digits, exponent)
  }
}
