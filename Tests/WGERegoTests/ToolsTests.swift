import Testing
import WGECore
import WGERego
import WGETestSupport

/// The formatter and explanations.
@Suite struct ToolsTests {
  @Test func formatsAndKeepsComments() throws {
    let text = """
      # About.
      package  shop
      import data.lib as l   # the library
      # Who may.
      allow if { input.user == "a"   # by name
        not  blocked
        # last words
      }
      blocked if some x in [1,2]; x == 3
      names := {  "a": 1,
        # second
        "b": [x|x=1] }
      f(_, y) := (y+1)*2 if y>0 else := 0
      # end
      """
    let expected = """
      # About.
      package shop

      import data.lib as l # the library

      # Who may.
      allow if {
      \tinput.user == "a" # by name
      \tnot blocked
      \t# last words
      }

      """
    let good = text.replacing("blocked if some x in [1,2]; x == 3", with: "blocked if { some x in [1,2]; x == 3 }")
    let formatted = try RegoFormatter().format(good)
    #expect(formatted.hasPrefix(expected), "\(formatted)")
    #expect(formatted.contains("# second") && formatted.hasSuffix("# end\n"))
    #expect(try RegoFormatter().format(formatted) == formatted)
  }

  /// Every policy of the library: stable, same comments, same answers.
  @Test func formattingTheLibraryChangesNoAnswer() throws {
    let files = Vectors.files(in: "policy-library", ext: "json")
    if files.isEmpty { print(Vectors.skipMessage("policy-library")) }
    for file in files {
      let document = try JSON(parsing: file.read())
      let text = try #require(document["rego"]?.stringValue)
      let formatter = RegoFormatter(dialect: .automatic)
      let formatted = try formatter.format(text)
      #expect(try formatter.format(formatted) == formatted, "\(file.name)")
      let compiler = RegoCompiler(options: .init(dialect: .automatic))
      let (before, after) = (try compiler.compile(["a": text]), try compiler.compile(["a": formatted]))
      let query = "data.\(try #require(before.packages.first).joined(separator: ".")).violation"
      let (first, second) = (try before.prepare(query), try after.prepare(query))
      for entry in (document["cases"]?.arrayValue ?? []).prefix(2) {
        #expect(
          try first.evaluate(input: entry["input"]).value == second.evaluate(input: entry["input"]).value,
          "\(file.name)")
      }
    }
  }

  @Test func saysWhyARuleDidNotFire() throws {
    let text = "package shop\n\nallow if {\n\tinput.user.name == \"a\"\n\tinput.user.role == \"admin\"\n}\n"
    let query = try RegoCompiler().compile(["shop.rego": text]).prepare(
      "data.shop.allow", options: .init(instrumented: true))
    let guest = try query.evaluate(input: ["user": ["name": "a", "role": "guest"]] as JSON)
    let explanation = try #require(guest.explanations.first)
    #expect(!explanation.fired)
    #expect(explanation.failedExpression == #"input.user.role == "admin""#)
    #expect(explanation.failedAt?.row == 5)
    #expect(explanation.facts == [#"input.user.role is "guest""#])
    let nobody = try query.evaluate(input: [:] as JSON)
    #expect(nobody.explanations.first?.facts == ["input.user is undefined"])
    #expect(nobody.coverage?.missed["shop.rego"] == [5])
    let admin = try query.evaluate(input: ["user": ["name": "a", "role": "admin"]] as JSON)
    #expect(admin.explanations.first?.fired == true)
    #expect(admin.value == true)
  }
}
