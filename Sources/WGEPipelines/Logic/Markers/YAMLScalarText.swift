internal import WGECore

/// How to spell a scalar, for texts of a single line without white space.
enum YAMLScalarText {
  /// The bytes for a value in the style that a scalar had. A plain scalar that YAML would read
  /// otherwise becomes double-quoted. Block scalars are not handled: nil.
  static func spelling(of value: String, like style: YAMLScalarStyle, isTagged: Bool, inFlow: Bool) -> [UInt8]? {
    switch style {
    case .plain:
      return needsQuotes(value, isTagged: isTagged, inFlow: inFlow) ? doubleQuoted(value) : Array(value.utf8)
    case .singleQuoted: return Array("'\(value.replacing("'", with: "''"))'".utf8)
    case .doubleQuoted: return doubleQuoted(value)
    case .literal, .folded: return nil
    }
  }

  private static func doubleQuoted(_ value: String) -> [UInt8] {
    Array("\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"".utf8)
  }

  private static func needsQuotes(_ value: String, isTagged: Bool, inFlow: Bool) -> Bool {
    guard let first = value.utf8.first, let last = value.utf8.last else { return true }
    if "-?:,[]{}#&*!|>'\"%@`=<~".utf8.contains(first) || last == UInt8(ascii: ":") { return true }
    if value.hasPrefix("...") || value.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) { return true }
    if inFlow, value.utf8.contains(where: { ",[]{}".utf8.contains($0) }) { return true }
    return !isTagged && YAMLResolution.isNotText(value)
  }
}

/// Which plain scalars YAML 1.1 reads as something other than a text.
enum YAMLResolution {
  private static let words: Set<String> = [
    "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", "+.inf", "-.inf", ".nan", "<<", "=",
  ]

  /// True for null, booleans, numbers (also octal, binary and base 60) and dates.
  static func isNotText(_ value: String) -> Bool {
    if value.utf8.count <= 5, words.contains(value.lowercased()) { return true }
    var rest = Array(value.utf8)[...]
    if isDate(rest) { return true }
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    return isPrefixedInteger(rest) || isDecimal(rest) || isBase60(rest)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
  private static func isDigitOrLow(_ byte: UInt8) -> Bool { isDigit(byte) || byte == UInt8(ascii: "_") }

  private static func isPrefixedInteger(_ text: ArraySlice<UInt8>) -> Bool {
    guard text.count > 2, text.first == UInt8(ascii: "0"), let mark = text.dropFirst().first else { return false }
    let digits = text.dropFirst(2)
    switch mark {
    case UInt8(ascii: "x"), UInt8(ascii: "X"):
      return digits.allSatisfy { UnicodeScalar($0).properties.isASCIIHexDigit || $0 == UInt8(ascii: "_") }
    case UInt8(ascii: "o"), UInt8(ascii: "O"), UInt8(ascii: "b"), UInt8(ascii: "B"):
      return digits.allSatisfy(isDigitOrLow)
    default: return false
    }
  }

  /// `12`, `007`, `1_000`, `1.5`, `.5`, `5.`, `1e3`, `1.5e-3`.
  private static func isDecimal(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    let whole = rest.prefix(while: isDigitOrLow)
    rest = rest.dropFirst(whole.count)
    var fraction: ArraySlice<UInt8> = []
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      fraction = rest.prefix(while: isDigitOrLow)
      rest = rest.dropFirst(fraction.count)
    }
    guard whole.contains(where: isDigit) || fraction.contains(where: isDigit) else { return false }
    if rest.isEmpty { return true }
    guard rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") else { return false }
    rest = rest.dropFirst()
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    return rest.allSatisfy(isDigit)
  }

  /// `12:30:45`, which YAML 1.1 reads as a number of base 60.
  private static func isBase60(_ text: ArraySlice<UInt8>) -> Bool {
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first, !first.isEmpty, first.allSatisfy(isDigitOrLow) else { return false }
    return parts.dropFirst().allSatisfy { part in
      !part.isEmpty && part.allSatisfy { isDigitOrLow($0) || $0 == UInt8(ascii: ".") }
    }
  }

  /// `2026-01-31`, alone or with a time.
  private static func isDate(_ text: ArraySlice<UInt8>) -> Bool {
    let parts = text.split(separator: UInt8(ascii: "-"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, parts[0].allSatisfy(isDigit), (1...2).contains(parts[1].count),
      parts[1].allSatisfy(isDigit)
    else { return false }
    let day = parts[2].prefix(while: isDigit)
    let next = parts[2].dropFirst(day.count).first
    return (1...2).contains(day.count) && (next == nil || next == UInt8(ascii: "T") || next == UInt8(ascii: "t"))
  }
}
