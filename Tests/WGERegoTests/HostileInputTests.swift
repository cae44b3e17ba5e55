import Testing
import WGECore
import WGERego
import WGERegoTemplates
import WGERegoTokens

/// Policies and documents that once trapped, overflowed or cost without bound: each ends in a value or an error.
@Suite struct HostileInputTests {
  private func run(
    _ body: String, input: JSON? = nil, limits: RegoLimits = RegoLimits(time: .seconds(30)),
    host: [RegoBuiltin] = []
  ) -> Result<RegoValue?, RegoError> {
    do throws(RegoError) {
      let program = try RegoCompiler(options: .init(hostBuiltins: host)).compile(["t.rego": "package t\n\(body)"])
      let query = try program.prepare("data.t.p", options: .init(strictBuiltinErrors: true))
      return .success(try query.evaluate(input: input, limits: limits).value)
    } catch {
      return .failure(error)
    }
  }

  private func value(_ result: Result<RegoValue?, RegoError>) -> RegoValue? {
    if case .success(let value) = result { value } else { nil }
  }

  private func failure(_ result: Result<RegoValue?, RegoError>) -> RegoError? {
    if case .failure(let error) = result { error } else { nil }
  }

  // MARK: - Numbers

  /// An argument whose name stands for it in the reports of test runs.
  struct Named: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let text: String
    var condition = ""

