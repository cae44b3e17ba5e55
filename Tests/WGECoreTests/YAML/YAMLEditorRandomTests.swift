import Testing
import WGECore
import WGETestSupport

/// Documents of every shape, and texts that mean harm.
@Suite struct YAMLEditorRandomTests {
  /// Writes a random document and remembers where its scalars stand and what they are.
  private struct RandomDocument {
    /// Ends every comment, and stands nowhere else.
    static let mark = "\u{00B6}"
    var text = ""
    /// The scalars and the bytes that spell each, anchor included.
    var spots: [(path: [YAMLEditor.Step], range: Range<Int>)] = []
    private var generator: any RandomNumberGenerator
    private let lineBreak: String

    init(seed: UInt64) {
      generator = SeededGenerator(seed: seed)
      lineBreak = seed % 3 == 0 ? "\r\n" : "\n"
      if seed % 5 == 0 { text += "\u{FEFF}" }
      if seed % 2 == 0 { text += "# héad \(Self.mark)\(lineBreak)---\(lineBreak)" }
      mapping([], "", 0)
    }

    private mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &generator)] }
    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

    private mutating func comment() {
      if chance(30) { text += " \(pick(["# c", "#", "# 'q\" [x", "# é: \u{1F600}"]))\(Self.mark)" }
    }

    private mutating func flowScalar() -> String {
      pick(["a", "'s q'", "\"d \\\" q\"", "12", "true", "~", "é", "v1.2.3", "a b", "'it''s'", "0x1f", "\"\\u00e9\""])
    }

    private mutating func spot(_ path: [YAMLEditor.Step], _ scalar: String) {
      spots.append((path, text.utf8.count..<(text.utf8.count + scalar.utf8.count)))
      text += scalar
    }

    private mutating func value(_ path: [YAMLEditor.Step], _ indent: String, _ depth: Int) {
      switch Int.random(in: 0..<(depth < 4 ? 9 : 6), using: &generator) {
      case 0...2:
        text += " "
        spot(path, (chance(10) ? "&a\(text.utf8.count) " : "") + flowScalar())
        comment()
        text += lineBreak
      case 3:
        // A flow collection.
        text += " {k: "
        spot(path + [.key("k")], flowScalar())
        text += ", l: ["
        spot(path + [.key("l"), 0], flowScalar())
        text += ", "
        spot(path + [.key("l"), 1], flowScalar())
        text += "]}"
        comment()
        text += lineBreak
      case 4:
        text += " "
        let start = text.utf8.count
        text += pick(["|", "|-", ">", ">-", "|+"])
        comment()
        text += lineBreak
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          text += indent + "  " + pick(["line", "é # no comment", "k: v", "- x"]) + lineBreak
          if chance(15) { text += lineBreak }
        }
        spots.append((path, start..<text.utf8.count))
      case 5:
        spot(path, "")
        comment()
        text += lineBreak
      case 6:
        comment()
        text += lineBreak
        for index in 0..<Int.random(in: 1...3, using: &generator) {
          if chance(20) { text += indent + "  # between" + Self.mark + lineBreak }
          text += indent + "  -"
          value(path + [.index(index)], indent + "  ", depth + 1)
        }
      default:
        comment()
        text += lineBreak
        mapping(path, indent + "  ", depth + 1)
      }
    }

    private mutating func mapping(_ path: [YAMLEditor.Step], _ indent: String, _ depth: Int) {
      for index in 0..<Int.random(in: 1...4, using: &generator) {
        if chance(20) { text += indent + "# note" + Self.mark + lineBreak }
        if chance(10) { text += lineBreak }
        let key = pick(["key", "'quoted key'", "é", "a-b", "\"d q\""]) + ""
        let name = key.replacing("'", with: "").replacing("\"", with: "") + String(index)
        text +=
          indent
          + (key.hasSuffix("'") || key.hasSuffix("\"")
            ? String(key.dropLast()) + "\(index)" + String(key.suffix(1)) : name) + ":"
        value(path + [.key(name)], indent, depth)
      }
    }
  }

  private static let values: [JSON] = [
    "v2", "1.10", "it's: #x", "", "two\nlines\n", true, 7, .null, " lead", "\u{85}x\t", "- a", "é",
  ]

  /// How many scalars of a random document were set: each changes bytes of its own place only, loses no
  /// comment, reads back as what was set, and the old value set again gives the old values.
  static func checkDocument(seed: UInt64) throws -> Int {
    let document = RandomDocument(seed: seed)
    let original = Array(document.text.utf8)
    let before = try YAMLEditor(original)
    for (index, spot) in document.spots.enumerated() {
      let value = values[(index + Int(seed % 1000)) % values.count]
      let what: Comment = "\(seed) \(spot.path) in \(document.text.debugDescription)"
      var editor = before
      try editor.set(value, at: spot.path)
      #expect(editor.documents[0].at(spot.path) == value, what)
      #expect(editor.bytes.starts(with: original[..<spot.range.lowerBound]), what)
      #expect(editor.bytes.reversed().starts(with: original[spot.range.upperBound...].reversed()), what)
      let comments = { (bytes: [UInt8]) in String(decoding: bytes, as: UTF8.self).count(of: RandomDocument.mark) }
      #expect(comments(editor.bytes) == comments(original), what)
      try editor.set(before.documents[0].at(spot.path) ?? .null, at: spot.path)
      #expect(editor.documents == before.documents, what)
    }
    return document.spots.count
  }

  @Test func randomDocumentsKeepAllElse() throws {
    let edits = try (UInt64(0)..<300).reduce(0) { try $0 + Self.checkDocument(seed: $1) }
    #expect(edits > 1500)
    print("YAML EDITS: \(edits) passed, 0 failed, 0 skipped")
  }

  @Test func hostileTextsAreRefusedInTime() throws {
    let bomb =
      "a: &a [x,x,x,x,x,x,x,x,x]\n"
      + zip("bcdefghij", "abcdefghi").map {
        "\($0): &\($0) [*\($1),*\($1),*\($1),*\($1),*\($1),*\($1),*\($1),*\($1),*\($1)]\n"
      }.joined()
    for text in [
      bomb, String(repeating: "[", count: 200_000), String(repeating: "- ", count: 100_000),
      String(repeating: "{a: ", count: 50_000), "a: \u{0}\n", "%YAML 9.9\n---\n", "a: *none\n", "\t- a",
    ] {
      #expect(throws: YAMLEditError.self) { try YAMLEditor(Array(text.utf8)) }
    }
    #expect(throws: YAMLEditError.self) { try YAMLEditor([0x61, 0x3A, 0x20, 0xFF, 0xFE, 0x0A]) }
    // Bytes of any kind: an error or a document, and edits that hold.
    var generator = SeededGenerator(seed: 1)
    let alphabet = Array("ab:-#{}[],&*!|>'\"%@` \n\r\té\u{2028}?~0.".utf8) + [0xFF, 0x00]
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
      }
      guard var editor = try? YAMLEditor(bytes) else { continue }
      for (number, document) in editor.documents.enumerated() {
        let path: [YAMLEditor.Step] =
          if let key = document.objectValue?.first?.key { [.key(key)] } else if document.arrayValue != nil { [0] } else
          { [] }
        if (try? editor.set("new", at: path, inDocument: number)) != nil {
          #expect(editor.documents[number].at(path) == "new")
        }
      }
      if (try? editor.addDocument("x: 1")) != nil { #expect(editor.documents.last == ["x": 1]) }
      let count = editor.documents.count
      if count > 0, (try? editor.removeDocument(count - 1)) != nil { #expect(editor.documents.count == count - 1) }
    }
  }
}

extension JSON {
  fileprivate func at(_ path: [YAMLEditor.Step]) -> JSON? {
    path.reduce(Optional(self)) { found, step in
      switch step {
      case .key(let key): found?[key]
      case .index(let index): found?[index]
      }
    }
  }
}

extension String {
  fileprivate func count(of part: String) -> Int { ranges(of: part).count }
}

@Suite struct YAMLEditorFuzz {
  @Test(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) func editedDocuments() async throws {
    try await Fuzzing.run("edited YAML") { _ = try YAMLEditorRandomTests.checkDocument(seed: $0) }
  }
}
