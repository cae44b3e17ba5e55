/// What a scalar means by the rules of YAML 1.1 as sigs.k8s.io/yaml applies them.
///
/// They differ from YAML 1.2: `yes`, `on` and `y` are booleans, `017` is octal, `_` may stand in
/// numbers; and from YAML 1.1 to the letter: dates and sexagesimal numbers stay strings.
enum YAMLValue {
  case null
  case bool(Bool)
  case int(Int64)
  /// Past the range of ``int(_:)``.
  case uint(UInt64)
  case float(Double)
  case string(String)

  struct TagError: Error {
    let problem: String
  }

  static let tagPrefix = "tag:yaml.org,2002:"

  /// - Throws: ``TagError`` when the text is not what its tag says.
  init(_ scalar: YAMLScalar) throws(TagError) {
    guard let tag = scalar.tag else {
      self = scalar.isPlain ? YAMLValue(plain: scalar.text) : .string(scalar.text)
      return
    }
    guard tag.hasPrefix(Self.tagPrefix) else {
      // A tag of somebody's own says nothing about JSON.
      self = .string(scalar.text)
      return
    }
    let name = String(tag.dropFirst(Self.tagPrefix.count))
    switch (name, YAMLValue(plain: scalar.text)) {
    case ("null", .null): self = .null
    case ("bool", .bool(let value)): self = .bool(value)
    case ("int", .int(let value)): self = .int(value)
    case ("int", .uint(let value)): self = .uint(value)
    case ("float", .float(let value)): self = .float(value)
    case ("float", .int(let value)): self = .float(Double(value))
    case ("float", .uint(let value)): self = .float(Double(value))
    case ("null", _), ("bool", _), ("int", _), ("float", _):
      throw TagError(problem: "the value is not what its tag !!\(name) says")
    case ("binary", _):
      guard
        let text = Base64.decode(scalar.text.filter { $0 != " " && $0 != "\t" }).flatMap({
          String(validating: $0, as: UTF8.self)
        })
      else {
        throw TagError(problem: "the value of !!binary is not base64 of UTF-8 text")
      }
      self = .string(text)
    default: self = .string(scalar.text)
    }
  }

  /// Untagged text without quotes.
  init(plain text: String) {
    self = Self.word(text) ?? Self.number(text) ?? .string(text)
  }

  private static func word(_ text: String) -> YAMLValue? {
    switch text {
    case "", "~", "null", "Null", "NULL": .null
    case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": .bool(true)
    case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": .bool(false)
    case ".nan", ".NaN", ".NAN": .float(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": .float(.infinity)
    case "-.inf", "-.Inf", "-.INF": .float(-.infinity)
    default: nil
    }
  }

  private static func number(_ text: String) -> YAMLValue? {
    guard let first = text.utf8.first else { return nil }
    switch first {
    case UInt8(ascii: "."): return isDecimal(text) ? float(text) : nil
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
    default: return nil
    }
    let digits = String(text.filter { $0 != "_" })
    return integer(digits) ?? (isDecimal(digits) ? float(digits) : nil)
  }

  /// Nil when it overflows; such a number stays text.
  private static func float(_ text: String) -> YAMLValue? {
    guard let value = Double(text), value.isFinite else { return nil }
    return .float(value)
  }

  private static func integer(_ text: String) -> YAMLValue? {
    var digits = text[...]
    let sign = digits.utf8.first
    let signed = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
    if signed { digits = digits.dropFirst() }
    var radix = 10
    if digits.utf8.first == UInt8(ascii: "0"), digits.utf8.count > 1 {
      switch digits.dropFirst().first {
      case "x", "X": radix = 16
      case "o", "O": radix = 8
      case "b", "B": radix = 2
      default: radix = 8
      }
      digits = digits.dropFirst(digits.utf8.dropFirst().first.map { $0 >= UInt8(ascii: "A") } == true ? 2 : 1)
    }
    guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
      let magnitude = UInt64(digits, radix: radix)
    else { return nil }
    if sign == UInt8(ascii: "-") {
      return magnitude <= 1 << 63 ? .int(Int64(truncatingIfNeeded: 0 &- magnitude)) : nil
    }
    if let value = Int64(exactly: magnitude) { return .int(value) }
    return signed ? nil : .uint(magnitude)
  }

  /// An optional sign; digits with or without a point, or a point and digits; an optional exponent.
  private static func isDecimal(_ text: String) -> Bool {
    var rest = text.utf8[...]
    func digits() -> Int {
      let run = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest.dropFirst(run.count)
      return run.count
    }
    func skip(_ bytes: [UInt8]) -> Bool {
      guard let byte = rest.first, bytes.contains(byte) else { return false }
      rest = rest.dropFirst()
      return true
    }
    _ = skip(Array("+-".utf8))
    let whole = digits()
    if skip(Array(".".utf8)) {
      if digits() == 0, whole == 0 { return false }
    } else if whole == 0 {
      return false
    }
    if skip(Array("eE".utf8)) {
      _ = skip(Array("+-".utf8))
      if digits() == 0 { return false }
    }
    return rest.isEmpty
  }
}
