/// Which objects are meant, by a few of their fields: `metadata.name=web,spec.nodeName!=a`.
public struct FieldSelector: Sendable, Hashable, CustomStringConvertible {
  /// One condition on one field.
  public struct Term: Sendable, Hashable {
    /// `metadata.name`.
    public var field: String
    /// What it is compared with.
    public var value: String
    /// True when the field must have the value, false when it must not.
    public var isEqual: Bool

    /// A condition on a field.
    public init(field: String, value: String, isEqual: Bool = true) {
      self.field = field
      self.value = value
      self.isEqual = isEqual
    }
  }

  /// Conditions that must all be met.
  public var terms: [Term]

  /// A selector; without terms it matches everything.
  public init(_ terms: [Term] = []) { self.terms = terms }

  /// Reads terms separated by commas, each `field=value`, `field==value` or `field!=value`. A comma,
  /// an equals sign or a backslash inside a value is escaped by a backslash.
  public init(parsing text: String) throws(SelectorParseError) {
    terms = []
    for part in Self.split(Array(text.utf8)) where !part.isEmpty {
      guard let term = Self.term(part) else {
        let shown = String(decoding: part, as: UTF8.self)
        throw SelectorParseError(description: "invalid selector: '\(text)'; can't understand '\(shown)'")
      }
      terms.append(Term(field: term.field, value: try Self.unescape(term.value), isEqual: term.isEqual))
    }
  }

  /// True when an object is meant. Fields that the closure does not know count as empty.
  public func matches(_ value: (_ field: String) -> String?) -> Bool {
    terms.allSatisfy { ((value($0.field) ?? "") == $0.value) == $0.isEqual }
  }

  /// The terms as ``init(parsing:)`` reads them.
  public var description: String {
    terms.map { "\($0.field)\($0.isEqual ? "=" : "!=")\(Self.escape($0.value))" }.joined(separator: ",")
  }

  /// At commas that are not escaped.
  private static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = 0
    var isEscaped = false
    for (index, byte) in bytes.enumerated() {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: ",") {
        parts.append(bytes[start..<index])
        start = index + 1
      }
    }
    return parts + [bytes[start...]]
  }

  /// At the first operator.
  private static func term(_ part: ArraySlice<UInt8>) -> (field: String, value: ArraySlice<UInt8>, isEqual: Bool)? {
    for index in part.indices {
      let rest = part[index...]
      for (sign, isEqual) in [("!=", false), ("==", true), ("=", true)] where rest.starts(with: sign.utf8) {
        return (String(decoding: part[..<index], as: UTF8.self), rest.dropFirst(sign.utf8.count), isEqual)
      }
    }
    return nil
  }

  private static func unescape(_ value: ArraySlice<UInt8>) throws(SelectorParseError) -> String {
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in value {
      let isSpecial = byte == UInt8(ascii: ",") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "\\")
      if isEscaped {
        guard isSpecial else {
          let sequence = String(decoding: [UInt8(ascii: "\\"), byte], as: UTF8.self)
          throw SelectorParseError(description: "invalid field selector: invalid escape sequence: \(sequence)")
        }
        bytes.append(byte)
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if isSpecial {
        throw SelectorParseError(description: "invalid field selector: unescaped character in value: \(byte)")
      } else {
        bytes.append(byte)
      }
    }
    if isEscaped {
      throw SelectorParseError(description: "invalid field selector: invalid escape sequence: \\")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func escape(_ value: String) -> String {
    var result = ""
    for character in value.unicodeScalars {
      if character == "\\" || character == "," || character == "=" { result += "\\" }
      result.unicodeScalars.append(character)
    }
    return result
  }
}
