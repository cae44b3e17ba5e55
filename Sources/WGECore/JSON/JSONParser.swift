/// What is wrong with a JSON text, and where.
public struct JSONParseError: Error, Hashable, CustomStringConvertible {
  public enum Reason: Sendable, Hashable {
    case unexpectedEnd
    case unexpectedByte(UInt8)
    case trailingContent
    case invalidNumber
    case invalidEscape
    case loneSurrogate
    case controlCharacterInString
    case invalidUTF8
    case duplicateKey(String)
    case tooDeep(limit: Int)
    case tooLarge(limit: Int)
  }

  public let reason: Reason
  /// Offset of the offending byte, from 0.
  public let offset: Int
  /// Line and column (in bytes) of the offending byte, from 1.
  public let line: Int
  public let column: Int
  /// Where in the document: `$.spec.containers[2].image`. Keys are cut at 64 characters.
  public let path: String

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

/// How strictly and how far to read.
public struct JSONParseOptions: Sendable {
  /// Deepest nesting of arrays and objects. Default 512, a hundred more than any real manifest.
  public var maximumDepth: Int
  /// Longest text in bytes. Default 64 MiB.
  public var maximumBytes: Int
  /// What a key that occurs twice in one object means.
  public var duplicateKeys: DuplicateKeys

  public enum DuplicateKeys: Sendable {
    /// As encoding/json and the Kubernetes API server's lenient mode do.
    case lastWins
    /// Refuse with ``JSONParseError/Reason/duplicateKey(_:)``.
    case reject
  }

  public init(maximumDepth: Int = 512, maximumBytes: Int = 64 << 20, duplicateKeys: DuplicateKeys = .lastWins) {
    self.maximumDepth = maximumDepth
    self.maximumBytes = maximumBytes
    self.duplicateKeys = duplicateKeys
  }
}

extension JSON {
  /// Parses one RFC 8259 text in UTF-8.
  ///
  /// Strict: no comments, no trailing commas, no NaN, no byte order mark, no lone surrogates,
  /// nothing after the value but white space.
  ///
  /// - Throws: ``JSONParseError``.
  public init(parsing bytes: [UInt8], options: JSONParseOptions = JSONParseOptions()) throws {
    self = try bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(bytes: buffer, options: options)
      return try parser.parseDocument()
    }
  }

  /// Parses one RFC 8259 text. See ``init(parsing:options:)-([UInt8],_)``.
  public init(parsing text: String, options: JSONParseOptions = JSONParseOptions()) throws {
    try self.init(parsing: Array(text.utf8), options: options)
  }
}

