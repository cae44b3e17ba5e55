import Testing
import WGECore
import WGEGoTemplate

/// What functions give is charged, whatever they charge themselves; what they only hand on is not.
@Suite struct ChargedResultsTests {
  private func kind(
    _ text: String, _ data: JSON = .object([:]), memory: Int = 1 << 20
  ) throws -> RenderLimits.Kind? {
    try limitReached(text, data, output: 4 << 20, memory: memory, steps: 100_000)
  }

  @Test(arguments: [
    #"{{$s := "abc"}}{{range 90}}{{$s = b64enc $s}}{{end}}"#,
    #"{{$s := "abc"}}{{range 200}}{{$s = b32enc $s}}{{end}}"#,
    #"{{$s := repeat 100 "("}}{{range 90}}{{$s = regexQuoteMeta $s}}{{end}}"#,
    #"{{$s := repeat 20000 "x"}}{{$l := list}}{{range 1000}}{{$l = append $l (upper $s)}}{{end}}"#,
    #"{{$s := repeat 20000 "x"}}{{range 1000}}{{$_ := trim $s}}{{end}}"#,
    #"{{$s := repeat 20000 "x"}}{{range 1000}}{{$_ := date $s now}}{{end}}"#,
    #"{{$s := repeat 20000 "x"}}{{range 1000}}{{$_ := urlJoin (dict "path" $s)}}{{end}}"#,
    #"{{range 10000}}{{$_ := list 1}}{{end}}"#, #"{{range 10000}}{{$_ := dict}}{{end}}"#,
    #"{{$l := until 1000}}{{range 1000}}{{$_ := slice $l 1}}{{end}}"#,
    #"{{$s := toYaml (dict "a" (repeat 20000 "x"))}}{{range 1000}}{{$_ := fromYaml $s}}{{end}}"#,
    #"{{$s := toJson (dict "a" (repeat 20000 "x"))}}{{range 1000}}{{$_ := fromJson $s}}{{end}}"#,
    #"{{define "a"}}{{.long}}{{end}}{{range 1000}}{{$_ := include "a" $}}{{end}}"#,
  ])
  func whatIsMadeIsCharged(_ text: String) throws {
    let data: JSON = ["long": .string(String(repeating: "x", count: 20_000))]
    #expect(try kind(text, data) == .memory)
  }

  @Test(arguments: [
    "default $d .long", "default .long nil", "coalesce nil .long", "ternary .long $d true", "required $d .long",
    #"get $ "long""#, #"dig "a" "b" $d .nested"#, "first .list", "last .list", "index .list 0", #"index $ "long""#,
    "index .made 0", "get .made2 `long`",
  ])
  func whatIsHandedOnIsNot(_ text: String) throws {
    let long = JSON.string(String(repeating: "x", count: 4_000))
    let data: JSON = ["long": long, "list": [long], "nested": ["a": ["b": long]]]
    var text = text
    var head = #"{{$d := "d"}}"#
    if text.contains(".made2") {
      head += "{{$m := dict `long` .long}}"
      text = text.replacing(".made2", with: "$m")
    } else if text.contains(".made") {
      head += "{{$m := list .long}}"
      text = text.replacing(".made", with: "$m")
    }
    #expect(try kind(head + "{{range 2000}}{{$_ := \(text.replacing(" .", with: " $."))}}{{end}}", data) == nil)
  }

  /// Reading a long text takes time, though little comes of it.
  @Test(arguments: [#"{{$_ := sha256sum $s}}"#, #"{{$_ := hasSuffix "y" $s}}"#, #"{{$_ := atoi $s}}"#])
  func whatIsReadIsCharged(_ text: String) throws {
    #expect(try kind(#"{{$s := repeat 300000 "x"}}{{range 1000}}\#(text){{end}}"#) == .steps)
  }
}
