import Foundation
import Testing
import WGECore

/// Every class of input that a strict parser must accept or refuse, after the classes of
/// JSONTestSuite; the cases are our own.
@Suite struct JSONParserTests {
  @Test(
    arguments: [
      ("[]", .array([])), ("[ \t\r\n]", .array([])), ("{}", .object([:])), (" { } ", .object([:])),
      ("null", .null), ("true", .bool(true)), ("false", .bool(false)), ("\"\"", .string("")), ("\"a\"", "a"),
      ("0", 0), ("-0", .number(.double(-0.0))), ("-1", -1), ("1234567890", 1_234_567_890),
      ("9223372036854775807", .number(.int(.max))), ("-9223372036854775808", .number(.int(.min))),
      ("999999999999999999", 999_999_999_999_999_999), ("1000000000000000000", 1_000_000_000_000_000_000),
      ("9223372036854775808", .number(.literal("9223372036854775808"))),
      ("0.1", .number(.double(0.1))), ("1e+21", .number(.double(1e21))), ("1e21", .number(.literal("1e21"))),
      ("1.0", .number(.literal("1.0"))), ("1E5", .number(.literal("1E5"))), ("-1.5e-9", .number(.double(-1.5e-9))),
      ("1e400", .number(.literal("1e400"))), ("0e0", .number(.literal("0e0"))), ("0.0", .number(.literal("0.0"))),
      ("[1,2]", [1, 2]), ("[[[]]]", [[.array([])]]), ("[null, 1, \"1\", {}]", [.null, 1, "1", .object([:])]),
      ("{\"a\":1,\"b\":{\"c\":[]}}", ["a": 1, "b": ["c": .array([])]]), ("{\"\":0}", ["": 0]),
      (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{C}\n\r\t")), (#""\u0041\u00e9\u20AC""#, "Aé€"),
      (#""\uD83D\uDE00""#, "😀"), (#""\u0000""#, .string("\0")), (#""\uFFFF""#, .string("\u{FFFF}")),
      ("\"\u{7F}\"", .string("\u{7F}")), ("\"é€😀\"", "é€😀"), ("\"\u{2028}\"", .string("\u{2028}")),
      (#""😀 and \n""#, "😀 and \n"), ("\"0123456\\\"89\"", "0123456\"89"), ("\"01234567\"", "01234567"),
      ("\"a rather long string without any escape in it\"", "a rather long string without any escape in it"),
    ] as [(String, JSON)])
  func accepts(text: String, expected: JSON) throws {
    #expect(try JSON(parsing: text) == expected)
    #expect(try JSON(parsing: Array("  \(text)\n".utf8)) == expected)
  }

  @Test(
    arguments: [
      ("", .unexpectedEnd), (" ", .unexpectedEnd), ("[", .unexpectedEnd), ("[1", .unexpectedEnd),
      ("[1,", .unexpectedEnd),
      ("{", .unexpectedEnd), ("{\"a\"", .unexpectedEnd), ("{\"a\":", .unexpectedEnd), ("{\"a\":1", .unexpectedEnd),
      ("{\"a\":1,", .unexpectedEnd), ("\"", .unexpectedEnd), ("\"abc", .unexpectedEnd), ("\"\\", .unexpectedEnd),
      ("\"\\u12", .unexpectedEnd), ("tru", .unexpectedEnd), ("-", .unexpectedEnd), ("1.", .unexpectedEnd),
      ("1e", .unexpectedEnd), ("1e+", .unexpectedEnd),
      ("[1,]", .unexpectedByte(0x5D)), ("[,1]", .unexpectedByte(0x2C)), ("[1 2]", .unexpectedByte(0x32)),
      ("[1}", .unexpectedByte(0x7D)), ("]", .unexpectedByte(0x5D)), ("{,}", .unexpectedByte(0x2C)),
      ("{\"a\":1,}", .unexpectedByte(0x7D)), ("{a:1}", .unexpectedByte(0x61)), ("{'a':1}", .unexpectedByte(0x27)),
      ("{\"a\" 1}", .unexpectedByte(0x31)), ("{\"a\"::1}", .unexpectedByte(0x3A)), ("{1:1}", .unexpectedByte(0x31)),
      ("{\"a\":1]", .unexpectedByte(0x5D)), ("+1", .unexpectedByte(0x2B)), (".5", .unexpectedByte(0x2E)),
      ("NaN", .unexpectedByte(0x4E)), ("Infinity", .unexpectedByte(0x49)), ("nul!", .unexpectedByte(0x21)),
      ("True", .unexpectedByte(0x54)), ("// a", .unexpectedByte(0x2F)), ("\u{FEFF}1", .unexpectedByte(0xEF)),
      ("\u{A0}1", .unexpectedByte(0xC2)), ("\u{C}1", .unexpectedByte(0x0C)),
      ("1 2", .trailingContent), ("[]]", .trailingContent), ("{} //", .trailingContent), ("nullx", .trailingContent),
      ("1\0", .trailingContent), ("0x1", .trailingContent), ("1_0", .trailingContent), ("1.5.5", .trailingContent),
      ("01", .invalidNumber), ("-01", .invalidNumber), ("00", .invalidNumber), ("-a", .invalidNumber),
      ("--1", .invalidNumber), ("1.a", .invalidNumber), ("1.e1", .invalidNumber), ("1ea", .invalidNumber),
      ("1e+-1", .invalidNumber), ("-Infinity", .invalidNumber),
      (#""\a""#, .invalidEscape), (#""\x41""#, .invalidEscape), (#""\u00G0""#, .invalidEscape),
      (#""\'""#, .invalidEscape),
      (#""\U0041""#, .invalidEscape), ("\"\\\n\"", .invalidEscape),
      (#""\uD800""#, .loneSurrogate), (#""\uDC00""#, .loneSurrogate), (#""\uD800\uD800""#, .loneSurrogate),
      (#""\uD800a""#, .loneSurrogate), (#""\uD800\n""#, .loneSurrogate),
      ("\"\n\"", .controlCharacterInString), ("\"\t\"", .controlCharacterInString),
      ("\"\0\"", .controlCharacterInString),
      ("\"abcdefgh\u{1F}\"", .controlCharacterInString), ("\"\\n\u{1}\"", .controlCharacterInString),
    ] as [(String, JSONParseError.Reason)])
  func refuses(text: String, reason: JSONParseError.Reason) {
    let error = #expect(throws: JSONParseError.self) { try JSON(parsing: text) }
    #expect(error?.reason == reason)
  }

  @Test(
    arguments: [
      [0xFF], [0x80], [0xC0, 0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xF0, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
  func refusesWhatIsNotUTF8(bytes: [UInt8]) {
    for prefix in ["", "0123456789", "\\n"] {
      let text = Array("\"\(prefix)".utf8) + bytes + Array("\"".utf8)
      let error = #expect(throws: JSONParseError.self) { try JSON(parsing: text) }
      #expect(error?.reason == .invalidUTF8)
    }
  }

  @Test func limitsDepth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try JSON(parsing: nested(512)) }
    let error = #expect(throws: JSONParseError.self) { try JSON(parsing: nested(513)) }
    #expect(error?.reason == .tooDeep(limit: 512))
    let endless = String(repeating: "{\"a\":[", count: 500_000)
    #expect(throws: JSONParseError.self) { try JSON(parsing: endless) }
    #expect(throws: Never.self) {
      try JSON(parsing: "[[],[]]", options: JSONParseOptions(maximumDepth: 2))
    }
  }

  /// Everything that recurses over a value fits a small stack at the deepest nesting.
  @Test func deepestNestingFitsASmallStack() async {
    let text = String(repeating: "{\"a\":[", count: 256) + String(repeating: "]}", count: 256)
    let isFine = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
      let thread = Thread {
        guard let value = try? JSON(parsing: text), let other = try? JSON(parsing: text),
          let encoded = try? JSON(encoding: ["x": value])
        else {
          continuation.resume(returning: false)
          return
        }
        let yaml = try? YAML.parseSingle(YAML.serialize(value))
        continuation.resume(
          returning: value == other && value.hashValue == other.hashValue && value.serialized() == Array(text.utf8)
            && encoded["x"] == value && yaml == value && value.applyingMergePatch(value) == value)
      }
      thread.stackSize = 2 << 20
      thread.start()
    }
    #expect(isFine)
  }

  @Test func limitsSize() {
    let error = #expect(throws: JSONParseError.self) {
      try JSON(parsing: "[1, 2]", options: JSONParseOptions(maximumBytes: 5))
    }
    #expect(error?.reason == .tooLarge(limit: 5))
  }

  @Test func duplicateKeys() throws {
    let text = #"{"b":1,"a":2,"b":3}"#
    #expect(try JSON(parsing: text) == ["a": 2, "b": 3])
    let error = #expect(throws: JSONParseError.self) {
      try JSON(parsing: "[\(text)]", options: JSONParseOptions(duplicateKeys: .reject))
    }
    #expect(error?.reason == .duplicateKey("b"))
    #expect(error?.path == "$[0]")
    // Canonically equivalent is not equal: composed and decomposed é are two keys.
    let two = try JSON(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}", options: JSONParseOptions(duplicateKeys: .reject))
    #expect(two.objectValue?.count == 2)
  }

  @Test func manyMembersKeepOrderAndLastValue() throws {
    for count in [5, 31, 32, 33, 500] {
      let members = (0..<count).map { "\"k\(($0 * 7919) % count)\":\($0)" } + ["\"k1\":-1"]
      let object = try JSON(parsing: "{\(members.joined(separator: ","))}").objectValue
      #expect(object?.count == count)
      #expect(object?["k1"] == -1)
      #expect(
        object.map { Array($0.keys) }
          == (0..<count).map { "k\($0)" }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
  }

  @Test func errorsSayWhere() throws {
    let text = """
      {
        "spec": {
          "containers": [
            {"image": "a"},
            {"ports": [1, 2, x]}
          ]
        }
      }
      """
    let error = try #require(throws: JSONParseError.self) { try JSON(parsing: text) }
    #expect(error.line == 5)
    #expect(error.column == 24)
    #expect(error.path == "$.spec.containers[1].ports[2]")
    #expect(error.description == "invalid JSON at line 5, column 24 ($.spec.containers[1].ports[2]): unexpected 'x'")
    let atKey = try #require(throws: JSONParseError.self) { try JSON(parsing: #"{"a":{"b":1,c}}"#) }
    #expect(atKey.path == "$.a")
    let afterKey = try #require(throws: JSONParseError.self) { try JSON(parsing: #"{"a":{"b" 1}}"#) }
    #expect(afterKey.path == "$.a")
  }

  @Test func slicesAndLongKeys() throws {
    let bytes = Array("xx{\"creationTimestamp\":1,\"aKeyThatNobodyKnowsYet\":2}yy".utf8)
    let json = try JSON(parsing: bytes[2..<(bytes.count - 2)])
    #expect(json["creationTimestamp"] == 1)
    #expect(json["aKeyThatNobodyKnowsYet"] == 2)
    // Large enough for a key table of its own, with colliding and too long keys.
    let items = (0..<3000).map { "{\"someRatherLongKey\($0 % 300)\":\($0),\"\(String(repeating: "k", count: 70))\":1}" }
    let list = try JSON(parsing: "[\(items.joined(separator: ","))]")
    for index in 0..<3000 { #expect(list[index]?["someRatherLongKey\(index % 300)"]?.intValue == Int64(index)) }
  }
}
