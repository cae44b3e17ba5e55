/// What is wrong with a JSON text, and where.
public struct JSONParseError: Error, Hashable, CustomStringConvertible {
  /// The rule that the text breaks.
  public enum Reason: Sendable, Hashable {
    /// The text ends in the middle of a value, or is empty.
    case unexpectedEnd
    /// A byte that cannot stand where it does.
    case unexpectedByte(UInt8)
    /// Something other than white space follows the value.
    case trailingContent
    /// A leading zero, a missing digit, a plus sign or the like.
    case invalidNumber
    /// A backslash followed by something that JSON does not know.
    case invalidEscape
    /// A `\u` escape for half of a surrogate pair without its other half.
    case loneSurrogate
    /// A control character that is not escaped inside a string.
    case controlCharacterInString
    /// Bytes that are not UTF-8 inside a string.
    case invalidUTF8
    /// A key that occurs twice in one object, where that is refused.
    case duplicateKey(String)
    /// Arrays and objects nested deeper than ``JSONParseOptions/maximumDepth``.
    case tooDeep(limit: Int)
    /// More bytes than ``JSONParseOptions/maximumBytes``.
    case tooLarge(limit: Int)
  }

  /// The rule that the text breaks.
  public let reason: Reason
  /// Offset of the offending byte, from 0.
  public let offset: Int
  /// Line of the offending byte, from 1.
  public let line: Int
  /// Column of the offending byte, in bytes, from 1.
  public let column: Int
  /// Where in the document: `$.spec.containers[2].image`. Keys are cut at 64 characters and deep
  /// paths in the middle.
  public let path: String

  /// `invalid JSON at line 3, column 7 ($.spec.replicas): ...`. Shows keys, never values.
  public var description: String {
    let what =
      switch reason {
      case .unexpectedEnd: "the text ends in the middle of a value"
      case .unexpectedByte(let byte): "unexpected \(Self.show(byte))"
      case .trailingContent: "there is more after the value"
      case .invalidNumber: "not a number as RFC 8259 spells it"
      case .invalidEscape: "not an escape sequence that JSON knows"
      case .loneSurrogate: "half of a surrogate pair stands alone"
      case .controlCharacterInString: "a control character must be escaped in a string"
      case .invalidUTF8: "the text is not UTF-8"
      case .duplicateKey(let key): "the key \"\(key.prefix(64))\" occurs twice"
      case .tooDeep(let limit): "nested deeper than the limit of \(limit)"
      case .tooLarge(let limit): "larger than the limit of \(limit) bytes"
      }
    return "invalid JSON at line \(line), column \(column) (\(path)): \(what)"
  }

  private static func show(_ byte: UInt8) -> String {
    (0x21...0x7E).contains(byte) ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
  }
}

extension JSONParseError {
  /// Works out the position and the path by reading the text once more from the start, so that the
  /// parser itself need not keep track of them.
  ///
  /// Everything before the offset is known to be well-formed.
  init(_ reason: Reason, at offset: Int, in bytes: UnsafeBufferPointer<UInt8>) {
    let end = min(offset, bytes.count)
    var line = 1
    var lineStart = 0
    for index in 0..<end where bytes[index] == 0x0A {
      line += 1
      lineStart = index + 1
    }
    self.init(
      reason: reason, offset: offset, line: line, column: offset - lineStart + 1,
      path: Self.path(to: end, in: bytes))
  }

  private enum Level {
    case array(index: Int)
    /// The bytes of the current member's key, between its quotes; empty before the first.
    case object(key: Range<Int>?, inValue: Bool)
  }

  private static func path(to end: Int, in bytes: UnsafeBufferPointer<UInt8>) -> String {
    var levels: [Level] = []
    var index = 0
    while index < end {
      switch bytes[index] {
      case UInt8(ascii: "{"): levels.append(.object(key: nil, inValue: false))
      case UInt8(ascii: "["): levels.append(.array(index: 0))
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = levels.popLast()
      case UInt8(ascii: ","):
        switch levels.last {
        case .array(let element): levels[levels.count - 1] = .array(index: element + 1)
        case .object: levels[levels.count - 1] = .object(key: nil, inValue: false)
        case nil: break
        }
      case UInt8(ascii: ":"):
        if case .object(let key, _) = levels.last { levels[levels.count - 1] = .object(key: key, inValue: true) }
      case UInt8(ascii: "\""):
        let start = index + 1
        index = start
        while index < end, bytes[index] != UInt8(ascii: "\"") { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
        if index < end, case .object(_, false) = levels.last {
          levels[levels.count - 1] = .object(key: start..<index, inValue: false)
        }
      default: break
      }
      index += 1
    }
    var steps: [String] = []
    for (position, level) in levels.enumerated() {
      // The innermost object only counts once its key is read.
      switch level {
      case .array(let element): steps.append("[\(element)]")
      case .object(let key?, let inValue) where inValue || position < levels.count - 1:
        steps.append(".\(String(decoding: bytes[key], as: UTF8.self).prefix(64))")
      case .object: break
      }
    }
    if steps.count > 32 { steps.replaceSubrange(16..<(steps.count - 16), with: [".…"]) }
    return "$" + steps.joined()
  }
}
