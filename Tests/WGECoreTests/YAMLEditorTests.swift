import Testing
import WGECore

@Suite struct YAMLEditorTests {
  private func edit(_ text: String, _ body: (inout YAMLEditor) throws -> Void) throws -> String {
    var editor = try YAMLEditor(Array(text.utf8))
    try body(&editor)
    return String(decoding: editor.bytes, as: UTF8.self)
  }

  @Test(
    arguments: [
      ("a: 1 # one\nb: 2\n", "a: 5 # one\nb: 2\n", JSON.number(JSONNumber(5))),
      ("a: old\n", "a: new\n", "new"),
      ("a: 'old'   # c\n", "a: 'it''s'   # c\n", "it's"),
      ("a: \"old\"\n", "a: \"n\\\"w\"\n", "n\"w"),
      ("a: old\n", "a: \"1.10\"\n", "1.10"),
      ("a: old\n", "a: \"true\"\n", "true"),
      ("a: 'x'\n", "a: true\n", true),
      ("a: x\n", "a: null\n", .null),
      ("{a: x, b: y}\n", "{a: \"p,q\", b: y}\n", "p,q"),
      ("a: old\r\nb: 1\r\n", "a: new\r\nb: 1\r\n", "new"),
      ("# ü\nä: &n {}\na: é # ö\n", "# ü\nä: &n {}\na: new # ö\n", "new"),
      ("a: |\n  one\n  two\nb: 1\n", "a: |\n  x\n  y\nb: 1\n", "x\ny\n"),
      ("a: |\n  one\n  two\nb: 1\n", "a: |-\n  x\nb: 1\n", "x"),
      ("a: >-\n  one\n  two\nb: 1\n", "a: >-\n  x\nb: 1\n", "x"),
      ("a: >-\n  one\nb: 1\n", "a: \"x\\ny\"\nb: 1\n", "x\ny"),
      ("a: |+ # c\n    one\n\n\nb: 1\n", "a: |- # c\n    x\n\n\nb: 1\n", "x"),
      ("a: |- # c\n  one\n\n# d\nb: 1\n", "a: 5 # c\n\n# d\nb: 1\n", 5),
      ("a: |\r\n  one\r\n  two\r\nb: 1\r\n", "a: |\r\n  x\r\n  y\r\nb: 1\r\n", "x\ny\n"),
      ("a: |\n  one", "a: \"x\\n\"", "x\n"),
      ("a: !!str 5\nb: 1\n", "a: !!str six\nb: 1\n", "six"),
      ("a:\nb: 1\n", "a: x\nb: 1\n", "x"),
      ("a: # c\nb: 1\n", "a: x # c\nb: 1\n", "x"),
      ("a: &n\nb: 1\n", "a: &n x\nb: 1\n", "x"),
      ("{a: , b: 1}", "{a: x, b: 1}", "x"),
      ("\u{FEFF}a: old # ü\nb: 1\n", "\u{FEFF}a: new # ü\nb: 1\n", "new"),
      ("a: \"\"", "a: \"x\"", "x"),
    ] as [(String, String, JSON)])
  func setsAScalar(_ before: String, _ after: String, _ value: JSON) throws {
    let edited = try edit(before) { try $0.set(value, at: ["a"]) }
    #expect(edited == after)
  }

