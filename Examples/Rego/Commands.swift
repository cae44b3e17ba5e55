import ArgumentParser
import CWGEAllocations
import WGECore
import WGERego

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `rego eval -d policy.rego -i input.json data.shop.allow`
struct Eval: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Evaluate a query and print its results as JSON.")
  @OptionGroup var sources: Sources
  @Flag(help: "Say why each rule fired or not.") var explain = false
  @Flag(help: "Errors of builtins end the evaluation.") var strict = false
  @Argument(help: "Such as data.shop.allow.") var query: String

  func run() throws {
    let program = try sources.compiler(print: true).compile(try sources.policies())
    let options = RegoQueryOptions(strictBuiltinErrors: strict, instrumented: explain)
    var host = RegoHost()
    host.print = { text, _ in print(text) }
    let decision = try program.prepare(query, options: options).evaluate(input: try sources.document(), host: host)
    let results = decision.results.map { result -> JSON in
      if let value = result.value, result.bindings.isEmpty { return value.json }
      return .object(JSONObject(result.bindings.map { ($0.key, $0.value.json) }))
    }
    print(String(decoding: JSON.array(results).serializedPretty(), as: UTF8.self))
    for explanation in decision.explanations { print(explanation) }
    if let error = decision.builtinError { print("note: \(error)") }
  }
}

/// `rego explain -d policy.rego -i input.json data.shop.allow`
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Say why each rule of a query fired or not.")
  @OptionGroup var sources: Sources
  @Argument(help: "Such as data.shop.allow.") var query: String

  func run() throws {
    let program = try sources.compiler().compile(try sources.policies())
    let decision = try program.prepare(query, options: .init(instrumented: true)).evaluate(
      input: try sources.document())
    let value = decision.value.map { String(decoding: $0.json.serialized(), as: UTF8.self) }
    print("\(query) is \(value ?? (decision.results.isEmpty ? "undefined" : "defined"))")
    for explanation in decision.explanations { print("  \(explanation)") }
    if let error = decision.builtinError { print("  note: \(error)") }
  }
}

/// `rego check policies/`
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Compile policies and report what is wrong.")
  @Flag(help: "Policies are written in Rego v0.") var v0 = false
  @Flag(help: "Unused imports, variables and arguments are errors too.") var strict = false
  @Argument(help: "Files or folders.") var paths: [String]

  func run() throws {
    let files = try Sources.files(paths)
    let compiler = Sources.compiler(v0: v0, strict: strict)
    _ = try compiler.compile(try files.map { (file: $0, text: try Sources.text($0)) })
    print("\(files.count) file\(files.count == 1 ? "" : "s"): no errors")
  }
}

/// `rego fmt policy.rego`
struct Format: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Print policies in the standard layout.")
  @Flag(name: .shortAndLong, help: "Rewrite the files.") var write = false
  @Flag(name: .shortAndLong, help: "List files that are laid out differently, and fail if there are any.") var list =
    false
  @Flag(help: "Policies are written in Rego v0.") var v0 = false
  @Argument(help: "Files or folders.") var paths: [String]

  func run() throws {
    var different = 0
    for file in try Sources.files(paths) {
      let text = try Sources.text(file)
      let formatted = try RegoFormatter(dialect: v0 ? .v0 : .automatic).format(text, file: file)
      if list {
        if formatted != text {
          different += 1
          print(file)
        }
      } else if write {
        if formatted != text { try Data(formatted.utf8).write(to: URL(fileURLWithPath: file)) }
      } else {
        print(formatted, terminator: "")
      }
    }
    if different > 0 { throw ExitCode.failure }
  }
}

/// `rego test policies/`
struct Test: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Run the rules whose names begin with test_.")
  @Flag(help: "Policies are written in Rego v0.") var v0 = false
  @Option(help: "Only tests whose path contains this text.") var filter = ""
  @Argument(help: "Files or folders.") var paths: [String]

  func run() throws {
    let compiler = Sources.compiler(v0: v0, print: true)
    let files = try Sources.files(paths)
    let program = try compiler.compile(try files.map { (file: $0, text: try Sources.text($0)) })
    let tests = program.rules(namePrefix: "test_").filter { filter.isEmpty || $0.path.contains(filter) }
    let width = tests.map(\.path.count).max() ?? 4
    var failed = 0
    var host = RegoHost()
    host.print = { text, _ in print("    " + text) }
    for test in tests {
      let start = ContinuousClock.now
      var verdict = "PASS"
      var reasons: [String] = []
      do {
        let decision = try program.prepare(test.path, options: .init(instrumented: true)).evaluate(
          input: nil as JSON?, host: host)
        if decision.value != .bool(true) {
          verdict = "FAIL"
          reasons = decision.explanations.filter { !$0.fired && $0.rule == test.path }.map(\.description)
        }
      } catch {
        verdict = "ERROR"
        reasons = ["\(error)"]
      }
      if verdict != "PASS" { failed += 1 }
      let microseconds = Int((ContinuousClock.now - start) / .microseconds(1))
      let name = test.path.padding(toLength: width)
      print("\(verdict.padding(toLength: 5))  \(name)  \(microseconds) us  \(test.location)")
      for reason in reasons { print("       \(reason)") }
    }
    print("\(tests.count - failed) passed, \(failed) failed")
    if failed > 0 { throw ExitCode.failure }
  }
}

/// `rego bench -d policy.rego -i input.json data.shop.allow`
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Measure a prepared query.")
  @OptionGroup var sources: Sources
  @Option(help: "Evaluations to measure.") var count = 10_000
  @Argument(help: "Such as data.shop.allow.") var query: String

  func run() throws {
    let clock = ContinuousClock()
    let program = try sources.compiler().compile(try sources.policies())
    let prepared = try program.prepare(query)
    let document = try sources.document()
    let converted = document.map { RegoValue(converting: $0) }
    for (name, input) in [
      ("JSON input, read in place", document.map { RegoValue($0) }), ("converted input", converted),
    ] {
      for _ in 0..<min(100, count) { _ = try prepared.evaluate(input: input) }
      var times: [Duration] = []
      times.reserveCapacity(count)
      for _ in 0..<max(1, count) {
        let start = clock.now
        _ = try prepared.evaluate(input: input)
        times.append(clock.now - start)
      }
      times.sort()
      func nanoseconds(_ share: Double) -> Int {
        Int(times[min(times.count - 1, Int(Double(times.count) * share))] / .nanoseconds(1))
      }
      let before = wge_allocations()
      _ = try prepared.evaluate(input: input)
      let allocations = wge_allocations() - before
      let counted = before < 0 ? "" : ", \(allocations) allocations"
      print(
        "\(name): median \(nanoseconds(0.5)) ns, p90 \(nanoseconds(0.9)) ns, p99 \(nanoseconds(0.99)) ns per evaluation (\(times.count) runs)\(counted)"
      )
    }
  }
}

extension String {
  func padding(toLength length: Int) -> String { self + String(repeating: " ", count: Swift.max(0, length - count)) }
}
