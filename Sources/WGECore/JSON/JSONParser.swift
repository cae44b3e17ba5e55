// Recursive descent over a byte buffer.
//
// The problem is the watch stream of a large cluster: gigabytes of small objects. The ideas:
// - Strings are scanned eight bytes at a time up to the next quote, backslash or control character;
//   one without escapes is copied once, straight from the input.
// - Integers of up to 18 digits never become text.
// - Keys, and values of middling length, that are too long to be stored inline by Swift (over 15
//   bytes) and were seen before share one allocation, see JSONKeyTable.
// - Members and elements wait on one stack for the document until their number is known, so every
//   array is allocated once, at its size, see ScratchStack.
// - No bookkeeping for errors: their line and path are found by reading again, see JSONParseError.
//
// Invariants: `offset` never passes the end of the buffer; depth bounds the recursion, so input
// cannot exhaust the stack; failure is remembered once and unwinds by throwing.

struct JSONParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let options: JSONParseOptions
  private var offset = 0
  private var depth = 0
  private var keys: JSONKeyTable
  /// Of the objects that are still open.
  private var members = ScratchStack<JSONObject.Member>()
  /// Of the arrays that are still open.
  private var elements = ScratchStack<JSON>()

  /// What went wrong, at the current offset. Thrown as a small value; the full error is made once.
  private struct Failure: Error {
    let reason: JSONParseError.Reason
  }

  init(bytes: UnsafeBufferPointer<UInt8>, options: JSONParseOptions) {
    self.bytes = bytes
    self.options = options
    keys = JSONKeyTable(documentSize: bytes.count)
  }

  mutating func parse() -> Result<JSON, JSONParseError> {
    guard bytes.count <= options.maximumBytes else {
      // Not read at all, hence no position to look for.
      let error = JSONParseError(
        reason: .tooLarge(limit: options.maximumBytes), offset: 0, line: 1, column: 1, path: "$")
      return .failure(error)
    }
    defer {
      members.removeAll()
      elements.removeAll()
    }
    do throws(Failure) {
      skipWhitespace()
      let value = try parseValue()
      skipWhitespace()
      if offset < bytes.count { throw Failure(reason: .trailingContent) }
      return .success(value)
    } catch {
      return .failure(JSONParseError(error.reason, at: offset, in: bytes))
    }
  }

  private mutating func parseValue() throws(Failure) -> JSON {
    switch try peek() {
    case UInt8(ascii: "{"): return try parseObject()
    case UInt8(ascii: "["): return try parseArray()
    case UInt8(ascii: "\""): return .string(try parseString(isKey: false))
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try parseNumber())
    case let byte: throw Failure(reason: .unexpectedByte(byte))
    }
  }

  private mutating func parseWord(_ word: StaticString, _ value: JSON) throws(Failure) -> JSON {
    for index in 0..<word.utf8CodeUnitCount {
      let byte = try peek()
      guard byte == word.utf8Start[index] else { throw Failure(reason: .unexpectedByte(byte)) }
      offset += 1
    }
    return value
  }

  private mutating func enter() throws(Failure) {
    depth += 1
    if depth > options.maximumDepth { throw Failure(reason: .tooDeep(limit: options.maximumDepth)) }
    offset += 1
    skipWhitespace()
  }

  private mutating func leave() {
    depth -= 1
    offset += 1
  }

  private mutating func parseArray() throws(Failure) -> JSON {
    try enter()
    if try peek() == UInt8(ascii: "]") {
      leave()
      return .array([])
    }
    let first = elements.count
    while true {
      let element = try parseValue()
      elements.push(element)
      skipWhitespace()
      switch try peek() {
      case UInt8(ascii: ","):
        offset += 1
        skipWhitespace()
      case UInt8(ascii: "]"):
        leave()
        return .array(elements.take(from: first))
      case let byte: throw Failure(reason: .unexpectedByte(byte))
      }
    }
  }

  private mutating func parseObject() throws(Failure) -> JSON {
    try enter()
    let start = offset
    if try peek() == UInt8(ascii: "}") {
      leave()
      return .object(JSONObject())
    }
    let first = members.count
    while true {
      try expect(UInt8(ascii: "\""))
      let key = try parseString(isKey: true)
      skipWhitespace()
      try expect(UInt8(ascii: ":"))
      offset += 1
      skipWhitespace()
      let value = try parseValue()
      members.push(JSONObject.Member(key: key, value: value))
      skipWhitespace()
      switch try peek() {
      case UInt8(ascii: ","):
        offset += 1
        skipWhitespace()
      case UInt8(ascii: "}"):
        if let duplicate = JSONObject.sort(members.tail(from: first)) {
          if case .reject = options.duplicateKeys {
            // Points at the start of the object that has the key twice.
            offset = start
            throw Failure(reason: .duplicateKey(duplicate))
          }
          leave()
          return .object(JSONObject(members.take(from: first)))
        }
        leave()
        return .object(JSONObject(strictlyAscending: members.take(from: first)))
      case let byte: throw Failure(reason: .unexpectedByte(byte))
      }
    }
  }

  // MARK: Strings

  private mutating func parseString(isKey: Bool) throws(Failure) -> String {
    offset += 1
    let start = offset
    var allBits: UInt8 = 0
    scanPlain(&allBits)
    switch try peek() {
    case UInt8(ascii: "\""):
      let slice = UnsafeBufferPointer(rebasing: bytes[start..<offset])
      let text: String
      if allBits < 0x80 {
        if slice.count <= JSONKeyTable.inlineLimit {
          text = String(decoding: slice, as: UTF8.self)
        } else {
          text = isKey ? keys.string(slice) : keys.value(slice)
        }
      } else {
        text = try decode(slice)
      }
      offset += 1
      return text
    case UInt8(ascii: "\\"): return try parseEscapedString(from: start)
    default: throw Failure(reason: .controlCharacterInString)
    }
  }

  /// Moves to the next quote, backslash or control character, or to the end, and collects the bits
  /// of all bytes on the way, which tell whether they are ASCII.
  @inline(__always)
  private mutating func scanPlain(_ allBits: inout UInt8) {
    guard let base = bytes.baseAddress else { return }
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var wide: UInt64 = 0
    while offset + 8 <= bytes.count {
      let word = UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self)
      let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
      let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
      // The classic "has a byte less than n" tests; a byte with its high bit set never matches.
      let stop = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word)
      if stop & highs != 0 { break }
      wide |= word
      offset += 8
    }
    if wide & highs != 0 { allBits |= 0x80 }
    while offset < bytes.count {
      let byte = base[offset]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return }
      allBits |= byte
      offset += 1
    }
  }

  private mutating func decode(_ slice: UnsafeBufferPointer<UInt8>) throws(Failure) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else { throw Failure(reason: .invalidUTF8) }
    return text
  }

  /// The slow path: the string holds escapes, so it is gathered into a buffer of its own.
  private mutating func parseEscapedString(from start: Int) throws(Failure) -> String {
    var buffer: [UInt8] = []
    var runStart = start
    while true {
      var allBits: UInt8 = 0
      scanPlain(&allBits)
      buffer.append(contentsOf: bytes[runStart..<offset])
      switch try peek() {
      case UInt8(ascii: "\""):
        guard let text = String(validating: buffer, as: UTF8.self) else { throw Failure(reason: .invalidUTF8) }
        offset += 1
        return text
      case UInt8(ascii: "\\"):
        offset += 1
        try parseEscape(into: &buffer)
        runStart = offset
      default: throw Failure(reason: .controlCharacterInString)
      }
    }
  }

  private mutating func parseEscape(into buffer: inout [UInt8]) throws(Failure) {
    let escape = try peek()
    switch escape {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(escape)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "u"):
      offset += 1
      try parseUnicodeEscape(into: &buffer)
      return
    default: throw Failure(reason: .invalidEscape)
    }
    offset += 1
  }

  private mutating func parseUnicodeEscape(into buffer: inout [UInt8]) throws(Failure) {
    var code = try parseHex4()
    if (0xD800...0xDBFF).contains(code) {
      for expected in [UInt8(ascii: "\\"), UInt8(ascii: "u")] {
        guard try peek() == expected else { throw Failure(reason: .loneSurrogate) }
        offset += 1
      }
      let low = try parseHex4()
      guard (0xDC00...0xDFFF).contains(low) else { throw Failure(reason: .loneSurrogate) }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = UnicodeScalar(code) else { throw Failure(reason: .loneSurrogate) }
    buffer.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
  }

  private mutating func parseHex4() throws(Failure) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch try peek() {
      case let byte where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): digit = byte - UInt8(ascii: "0")
      case let byte where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte): digit = byte - UInt8(ascii: "a") + 10
      case let byte where (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte): digit = byte - UInt8(ascii: "A") + 10
      default: throw Failure(reason: .invalidEscape)
      }
      code = code << 4 | UInt32(digit)
      offset += 1
    }
    return code
  }

  // MARK: Numbers

  private mutating func parseNumber() throws(Failure) -> JSONNumber {
    let start = offset
    var integral = true
    let negative = bytes[offset] == UInt8(ascii: "-")
    if negative { offset += 1 }
    let firstDigit = offset
    var value: Int64 = 0
    while offset < bytes.count, let digit = Self.digit(bytes[offset]) {
      // Wraps for long literals, which take the slow path below.
      value = value &* 10 &+ digit
      offset += 1
    }
    let digits = offset - firstDigit
    if digits == 0 { throw Failure(reason: offset < bytes.count ? .invalidNumber : .unexpectedEnd) }
    if digits > 1, bytes[firstDigit] == UInt8(ascii: "0") {
      offset = firstDigit + 1
      throw Failure(reason: .invalidNumber)
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      integral = false
      offset += 1
      try skipDigits()
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      integral = false
      offset += 1
      if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
      try skipDigits()
    }
    if integral, digits <= 18, value != 0 || !negative { return .int(negative ? -value : value) }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    return JSONNumber(validated: text, isIntegral: integral)
  }

  /// At least one digit.
  private mutating func skipDigits() throws(Failure) {
    guard offset < bytes.count else { throw Failure(reason: .unexpectedEnd) }
    guard Self.digit(bytes[offset]) != nil else { throw Failure(reason: .invalidNumber) }
    while offset < bytes.count, Self.digit(bytes[offset]) != nil { offset += 1 }
  }

  @inline(__always)
  private static func digit(_ byte: UInt8) -> Int64? {
    let value = byte &- UInt8(ascii: "0")
    return value < 10 ? Int64(value) : nil
  }

  // MARK: Small steps

  @inline(__always)
  private func peek() throws(Failure) -> UInt8 {
    guard offset < bytes.count else { throw Failure(reason: .unexpectedEnd) }
    return bytes[offset]
  }

  @inline(__always)
  private func expect(_ byte: UInt8) throws(Failure) {
    let found = try peek()
    if found != byte { throw Failure(reason: .unexpectedByte(found)) }
  }

  @inline(__always)
  private mutating func skipWhitespace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0A, 0x0D: offset += 1
      default: return
      }
    }
  }
}

extension JSONNumber {
  /// Classifies text that is known to match RFC 8259's number grammar.
  init(validated text: String, isIntegral: Bool) {
    if isIntegral, text != "-0", let value = Int64(text) {
      self = .int(value)
    } else if text.utf8.count <= 32, let value = Double(text), value.isFinite, GoFloat.text(value) == text {
      self = .double(value)
    } else {
      self = .literal(text)
    }
  }
}