/// Recursive descent over a byte buffer. The depth limit bounds the recursion, so input cannot
/// exhaust the stack.
struct JSONParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let options: JSONParseOptions
  private var offset = 0
  private var depth = 0
  private var path: [PathStep] = []

  private enum PathStep {
    case key(String)
    case index(Int)
  }

  init(bytes: UnsafeBufferPointer<UInt8>, options: JSONParseOptions) {
    self.bytes = bytes
    self.options = options
  }

  mutating func parseDocument() throws -> JSON {
    if bytes.count > options.maximumBytes { throw error(.tooLarge(limit: options.maximumBytes)) }
    skipWhitespace()
    let value = try parseValue()
    skipWhitespace()
    if offset < bytes.count { throw error(.trailingContent) }
    return value
  }

  private mutating func parseValue() throws -> JSON {
    guard offset < bytes.count else { throw error(.unexpectedEnd) }
    switch bytes[offset] {
    case UInt8(ascii: "{"): return try parseObject()
    case UInt8(ascii: "["): return try parseArray()
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try parseNumber())
    default: throw error(.unexpectedByte(bytes[offset]))
    }
  }

  private mutating func parseWord(_ word: StaticString, _ value: JSON) throws -> JSON {
    for index in 0..<word.utf8CodeUnitCount {
      guard offset < bytes.count else { throw error(.unexpectedEnd) }
      guard bytes[offset] == word.utf8Start[index] else { throw error(.unexpectedByte(bytes[offset])) }
      offset += 1
    }
    return value
  }

  private mutating func enter() throws {
    depth += 1
    if depth > options.maximumDepth { throw error(.tooDeep(limit: options.maximumDepth)) }
  }

  private mutating func parseArray() throws -> JSON {
    try enter()
    offset += 1
    var elements: [JSON] = []
    skipWhitespace()
    if try peek() == UInt8(ascii: "]") {
      offset += 1
      depth -= 1
      return .array([])
    }
    while true {
      path.append(.index(elements.count))
      skipWhitespace()
      elements.append(try parseValue())
      path.removeLast()
      skipWhitespace()
      switch try peek() {
      case UInt8(ascii: ","): offset += 1
      case UInt8(ascii: "]"):
        offset += 1
        depth -= 1
        return .array(elements)
      case let byte: throw error(.unexpectedByte(byte))
      }
    }
  }

  private mutating func parseObject() throws -> JSON {
    try enter()
    offset += 1
    var members: [JSONObject.Member] = []
    skipWhitespace()
    if try peek() == UInt8(ascii: "}") {
      offset += 1
      depth -= 1
      return .object(JSONObject())
    }
    while true {
      skipWhitespace()
      guard try peek() == UInt8(ascii: "\"") else { throw error(.unexpectedByte(bytes[offset])) }
      let keyOffset = offset
      let key = try parseString()
      path.append(.key(key))
      skipWhitespace()
      guard try peek() == UInt8(ascii: ":") else { throw error(.unexpectedByte(bytes[offset])) }
      offset += 1
      skipWhitespace()
      members.append(JSONObject.Member(key: key, value: try parseValue()))
      path.removeLast()
      skipWhitespace()
      switch try peek() {
      case UInt8(ascii: ","): offset += 1
      case UInt8(ascii: "}"):
        offset += 1
        depth -= 1
        let object = JSONObject(members)
        if object.count != members.count, case .reject = options.duplicateKeys {
          offset = keyOffset
          throw error(.duplicateKey(Self.firstDuplicate(in: members)))
        }
        return .object(object)
      case let byte: throw error(.unexpectedByte(byte))
      }
    }
  }

  private static func firstDuplicate(in members: [JSONObject.Member]) -> String {
    var seen = JSONObject()
    for member in members {
      if seen.contains(key: member.key) { return member.key }
      seen[member.key] = .null
    }
    return ""
  }

  // MARK: Strings

  private mutating func parseString() throws -> String {
    offset += 1
    let start = offset
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == UInt8(ascii: "\"") {
        let text = try decode(UnsafeBufferPointer(rebasing: bytes[start..<offset]))
        offset += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try parseEscapedString(from: start) }
      if byte < 0x20 { throw error(.controlCharacterInString) }
      offset += 1
    }
    throw error(.unexpectedEnd)
  }

  private mutating func decode(_ slice: UnsafeBufferPointer<UInt8>) throws -> String {
    guard let text = String(validating: slice, as: UTF8.self) else { throw error(.invalidUTF8) }
    return text
  }

  /// The slow path: the string holds escapes, so it is gathered into a buffer of its own.
  private mutating func parseEscapedString(from start: Int) throws -> String {
    var buffer = Array(bytes[start..<offset])
    while offset < bytes.count {
      let byte = bytes[offset]
      switch byte {
      case UInt8(ascii: "\""):
        let text = try buffer.withUnsafeBufferPointer { try decode($0) }
        offset += 1
        return text
      case UInt8(ascii: "\\"):
        offset += 1
        try parseEscape(into: &buffer)
      case 0..<0x20: throw error(.controlCharacterInString)
      default:
        buffer.append(byte)
        offset += 1
      }
    }
    throw error(.unexpectedEnd)
  }

  private mutating func parseEscape(into buffer: inout [UInt8]) throws {
    let escape = try peek()
    offset += 1
    switch escape {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(escape)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "u"):
      var code = try parseHex4()
      if (0xDC00...0xDFFF).contains(code) { throw error(.loneSurrogate) }
      if (0xD800...0xDBFF).contains(code) {
        guard try peek() == UInt8(ascii: "\\") else { throw error(.loneSurrogate) }
        offset += 1
        guard try peek() == UInt8(ascii: "u") else { throw error(.loneSurrogate) }
        offset += 1
        let low = try parseHex4()
        guard (0xDC00...0xDFFF).contains(low) else { throw error(.loneSurrogate) }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(code) else { throw error(.loneSurrogate) }
      buffer.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
    default:
      offset -= 1
      throw error(.invalidEscape)
    }
  }

  private mutating func parseHex4() throws -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let byte = try peek()
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw error(.invalidEscape)
      }
      code = code << 4 | UInt32(digit)
      offset += 1
    }
    return code
  }

  // MARK: Numbers

  private mutating func parseNumber() throws -> JSONNumber {
    let start = offset
    var integral = true
    if try peek() == UInt8(ascii: "-") { offset += 1 }
    guard offset < bytes.count else { throw error(.unexpectedEnd) }
    if bytes[offset] == UInt8(ascii: "0") {
      offset += 1
    } else if skipDigits() == 0 {
      throw error(.invalidNumber)
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      integral = false
      offset += 1
      if skipDigits() == 0 { throw error(.invalidNumber) }
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      integral = false
      offset += 1
      if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
      if skipDigits() == 0 { throw error(.invalidNumber) }
    }
    if offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) {
      throw error(.invalidNumber)
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    return JSONNumber(validated: text, isIntegral: integral)
  }

  private mutating func skipDigits() -> Int {
    let start = offset
    while offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) { offset += 1 }
    return offset - start
  }

  // MARK: Small steps

  private func peek() throws -> UInt8 {
    guard offset < bytes.count else { throw error(.unexpectedEnd) }
    return bytes[offset]
  }

  private mutating func skipWhitespace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      default: return
      }
    }
  }

  private func error(_ reason: JSONParseError.Reason) -> JSONParseError {
    var line = 1
    var lineStart = 0
    for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A {
      line += 1
      lineStart = index + 1
    }
    var text = "$"
    for step in path {
      switch step {
      case .key(let key): text += ".\(key.prefix(64))"
      case .index(let index): text += "[\(index)]"
      }
    }
    return JSONParseError(
      reason: reason, offset: offset, line: line, column: offset - lineStart + 1, path: text)
  }
}

extension JSONNumber {
  /// Classifies text that is known to match RFC 8259's number grammar.
  init(validated text: String, isIntegral: Bool) {
    if isIntegral {
      if text != "-0", let value = Int64(text) {
        self = .int(value)
        return
      }
    }
    if let value = Double(text), value.isFinite, GoFloat.text(value) == text {
      self = .double(value)
    } else {
      self = .literal(text)
    }
  }
}
