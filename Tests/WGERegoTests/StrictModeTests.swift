import Testing
import WGERego

/// What strict compilation refuses beside what is always refused; the messages are OPA's.
@Suite struct StrictModeTests {
  @Test(arguments: [
    ("import data.a.b\np := 1", "import data.a.b unused"),
    ("import data.a.b as c\np := 1", "import data.a.b as c unused"),
    ("p if { x := 1 }", "assigned var x unused"),
    ("p := [1 | [x, y] := input; y]", "assigned var x unused"),
    ("f(x, y) := x", "unused argument y. (hint: use _ (wildcard variable) instead)"),
    ("f([x, {\"a\": y}]) := x", "unused argument y. (hint: use _ (wildcard variable) instead)"),
  ]) func refusals(_ body: String, _ message: String) {
    let plain = RegoCompiler()
    let strict = RegoCompiler(options: .init(strict: true))
    #expect(throws: Never.self) { try plain.compile(["t.rego": "package t\n\(body)\n"]) }
    let error = #expect(throws: RegoError.self) { try strict.compile(["t.rego": "package t\n\(body)\n"]) }
    #expect(error?.description.contains("rego_compile_error: \(message)") == true, "\(String(describing: error))")
  }

  @Test func acceptsWhatIsUsed() throws {
    let text = """
      package t
      import data.a.b
      import input.c as d
      f(x, y) := z if { z := x + y } else := y
      g(_, x) := 1 if { b == x }
      p if { every i, x in d { i == x } }
      q := {x: y | some x, y in d}
      r if { data.t.q with b as 1 }
      """
    _ = try RegoCompiler(options: .init(strict: true)).compile(["t.rego": text])
  }

  @Test func hidesNothingInV0() {
    let compiler = RegoCompiler(options: .init(dialect: .v0, strict: true))
    for body in ["input = 1 { true }", "p { data := 1; data == 1 }", "p { any([true]) }"] {
      #expect(throws: RegoError.self, "\(body)") { try compiler.compile(["t.rego": "package t\n\(body)\n"]) }
    }
  }
}
