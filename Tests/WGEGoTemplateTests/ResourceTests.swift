import Testing
import WGECore
import WGEGoTemplate

/// Templates that would take memory or time without bound: each must be refused at its limit, at once.
@Suite struct ResourceTests {
  private func kind(_ text: String, _ data: JSON = .object([:]), memory: Int = 4 << 20) throws -> RenderLimits.Kind? {
    try limitReached(text, data, output: 1 << 20, memory: memory, steps: 20_000)
  }

  private static let shared = #"{{$a := list "x"}}{{range 60}}{{$a = list $a $a}}{{end}}"#

  @Test(arguments: [
    #"{{wrapWith 1 (repeat 10000 "x") (repeat 10000 "y")}}"#, #"{{wrap 1 (repeat 3000000 "y")}}"#,
    #"{{$s := repeat 10000 "x"}}{{$l := list}}{{range 1000}}{{$l = append $l $s}}{{end}}{{len (join "" $l)}}"#,
    #"{{$l := .l}}{{len (toStrings $l)}}"#, #"{{len (sortAlpha .l)}}"#, #"{{len (join "" .l)}}"#,
    #"{{splitList "" (repeat 1000000 "a") | len}}"#,
  ])
  func copiesAreChargedBeforeTheyAreMade(_ text: String) throws {
    let long = JSON.string(String(repeating: "x", count: 50_000))
    #expect(try kind(text, ["l": .array(Array(repeating: long, count: 200))]) == .memory)
  }

  @Test(arguments: [
    #"{{printf (repeat 20000 "%[2]*[1]v") nil 1000000 | len}}"#,
    #"{{printf (repeat 20000 "%[2]*[1]T") 1 1000000 | len}}"#,
  ])
  func paddingStopsAtTheLimit(_ text: String) throws { #expect(try kind(text) == .memory) }

  @Test(arguments: [
    "{{$b := list 1}}{{range 60}}{{$b = list $b $b}}{{end}}{{deepEqual $a $b}}",
    #"{{$b := list "x"}}{{range 60}}{{$b = list $b $b}}{{end}}{{deepEqual $a $b}}"#,
    #"{{$b := list "x"}}{{range 60}}{{$b = list $b $b}}{{end}}{{has $a (list $b)}}"#,
    #"{{$b := list "x"}}{{range 60}}{{$b = list $b $b}}{{end}}{{without (list $b) $a}}"#,
    #"{{$b := list "x"}}{{range 60}}{{$b = list $b $b}}{{end}}{{uniq (list $b $a)}}"#,
    "{{toYaml $a}}", "{{toToml $a}}", "{{toJson $a}}", "{{mustToPrettyJson $a}}", "{{print $a | len}}",
    "{{toString $a}}", "{{quote $a}}", "{{deepCopy $a | len}}", "{{deepEqual (toYaml (dict `a` $a)) 1}}",
  ])
  func sharedValuesStopAtTheLimit(_ text: String) throws {
    let found = try kind(Self.shared + text, memory: 1 << 18)
    // Comparing values that differ at once ends at once.
    if text.hasPrefix("{{$b := list 1}}") { #expect(found == nil) } else { #expect(found == .memory) }
  }

  @Test func aValueEqualsItself() throws {
    #expect(try kind(Self.shared + "{{if not (deepEqual $a $a)}}{{fail `no`}}{{end}}") == nil)
  }

  @Test func dataHeldManyTimesIsCharged() throws {
    let big = JSON.array((0..<1_000).map { .string("element \($0)") })
    #expect(
      try kind("{{$l := list}}{{range 1000}}{{$l = append $l $.big}}{{end}}{{toYaml $l}}", ["big": big]) == .memory)
    let table: JSON = .object(["k": .array((0..<1_000).map { _ in .object([:]) })])
    let key = String(repeating: "k", count: 10_000)
    #expect(try kind("{{toToml (dict .key .table)}}", ["key": .string(key), "table": table]) == .memory)
  }

  @Test(arguments: [
    (#"{{regexMatch (print (repeat 200 "(a?)") "b") (repeat 1000000 "a")}}"#, RenderLimits.Kind.steps),
    (#"{{regexFind (print (repeat 200 "(a?)") "b") (repeat 1000000 "a")}}"#, .steps),
    (#"{{regexFindAll (repeat 100 "()") (repeat 1000000 "a") -1 | len}}"#, .steps),
    (#"{{regexFindAll "" (repeat 100000 "a") -1 | len}}"#, .steps),
    (#"{{regexSplit "b*" (repeat 100000 "a") -1 | len}}"#, .steps),
    // Every search reads to the end.
    (#"{{regexFindAll "[a-z]*b|a" (repeat 50000 "a") -1 | len}}"#, .steps),
    (#"{{regexReplaceAll "[a-z]*b|a" (repeat 50000 "a") "" | len}}"#, .steps),
    (#"{{regexSplit "[a-z]*b|a" (repeat 50000 "a") -1 | len}}"#, .steps),
  ])
  func matchingIsCharged(_ text: String, _ expected: RenderLimits.Kind) throws { #expect(try kind(text) == expected) }

  @Test func envsubstCountsAllMatching() throws {
    // Each expansion is within the bound, all together are not.
    let text = String(repeating: "${A##b${P}}", count: 200)
    let values = ["A": "a" + String(repeating: "a", count: 1_500), "P": String(repeating: "c", count: 1_500)]
    #expect(throws: EnvsubstError.self) { try Envsubst(text).render(values, limit: 3_000_000) }
    #expect(throws: Never.self) { try Envsubst("${A##b${P}}").render(values, limit: 3_000_000) }
  }

  @Test func variablesOfTemplatesWithinTemplatesAreBounded() throws {
    let variables = (0..<2_000).map { "{{$v\($0) := 1}}" }.joined()
    let text = #"{{define "a"}}\#(variables){{template "a" .}}{{end}}{{template "a" .}}"#
    #expect(try kind(text, memory: 1 << 20) == .memory)
    // One after another they take their time, too.
    #expect(
      try kind(#"{{define "a"}}{{if 0}}\#(variables){{end}}{{end}}{{range 4000}}{{template "a"}}{{end}}"#) == .steps)
  }

  /// Would take minutes if each were looked for among all.
  @Test func manyVariablesCompileInProportion() throws {
    let count = 60_000
    let text = (0..<count).map { "{{$v\($0) := 1}}" }.joined() + (0..<count).map { "{{$v\($0)}}" }.joined()
    var options = TemplateOptions()
    options.limits.time = nil
    #expect(try Template(text, options: options).render(.null) == String(repeating: "1", count: count))
    // Those of blocks side by side, and one name again and again.
    let blocks = String(repeating: "{{if true}}{{$v := 1}}{{$v := 2}}{{$v}}{{end}}", count: count / 4)
    #expect(try Template(blocks, options: options).render(.null) == String(repeating: "2", count: count / 4))
    #expect(throws: TemplateError.self) { try Template("{{if true}}{{$v := 1}}{{end}}{{$v}}", options: options) }
  }
}
