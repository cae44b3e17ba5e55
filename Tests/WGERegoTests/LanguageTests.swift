import Testing
import WGECore
import WGERego

/// The quick list of the specification, and errors with their codes and places.
@Suite struct LanguageTests {
  private func value(_ body: String, _ path: String, input: JSON? = nil, dialect: RegoCompiler.Dialect = .v1) throws
    -> RegoValue?
  {
    let program = try RegoCompiler(options: .init(dialect: dialect)).compile(["t.rego": "package t\n\(body)"])
    return try program.prepare("data.t.\(path)").evaluate(input: input).value
  }

  private func error(_ body: String, query: String = "data.t", dialect: RegoCompiler.Dialect = .v1) -> RegoError? {
    do throws(RegoError) {
      let program = try RegoCompiler(options: .init(dialect: dialect)).compile(["t.rego": "package t\n\(body)"])
      _ = try program.prepare(query, options: .init(strictBuiltinErrors: true)).evaluate(input: nil as JSON?)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("p contains 1\np contains 2 if true", "p", "{1, 2}"),
    (#"a.b.c := 1"# + "\n" + #"a[x].d := y if { some x, y in {"k": 2} }"#, "a", #"{"b": {"c": 1}, "k": {"d": 2}}"#),
    ("p[x] if { x := 1 }", "p", "{1: true}"),
    ("a.b[2].c := 1 if false\na.b[{\"k\": 1}].c := 1 if false", "a", #"{"b": {}}"#),
    ("a.b[2].c := 1 if false\na.b[3].c := 1 if false", "a", #"{"b": {2: {}, 3: {}}}"#),
    ("default f(_) := \"d\"\nf(1) := \"one\"\np := f(2)", "p", #""d""#),
    ("p := 1 if { false } else := 2 if { true } else := 3", "p", "2"),
    ("x := false\np if { not x }", "p", "true"),
    ("p := null\nq if p", "q", "true"),
    ("s if { count([1,2]) == 9 with count as 9 }", "s", "true"),
    ("f(x) := x\ng(_) := 7\nu if { f(1) == 7 with data.t.f as g }", "u", "true"),
    ("p if { every x in [] { x } }", "p", "true"),
    (
      #"p := [x | some x in {"b",2,"a",null,true,[1],{"k":1},{3}}]"#, "p",
      #"[null, true, 2, "a", "b", [1], {"k": 1}, {3}]"#
    ),
    ("p := numbers.range(3, 1)", "p", "[3, 2, 1]"),
    (#"p := sprintf("%v %d %s", [1.0, 3, 5])"#, "p", #""1 3 %!s(int=5)""#),
    ("p := y if { y > 1; y = x + 1; x = 3 }", "p", "4"),
    ("p := 9007199254740993 + 1", "p", "9007199254740994"),
    ("p := 123456789012345678901234567890 + 1", "p", "123456789012345678900000000000"),
    ("p := 1 / 3", "p", "0.33333333333333333334"), ("p := 0.1 + 0.2", "p", "0.3"), ("p := (2 / 3) * 3", "p", "2"),
    ("p := 1234567.5 + 0", "p", "1.2345675e+06"), ("p := 0.00001234 * 1", "p", "1.234e-05"),
    ("p := 1e21 * 10", "p", "10000000000000000000000"), ("p := 7 / 2", "p", "3.5"), ("p := 1.50", "p", "1.50"),
    ("p := {1, 1.0}", "p", "{1}"), ("p := -5 % 3", "p", "-2"), ("p := round(-2.5)", "p", "-3"),
    (#"p := $"a{1 + 1}b{input.x}""#, "p", #""a2b<undefined>""#),
    (#"p := split("abc", "")"#, "p", #"["a", "b", "c"]"#),
  ]) func values(_ body: String, _ path: String, _ expected: String) throws {
    #expect(try value(body, path)?.description == expected)
  }

  @Test func oldDialect() throws {
    let body = "p[x] { x := [1,2][_] }\nq[x] = y { y := [1,2][x] }\nr[\"a\"]\ns[\"k\"] = 1\nif { true }\n"
    #expect(try value(body, "p", dialect: .v0)?.description == "{1, 2}")
    #expect(try value(body, "q", dialect: .v0)?.description == "{0: 1, 1: 2}")
    #expect(try value(body, "r", dialect: .v0)?.description == #"{"a"}"#)
    #expect(try value(body, "s", dialect: .v0)?.description == #"{"k": 1}"#)
  }

  @Test(arguments: [
    ("p := ", "rego_parse_error"), ("p if { x }", "rego_unsafe_var_error"), ("p if q\nq if p", "rego_recursion_error"),
    ("p if foo(1)", "rego_type_error"), ("p := 1\np := 2", "eval_conflict_error"),
    (#"p := {"k": v | v := [1,2][_]}"#, "eval_conflict_error"), ("p := 1 / 0", "eval_builtin_error"),
    ("p := count(1)", "rego_type_error"), ("p := count([1][0])", "eval_type_error"),
    ("p if { x := 1; x := 2 }", "rego_compile_error"),
    ("p { true }", "rego_parse_error"), ("default p := input.x", "rego_parse_error"),
  ]) func errors(_ body: String, _ code: String) {
    #expect(error(body)?.code == code, "\(body)")
  }

  @Test func errorsNameTheirPlace() throws {
    guard case .invalid(let diagnostics)? = error("p if {\n  x\n}") else {
      Issue.record("expected a diagnostic")
      return
    }
    #expect(diagnostics.first?.location.row == 3)
    #expect(diagnostics.first?.location.file == "t.rego")
    #expect(diagnostics.first?.message == "var x is unsafe")
  }
}
