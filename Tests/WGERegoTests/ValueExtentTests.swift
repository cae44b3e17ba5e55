import Testing
import WGECore
import WGERego

/// Values that nest without end, and values that are small in memory and endless when they are written out.
@Suite struct ValueExtentTests {
  private func run(_ body: String, input: RegoValue? = nil, steps: Int = 10_000_000) -> Result<RegoValue?, RegoError> {
    do throws(RegoError) {
      let program = try RegoCompiler().compile(["t.rego": "package t\n\(body)"])
      return .success(
        try program.prepare("data.t.p").evaluate(input: input, limits: RegoLimits(steps: steps, time: nil)).value)
    } catch {
      return .failure(error)
    }
  }

  private func failure(_ body: String, input: RegoValue? = nil, steps: Int = 10_000_000) -> RegoError? {
    if case .failure(let error) = run(body, input: input, steps: steps) { error } else { nil }
  }

  private func value(_ body: String, input: RegoValue? = nil) -> RegoValue? {
    if case .success(let value) = run(body, input: input) { value } else { nil }
  }

  /// Statements that wrap `a0` in so many levels as `a<steps>`, `width` at a time.
  private func wrapped(_ open: String, _ close: String, steps: Int, width: Int) -> String {
    (1...steps).map {
      "  a\($0) := \(String(repeating: open, count: width))a\($0 - 1)\(String(repeating: close, count: width))\n"
    }.joined()
  }

  // MARK: - Depth

  @Test(arguments: [("[", "]"), ("{", "}"), (#"{"a": "#, "}"), ("{", ": 1}"), ("[1, ", ", 2]")])
  func nestingIsBounded(_ open: String, _ close: String) {
    let error = failure("p := a50 if {\n  a0 := 1\n\(wrapped(open, close, steps: 50, width: 40))}")
    #expect(error == .limit(.recursion))
  }

  @Test(arguments: [
    "[x | x := a]", "{x | x := a}", #"{"k": x | x := a}"#, #"array.concat([a], [1])"#, "array.slice([a], 0, 1)",
    #"object.union({"k": a}, {})"#, #"json.patch([1], [{"op": "add", "path": "/0", "value": a}])"#,
  ]) func everyWayToNestIsBounded(_ wrap: String) {
    let body = (1...700).map {
      "  a\($0) := \(wrap.replacing("a)", with: "a\($0 - 1))").replacing("[a]", with: "[a\($0 - 1)]").replacing(": a}", with: ": a\($0 - 1)}").replacing(":= a", with: ":= a\($0 - 1)").replacing("(a,", with: "(a\($0 - 1),"))\n"
    }.joined()
    #expect(failure("p := a700 if {\n  a0 := [1]\n\(body)}") == .limit(.recursion))
  }

  @Test func documentsOfRulesAreBounded() {
    let nest = "a := \(String(repeating: "[", count: 400))1\(String(repeating: "]", count: 400))\n"
    let heads = String(repeating: ".a", count: 230)
    #expect(failure(nest + "b\(heads) := a\np := b") == .limit(.recursion))
    #expect(failure(nest + "b\(heads)[x] := a if some x in [1]\np := b") == .limit(.recursion))
    #expect(failure(nest + "p := x if { x := input with input\(heads) as a }") == .limit(.recursion))
    #expect(value(nest + "b.c := a\np := count(b)") == 1)
  }

  /// Nested so deep, innermost first.
  private func nested(_ depth: Int) -> JSON { (0..<depth).reduce(JSON.null) { inner, _ in .array([inner]) } }

  @Test(arguments: [
    "p := [input]", "p := {input}", "p := {input: 1}", "p := json.marshal(input)", "p := sprintf(\"%v\", [input])",
    "p := yaml.marshal(input)", "p := {1: x | some x in [input]}",
    "p := object.union({\"a\": input}, {})", "p := input in [data.other]", "p := sort([input, data.other])",
  ]) func deepDocumentsAreRefusedWhereTheyAreWalked(_ body: String) throws {
    let deep = nested(1_500)
    let query = try RegoCompiler().compile(["t.rego": "package t\n\(body)"]).prepare("data.t.p")
    let error = #expect(throws: RegoError.self) { try query.evaluate(input: deep, data: ["other": deep]) }
    #expect(error == .limit(.recursion))
    #expect(throws: Never.self) { try query.evaluate(input: nested(500), data: ["other": nested(500)]) }
  }

  @Test func usualDepthsWork() {
    let open = String(repeating: "[", count: 400)
    let close = String(repeating: "]", count: 400)
    #expect(
      value("a := \(open)1\(close)\nb := \(open)1\(close)\np if { {a} == {b}; json.marshal(a) == json.marshal(b) }")
        == true)
  }

  // MARK: - Sharing

  /// `a<count>` and `b<count>`: equal, made apart, two to that power leaves.
  private func doubled(_ count: Int) -> String {
    (1...count).map { "  a\($0) := [a\($0 - 1), a\($0 - 1)]\n  b\($0) := [b\($0 - 1), b\($0 - 1)]\n" }.joined()
  }

  @Test func whatUnfoldsWithoutEndIsNotMade() {
    let error = failure("p if {\n  a0 := 1\n  b0 := 1\n\(doubled(60))  a60 == b60 }")
    guard case .limit(.memory)? = error else {
      Issue.record("expected a limit of memory, got \(String(describing: error))")
      return
    }
  }

