import Testing
import WGECore
import WGERego
import WGETestSupport

/// Random changes to policies, queries of other languages inside of them and random inputs: each ends in an answer or
/// in an error within limits, and never in a crash. Part of `make fuzz`.
@Suite(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) struct RegoFuzz {
  private static let seeds = [
    """
    package t
    import data.base as b
    default allow := false
    allow if { some i, x in input.items; x.name == b.names[i]; not x.hidden } else := "maybe" if count(input) > 3
    deny contains msg if { every k, v in input { k != v }; msg := sprintf("%v-%d", [input.a, count(b)]) }
    m[k].v := v if { v := input[k]; v > 1 }
    f(x, [y, _]) := z if { z := {x: y | y := {1, 2}[_]} } else := [a | walk(x, [_, a])]
    p := f(input, [1, 2]) with input as {"a": [1, {"b": null}]} with data.base.names as ["x"]
    t := $"a{input.a}b{1 + 2}"
    """,
    """
    package t
    p := graphql.parse_query(`query A($x: [Int!]! = [1]) { a: b(c: {d: $x}) @e { ... on F { g } ...H } } fragment H on I { j }`)
    q := graphql.is_valid(`{ a { b } }`, `type Query { a(c: Int = 1): A } interface I { b: ID } type A implements I { b: ID! }`)
    r := rego.parse_module("x", "package a\\np := [1 | x = {2}]")
    s := regex.replace("aaaa", "(a|b)*?c|[^x-z]+", "$1-${2}")
    u := glob.match("{a,b*}.[!c]?**", [".", "/"], "a.b.c")
    v := time.format([1e18, "Europe/Berlin", "2006-01-02T15:04:05.000Z07:00"])
    w := json.match_schema({"a": 1}, {"type": "object", "properties": {"a": {"$ref": "#/definitions/x"}}, "definitions": {"x": {"minimum": 2}}})
    x := json.patch({"a": [1, 2]}, [{"op": "move", "from": "/a/0", "path": "/a/-"}])
    y := yaml.unmarshal("a: &x [1, *x]")
    z := units.parse_bytes("1.5GiB") + semver.compare("1.2.3-a", "1.2.3")
    """,
  ]

  private static let pieces = [
    "{", "}", "[", "]", "(", ")", "|", ":=", "=", " if ", " else ", " with input as ", " in ", "some ", "every ",
    "not ",
    "contains ", ";", "\n", ",", ":", ".", "\"", "`", "$\"", "\\u", "1e99999", "-", "input", "data", "_", "set()",
    "import future.keywords", "# METADATA\n# scope: rule\n", "null", "\u{FEFF}", "é", "*", "(?i)", "{0,1000}", "x",
    "default ",
  ]

  private func mutate(_ text: String, _ random: inout some RandomNumberGenerator) -> String {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let at = Int.random(in: 0...bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes.insert(contentsOf: Array((Self.pieces.randomElement(using: &random) ?? "x").utf8), at: at)
      case 1: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 0...12, using: &random)))
      case 2: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
      case 3:
        let piece = Self.pieces.randomElement(using: &random) ?? "x"
        bytes.insert(
          contentsOf: Array(String(repeating: piece, count: Int.random(in: 1...400, using: &random)).utf8), at: at)
      default:
        let end = min(bytes.count, at + Int.random(in: 0...60, using: &random))
        let target = Int.random(in: 0...bytes.count, using: &random)
        bytes.insert(contentsOf: Array(bytes[at..<end]), at: target)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func policiesAndInputs() throws {
    let seconds = try #require(Fuzzing.seconds)
    var random = SystemRandomNumberGenerator()
    let end = ContinuousClock.now + .seconds(seconds)
    let limits = RegoLimits(steps: 200_000, time: .seconds(5), elements: 200_000)
    let inputs: [JSON?] = [
      nil, ["a": 1, "items": [["name": "x"]]], [[[1], [:]], "é", 1.5, .null],
      ["a": ["a": ["a": [:]]], "b": [1, 2, 3]],
    ]
    var compiled = 0
    var runs = 0
    while ContinuousClock.now < end {
      runs += 1
      let text = mutate(Self.seeds[runs % 2], &random)
      let compiler = RegoCompiler(
        options: .init(dialect: runs % 3 == 0 ? .v0 : .v1, hostBuiltins: ConformanceCase.additions))
      if let formatted = try? RegoFormatter(dialect: .v1).format(text) {
        let again = try? RegoFormatter(dialect: .v1).format(formatted)
        #expect(again == formatted, "the layout is not stable: \(text)")
      }
      guard let program = try? compiler.compile(["t.rego": text]), let query = try? program.prepare("data") else {
        continue
      }
      compiled += 1
      for input in inputs {
        _ = try? query.evaluate(input: input, data: ["base": ["names": ["x", "y"]]], limits: limits)
      }
    }
    print("fuzz: Rego: \(runs) policies, \(compiled) compiled")
    #expect(compiled > 0)
  }
}
