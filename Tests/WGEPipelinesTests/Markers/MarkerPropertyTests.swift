import Testing
import WGECore
import WGETestSupport

@testable import WGEPipelines

/// Random files: whatever their shape, only marked scalars change, and nothing traps.
@Suite struct MarkerPropertyTests {
  private static let marker = PromotionMarker(pipeline: ObjectKey(namespace: "foo", name: "bar"), environment: "prod")
  private static let revision = "6.6.6-marker"

  /// Writes random YAML and remembers what it should look like afterwards.
  private struct Writer {
    var random: SeededGenerator
    var before = ""
    var after = ""
    var markers = 0
    let newline: String

    init(seed: UInt64) {
      random = SeededGenerator(seed: seed)
      newline = ["\n", "\r\n"].randomElement(using: &random) ?? "\n"
    }

    mutating func both(_ text: String) {
      before += text
      after += text
    }

    mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }

    /// A scalar and how its new value would be written there.
    mutating func scalar() -> (text: String, replaced: String) {
      switch Int.random(in: 0..<7, using: &random) {
      case 0: (pick(["1.0.0", "x", "true", "12", "a:b", "a#b", "-x", "~", "v1", "ä", "2020-01-01"]), Self.plain)
      case 1: ("'" + pick(["", "it''s", "a # b", "a: b", "\"", "[x]", "{{ y }}"]) + "'", "'\(revision)'")
      case 2: ("\"" + pick(["", "\\\"", "a # b", "\\\\", "a: b", "'", "\\u00e4", "{}"]) + "\"", "\"\(revision)\"")
      case 3: (pick(["two words", "a - b", "a ? b", "x  y", "http://h/p?q=1"]), Self.plain)
      case 4: ("!!str " + pick(["1", "x"]), "!!str " + Self.plain)
      case 5: ("&a\(Int.random(in: 0..<1_000_000, using: &random)) one", "")
      default: (pick(["0", "1.5", "null", "no"]), Self.plain)
      }
    }

    private static let plain = revision

    mutating func value(_ indent: String) {
      var (text, replaced) = scalar()
      if replaced.isEmpty {
        // The anchor stays, the scalar after it changes.
        replaced = text.split(separator: " ")[0] + " " + Self.plain
      }
      let isMarked = Int.random(in: 0..<3, using: &random) == 0
      let gap = pick([" ", "  ", "\t"])
      let space = pick([" ", "  "])
      if isMarked, Bool.random(using: &random) {
        both(space)
        before += text
        after += replaced
        both(gap + "# {\"$promotion\": \"foo:bar:prod\"}" + pick(["", " ", "\t"]))
        markers += 1
      } else {
        both(space + text + pick(["", gap + "# note", gap + "# {\"$promotion\": \"foo:bar:dev\"}", "  "]))
        text = ""
      }
      both(newline)
    }

