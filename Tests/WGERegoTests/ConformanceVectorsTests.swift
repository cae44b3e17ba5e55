import Testing
import WGETestSupport

/// OPA's conformance cases, counted per category.
@Suite struct ConformanceVectorsTests {
  /// Categories that are not supported, or in part, each with its reason.
  static let unsupported: [String: String] = [:]

  @Test(arguments: ["v1", "v0"]) func cases(_ dialect: String) throws {
    let categories = try ConformanceCase.load(dialect)
    guard !categories.isEmpty else {
      print(Vectors.skipMessage("rego-conformance/\(dialect)"))
      return
    }
    var passed = 0
    var failed = 0
    var skipped = 0
    for (category, cases) in categories {
      var ok = 0
      var failures: [String] = []
      for entry in cases {
        if let failure = entry.failure() { failures.append("\(entry.id) (\(entry.note)): \(failure)") } else { ok += 1 }
      }
      let reason = Self.unsupported[category]
      print("  \(dialect)/\(category): \(ok) of \(cases.count)" + (reason.map { ", \($0)" } ?? ""))
      passed += ok
      if reason != nil {
        skipped += failures.count
      } else {
        failed += failures.count
        for failure in failures.prefix(5) { Issue.record("\(failure)") }
      }
    }
    print("Rego conformance \(dialect): \(passed) passed, \(failed) failed, \(skipped) skipped")
  }
}
