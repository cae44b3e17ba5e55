import Testing
import WGECore
import WGERego
import WGETestSupport

/// Real Kubernetes policies with inputs and verified answers.
@Suite struct PolicyLibraryVectorsTests {
  @Test func everyPolicyGivesTheRecordedAnswers() throws {
    let files = Vectors.files(in: "policy-library", ext: "json")
    guard !files.isEmpty else {
      print(Vectors.skipMessage("policy-library"))
      return
    }
    var passed = 0
    var failed = 0
    for file in files {
      let document = try JSON(parsing: file.read())
      let program = try RegoCompiler(options: .init(dialect: .automatic)).compile([
        file.name: try #require(document["rego"]?.stringValue)
      ])
      let package = try #require(program.packages.first).joined(separator: ".")
      let query = try program.prepare("data.\(package).violation")
      for (index, entry) in (document["cases"]?.arrayValue ?? []).enumerated() {
        let decision = try query.evaluate(input: entry["input"])
        let converted = try query.evaluate(input: entry["input"].map { RegoValue(converting: $0) })
        let value = decision.value?.json ?? []
        if value == entry["want"] ?? [], converted.value?.json ?? [] == value {
          passed += 1
        } else {
          failed += 1
          Issue.record("\(file.name) case \(index): expected \(entry["want"] ?? []), got \(value)")
        }
      }
    }
    print("Rego policy library: \(passed) passed, \(failed) failed, 0 skipped")
    #expect(passed > 0)
  }
}
