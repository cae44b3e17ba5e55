extension RegoValue: CustomStringConvertible {
  /// The value as Rego text.
  public var description: String { text }

  /// The value as Rego text: `{"a": [1, {2}]}`, strings quoted.
  var text: String {
    var out = ""
    write(to: &out)
    return out
  }

  /// The text of a value inside other text: a string as it is, anything else as ``text``.
  var plainText: String {
    if case .string(let text) = self { text } else { text }
  }

  private func write(to out: inout String) {
    switch self {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .number(let value): out += value.text
    case .string(let value): GoQuote.write(value, to: &out)
    case .array(let array):
      out += "["
      for (index, element) in array.enumerated() {
        if index > 0 { out += ", " }
        element.write(to: &out)
      }
      out += "]"
    case .object(let object):
      out += "{"
      for index in 0..<object.count {
        if index > 0 { out += ", " }
        object.key(at: index).write(to: &out)
        out += ": "
        object.value(at: index).write(to: &out)
      }
      out += "}"
    case .set(let set):
      if set.count == 0 {
        out += "set()"
        return
      }
      out += "{"
      for (index, element) in set.elements.enumerated() {
        if index > 0 { out += ", " }
        element.write(to: &out)
      }
      out += "}"
    }
  }
}

/// Strings in double quotes as Go's strconv.Quote writes them.
enum GoQuote {
  static func quote(_ text: String) -> String {
    var out = ""
    write(text, to: &out)
    return out
  }

  static func write(_ text: String, to out: inout String) {
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case "\u{07}": out += "\\a"
      case "\u{08}": out += "\\b"
      case "\u{0C}": out += "\\f"
      case "\u{0B}": out += "\\v"
      default:
        let code = scalar.value
        if code < 0x20 || code == 0x7F {
          out += "\\x" + hex(code, 2)
        } else if isPrintable(scalar) {
          out.unicodeScalars.append(scalar)
        } else if code < 0x10000 {
          out += "\\u" + hex(code, 4)
        } else {
          out += "\\U" + hex(code, 8)
        }
      }
    }
    out += "\""
  }

  static func hex(_ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value >= 0x20 }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }
}