    mutating func node(_ indent: String, depth: Int) {
      switch Int.random(in: 0..<(depth > 3 ? 2 : 6), using: &random) {
      case 0, 1: value(indent)
      case 2:
        both(newline)
        mapping(indent + pick(["  ", " ", "    "]), depth: depth + 1)
      case 3:
        both(newline)
        sequence(indent + pick(["", "  "]), depth: depth + 1)
      case 4:
        both(" " + pick(["|", ">", "|-", ">+"]) + newline)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
          both(
            indent + "   " + pick(["text", "v: 5 # {\"$promotion\": \"foo:bar:prod\"}", "# x", "- y", "'"]) + newline)
        }
        if Bool.random(using: &random) { both(newline) }
      default: both(" " + pick(["{a: 1, 'b': [x, \"y\"]}", "[]", "{}", "[a, {b: c}]"]) + newline)
      }
    }

    mutating func mapping(_ indent: String, depth: Int) {
      for index in 0..<Int.random(in: 1...4, using: &random) {
        if Int.random(in: 0..<6, using: &random) == 0 {
          both(pick(["", indent + "# comment", "# ' \" { ["]) + newline)
        }
        both(
          indent
            + pick(["k\(index)", "\"k\(index)\"", "'k \(index)'", "k\(index) # x".filter { $0 != "#" && $0 != " " }])
            + ":")
        node(indent, depth: depth)
      }
    }

    mutating func sequence(_ indent: String, depth: Int) {
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        both(indent + "-")
        if Bool.random(using: &random) {
          value(indent)
        } else {
          both(" k:")
          node(indent + "  ", depth: depth + 1)
        }
      }
    }
  }

  @Test func onlyMarkedBytesChange() throws {
    var edited = 0
    var refused = 0
    for seed in 1...3000 as ClosedRange<UInt64> {
      if let edits = try Self.checkMarkedBytes(seed: seed) { edited += edits } else { refused += 1 }
    }
    #expect(edited > 2000, "the generator must produce markers")
    #expect(refused < 600, "the generator must mostly produce YAML")
  }

  /// How much was edited; nil when the text was no YAML.
  static func checkMarkedBytes(seed: UInt64) throws -> Int? {
    var writer = Writer(seed: seed)
    for _ in 0..<Int.random(in: 1...2, using: &writer.random) {
      writer.both(["---", "--- # doc"].randomElement(using: &writer.random).map { $0 + writer.newline } ?? "")
      writer.mapping("", depth: 0)
    }
    let bytes = Array(writer.before.utf8)
    // The generator also makes a few texts that are no YAML; those must be refused, not mangled.
    guard (try? YAML.parse(bytes)) != nil else {
      #expect(throws: MarkerError.self, "seed \(seed)") {
        if MarkerEditor.mayHoldMarker(bytes) {
          _ = try MarkerEditor.edit(bytes, marker: marker, revision: revision)
        } else {
          throw MarkerError.notYAML("")
        }
      }
      return nil
    }
    let result = try MarkerEditor.edit(bytes, marker: marker, revision: revision)
    #expect(String(decoding: result.bytes, as: UTF8.self) == writer.after, "seed \(seed)")
    #expect(result.edits == writer.markers, "seed \(seed)")
    return result.edits
  }

  /// Broken files end in an error or an untouched file, never in a trap, and never change anything
  /// but marked values.
  @Test func brokenFilesDoNoHarm() {
    var random = SeededGenerator(seed: 42)
    for round in 0..<6000 { Self.checkBroken(&random, "round \(round)") }
  }

  private static let seeds = MarkerEditorTests.rows.map { Array($0.before.utf8) }
  private static let spice: [[UInt8]] =
    [
      "'", "\"", "|", ">", "[", "]", "{", "}", ":", ": ", "- ", "#", " #", "\n", "\r", "\t", "&a", "*a",
      "!", "? ", "---\n", "...", "%", "\\", "\u{85}", "\u{2028}", "\u{FEFF}", "  ",
    ].map { Array($0.utf8) } + [[0xFF], [0xE2, 0x80], [0xC2], [0]]

  static func checkBroken(_ random: inout SeededGenerator, _ comment: Comment) {
    var bytes = seeds.randomElement(using: &random) ?? []
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      let position = Int.random(in: 0...bytes.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes.insert(contentsOf: spice.randomElement(using: &random) ?? [], at: position)
      case 1: bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 0...4, using: &random)))
      default: bytes.insert(contentsOf: (seeds.randomElement(using: &random) ?? []).prefix(20), at: position)
      }
    }
    guard let result = try? MarkerEditor.edit(bytes, marker: marker, revision: "6.0.0") else { return }
    if result.edits == 0 {
      #expect(result.bytes == bytes, comment)
      return
    }
    // What was edited reads back, with the revision at as many places as were edited, or more.
    let before = (try? YAML.parse(bytes)) ?? []
    let after = (try? YAML.parse(result.bytes)) ?? []
    #expect(before.count == after.count, comment)
    #expect(count(of: "6.0.0", in: after) >= result.edits, comment)
  }

  private static func count(of text: String, in documents: [JSON]) -> Int {
    documents.reduce(0) { sum, json in
      switch json {
      case .string(let value): sum + (value == text ? 1 : 0)
      case .array(let elements): sum + count(of: text, in: elements)
      case .object(let members): sum + count(of: text, in: Array(members.values))
      default: sum
      }
    }
  }

  /// Deep nesting and long lines cost time in proportion, not stack.
  @Test func hostileShapes() {
    let mark = #" # {"$promotion": "foo:bar:prod"}"#
    for text in [
      String(repeating: "[", count: 100_000) + mark, String(repeating: "{a: ", count: 50_000) + mark,
      String(repeating: "- ", count: 100_000) + "x" + mark, String(repeating: "'", count: 100_001) + mark,
      String(repeating: "? ", count: 100_000) + mark, "v: |\n" + String(repeating: "\n", count: 200_000) + mark,
      "v: " + String(repeating: "a\n ", count: 100_000) + mark, String(repeating: "&a ", count: 100_000) + mark,
      String(repeating: "k: |\n", count: 50_000) + mark,
    ] {
      let result = try? MarkerEditor.edit(Array(text.utf8), marker: Self.marker, revision: "1.0.0")
      #expect(result.map { $0.edits <= 1 } ?? true)
    }
  }
}

@Suite struct MarkerFuzz {
  @Test(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) func randomFiles() async throws {
    try await Fuzzing.run("marked files") { _ = try MarkerPropertyTests.checkMarkedBytes(seed: $0) }
  }

  @Test(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) func brokenFiles() async throws {
    try await Fuzzing.run("broken marked files") { seed in
      var random = SeededGenerator(seed: seed)
      MarkerPropertyTests.checkBroken(&random, "seed \(seed)")
    }
  }
}
