import Testing
import WGECore
import WGEGoTemplate

/// What Go's text/template and Sprig do at their edges, as the comparison with them showed.
@Suite struct RecordedTests {
  private static let data: JSON = ["m": ["a": 1, "n": .null], "l": ["x", "y"], "s": "héé", "f": -25.5]

  @Test(arguments: [
    // Formats
    (#"{{printf "%#08.3v" "abcdef"}}"#, #"000"abc""#),
    (#"{{printf "%w" .m}}"#, #"%!w(map[string]interface {}=map[a:1 n:<nil>])"#),
    (#"{{printf "%#w" "é"}}"#, #"%!w(string="é")"#),
    (#"{{printf "%é" .l}}"#, #"[%!é(string=x) %!é(string=y)]"#),
    (#"{{printf "%#.2w" 2.5}}"#, #"%!w(float64=2.5)"#),
    (#"{{printf "%.2v %.3g" -0.0 -0.0}}"#, #"-0 -0"#),
    // A break in the else of a range ends that range alone.
    (#"{{range .l}}[{{range 0}}{{else}}a{{break}}b{{end}}{{.}}]{{end}}"#, #"[ax][ay]"#),
    (#"{{range .l}}[{{range 0}}{{else}}{{with 7}}{{.}}{{break}}{{end}}{{end}}{{.}}]{{end}}"#, #"[7x][7y]"#),
    (#"{{range .l}}[{{range 0}}{{else}}a{{continue}}b{{end}}{{.}}]{{end}}"#, #"[a[a"#),
    // Without a receiver nothing is evaluated.
    (#"{{.none.x (index .l 99)}}"#, #"<no value>"#),
    (#"{{1 | .none.x (index .l 99)}}"#, #"<no value>"#),
    // Sprig
    (#"{{snakecase "a:-3b"}} {{snakecase "x1Y 2zZ[Q"}} {{kebabcase "世界Ab"}}"#, #"a:-3b x1_y_2z_z[q 世界-ab"#),
    (#"{{camelcase "_"}} {{camelcase "- _"}} {{camelcase "_a"}}"#, #"__ - __ _A"#),
    (#"{{initials "ßa b"}}"#, #"Ãb"#),
    (#"{{chunk -4 .l}} {{chunk -4 (list 1)}}"#, #"[] [[1]]"#),
    (#"{{merge (dict "a" "") .m | toJson}}"#, #"{"a":1}"#),
    (#"{{mergeOverwrite (dict "n" 2) .m | toJson}}"#, #"{"a":1,"n":null}"#),
    (#"{{merge .none.m (dict "b" 1) | toJson}}"#, #"{"b":1}"#),
    (#"{{(urlParse "x#\n").fragment}}"#, "\n"),
  ])
  func renders(_ text: String, _ expected: String) throws {
    #expect(try Template(text, options: TemplateOptions(functions: .sprig())).render(Self.data) == expected)
  }

  @Test(arguments: [
    (#"{{deepCopy nil}}"#, #"error calling deepCopy: reflect: call of reflect.Value.Type on zero Value"#),
    (#"{{dig "a" 1 "" .m}}"#, #"error calling dig: interface conversion: interface {} is int, not string"#),
    (#"{{len (semver "1.2.3")}}"#, #"error calling len: len of type semver.Version"#),
    (#"{{urlParse "a b:c#f"}}"#, #"parse "a b:c": first path segment in URL cannot contain colon"#),
    (#"{{chunk -1 (list 1)}}"#, #"error calling chunk: runtime error: makeslice: len out of range"#),
  ])
  func fails(_ text: String, _ expected: String) throws {
    do throws(TemplateError) {
      let output = try Template(text, options: TemplateOptions(functions: .sprig())).render(Self.data)
      Issue.record("rendered \(output)")
    } catch { #expect("\(error)".hasSuffix(expected), "\(error)") }
  }

  @Test func elseInABlockIsToldAtItsHead() {
    let error = #expect(throws: TemplateError.self) { try Template("{{block \"b\" .}}\n\n{{else}}{{end}}", name: "t") }
    #expect(error?.description == "template: t:1: unexpected {{else}} in block clause")
  }
}
