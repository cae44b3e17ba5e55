// Writes block-style YAML.
//
// Every node is written at an indentation, which is the column of its parent's keys or dashes; text
// that goes on over several lines does so two columns further in. Lists stand at the column of the
// key that holds them; maps and lists inside lists start on the line of the dash.

struct YAMLWriter {
  private(set) var text = ""
  /// Characters since the last line break.
  private var column = 0

  private static let width = 80
  private static let step = 2
  /// Longer keys, in bytes, are written with an explicit `?`.
  private static let longestSimpleKey = 128

  mutating func writeDocument(_ json: JSON) {
    write(json, indent: 0, startsOnLine: true)
    if column > 0 { breakLine() }
  }

  /// - Parameter startsOnLine: the line is already at the node's column, as after a dash.
  private mutating func write(_ json: JSON, indent: Int, startsOnLine: Bool) {
    switch json {
    case .object(let object) where !object.isEmpty: write(object, indent: indent, startsOnLine: startsOnLine)
    case .array(let elements) where !elements.isEmpty:
      for (index, element) in elements.enumerated() {
        if index > 0 || !startsOnLine { startLine(indent) }
        put("- ")
        write(element, indent: indent + Self.step, startsOnLine: true, textIndent: indent + Self.step)
      }
    default: writeScalar(json, indent: indent + Self.step)
    }
  }

  private mutating func write(_ json: JSON, indent: Int, startsOnLine: Bool, textIndent: Int) {
    if json.isYAMLBlock {
      write(json, indent: indent, startsOnLine: startsOnLine)
    } else {
      writeScalar(json, indent: textIndent)
    }
  }

  private mutating func write(_ object: JSONObject, indent: Int, startsOnLine: Bool) {
    for (index, member) in NaturalOrder.sorted(object).enumerated() {
      if index > 0 || !startsOnLine { startLine(indent) }
      let isSimple =
        member.key.utf8.count <= Self.longestSimpleKey && !member.key.unicodeScalars.contains { $0.isYAMLBreak }
      if isSimple {
        write(member.key, style: YAMLStyle(member.key, isKey: true), indent: indent + Self.step, folds: false)
        put(":")
        writeMemberValue(member.value, indent: indent)
      } else {
        put("? ")
        write(member.key, style: YAMLStyle(member.key, isKey: false), indent: indent + Self.step, folds: true)
        startLine(indent)
        put(": ")
        write(member.value, indent: indent + Self.step, startsOnLine: true, textIndent: indent + Self.step)
      }
    }
  }

  private mutating func writeMemberValue(_ value: JSON, indent: Int) {
    switch value {
    case .object(let object) where !object.isEmpty: write(object, indent: indent + Self.step, startsOnLine: false)
    case .array(let elements) where !elements.isEmpty: write(value, indent: indent, startsOnLine: false)
    default:
      put(" ")
      writeScalar(value, indent: indent + Self.step)
    }
  }

  // MARK: Scalars

  /// Also empty collections, which are written on the line.
  private mutating func writeScalar(_ json: JSON, indent: Int) {
    switch json {
    case .null: put("null")
    case .bool(let value): put(value ? "true" : "false")
    case .number(let number): put(Self.text(number))
    case .string(let value): write(value, style: YAMLStyle(value, isKey: false), indent: indent, folds: true)
    case .array: put("[]")
    case .object: put("{}")
    }
  }

  private static func text(_ number: JSONNumber) -> String {
    switch number {
    case .int(let value): return String(value)
    case .double(let value): return GoFloat.general(value)
    case .literal(let text):
      if UInt64(text) != nil { return text }
      let value = number.double
      return value.isFinite ? GoFloat.general(value) : text
    }
  }

  private mutating func write(_ value: String, style: YAMLStyle, indent: Int, folds: Bool) {
    let scalars = Array(value.unicodeScalars)
    switch style {
    case .plain: writeFolded(scalars, indent: indent, folds: folds, isPlain: true)
    case .singleQuoted:
      put("'")
      writeFolded(scalars, indent: indent, folds: folds, isPlain: false)
      put("'")
    case .doubleQuoted: writeDoubleQuoted(scalars, indent: indent, folds: folds)
    case .literal: writeLiteral(scalars, indent: indent)
    }
  }

  /// Plain and single-quoted text: a space past the width becomes a line break, unless another space
  /// is next to it.
  private mutating func writeFolded(_ scalars: [UnicodeScalar], indent: Int, folds: Bool, isPlain: Bool) {
    var afterBreak = false
    for (index, scalar) in scalars.enumerated() {
      let isInside = index > 0 && index < scalars.count - 1
      if scalar.isYAMLBreak {
        // Only NEL, LS and PS come here; they keep their place, and the text goes on indented.
        put(scalar)
        column = 0
        afterBreak = true
        continue
      }
      if afterBreak { put(String(repeating: " ", count: indent)) }
      afterBreak = false
      if scalar == " ", folds, isInside, column > Self.width, scalars[index - 1] != " ", scalars[index + 1] != " " {
        startLine(indent)
      } else {
        if scalar == "'", !isPlain { put(scalar) }
        put(scalar)
      }
    }
  }

