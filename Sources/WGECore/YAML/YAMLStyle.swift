/// How a string is written so that it reads back as the same string, in YAML 1.1 and 1.2 alike.
///
/// The choices are those of sigs.k8s.io/yaml: double quotes for what would read as something other
/// than a string or holds characters that cannot stand for themselves, a literal block for several
/// lines, single quotes for what would read as structure, nothing otherwise.
enum YAMLStyle {
  case plain
  case singleQuoted
  case doubleQuoted
  case literal

  /// - Parameter isKey: keys on one line cannot be blocks, and `<<` is a merge key there.
  init(_ text: String, isKey: Bool) {
    let traits = Traits(text)
    if traits.hasUnprintable || traits.hasSpaceBeforeBreak {
      self = .doubleQuoted
    } else if text.utf8.contains(0x0A) {
      self = traits.endsWithSpace || isKey ? .doubleQuoted : .literal
    } else if Self.isAmbiguous(text) || isKey && text == "<<" {
      self = .doubleQuoted
    } else if traits.hasSpaceAfterBreak {
      self = .doubleQuoted
    } else {
      self = traits.looksLikeStructure || traits.hasBreak || traits.hasBlankEnds ? .singleQuoted : .plain
    }
  }

  /// True for text that would not read as a string, by YAML 1.1 or by those who implement less of it.
  private static func isAmbiguous(_ text: String) -> Bool {
    if case .string = YAMLValue(plain: text) { return isDate(text) || isSexagesimal(text) }
    return true
  }

  /// `2006-1-2`, alone or followed by a time.
  private static func isDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].utf8.count == 4, isDigits(parts[0]), inRange(parts[1], 1...12) else {
      return false
    }
    let day = parts[2].prefix { $0.isASCII && $0.isNumber }
    guard inRange(day, 1...31) else { return false }
    let rest = parts[2].dropFirst(day.count)
    guard let separator = rest.first else { return true }
    guard separator == "T" || separator == "t" || separator == " " else { return false }
    let clock = rest.dropFirst().split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    return clock.count == 3 && inRange(clock[0], 0...23) && inRange(clock[1], 0...59)
      && inRange(clock[2].prefix { $0.isASCII && $0.isNumber }, 0...59)
  }

  /// `190:20:30`, `1:30.5`: base 60 in YAML 1.1.
  private static func isSexagesimal(_ text: String) -> Bool {
    var parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count > 1, var first = parts.first else { return false }
    if first.hasPrefix("-") || first.hasPrefix("+") { first = first.dropFirst() }
    guard let digit = first.utf8.first, digit != UInt8(ascii: "_"), isDigits(first.filter { $0 != "_" }) else {
      return false
    }
    if let point = parts[parts.count - 1].firstIndex(of: ".") {
      let fraction = parts[parts.count - 1][point...].dropFirst().filter { $0 != "_" }
      guard fraction.isEmpty || isDigits(fraction) else { return false }
      parts[parts.count - 1] = parts[parts.count - 1][..<point]
    }
    return parts.dropFirst().allSatisfy { inRange($0, 0...59) }
  }

  private static func isDigits(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  /// One or two digits.
  private static func inRange(_ text: some StringProtocol, _ range: ClosedRange<Int>) -> Bool {
    text.utf8.count <= 2 && isDigits(text) && Int(text).map(range.contains) == true
  }
}

/// What matters of a string for the choice of its style.
private struct Traits {
  var hasUnprintable = false
  /// Any of the line breaks of YAML 1.1: LF, NEL, LS, PS.
  var hasBreak = false
  var hasSpaceBeforeBreak = false
  var hasSpaceAfterBreak = false
  var hasBlankEnds = false
  var endsWithSpace = false
  /// Would read as an indicator, a comment, a mapping or a document marker.
  var looksLikeStructure = false

  init(_ text: String) {
    let scalars = Array(text.unicodeScalars)
    looksLikeStructure = text.hasPrefix("---") || text.hasPrefix("...")
    for (index, scalar) in scalars.enumerated() {
      let next = index + 1 < scalars.count ? scalars[index + 1] : nil
      let previous = index > 0 ? scalars[index - 1] : nil
      let blankFollows = next.map { Self.isBlank($0) } ?? true
      if !Self.isPrintable(scalar) { hasUnprintable = true }
      if Self.isBreak(scalar) {
        hasBreak = true
        if previous == " " { hasSpaceBeforeBreak = true }
        if next == " " { hasSpaceAfterBreak = true }
      }
      if index == 0 {
        switch scalar {
        case "#", ",", "[", "]", "{", "}", "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`": looksLikeStructure = true
        case "?", ":", "-": if blankFollows { looksLikeStructure = true }
        default: break
        }
      } else if scalar == ":" && blankFollows || scalar == "#" && previous.map({ Self.isBlank($0) }) == true {
        looksLikeStructure = true
      }
    }
    endsWithSpace = scalars.last == " "
    hasBlankEnds = [scalars.first, scalars.last].contains { $0.map { $0 == " " || Self.isBreak($0) } == true }
  }

  private static func isBlank(_ scalar: UnicodeScalar) -> Bool { scalar == " " || scalar == "\t" || isBreak(scalar) }

  static func isBreak(_ scalar: UnicodeScalar) -> Bool {
    scalar == "\n" || scalar == "\r" || scalar == "\u{85}" || scalar == "\u{2028}" || scalar == "\u{2029}"
  }

  /// What libYAML prints as it is.
  static func isPrintable(_ scalar: UnicodeScalar) -> Bool {
    switch scalar.value {
    case 0x0A, 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: true
    default: false
    }
  }
}

extension UnicodeScalar {
  /// A line break of YAML 1.1.
  var isYAMLBreak: Bool { Traits.isBreak(self) }
  /// What can stand for itself in quotes.
  var isYAMLPrintable: Bool { Traits.isPrintable(self) }
}
