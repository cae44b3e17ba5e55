import Testing
import WGECore
import WGEGoTemplate
import WGETestSupport

/// Random templates against Go's text/template itself: outputs and errors, byte for byte.
///
/// `GO_TEMPLATE_PEER` names a built program that answers as Tests/Fixtures/GoPrograms/template does and has Sprig's
/// functions; then every second template calls them.
@Suite struct DifferentialTests {
  @Test func agreesWithGo() async throws {
    guard GoToolchain.path != nil || peer != nil else {
      print(GoToolchain.skipMessage)
      return
    }
    let total = GoToolchain.cases(default: 500)
    let report = SuiteReport("text/template\(peer == nil ? "" : " and Sprig") against Go")
    var done = 0
    while done < total {
      let count = min(20_000, total - done)
      let cases = (0..<count).map { Case(seed: GoToolchain.seed + done + $0, hasSprig: peer != nil) }
      let input = Array(cases.map(\.record.description).joined(separator: "\n").utf8)
      let output =
        if let peer { try await GoToolchain.run(program: peer, input: input) } else {
          try await GoToolchain.run("template", arguments: [], input: input)
        }
      let answers = output.split(separator: 0x0A)
      try #require(answers.count == count)
      for (one, answer) in zip(cases, answers) {
        let answer = try JSON(parsing: Array(answer))
        if answer["skipped"] != nil {
          report.skip()
        } else if let difference = one.difference(answer) {
          if one.printsInternals { report.skip() } else { report.fail(one.description, one.explained(difference)) }
        } else {
          report.pass()
        }
      }
      done += count
    }
    report.finish(limit: 40)
    let differences = report.failures.count
    #expect(differences == 0)
  }

  private var peer: String? { GoToolchain.variable("GO_TEMPLATE_PEER") }
}

/// A template, its data and its options.
private struct Case: CustomStringConvertible {
  let text: String
  let data: JSON
  let missingKey: String
  let sprig: Bool
  let seed: Int

  init(seed: Int, hasSprig: Bool) {
    self.seed = seed
    sprig = hasSprig && seed.isMultiple(of: 2)
    var generator = TemplateGenerator(seed: UInt64(seed), sprig: sprig)
    data = generator.data()
    missingKey = generator.missingKey()
    text = generator.template()
  }

  var record: JSON {
    .object([
      "template": .string(text), "data": data, "missingkey": .string(missingKey), "sprig": .bool(sprig),
    ])
  }

  /// The seed alone makes it again.
  var description: String { "case \(seed)" }

  /// Go has one limit alone, on templates within templates.
  private var options: TemplateOptions {
    var options = TemplateOptions(functions: sprig ? .sprig() : FunctionSet())
    options.missingKey = TemplateOptions.MissingKey(rawValue: missingKey) ?? .default
    options.limits.depth = 100_000
    options.limits.output = .max
    options.limits.memory = .max
    options.limits.steps = .max
    options.limits.time = nil
    return options
  }

  func explained(_ difference: String) -> String {
    "\(difference)\n      missingkey=\(missingKey), \(text.debugDescription)\n      with \(data)"
  }

  private static func shown(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix(200), as: UTF8.self).debugDescription
  }

  /// Under a verb for numbers Go prints what a time or a version is made of, which is not copied.
  var printsInternals: Bool {
    let output = try? Template(text, name: "t", options: options).set.renderBytes("t", GoValue(data))
    return ["(time.Time=", "(*semver.Version="].contains { name in
      String(decoding: output ?? [], as: UTF8.self).contains(name)
    }
  }

  func difference(_ answer: JSON) -> String? {
    do throws(TemplateError) {
      let template = try Template(text, name: "t", options: options)
      let output = try template.set.renderBytes("t", GoValue(data))
      if let error = answer["error"]?.stringValue { return "rendered \(Self.shown(output[...])), not: \(error)" }
      let expected = (try? Base64.bytes(of: Array((answer["output"]?.stringValue ?? "").utf8))) ?? []
      if output == expected { return nil }
      let same = zip(output, expected).prefix { $0 == $1 }.count
      let start = max(0, same - 60)
      return "rendered \(Self.shown(output[start...]))\n      not      \(Self.shown(expected[start...]))"
    } catch {
      guard let expected = answer["error"]?.stringValue else { return "\(error), not \(answer["output"] ?? "")" }
      return "\(error)" == expected ? nil : "\(error)\n      not: \(expected)"
    }
  }
}
