import Testing
import WGECore

@testable import WGEGoTemplate

/// What a definition prints parses to a definition that prints the same, and does the same. The recorded templates are
/// held to it in ``TemplateVectorsTests``.
@Suite struct CanonicalTextTests {
  private static let options = TemplateOptions(functions: FunctionSet.sprig())

  /// The definitions of a text in one text, as they print; nil when it does not parse.
  private static func printed(_ text: String) -> (text: String, set: TemplateSet)? {
    var set = TemplateSet(options: options)
    guard (try? set.parse(text, name: "main")) != nil else { return nil }
    let others = set.names.filter { $0 != "main" }.map { name in
      "{{define \"\(name)\"}}\(set.canonicalText(of: name) ?? ""){{end}}"
    }
    return (others.joined() + (set.canonicalText(of: "main") ?? ""), set)
  }

  private static func outcome(_ set: TemplateSet, _ data: JSON) -> [UInt8]? {
    try? set.renderBytes("main", GoValue(data))
  }

  /// - Returns: whether the text parses.
  private static func check(_ text: String, _ data: JSON) -> Bool {
    guard let first = printed(text) else { return false }
    guard let second = printed(first.text) else {
      Issue.record("does not parse again: \(first.text) from \(text)")
      return true
    }
    #expect(second.text == first.text, "from \(text.prefix(400))")
    #expect(outcome(second.set, data) == outcome(first.set, data), "\(first.text.prefix(400)) from \(text.prefix(400))")
    return true
  }

  /// What the text before an action ends in is not read as a part of the delimiter.
  @Test(arguments: [
    "{ {{- 1}}", "{{if true}}{ {{- end}}", "{{range .l}}{ {{- break}}{{else}}{ {{- end}}", "{{1}}{{2}}",
  ])
  func bracesBeforeActions(text: String) {
    #expect(Self.check(text, ["l": [1, 2]]))
  }

  @Test func randomTemplates() {
    var parsed = 0
    for seed in 1...1500 as ClosedRange<UInt64> {
      var generator = TemplateGenerator(seed: seed, sprig: seed.isMultiple(of: 2))
      let data = generator.data()
      if Self.check(generator.template(), data) { parsed += 1 }
    }
    #expect(parsed > 500)
  }
}
