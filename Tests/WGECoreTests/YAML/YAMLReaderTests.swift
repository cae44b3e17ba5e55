import Testing
import WGECore
import WGETestSupport

@Suite struct YAMLReaderTests {
  @Test(
    arguments: [
      ("a: 1\nb: [x, {c: d}]\n", ["a": 1, "b": ["x", ["c": "d"]]]),
      ("[y, N, yes, No, ON, off, True, FALSE]", [true, false, true, false, true, false, true, false]),
      ("[yEs, tRUE, 'yes', \"no\"]", ["yEs", "tRUE", "yes", "no"]),
      ("[~, null, Null, NULL, '', nULL]", [.null, .null, .null, .null, "", "nULL"]),
      ("- \n-\n- a", [.null, .null, "a"]),
      ("[0755, 0o17, 0x1F, 0b11, 1_000, +5, -7, 08, -0x10, 0, 00]", [493, 15, 31, 3, 1000, 5, -7, 8, -16, 0, 0]),
      ("[1.5, 1e3, 1.e3, .5, 1E-2, 1_0.5, -.5, 1.0]", [1.5, 1000, 1000, 0.5, 0.01, 10.5, -0.5, 1]),
      (
        "[1.2.3, 1:30, 2024-01-01, 0x, 0b2, +, '-', .e5, 1e, 1e400, 0x-5, ., .5_0]",
        ["1.2.3", "1:30", "2024-01-01", "0x", "0b2", "+", "-", ".e5", "1e", "1e400", "0x-5", ".", ".5_0"]
      ),
      ("[9223372036854775807, -9223372036854775808]", [.number(.int(.max)), .number(.int(.min))]),
      ("18446744073709551615", .number(JSONNumber(UInt64.max))),
      ("18446744073709551616", .number(.double(18446744073709551616))),
      ("-9223372036854775809", .number(.int(.min))),
      (
        "[!!str 123, !!int \"5\", !!float 1, !!bool yes, !!null '', !custom 7, ! 12]",
        ["123", 5, 1, true, .null, "7", "12"]
      ),
      ("!!binary aGVsbG8gd29y\n  bGQ=", "hello world"),
      ("1: a\ntrue: b\n1.5: c\n1e6: d\n0x10: e", ["1": "a", "true": "b", "1.5": "c", "1e+06": "d", "16": "e"]),
      ("a: &x {k: 1}\nb: *x\nc: [*x, *x]", ["a": ["k": 1], "b": ["k": 1], "c": [["k": 1], ["k": 1]]]),
      ("&k key: v\nother: *k\n", ["key": "v", "other": "key"]),
      ("a: &x 1\nb: &x 2\nc: *x", ["a": 1, "b": 2, "c": 2]),
      (
        "x: &x {k: 1, j: 2}\nw: {k: 9, <<: *x}\nz:\n  <<: *x\n  k: 9",
        ["x": ["k": 1, "j": 2], "w": ["k": 9, "j": 2], "z": ["k": 9, "j": 2]]
      ),
      ("<<: [{a: 1, b: 1}, {b: 2, c: 2}]\nc: 3", ["a": 1, "b": 1, "c": 3]),
      ("'<<': 1", ["<<": 1]), ("a: <<", ["a": "<<"]),
      ("? a\n: b\n? c\n", ["a": "b", "c": .null]),
      (
        "a: |\n  l1\n  l2\nb: >-\n  f1\n  f2\nc: |+\n  k\n\nd: |2-\n    x\n",
        ["a": "l1\nl2\n", "b": "f1 f2", "c": "k\n\n", "d": "  x"]
      ),
      ("a: 1\r\nb: 2\r\n", ["a": 1, "b": 2]), ("\u{FEFF}a: 1", ["a": 1]), ("%YAML 1.1\n---\na: 1", ["a": 1]),
      ("\"\\u00e9\\x41\\U0001F600\\n\\0\"", "éA😀\n\0"), ("{\"a\": 1, \"b\": [true]}", ["a": 1, "b": [true]]),
      ("# only a comment", .null), ("", .null), ("---", .null),
    ] as [(String, JSON)])
  func reads(text: String, expected: JSON) throws { #expect(try YAML.parseSingle(text) == expected) }

  @Test(arguments: [
    ("a: 1\nb: 2\na: 3", "line 3, column 1: the key \"a\" occurs twice"),
    ("1: a\n'1': b", "line 2, column 1: the key \"1\" occurs twice"),
    ("a:\n\tb: 1", "line 2, column 1: found character that cannot start any token while scanning for the next token"),
    ("a: 1\n b: 2", "line 2, column 3: mapping values are not allowed in this context"),
    ("a: [1", "line 1, column 6: did not find expected ',' or ']' while parsing a flow sequence"),
    ("a: {{ .x }}", "line 1, column 5: an object cannot be a key; are quotes missing around {{ }}?"),
    ("? [a]\n: b", "line 1, column 3: an array cannot be a key; are quotes missing around {{ }}?"),
    ("null: x", "line 1, column 1: null is not a key that JSON has"),
    ("a: .inf", "line 1, column 4: .inf is not a number that JSON has"),
    ("[.nan]", "line 1, column 2: .nan is not a number that JSON has"),
    ("a: *x", "line 1, column 4: the anchor \"x\" does not exist"),
    ("a: &x [*x]", "line 1, column 8: the anchor \"x\" contains itself"),
    ("&x a: &y {b: *y}", "line 1, column 14: the anchor \"y\" contains itself"),
    ("a: !!int x", "line 1, column 4: the value is not what its tag !!int says"),
    ("a: !!binary '?'", "line 1, column 4: the value of !!binary is not base64 of UTF-8 text"),
    ("<<: 1", "line 1, column 5: a merge key (<<) needs a mapping or a list of mappings"),
    ("<<: [{}, 1]", "line 1, column 5: a merge key (<<) needs a mapping or a list of mappings"),
    ("a: \"\\ud800\"", "line 1, column 7: found invalid Unicode character escape code while parsing a quoted scalar"),
  ])
  func refuses(text: String, problem: String) {
    let error = #expect(throws: YAMLParseError.self) { try YAML.parse(text) }
    #expect(error.map { "line \($0.line), column \($0.column): \($0.problem)" } == problem)
    #expect(error?.document == 1)
  }

  @Test func severalDocuments() throws {
    #expect(try YAML.parse("a: 1\n---\nb: 2\n---\n---\nc\n") == [["a": 1], ["b": 2], .null, "c"])
    #expect(try YAML.parse("") == [])
    #expect(try YAML.parse("# nothing\n") == [])
    #expect(try YAML.parseFirst("a: 1\n---\n{broken") == ["a": 1])
    let second = #expect(throws: YAMLParseError.self) { try YAML.parseSingle("a: 1\n---\nb: 2") }
    #expect(second?.problem == "expected one document, found another")
    #expect(second?.line == 2)
    let third = #expect(throws: YAMLParseError.self) { try YAML.parse("a\n---\nb\n---\nc: d: e") }
    #expect(third?.description.hasPrefix("invalid YAML in document 3 at line 5, column 5: ") == true)
    // An anchor lives in its document.
    #expect(throws: YAMLParseError.self) { try YAML.parse("a: &x 1\n---\nb: *x") }
  }

  @Test func duplicateKeysMayBeAllowed() throws {
    #expect(try YAML.parseSingle("a: 1\na: 2", options: .init(duplicateKeys: .lastWins)) == ["a": 2])
  }

  @Test func limits() throws {
    func problem(_ text: String, _ options: YAML.Options = .init()) -> String? {
      #expect(throws: YAMLParseError.self) { try YAML.parse(text, options: options) }?.problem
    }
    #expect(problem(String(repeating: "[", count: 600)) == "nested deeper than the limit of 512")
    #expect(problem(String(repeating: "[", count: 1_000_000)) == "nested deeper than the limit of 512")
    #expect(problem(String(repeating: "- ", count: 100_000)) == "nested deeper than the limit of 512")
    #expect(problem(String(repeating: "? ", count: 100_000)) == "nested deeper than the limit of 512")
    #expect(problem(String(repeating: "{a: ", count: 600)) == "nested deeper than the limit of 512")
    #expect(problem("a: b", .init(maximumBytes: 3)) == "larger than the limit of 3 bytes")
    #expect(problem("---\n---\n---\n", .init(maximumDocuments: 2)) == "more than the limit of 2 documents")
    // Billion laughs: each line stands for ten of the line before.
    var laughs = "a0: &a0 lol\n"
    for level in 1...40 {
      laughs += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ","))]\n"
    }
    #expect(problem(laughs) == "aliases expand to more than the limit of 16777216 bytes")
    // Depth through aliases: each line nests the one before a hundred levels deeper.
    var deep = "a0: &a0 x\n"
    for level in 1...6 {
      deep +=
        "a\(level): &a\(level) \(String(repeating: "[", count: 100))*a\(level - 1)\(String(repeating: "]", count: 100))\n"
    }
    #expect(problem(deep) == "nested deeper than the limit of 512")
    #expect(throws: Never.self) { try YAML.parse("[[1]]", options: .init(maximumDepth: 2)) }
    #expect(problem("[[[1]]]", .init(maximumDepth: 2)) == "nested deeper than the limit of 2")
  }

  @Test func notText() {
    let error = #expect(throws: YAMLParseError.self) { try YAML.parse(Array("a: b\nc: ".utf8) + [0xFF, 0xFE]) }
    #expect(error?.line == 2)
    #expect(throws: YAMLParseError.self) { try YAML.parse([0x61, 0x00]) }
  }

  @Test func damagedInputNeverTraps() throws {
    var random = SeededGenerator(seed: 5)
    var accepted = 0
    for _ in 0..<5000 where try Self.checkDamaged(&random) { accepted += 1 }
    #expect(accepted > 0)
  }

  /// Whether the damaged text was accepted; what was accepted is written so that it reads back.
  static func checkDamaged(_ random: inout SeededGenerator, _ comment: Comment? = nil) throws -> Bool {
    var bytes = Array(YAML.serialize(random.json(depth: 4)).utf8)
    for _ in 0..<random.below(5) + 1 { random.damage(&bytes) }
    let documents: [JSON]
    do { documents = try YAML.parse(bytes) } catch {
      #expect(error.line > 0, comment)
      return false
    }
    for document in documents {
      let text = YAML.serialize(document)
      #expect(try YAML.parseSingle(text).isNumericallyEqual(to: document), comment ?? "\(text)")
    }
    return true
  }
}
