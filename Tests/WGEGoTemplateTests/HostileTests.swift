import Foundation
import Testing
import WGECore
import WGEGoTemplate
import WGETestSupport

/// Templates and data that mean harm.
@Suite struct HostileTests {
  private func limited(_ change: (inout RenderLimits) -> Void = { _ in }) -> TemplateOptions {
    var options = TemplateOptions(functions: .helm())
    options.limits.output = 1 << 20
    options.limits.memory = 16 << 20
    options.limits.steps = 100_000
    options.limits.time = nil
    change(&options.limits)
    return options
  }

  private func kind(_ text: String, _ data: JSON = .object([:]), _ options: TemplateOptions? = nil) throws
    -> RenderLimits.Kind?
  {
    do throws(TemplateError) {
      _ = try Template(text, options: options ?? limited()).render(data)
      return nil
    } catch {
      if case .limit(let kind, _) = error { return kind }
      Issue.record("\(text): \(error)")
      return nil
    }
  }

  @Test(arguments: [
    (#"{{repeat 1000000000 "a"}}"#, RenderLimits.Kind.memory), ("{{until 1000000000}}", .memory),
    ("{{indent 1000000000 \"a\"}}", .memory), ("{{seq 1 1000000000}}", .memory),
    ("{{untilStep -9223372036854775808 9223372036854775807 1}}", .memory),
    (#"{{range 100000000}}{{end}}"#, .steps), (#"{{range 100000}}0123456789012345678901234567890{{end}}"#, .output),
    (#"{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}"#, .depth),
    (#"{{define "a"}}{{include "a" .}}{{end}}{{include "a" .}}"#, .depth),
    (#"{{tpl .t .}}"#, .depth), (#"{{$s := "a"}}{{range 100}}{{$s = print $s $s}}{{end}}"#, .memory),
    (#"{{$l := list 1}}{{range 100}}{{$l = concat $l $l}}{{end}}"#, .memory),
    (#"{{regexReplaceAll "" (repeat 10000 "a") (repeat 10000 "b")}}"#, .memory),
    (#"{{randAlphaNum 100000000}}"#, .memory), (#"{{printf "%1000000d" 1 | repeat 100}}"#, .memory),
    (#"{{replace "" (repeat 10000 "x") (repeat 10000 "a")}}"#, .memory),
  ])
  func stopsAtLimits(_ text: String, _ expected: RenderLimits.Kind) throws {
    #expect(try kind(text, ["t": "{{tpl .t .}}"]) == expected)
  }

  @Test func stopsInTime() throws {
    let options = limited {
      $0.steps = .max
      $0.time = .milliseconds(20)
    }
    #expect(try kind("{{range 1000000000}}{{end}}", .object([:]), options) == .time)
  }

  @Test func stopsWhenCancelled() async throws {
    var options = limited { $0.time = nil }
    options.limits.steps = .max
    let template = try Template("{{range 100000000000}}{{end}}", options: options)
    let task = Task { () -> TemplateError? in
      do throws(TemplateError) {
        _ = try template.render(.null)
        return nil
      } catch { return error }
    }
    task.cancel()
    #expect(await task.value == .cancelled)
  }

  @Test(arguments: ["(", "{{if 1}}", "{{with 1}}", "{{range 1}}", "{{if 0}}{{else if 1}}", "{{print (print "])
  func deepNestingIsRefused(_ part: String) {
    let text = (part.hasPrefix("{{") ? "" : "{{") + String(repeating: part, count: 50_000)
    #expect(throws: TemplateError.self) { try Template(text) }
    #expect(!TemplateSet().issues(in: text, name: "t").isEmpty)
  }

  /// On a thread with the least stack that tasks have anywhere, at the deepest that is allowed and past it.
  @Test(arguments: [100, 249, 10_000])
  func deepNestingFitsSmallStacks(_ depth: Int) async {
    func nested(_ open: String, _ body: String, _ close: String) -> String {
      String(repeating: open, count: depth) + body + String(repeating: close, count: depth)
    }
    let texts = [
      nested("{{if 1}}", "x", "{{end}}"), nested("{{range 1}}", "{{index 1 2}}", "{{end}}"),
      nested("{{with 1}}", "x", "{{end}}"), "{{" + nested("(", "1", ")") + "}}",
      "{{" + nested("(index 1 ", "2", ")") + "}}",
      "{{if 0}}" + nested("{{else if 0}}", "{{end}}", ""),
      nested("{{if 1}}", "{{" + nested("(print ", "1", ")") + "}}", "{{end}}"),
    ]
    let outcomes = await onSmallStack {
      texts.map { text in
        do throws(TemplateError) {
          var options = TemplateOptions()
          options.limits.nesting = .max
          _ = try Template(text, options: options).render(.null)
          return "fine"
        } catch { return error.issue?.message ?? "" }
      }
    }
    #expect(outcomes.count == texts.count)
    if depth > 1_000 {
      for outcome in outcomes {
        #expect(outcome.contains("nest too deeply") || outcome.contains("max expression depth"))
      }
    }
  }

  private func onSmallStack(_ body: @escaping @Sendable () -> [String]) async -> [String] {
    await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: body()) }
      thread.stackSize = 512 << 10
      thread.start()
    }
  }

  @Test func valuesThatHoldThemselves() throws {
    for text in [
      #"{{$d := dict}}{{$_ := set $d "d" $d}}{{$d}}"#, #"{{$d := dict}}{{$_ := set $d "d" $d}}{{toJson $d}}"#,
      #"{{$d := dict}}{{$_ := set $d "d" $d}}{{toYaml $d}}"#,
      #"{{$d := dict}}{{$_ := set $d "d" $d}}{{deepEqual $d $d}}"#,
    ] {
      // Whatever comes out, it ends.
      _ = try? Template(text, options: limited()).render(.object([:]))
    }
  }

  @Test func longChainsAreLetGo() throws {
    for text in [
      "{{$l := list}}{{range 40000}}{{$l = list $l}}{{end}}{{len $l}}",
      #"{{$d := dict}}{{range 40000}}{{$n := dict}}{{$_ := set $d "n" $n}}{{$d = $n}}{{end}}{{len $d}}"#,
      #"{{$l := list}}{{range 40000}}{{$l = list $l}}{{end}}{{deepCopy $l | len}}"#,
    ] {
      _ = try? Template(text, options: limited()).render(.object([:]))
    }
  }

  @Test func numbersAtTheirEnds() throws {
    for text in [
      "{{div -9223372036854775808 -1}}", "{{mod -9223372036854775808 -1}}", "{{mul -9223372036854775808 -1}}",
      "{{sub -9223372036854775808 1}}", "{{trunc -9223372036854775808 \"a\"}}",
      "{{substr -9223372036854775808 9223372036854775807 \"a\"}}",
      "{{seq 9223372036854775807 9223372036854775807}}", "{{untilStep 9223372036854775800 9223372036854775807 5}}",
      "{{round 1e300 400}}", "{{int 1e300}}", "{{abbrev 9223372036854775807 \"a\"}}",
      "{{wrap 9223372036854775807 \"a\"}}",
      "{{abbrevboth -9223372036854775808 10 \"abcdefghijklmnop\"}}",
      "{{abbrevboth 9223372036854775807 10 \"abcdefghijklmnop\"}}",
      "{{slice (list 1) -9223372036854775808}}", "{{chunk 9223372036854775807 (list 1 2)}}",
      "{{splitn \"\" 9223372036854775807 \"ab\"}}",
      "{{date \"2006\" 9223372036854775807}}", "{{date \"2006\" -9223372036854775808}}",
      "{{duration \"9223372036854775807\"}}",
      "{{durationRound \"-2562047h47m16.854775808s\"}}", "{{dateModify \"2562047h\" (toDate \"2006\" \"9999\")}}",
      "{{randInt -9223372036854775808 9223372036854775807}}", "{{printf \"%*d\" -9223372036854775808 1}}",
      "{{printf \"%[99999999999999999999]d\" 1}}", "{{printf \"%99999999999999999999d\" 1}}", "{{divf 1e300 1e-300}}",
      "{{addf 1e308 1e308}}", "{{ago -9223372036854775808}}", "{{(now).AddDate 9223372036854775807 1 1}}",
      "{{indent 9223372036854775807 \"a\"}}", "{{untilStep 0 9223372036854775807 1}}",
      "{{repeat 9223372036854775807 \"ab\"}}",
      "{{index \"a\" -1}}", "{{wrapWith -1 \"\" \"abc\"}}", "{{initials \"\"}}",
      "{{regexFindAll \"a\" \"aa\" -9223372036854775808}}",
    ] {
      _ = try? Template(text, options: limited()).render(.object([:]))
    }
  }

  /// Random templates with Sprig, whole and damaged; nothing may trap.
  @Test func survivesFuzzing() async throws {
    try await Fuzzing.run("templates") { seed in
      for offset in 0..<200 {
        var generator = TemplateGenerator(seed: seed &* 200 &+ UInt64(offset))
        let data = generator.data()
        var bytes = Array(generator.template().utf8)
        let names = FunctionSet.helm().names
        // Replace some words by functions of the set, then damage some bytes.
        var text = String(decoding: bytes, as: UTF8.self)
        for word in ["print", "len", "index", "not", "html"] {
          text = text.split(separator: word, omittingEmptySubsequences: false).joined(
            separator: names[generator.number(names.count)])
        }
        bytes = Array(text.utf8)
        if generator.number(3) == 0, !bytes.isEmpty {
          for _ in 0..<3 { bytes[generator.number(bytes.count)] = UInt8(generator.number(256)) }
        }
        let options = limited()
        let damaged = String(decoding: bytes, as: UTF8.self)
        guard let template = try? Template(damaged, options: options) else {
          #expect(!TemplateSet(options: options).issues(in: damaged, name: "t").isEmpty)
          continue
        }
        _ = try? template.render(data)
        _ = try? Envsubst(damaged).render([:], limit: 1 << 16)
      }
    }
  }
}