    init(_ name: String, _ text: String, _ condition: String = "") {
      testDescription = name
      self.text = text
      self.condition = condition
    }
  }

  @Test(arguments: [
    Named("least exponent", "1e-9223372036854775808", "input.x > 0; input.x < 0.0001"),
    Named("largest exponent", "1e9223372036854775807", "input.x > 4"),
    Named("exponent past the limit", "1e100001", "not input.x <= 4; input.x > 1e100000"),
    Named("negative past the limit", "-1e100001", "input.x < -1e100000"),
    Named("exponent past 64 bits", "1e99999999999999999999999", "input.x > 1e100000"),
    Named("small past the limit", "1e-100001", "input.x > 0; input.x < 1e-100000"),
    Named("digits past the limit", "1" + String(repeating: "0", count: 100_001), "input.x > 1e100000"),
  ]) func numbersPastTheLimitsKeepTheirOrder(_ number: Named) throws {
    let input = try JSON(parsing: #"{"x": \#(number.text)}"#)
    #expect(value(run("p if { \(number.condition) }", input: input)) == true)
    for operation in [
      "input.x + 1", "1 - input.x", "input.x * 2", "2 / input.x", "input.x % 2", "round(input.x)", "abs(input.x)",
      "sum([1, input.x])", "product({2, input.x})", "ceil(input.x)", "format_int(input.x, 16)",
    ] {
      // Refused at once: not by the steps that computing would take.
      let error = failure(run("p := \(operation)", input: input, limits: RegoLimits(steps: 10_000, time: nil)))
      #expect(error?.description.contains("number too big") == true, "\(operation)")
    }
  }

  @Test func arithmeticOnLongNumbersIsCharged() {
    let body = "p := sum([1e5000 | some i in numbers.range(1, 1000)])"
    #expect(failure(run(body, limits: RegoLimits(steps: 200_000, time: .seconds(60)))) == .limit(.steps(200_000)))
  }

  // MARK: - Calls

  @Test(arguments: [
    "f(a) := a\ng(a, b, c, d, e) := a + b + c + d + e\np if g(1, 2, 3, 4, 5) with data.t.g as data.t.f",
    "f(a) := a\np if concat(\",\", [\"a\"]) with concat as f", "f(a) := a\np if f(1) with f as plus",
    "p if count([1]) with count as plus",
  ]) func replacementsOfOtherArityAreErrors(_ body: String) {
    let error = failure(run(body))
    #expect(error?.code == "rego_type_error")
    #expect(error?.description.contains("arity mismatch") == true)
  }

  @Test func replacementsOfTheSameArityWork() {
    #expect(value(run("f(a, b) := a - b\np := x if { x := 5 + 2 with plus as f }")) == 3)
  }

  // MARK: - Syntax

  @Test(arguments: [
    Named("sum", "p := " + Array(repeating: "1", count: 50_000).joined(separator: "+")),
    Named("in", "p if x " + String(repeating: "in y ", count: 50_000)),
    Named("calls", "p := f" + String(repeating: "(1)", count: 50_000)),
    Named(
      "sums in parentheses",
      "p := " + String(repeating: "(", count: 300)
        + String(repeating: "1" + String(repeating: "+1", count: 400) + ")", count: 300)),
    Named("dots", "p := input" + String(repeating: ".a", count: 50_000)),
    Named("brackets", "p := input" + String(repeating: "[0]", count: 50_000)),
    Named("head", "a" + String(repeating: ".a", count: 50_000) + " := 1"),
    Named("import", "import data" + String(repeating: ".a", count: 50_000)),
    Named("else", "p := 1 if false" + String(repeating: "\nelse := 2 if false", count: 50_000)),
  ]) func chainsAreBounded(_ body: Named) {
    // The texts are long: reports name the argument.
    let code = failure(run(body.text))?.code
    #expect(code == "rego_parse_error")
    let parsed = failure(run("p := rego.parse_module(\"x\", input)", input: .string("package t\n" + body.text)))?.code
    #expect(parsed == "eval_builtin_error")
  }

  @Test func packagesAreBounded() {
    let package = "package a" + String(repeating: ".a", count: 50_000)
    let error = #expect(throws: RegoError.self) { try RegoCompiler().compile(["t.rego": package]) }
    #expect(error?.code == "rego_parse_error")
  }

  @Test func chainsOfUsualLengthWork() {
    #expect(value(run("p := " + Array(repeating: "1", count: 400).joined(separator: "+"))) == 400)
    let links = String(repeating: "\nelse := 2 if false", count: 100)
    #expect(value(run("p := 1 if false\(links)\nelse := 3")) == 3)
    let parsed = run(
      "p := rego.parse_module(\"x\", input).rules[0][\"else\"][\"else\"].head.value.value",
      input: "package t\np := 1 if false\nelse := 2 if false\nelse := 3")
    #expect(value(parsed) == 3)
  }

  @Test func wideLiteralsArePlannedFlat() {
    let width = 5_000
    let names = (0..<width).map { "x\($0)" }.joined(separator: ", ")
    #expect(
      value(run("p := x\(width - 1) if { [\(names)] = numbers.range(1, \(width)) }")) == .number(.int(Int64(width))))
  }

  @Test(arguments: [
    Named("array", "p := count([" + Array(repeating: "input.a", count: 5_000).joined(separator: ", ") + "])", "5000"),
    Named("set", "p := count({" + Array(repeating: "input.a", count: 5_000).joined(separator: ", ") + "})", "1"),
    Named("object", "p := count({" + (0..<5_000).map { "\"k\($0)\": input.a" }.joined(separator: ", ") + "})", "5000"),
    Named(
      "calls", "p := sum([" + Array(repeating: "abs(input.a)", count: 5_000).joined(separator: ", ") + "])", "5000"),
    Named(
      "statements", "p := x4999 if { " + (0..<5_000).map { "x\($0) := input.a" }.joined(separator: "; ") + " }", "1"),
    Named(
      "negations", "p := 1 if { " + Array(repeating: "not input.b", count: 5_000).joined(separator: "; ") + " }", "1"),
    Named(
      "comprehensions",
      "p := x1999 if { " + (0..<2_000).map { "x\($0) := [y | y := input.a]" }.joined(separator: "; ") + " }", "[1]"),
  ]) func longBodiesArePlannedFlat(_ body: Named) {
    let found = value(run(body.text, input: ["a": 1]))?.description
    #expect(found == body.condition)
  }

  @Test func thousandsOfRulesCompileInTimeThatGrowsWithTheirNumber() throws {
    // Each stage copied all rules for each rule once: minutes in a debug build.
    let rules = (0..<3_000).map { "p := \($0) if input.a == \($0)\n" }.joined()
    #expect(value(run(rules, input: ["a": 2_999])) == 2_999)
  }

  // MARK: - Builtins

  @Test func longPathsAreRefused() {
    let path = JSON.string(Array(repeating: "a", count: 100_000).joined(separator: "/"))
    for name in ["json.filter", "json.remove"] {
      #expect(failure(run("p := \(name)({\"a\": 1}, [input])", input: path)) == .limit(.recursion))
    }
  }

  @Test func longGraphsDoNotExhaustTheStack() {
    let body = "g[x] := [x + 1] if some x in numbers.range(1, 5000)\np := graph.reachable_paths(g, {1})"
    #expect(failure(run(body)) == .limit(.recursion))
  }

  @Test func textIsBoundedAsAWhole() {
    let body = """
      a := concat("", ["0123456789abcdef" | some i in numbers.range(1, 1000)])
      p := count([x | some i in numbers.range(1, 5000); x := concat("", [a, sprintf("%d", [i])])])
      """
    let limits = RegoLimits(time: nil, text: 1 << 20)
    #expect(failure(run(body, limits: limits)) == .limit(.memory(1 << 20)))
    #expect(
      failure(
        run(
          "p := strings.replace_n({\"a\": input}, concat(\"\", [\"a\" | some i in numbers.range(1, 1000)]))",
          input: .string(String(repeating: "b", count: 200_000)))) == .limit(.memory(RegoDefaults.maximumTextBytes)))
  }

  @Test func templatesHaveABudgetOfTheirOwn() {
    let template: JSON = "{{range .a}}{{range $.a}}{{range $.a}}x{{end}}{{end}}{{end}}"
    let error = failure(
      run(
        "p := strings.render_template(input, {\"a\": numbers.range(1, 1000)})", input: template,
        host: RegoTemplates.builtins))
    #expect(error?.code == "eval_builtin_error")
    // Steps or time, whichever this machine uses up first.
    #expect(
      ["more than 1000000 steps", "rendering takes too long"].contains { error?.description.hasSuffix($0) == true },
      "\(String(describing: error))")
    #expect(
      value(run("p := strings.render_template(\"{{.a}}\", {\"a\": 1})", host: RegoTemplates.builtins)) == "1")
  }

  @Test func fieldsOfOneNameAreChargedByTheirPairs() {
    // Fields of one name are compared with each other, those of fragments too.
    let fields = String(repeating: "a { b } ", count: 600)
    let query = "{ \(fields) ...f } fragment f on Q { \(fields) }"
    let error = failure(
      run(
        "p := graphql.is_valid(input, \"schema { query: Q } type Q { a: Q b: Int }\")", input: .string(query),
        limits: RegoLimits(steps: 100_000, time: nil)))
    #expect(error == .limit(.steps(100_000)))
  }

  // MARK: - Keys

  @Test func otherKeysAreNoEd25519Keys() throws {
    // The end of a P-256 key's info is 32 bytes that could be a key; with the algorithm's name changed it still is none.
    let key = """
      -----BEGIN PUBLIC KEY-----
      MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
      q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
      -----END PUBLIC KEY-----
      """
    let header = Base64.encode(Array(#"{"alg":"EdDSA"}"#.utf8), as: .url)
    let token =
      "\(header).\(Base64.encode(Array("{}".utf8), as: .url)).\(Base64.encode([UInt8](repeating: 1, count: 64), as: .url))"
    let body = "p := io.jwt.verify_eddsa(\"\(token)\", input)"
    #expect(value(run(body, input: .string(key), host: RegoTokens.builtins)) == false)
  }
}
