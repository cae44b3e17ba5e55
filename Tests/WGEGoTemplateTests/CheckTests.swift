import Testing
import WGECore
import WGEGoTemplate

@Suite struct CheckTests {
  @Test func namesEveryMistake() {
    let text = """
      {{foo 1}}
      {{.a | bar}}
      {{if $x}}{{end}}
      {{upper 1}}
      {{template "nope" .}}
      {{replace "a" "b"}}
      {{.good | quote}}
      {{"unterminated}}
      {{baz}}
      """
    let issues = TemplateSet(options: TemplateOptions(functions: .sprig())).issues(in: text, name: "t")
    #expect(
      issues.map(\.message) == [
        "function \"foo\" not defined", "function \"bar\" not defined", "undefined variable \"$x\"",
        "expected string; found 1", "template \"nope\" not defined",
        "wrong number of args for replace: want 3 got 2", "unterminated quoted string", "function \"baz\" not defined",
      ])
    #expect(issues.map(\.line) == [1, 2, 3, 4, 5, 6, 8, 9])
  }

  @Test func findsNothingInGoodTemplates() {
    let set = TemplateSet(options: TemplateOptions(functions: .helm()))
    let text =
      "{{define \"a\"}}{{.}}{{end}}{{range $i, $e := .l}}{{template \"a\" $e}}{{else}}{{include \"a\" .}}{{end}}"
    #expect(set.issues(in: text, name: "t") == [])
  }
}
