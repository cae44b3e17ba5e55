import Testing
import WGECore
import WGEGoTemplate
import WGETestSupport

@Suite struct EnvsubstTests {
  @Test func matchesVectors() throws {
    guard let file = Vectors.file("gotemplate/envsubst.json") else {
      print(Vectors.skipMessage("gotemplate/envsubst.json"))
      return
    }
    let report = SuiteReport("envsubst")
    for vector in try JSON(parsing: file.read()).arrayValue ?? [] {
      report.run(vector["name"]?.stringValue ?? "") { try Self.difference(vector) }
    }
    report.finish(limit: 40)
    #expect(report.failures == [])
  }

  private static func difference(_ vector: JSON) throws -> String? {
    let values = (vector["values"]?.objectValue ?? [:]).reduce(into: [String: String]()) {
      $0[$1.key] = $1.value.stringValue
    }
    do throws(EnvsubstError) {
      let text = try Envsubst(vector["template"]?.stringValue ?? "")
      let variables = vector["variables"]?.arrayValue?.compactMap(\.stringValue) ?? []
      if text.variables(nested: false) != variables { return "variables \(text.variables(nested: false))" }
      let rendered = try text.render(values)
      if let error = vector["error"] { return "rendered \(rendered), not \(error)" }
      // Upstream crashes on a negative length; here it is no whole number, and the value stays.
      let expected = vector["upstreamPanic"] == nil ? vector["expected"]?.stringValue : "hello"
      return rendered == expected ? nil : "rendered \(rendered.debugDescription)"
    } catch {
      if case .missing = error {
        return vector["error"]?.stringValue == "failed to process template values: \(error)" ? nil : "\(error)"
      }
      if vector["variablesError"]?.stringValue != "processing template: \(error)" { return "\(error)" }
      return vector["error"]?.stringValue == "failed to process template values: \(error)" ? nil : "\(error)"
    }
  }

  @Test func findsNestedVariables() throws {
    let text = try Envsubst("${A:=${B}} ${C/x/${D}}")
    #expect(text.variables() == ["A", "B", "C", "D"])
    #expect(text.requiredVariables == [])
  }

  @Test func isBounded() throws {
    let deep = String(repeating: "${X:=", count: 10_000) + String(repeating: "}", count: 10_000)
    #expect(throws: EnvsubstError.self) { try Envsubst(deep) }
    let text = try Envsubst("${X//a/${X}}")
    #expect(throws: EnvsubstError.tooLarge(1_000)) {
      try text.render(["X": String(repeating: "a", count: 500)], limit: 1_000)
    }
    var classes = try Envsubst("${X%[0-9]}")
    classes.matchesClassesInSuffixes = true
    #expect(try classes.render(["X": "ab1"]) == "ab")
  }
}
