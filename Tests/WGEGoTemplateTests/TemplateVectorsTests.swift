import Testing
import WGECore
import WGESprigCrypto
import WGETestSupport

@testable import WGEGoTemplate

/// Vectors recorded from Go's text/template and from Sprig.
@Suite struct TemplateVectorsTests {
  @Test func textTemplate() throws {
    try run("gotemplate/text-template.json", "text/template", FunctionSet())
  }

  /// WGE's templates leave out what reads the environment and file names; so do the vectors.
  @Test func sprig() throws {
    var functions = FunctionSet.sprig().merging(.sprigCrypto())
    functions.remove([
      "genPrivateKey", "derivePassword", "sha256sum", "sha512sum", "base", "dir", "ext", "clean", "isAbs", "osBase",
      "osDir", "osExt", "osClean", "osIsAbs",
    ])
    try run("gotemplate/sprig.json", "Sprig", functions)
  }

  private func run(_ path: String, _ name: String, _ functions: FunctionSet) throws {
    guard let file = Vectors.file(path) else {
      print(Vectors.skipMessage(path))
      return
    }
    let report = SuiteReport(name)
    for vector in try JSON(parsing: file.read()).arrayValue ?? [] {
      report.run(vector["name"]?.stringValue ?? "") { try Self.difference(vector, functions) }
    }
    report.finish(limit: 60)
    #expect(report.failures == [])
  }

  private static func difference(_ vector: JSON, _ functions: FunctionSet) throws -> String? {
    var options = TemplateOptions(functions: functions)
    if let sides = vector["delims"]?.arrayValue?.compactMap(\.stringValue), sides.count == 2 {
      options.leftDelimiter = sides[0]
      options.rightDelimiter = sides[1]
    }
    if let mode = vector["missingKey"]?.stringValue {
      options.missingKey = try #require(TemplateOptions.MissingKey(rawValue: mode))
    }
    let name = vector["templateName"]?.stringValue ?? "t"
    var phase = "parse"
    do {
      let template = try Template(vector["template"]?.stringValue ?? "", name: name, options: options)
      phase = "exec"
      if let text = template.set.canonicalText(of: name) {
        if let again = try? Template(text, name: name, options: options),
          again.set.canonicalText(of: name) != text
        {
          return "printing is not stable: \(text)"
        }
      }
      let data = try vector["data"].map(VectorData.value) ?? .none
      let bytes = try template.set.renderBytes(name, data)
      if let error = vector["error"]?.stringValue {
        return "rendered \(String(decoding: bytes, as: UTF8.self)), not: \(error)"
      }
      if let base64 = vector["expectedBase64"]?.stringValue {
        return Base64.encode(bytes) == base64 ? nil : "rendered \(bytes)"
      }
      let expected = vector["expected"]?.stringValue ?? ""
      return bytes == Array(expected.utf8)
        ? nil : "rendered \(String(decoding: bytes, as: UTF8.self).debugDescription), not \(expected.debugDescription)"
    } catch let error as TemplateError {
      guard let expected = vector["error"]?.stringValue else { return "\(error)" }
      if "\(error)" != expected { return "\(error)\n      not: \(expected)" }
      return phase == vector["errorPhase"]?.stringValue ? nil : "failed in phase \(phase)"
    }
  }
}
