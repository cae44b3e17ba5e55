/// Spells a value as the one before it was spelled.
struct YAMLSpelling {
  /// The file's line break.
  let lineBreak: [UInt8]
  /// The old value with its anchor and tag.
  private let old: [UInt8]
  private let style: YAMLScalarStyle
  /// What stays before the value: anchor, tag, and the blank that sets them off.
  private var prefix: [UInt8]
  /// What stays after it: the comment beside a block's indicator, its line break, the blank lines below.
  private var suffix: [UInt8] = []
  private var indentation: [UInt8]?

  /// - Parameter range: of the old value in `bytes`, from its anchor or tag on.
  init(_ bytes: [UInt8], _ range: Range<Int>, _ style: YAMLScalarStyle, lineBreak: [UInt8]) {
    self.lineBreak = lineBreak
    self.style = style
    let properties = Self.propertiesEnd(bytes[range])
    prefix = Array(bytes[range.lowerBound..<properties])
    old = Array(bytes[properties..<range.upperBound])
    // A value that is absent follows its key's colon, its dash or its anchor directly.
    if old.isEmpty, let last = prefix.last ?? (properties > 0 ? bytes[properties - 1] : nil), last > 0x20 {
      prefix.append(0x20)
    }
    guard style.isBlock else { return }
    let lines = old.split(separator: 0x0A, omittingEmptySubsequences: false)
    let heading = lines[0].drop { !Self.isBlank($0) }.drop { $0 == 0x0D }
    let filled = lines.dropFirst().lastIndex { $0.contains { $0 > 0x20 } }
    suffix = Array(heading.filter { $0 != 0x0D })
    while suffix.last == 0x20 || suffix.last == 0x09 { suffix.removeLast() }
    for line in lines[((filled ?? 0) + 1)...] { suffix += [0x0A] + line }
    // The break that ended the block's last line.
    if lines[filled ?? 0].last == 0x0D, let first = suffix.firstIndex(of: 0x0A) { suffix.insert(0x0D, at: first) }
    indentation = lines.dropFirst().first { $0.contains { $0 > 0x20 } }.map { Array($0.prefix { $0 == 0x20 }) }
  }

  /// Ways to write the value, the best first; the last one is understood everywhere.
  func spellings(of value: JSON) -> [[UInt8]] {
    guard case .string(let text) = value else { return [wrapped(value.serialized())] }
    let quoted = wrapped(Self.doubleQuoted(text))
    guard text.unicodeScalars.allSatisfy({ Self.isPrintable($0) || $0 == "\n" }) else { return [quoted] }
    switch style {
    case .plain where Self.isPlainEverywhere(text): return [wrapped(Array(text.utf8)), quoted]
    case .singleQuoted where !text.contains("\n"):
      return [wrapped(Array("'\(text.replacing("'", with: "''"))'".utf8)), quoted]
    case .literal, .folded:
      return [block(text), quoted].compactMap { $0 }
    default: return [quoted]
    }
  }

  private func wrapped(_ value: [UInt8]) -> [UInt8] { prefix + value + suffix }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  /// Where the value begins, after its anchor and tag and the comments behind them.
  static func propertiesEnd(_ old: ArraySlice<UInt8>) -> Int {
    var index = old.startIndex
    while index < old.endIndex, old[index] == UInt8(ascii: "&") || old[index] == UInt8(ascii: "!") {
      while index < old.endIndex, old[index] > 0x20 { index += 1 }
      while index < old.endIndex, old[index] <= 0x20 || old[index] == UInt8(ascii: "#") {
        // Nothing but a comment begins so after a blank.
        if old[index] == UInt8(ascii: "#") {
          while index < old.endIndex, old[index] != 0x0A, old[index] != 0x0D { index += 1 }
        } else {
          index += 1
        }
      }
    }
    return index
  }

  /// The block with the new text; nil where a block cannot hold it, or the old one had no line to show
  /// how far it is set in.
  private func block(_ text: String) -> [UInt8]? {
    guard let indentation, !text.isEmpty, !text.hasPrefix(" "), !text.hasPrefix("\n"), !text.hasSuffix("\n\n"),
      text != "\n"
    else { return nil }
    let body = text.hasSuffix("\n") ? text.dropLast() : text[...]
    // Lines of a folded block flow together.
    if style == .folded, body.contains("\n") { return nil }
    var result = prefix + [style == .literal ? UInt8(ascii: "|") : UInt8(ascii: ">")]
    if !text.hasSuffix("\n") { result.append(UInt8(ascii: "-")) }
    let headingEnd = suffix.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? suffix.endIndex
    result += suffix[..<headingEnd] + lineBreak
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      if number > 0 { result += lineBreak }
      if !line.isEmpty { result += indentation + Array(line.utf8) }
    }
    return result + suffix[headingEnd...]
  }

  /// Free of what flow collections, comments, keys and indicators take for their own.
  private static func isPlainEverywhere(_ text: String) -> Bool {
    guard case .plain = YAMLStyle(text, isKey: false), let first = text.utf8.first else { return false }
    return !"-?:,[]{}#&*!|>'\"%@`".utf8.contains(first) && !text.utf8.contains { ",[]{}#\"'\n\r\t".utf8.contains($0) }
      && !text.contains(": ") && !text.hasSuffix(":")
  }

  /// What may stand for itself in every YAML, and is no line break of any.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20..<0x7F, 0xA0..<0x2028, 0x202A..<0xD800, 0xE000..<0xFEFF, 0xFF00..<0xFFFE, 0x10000...0x10FFFF: true
    default: false
    }
  }

  /// JSON's quotes are YAML's, but for what JSON leaves as it is and YAML does not print.
  private static func doubleQuoted(_ text: String) -> [UInt8] {
    var result = Array("\"".utf8)
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22: result += Array("\\\"".utf8)
      case 0x5C: result += Array("\\\\".utf8)
      case 0x0A: result += Array("\\n".utf8)
      case 0x09: result += Array("\\t".utf8)
      case 0x0D: result += Array("\\r".utf8)
      case _ where isPrintable(scalar): result += Array(String(scalar).utf8)
      default:
        let hex = String(scalar.value, radix: 16, uppercase: true)
        result += Array(("\\u" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex).utf8)
      }
    }
    return result + Array("\"".utf8)
  }
}
