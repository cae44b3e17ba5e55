import Testing
import WGECore
import WGERego

/// Hostile policies and inputs end in errors within limits.
@Suite struct AdversaryTests {
  private func run(_ body: String, input: JSON? = nil, limits: RegoLimits = RegoLimits(time: .seconds(60))) -> Result<
    RegoValue?, RegoError
  > {
    do throws(RegoError) {
      let program = try RegoCompiler().compile(["t.rego": "package t\n\(body)"])
      return .success(try program.prepare("data.t.p").evaluate(input: input, limits: limits).value)
    } catch {
      return .failure(error)
    }
  }

  @Test(arguments: ["[", "{", "(", "{x: ", "[x | ", "f(", "$\"{", "not "]) func deepNestingIsAnError(_ opening: String)
  {
    guard case .failure(let error) = run("p := " + String(repeating: opening, count: 100_000)) else {
      Issue.record("expected an error")
      return
    }
    #expect(error.code == "rego_parse_error")
  }

  @Test func longChainsOfRulesDoNotExhaustTheStack() {
    var body = "p := r0\n"
    for index in 0..<4_000 { body += "r\(index) := [r\(index + 1)]\n" }
    body += "r4000 := 1\n"
    switch run(body) {
    case .success: break
    case .failure(let error): #expect(error == .limit(.recursion))
    }
  }

  @Test func limitsEndEndlessWork() {
    let small = RegoLimits(steps: 100_000, time: .seconds(20), elements: 100_000)
    for body in [
      "p if { some i in numbers.range(1, 30000); some j in numbers.range(1, 30000); i == j + 100000 }",
      "p := numbers.range(1, 1000000000000)", "p := net.cidr_expand(\"::/0\")", "p := bits.lsh(1, 1000000000000)",
      "p := [x | some x in numbers.range(1, 90000); some y in numbers.range(1, 90000)]",
      "p := strings.replace_n({\"\": \"x\"}, \"aaaa\")", "p := sprintf(\"%999999999d\", [1])",
      "p := 1e100000 * 1e100000",
      "p := regex.match(\"(a*)*b\", concat(\"\", [\"a\" | some x in numbers.range(1, 20000)]))",
    ] {
      switch run(body, limits: small) {
      case .success(let value): #expect(value?.collectionSize ?? 0 <= 100_000, "\(body)")
      case .failure(let error): if case .limit = error {} else { Issue.record("\(body): \(error)") }
      }
    }
  }

  @Test func cancellationIsSeen() async throws {
    let task = Task {
      run("p := count([1 | some i in numbers.range(1, 3000); some j in numbers.range(1, 3000); i + j == 0])")
    }
    task.cancel()
    if case .failure(let error) = await task.value { #expect(error == .cancelled) }
  }

  @Test func mutilatedPoliciesNeverTrap() {
    let seed = """
      package t
      import rego.v1
      # METADATA
      # title: x
      default p := {"a": [1, 2.5e3, `raw`, "s\\u00e9"]}
      p contains x if { some x, y in input.xs; not y == 1; every z in [1] { z > 0 } with input.a as {1} }
      f(x, [y, _]) := z if { z := sum([v | v := x[_]]) } else := $"t{y}" if { x[_][y] }
      q[a].b[c] := {a: c | a = "x"} if { a = input.k; c := {1, 2} & {2} | set() }
      """
    var generator = Generator(state: 42)
    let pieces = [
      "{", "}", "[", "]", "(", ")", "|", ":=", "=", ".", ",", "\"", "`", "$\"", "if", "in", "else", "_", "0", "1e9",
      "#", "\n", "some", "with", "as", "\u{0}", "é",
    ]
    for _ in 0..<600 {
      var bytes = Array(seed.utf8)
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...12, using: &generator)))
        case 1: bytes.insert(contentsOf: Array((pieces.randomElement(using: &generator) ?? "").utf8), at: at)
        default: bytes[at] = UInt8.random(in: 0...255, using: &generator)
        }
        if bytes.isEmpty { bytes = [0x20] }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(RegoError) {
        let program = try RegoCompiler().compile(["t.rego": text])
        _ = try program.prepare("data").evaluate(
          input: ["xs": [1, 2], "k": "v"] as JSON,
          limits: RegoLimits(steps: 100_000, time: .seconds(5), elements: 100_000))
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}

struct Generator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

extension RegoValue {
  var collectionSize: Int {
    switch self {
    case .array(let array): array.count
    case .set(let set): set.count
    case .object(let object): object.count
    default: 0
    }
  }
}
