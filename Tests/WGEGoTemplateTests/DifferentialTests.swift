import Testing
import WGECore
import WGEGoTemplate
import WGETestSupport

/// Random templates against Go's text/template itself: outputs and errors, byte for byte.
@Suite struct DifferentialTests {
  @Test func agreesWithGo() async throws {
    guard GoToolchain.path != nil else {
      print(GoToolchain.skipMessage)
      return
    }
    let total = GoToolchain.cases(default: 500)
    let report = SuiteReport("text/template against Go")
    var done = 0
    while done < total {
      let count = min(20_000, total - done)
      let cases = (0..<count).map { index -> (text: String, data: JSON) in
        var generator = TemplateGenerator(seed: UInt64(GoToolchain.seed + done + index))
        let data = generator.data()
        return (generator.template(), data)
      }
      let input = cases.map { JSON.object(["template": .string($0.text), "data": $0.data]).description }
      let output = try await GoToolchain.run(
        "template", arguments: [], input: Array(input.joined(separator: "\n").utf8))
      let answers = output.split(separator: 0x0A)
      try #require(answers.count == count)
      for (one, answer) in zip(cases, answers) {
        let answer = try JSON(parsing: Array(answer))
        report.run("\(one.text.debugDescription) with \(one.data)") { Self.difference(one.text, one.data, answer) }
      }
      done += count
    }
    report.finish()
    let differences = report.failures.count
    #expect(differences == 0)
  }

  /// Go has one limit alone, on templates within templates.
  private static let options: TemplateOptions = {
    var options = TemplateOptions()
    options.limits.depth = 100_000
    options.limits.output = .max
    options.limits.memory = .max
    options.limits.steps = .max
    options.limits.time = nil
    return options
  }()

  private static func difference(_ text: String, _ data: JSON, _ answer: JSON) -> String? {
    do throws(TemplateError) {
      let template = try Template(text, name: "t", options: Self.options)
      let output = try template.render(data)
      if let error = answer["error"]?.stringValue { return "rendered \(output.debugDescription), not: \(error)" }
      let expected = answer["output"]?.stringValue ?? ""
      return output == expected ? nil : "rendered \(output.debugDescription), not \(expected.debugDescription)"
    } catch {
      guard let expected = answer["error"]?.stringValue else { return "\(error), not \(answer["output"] ?? "")" }
      return "\(error)" == expected ? nil : "\(error)\n      not: \(expected)"
    }
  }
}
