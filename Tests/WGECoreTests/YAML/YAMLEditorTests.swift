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
      ("a: &n # keep\n  old\nb: 1\n", "a: &n # keep\n  new\nb: 1\n", "new"),
      ("a: &n # keep\r\n  # this: too\r\n  'old'\r\n", "a: &n # keep\r\n  # this: too\r\n  'new'\r\n", "new"),
      ("a: !!str # keep & !this\n  old#1\n", "a: !!str # keep & !this\n  new\n", "new"),
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
    let text = "a: &x 1\nb: *x\nm: &m {k: v}\nc: 2\nn: *m\n"
    var editor = try YAMLEditor(Array(text.utf8))
    for (path, error) in [
      (["none"], YAMLEditError.notFound("none")), (["m"], .notAScalar("m")), (["a"], .shared("a")),
      (["b"], .shared("b")),
      (["c", "d"], .notFound("c.d")), (["n", "k"], .shared("n")), (["m", "z"], .notFound("m.z")),
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
}
