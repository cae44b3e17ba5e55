import Testing
import WGERego

/// What is refused for kinds that cannot fit, and what is not.
@Suite struct TypeCheckTests {
  @Test(arguments: [
    "p := upper(1)", "p if { x := [1]; startswith(x, \"a\") }", "p if { count([1]) = \"a\" }",
    "p := [1 | {x | x = 1} = [2]]", "p if { not 1 = \"a\" }", "p := 1 + \"a\"", "p := count({\"a\"}) & {1}",
    "p if { x := lower(input.a); x + 1 == 2 }", "f(x) := concat(x, 1)",
  ]) func refusals(_ body: String) {
    let error = #expect(throws: RegoError.self) { try RegoCompiler().compile(["t.rego": "package t\n\(body)\n"]) }
    #expect(error?.code == "rego_type_error", "\(body): \(String(describing: error))")
  }

  @Test(arguments: [
    "p if { every x in input { x = 1; 1 = \"a\" } }", "p := upper(input.x)", "f(x) := upper(x)\np := f(1)",
    "p if { 1 == \"a\" }", "p if { x := {1} - {2}; y := 2 - 1; x != y }", "p := count(\"abc\")",
    "p if { upper(input.x) == 1 with upper as 1 }", "q := 1\np := upper(data.t.q)",
  ]) func acceptance(_ body: String) {
    #expect(throws: Never.self, "\(body)") { try RegoCompiler().compile(["t.rego": "package t\n\(body)\n"]) }
  }

  @Test func queriesAreCheckedToo() throws {
    let program = try RegoCompiler().compile(["t.rego": "package t\np := 1\n"])
    #expect(throws: RegoError.self) { try program.prepare("x := upper(1)") }
  }
}
