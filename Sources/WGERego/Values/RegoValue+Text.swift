internal import WGEGoFormat

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
    case .string(let value): out += GoQuote.quote(value)
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

/// A number in hexadecimal, filled up with zeros to a width.
func hexadecimal(_ value: UInt32, _ width: Int) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