  private mutating func writeDoubleQuoted(_ scalars: [UnicodeScalar], indent: Int, folds: Bool) {
    put("\"")
    // libYAML takes every character of a text that starts with a byte order mark for one.
    let escapesAll = scalars.first == "\u{FEFF}"
    for (index, scalar) in scalars.enumerated() {
      let isInside = index > 0 && index < scalars.count - 1
      if escapesAll || !scalar.isYAMLPrintable || scalar.isYAMLBreak || scalar == "\"" || scalar == "\\" {
        put(Self.escape(scalar))
      } else if scalar == " ", folds, isInside, column > Self.width, scalars[index - 1] != " " {
        startLine(indent)
        if scalars[index + 1] == " " { put("\\") }
      } else {
        put(scalar)
      }
    }
    put("\"")
  }

  private static func escape(_ scalar: UnicodeScalar) -> String {
    switch scalar.value {
    case 0x00: return "\\0"
    case 0x07: return "\\a"
    case 0x08: return "\\b"
    case 0x09: return "\\t"
    case 0x0A: return "\\n"
    case 0x0B: return "\\v"
    case 0x0C: return "\\f"
    case 0x0D: return "\\r"
    case 0x1B: return "\\e"
    case 0x22: return "\\\""
    case 0x5C: return "\\\\"
    case 0x85: return "\\N"
    case 0xA0: return "\\_"
    case 0x2028: return "\\L"
    case 0x2029: return "\\P"
    case let value:
      let digits = String(value, radix: 16, uppercase: true)
      let (letter, length) = value <= 0xFF ? ("x", 2) : value <= 0xFFFF ? ("u", 4) : ("U", 8)
      return "\\\(letter)\(String(repeating: "0", count: length - digits.utf8.count))\(digits)"
    }
  }

  private mutating func writeLiteral(_ scalars: [UnicodeScalar], indent: Int) {
    put("|")
    // An indentation that cannot be told from the first line is written down.
    if let first = scalars.first, first == " " || first.isYAMLBreak { put(String(Self.step)) }
    let trailing = scalars.reversed().prefix { $0.isYAMLBreak }.count
    if trailing == 0 {
      put("-")
    } else if trailing > 1 || trailing == scalars.count {
      put("+")
    }
    breakLine()
    var atStart = true
    for scalar in scalars {
      if scalar.isYAMLBreak {
        put(scalar)
        column = 0
        atStart = true
      } else {
        if atStart { put(String(repeating: " ", count: indent)) }
        atStart = false
        put(scalar)
      }
    }
  }

  // MARK: Output

  private mutating func put(_ string: String) {
    text += string
    column += string.unicodeScalars.count
  }

  private mutating func put(_ scalar: UnicodeScalar) {
    text.unicodeScalars.append(scalar)
    column += 1
  }

  private mutating func breakLine() {
    text += "\n"
    column = 0
  }

  private mutating func startLine(_ indent: Int) {
    if column > 0 { breakLine() }
    put(String(repeating: " ", count: indent))
  }
}

extension JSON {
  /// Takes lines of its own.
  fileprivate var isYAMLBlock: Bool {
    switch self {
    case .array(let elements): !elements.isEmpty
    case .object(let object): !object.isEmpty
    default: false
    }
  }
}

/// The order of keys that people expect and sigs.k8s.io/yaml writes: `a9` before `a10`, punctuation
/// and digits before letters.
enum NaturalOrder {
  static func sorted(_ object: JSONObject) -> [JSONObject.Member] {
    object.map { (Array($0.key.unicodeScalars), $0) }.sorted { less($0.0, $1.0) }.map(\.1)
  }

  /// At the first difference: two letters by code point; a letter after anything else; otherwise the
  /// numbers that start there by value, then by length, then by code point. A prefix comes first.
  static func less(_ a: [UnicodeScalar], _ b: [UnicodeScalar]) -> Bool {
    guard let index = zip(a, b).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset else {
      return a.count < b.count
    }
    let isLetterA = a[index].properties.isAlphabetic
    let isLetterB = b[index].properties.isAlphabetic
    if isLetterA && isLetterB { return a[index] < b[index] }
    if isLetterA || isLetterB { return isLetterB }
    let runA = digits(a[index...])
    let runB = digits(b[index...])
    let numberA = runA.drop { $0 == "0" }
    let numberB = runB.drop { $0 == "0" }
    if numberA.count != numberB.count { return numberA.count < numberB.count }
    if !numberA.elementsEqual(numberB) { return numberA.lexicographicallyPrecedes(numberB) }
    if runA.count != runB.count { return runA.count < runB.count }
    return a[index] < b[index]
  }

  private static func digits(_ scalars: ArraySlice<UnicodeScalar>) -> ArraySlice<UnicodeScalar> {
    scalars.prefix { ("0"..."9").contains($0) }
  }
}