  @Test func walksToTheValue() throws {
    let text = """
      # head
      spec:
        images: # list
          - name: one
            tag: "1"
          - {name: two, tag: 'v2'} # flow
      ---
      other: x
      """
    let edited = try edit(text) { editor in
      try editor.set("3", at: ["spec", "images", 0, "tag"])
      try editor.set("v4", at: ["spec", "images", 1, "tag"])
      try editor.set("z", at: ["other"], inDocument: 1)
    }
    #expect(
      edited
        == text.replacing("\"1\"", with: "\"3\"").replacing("'v2'", with: "'v4'").replacing(
          "other: x", with: "other: z"))
  }

  @Test func refusesWhatItCannotDo() throws {
    let text = "a: &x 1\nb: *x\nm: {k: v}\nc: 2\n"
    var editor = try YAMLEditor(Array(text.utf8))
    for (path, error) in [
      (["none"], YAMLEditError.notFound("none")), (["m"], .notAScalar("m")), (["a"], .shared("a")),
      (["b"], .shared("b")),
      (["c", "d"], .notFound("c.d")),
    ] as [([YAMLEditor.Step], YAMLEditError)] {
      #expect(throws: error) { try editor.set("9", at: path) }
    }
    #expect(throws: YAMLEditError.noDocument(1)) { try editor.set("9", at: ["a"], inDocument: 1) }
    #expect(throws: YAMLEditError.noDocument(7)) { try editor.removeDocument(7) }
    #expect(throws: YAMLEditError.self) { try editor.addDocument("a: [") }
    #expect(throws: YAMLEditError.self) { try YAMLEditor(Array("a: [".utf8)) }
    #expect(editor.bytes == Array(text.utf8))
  }

  @Test func addsAndRemovesDocuments() throws {
    #expect(try edit("") { try $0.addDocument("a: 1") } == "a: 1\n")
    #expect(try edit("a: 1 # c") { try $0.addDocument("b: 2\n") } == "a: 1 # c\n---\nb: 2\n")
    #expect(try edit("a: 1\r\n") { try $0.addDocument("b:\n- 2\n") } == "a: 1\r\n---\r\nb:\r\n- 2\r\n")
    #expect(try edit("a: 1\n") { try $0.addDocument("---\nb: 2\n") } == "a: 1\n---\nb: 2\n")
    #expect(try edit("a: 1\n") { try $0.addDocument("# two\n\n---\nb: 2\n") } == "a: 1\n# two\n\n---\nb: 2\n")
    #expect(try edit("a: 1\n") { try $0.addDocument("\u{FEFF}# two\nb: 2\n") } == "a: 1\n---\n# two\nb: 2\n")
    let three = "# licence\n---\n# one\na: 1\n---\n# two\nb: 2\n---\nc: 3\n"
    #expect(try edit(three) { try $0.removeDocument(1) } == "# licence\n---\n# one\na: 1\n---\nc: 3\n")
    #expect(try edit(three) { try $0.removeDocument(0) } == "# licence\n---\n# two\nb: 2\n---\nc: 3\n")
    #expect(try edit(three) { try $0.removeDocument(2) } == "# licence\n---\n# one\na: 1\n---\n# two\nb: 2\n")
    #expect(try edit("a: 1\n---\nb: 2\n") { try $0.removeDocument(0) } == "---\nb: 2\n")
    #expect(try edit("a: 1\n") { try $0.removeDocument(0) } == "")
  }

  /// Whatever is set reads back, and nothing else changes.
  @Test func randomValuesReadBack() throws {
    var generator = SystemRandomNumberGenerator()
    let pieces = [
      "a", "'", "\"", "\\", "\n", ":", ": ", "#", " #", " ", "-", "- ", "[", "{", ",", "é", "\u{2028}", "\u{7f}", "\t",
      "1",
      "true", "~", "*x", "&x", "!", "|", ">", "%", "@", "😀", "\r", "0x1", "...", "---",
    ]
    let shapes = [
      "k: VALUE # c\nn: 1\n", "k: 'x'\nn: 1\n", "k: \"x\"\nn: 1\n", "{k: x, n: 1}\n", "k: |\n  x\n  y\nn: 1\n",
      "k: >\n  x\nn: 1\n", "- n\n- k: x\n  n: 1\n", "k: x\r\nn: 1\r\n",
    ]
    for _ in 0..<600 {
      let value = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        pieces.randomElement(using: &generator) ?? ""
      }
      .joined()
      for shape in shapes {
        var editor = try YAMLEditor(Array(shape.utf8))
        let path: [YAMLEditor.Step] = shape.hasPrefix("-") ? [1, "k"] : ["k"]
        do {
          try editor.set(.string(value), at: path)
        } catch {
          Issue.record("\(value.debugDescription) in \(shape.debugDescription): \(error)")
          continue
        }
        let document = try #require(editor.documents.first)
        let found = shape.hasPrefix("-") ? document[1]?["k"] : document["k"]
        #expect(found == .string(value))
      }
    }
  }

  // MARK: - Random documents

  /// Writes a random document and remembers where its scalars stand and what they are.
  private struct RandomDocument {
    /// Ends every comment, and stands nowhere else.
    static let mark = "\u{00B6}"
    var text = ""
    var paths: [[YAMLEditor.Step]] = []
    private var generator: any RandomNumberGenerator
    private let lineBreak: String

    init(seed: UInt64) {
      generator = SplitMix(state: seed)
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

    private mutating func value(_ path: [YAMLEditor.Step], _ indent: String, _ depth: Int) {
      switch Int.random(in: 0..<(depth < 4 ? 9 : 6), using: &generator) {
      case 0...2:
        text += " " + (chance(10) ? "&a\(text.utf8.count) " : "") + flowScalar()
        comment()
        text += lineBreak
        paths.append(path)
      case 3:
        // A flow collection.
        text += " {k: \(flowScalar()), l: [\(flowScalar()), \(flowScalar())]}"
        comment()
        text += lineBreak
        paths += [path + [.key("k")], path + [.key("l"), 0], path + [.key("l"), 1]]
      case 4:
        text += " " + pick(["|", "|-", ">", ">-", "|+"])
        comment()
        text += lineBreak
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          text += indent + "  " + pick(["line", "é # no comment", "k: v", "- x"]) + lineBreak
          if chance(15) { text += lineBreak }
        }
        paths.append(path)
      case 5:
        comment()
        text += lineBreak
        paths.append(path)
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

  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  /// In documents of every shape: setting a scalar loses no comment, changes one place only, reads back as what
  /// was set, leaves every other value alone, and setting the old value again gives the old values.
  @Test func randomDocumentsKeepAllElse() throws {
    let values: [JSON] = [
      "v2", "1.10", "it's: #x", "", "two\nlines\n", true, 7, .null, " lead", "\u{85}x\t", "- a", "é",
    ]
    var (edits, shared) = (0, 0)
    for seed in UInt64(0)..<300 {
      let document = RandomDocument(seed: seed)
      let original = Array(document.text.utf8)
      guard let before = try? YAMLEditor(original) else {
        Issue.record("\(seed) is no YAML: \(document.text.debugDescription)")
        continue
      }
      for (index, path) in document.paths.enumerated() {
        let value = values[(index + Int(seed)) % values.count]
        var editor = before
        do {
          try editor.set(value, at: path)
        } catch YAMLEditError.shared {
          shared += 1
          #expect(editor.bytes == original)
          continue
        } catch {
          Issue.record("\(seed) \(path): \(error) in \(document.text.debugDescription)")
          continue
        }
        edits += 1
        #expect(editor.documents[0].at(path) == value)
        // What changed lies between two places of the text, and holds no comment.
        let comments = { (bytes: [UInt8]) in String(decoding: bytes, as: UTF8.self).count(of: RandomDocument.mark) }
        #expect(comments(editor.bytes) == comments(original), "\(seed) \(path)")
        let common = zip(original, editor.bytes).prefix { $0 == $1 }.count
        let most = min(original.count, editor.bytes.count) - common
        let tail = zip(original.reversed(), editor.bytes.reversed()).prefix(most).prefix { $0 == $1 }.count
        #expect(comments(Array(original[common..<(original.count - tail)])) <= 1, "\(seed) \(path)")
        try editor.set(before.documents[0].at(path) ?? .null, at: path)
        #expect(editor.documents == before.documents)
      }
    }
    #expect(edits > 1500)
    print("YAML EDITS: \(edits) passed, 0 failed, \(shared) skipped")
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
    var generator = SplitMix(state: 1)
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