  @Test(arguments: [
    "true", "a == b", "a < b", "a in [b]", "count({a, b}) == 1", "count({a: 1, b: 1}) == 1", "{a: 1}[b] == 1",
    "count(json.marshal(a)) > 0", "count(sprintf(\"%v\", [a])) > 0", "count(yaml.marshal(a)) > 0", "sort([a, b])",
    "max([a, b])", "{a} & {b}", "{a} - {b}", "{a} | {b}", "object.get({a: 1}, [b], 2)", "object.subset([a], [b])",
    "object.remove({a: 1}, [b])", "graph.reachable({a: [b]}, {a})", "x := {a | true}; b in x",
    "internal.print([{a}])", "y := [1 | a = b]", "object.union({a: 1}, {b: 2})",
    "f(a) == a",
  ]) func sharingIsChargedAsIfWrittenOut(_ use: String) {
    let body = """
      f(x) := b if { b := x }
      p := count([1 | some i in numbers.range(1, 1000); q(i)])
      q(i) if {
        a0 := "x"
        b0 := "x"
      \(doubled(9))  a := a9
        b := b9
        \(use)
      }
      """
    let error = failure(body, steps: 20_000)
    #expect(error == (use == "true" ? nil : .limit(.steps(20_000))))
  }

  @Test func documentsThatAreCopiedIntoThemselvesAreBounded() {
    let operations = Array(repeating: #"{"op": "copy", "from": "", "path": "/0"}"#, count: 60).joined(separator: ", ")
    guard case .limit? = failure("p := count(json.patch([1], [\(operations)]))") else {
      Issue.record("expected a limit")
      return
    }
  }

  @Test func resultsCanBeWritten() {
    guard case .limit(.memory)? = failure("p := a25 if {\n  a0 := 1\n  b0 := 1\n\(doubled(25))}") else {
      Issue.record("expected a limit of memory")
      return
    }
    #expect(failure("p := a10 if {\n  a0 := 1\n  b0 := 1\n\(doubled(10))}") == nil)
  }

  @Test func longTextsThatAreSharedCountWhereverTheyStand() {
    let body = "s := concat(\"\", [\"0123456789abcdef\" | some i in numbers.range(1, 60000)])\n"
    guard case .limit? = failure(body + "p := count(json.marshal([s | some i in numbers.range(1, 1000)]))") else {
      Issue.record("expected a limit")
      return
    }
    #expect(value(body + "p := count([s | some i in numbers.range(1, 1000)])") == 1000)
  }

  @Test(arguments: ["split(input, \"b\")", "regex.split(\"b\", input)", "regex.find_n(\"[^b]+\", input, -1)"])
  func partsOfTextsAreInTheBudgetOfTexts(_ call: String) throws {
    // Few elements of many bytes: only the budget of texts can end it.
    let text: JSON = .string(String(repeating: String(repeating: "a", count: 1 << 10) + "b", count: 8))
    let program = try RegoCompiler().compile([
      "t.rego": "package t\np := count([x | some i in numbers.range(1, 30); x := count(\(call))])"
    ])
    let query = try program.prepare("data.t.p")
    let error = #expect(throws: RegoError.self) {
      try query.evaluate(input: text, limits: RegoLimits(time: nil, text: 200_000))
    }
    #expect(error == .limit(.memory(200_000)))
    #expect(try query.evaluate(input: text, limits: RegoLimits(time: nil, text: 300_000)).value == 30)
  }

  // MARK: - Patterns

  @Test(arguments: [
    "regex.match(input.p, input.s)", "regex.split(input.p, input.s)", "regex.find_n(input.p, input.s, 1)",
    "regex.find_all_string_submatch_n(input.p, input.s, 1)", "regex.replace(input.s, input.p, \"\")",
    "regex.template_match(concat(\"\", [\"{\", input.p, \"}\"]), input.s, \"{\", \"}\")",
    "glob.match(input.g, [], input.s)",
  ]) func matchingIsChargedByThePatternsSizeBeforeIt(_ call: String) {
    // A thousand instructions for each of a million characters.
    let input: RegoValue = [
      "p": "(?:(?:a|b)(?:c|d)?){0,200}x", "s": .string(String(repeating: "a", count: 1 << 20)),
      "g": .string(String(repeating: "{a,b}?*", count: 200)),
    ]
    #expect(failure("p := \(call)", input: input, steps: 1_000_000) == .limit(.steps(1_000_000)))
    #expect(failure("p := \(call)", input: ["p": "a+b", "g": "a*b", "s": "aab"], steps: 1_000_000) == nil)
  }

  @Test func searchesThatReadToTheEndAreCounted() {
    // Each position begins a search that reads the rest of the text in vain, then matches one character.
    let text = RegoValue.string(String(repeating: "a", count: 4_000))
    for call in ["find_n(\"a[^x]*x|a\", input, -1)", "split(\"a[^x]*x|a\", input)"] {
      #expect(failure("p := count(regex.\(call))", input: text, steps: 20_000) == .limit(.steps(20_000)))
    }
    #expect(
      failure("p := regex.replace(input, \"a[^x]*x|a\", \"b\")", input: text, steps: 20_000)
        == .limit(.steps(20_000)))
  }
}
