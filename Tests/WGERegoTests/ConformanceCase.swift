import WGECore
import WGERego
import WGERegoCertificates
import WGERegoTemplates
import WGERegoTokens
import WGETestSupport

/// One case of OPA's conformance suite.
struct ConformanceCase {
  let id: String
  let note: String
  private let json: JSON

  init(_ json: JSON) {
    self.json = json
    id = json["id"]?.stringValue ?? "?"
    note = json["note"]?.stringValue ?? ""
  }

  /// The cases of a dialect's files, by category.
  static func load(_ dialect: String) throws -> [(category: String, cases: [ConformanceCase])] {
    try Vectors.files(in: "rego-conformance/\(dialect)", ext: "json").map { file in
      let document = try JSON(parsing: file.read())
      let cases = document["cases"]?.arrayValue ?? document.arrayValue ?? []
      return (String(file.name.dropLast(5)), cases.map { ConformanceCase($0) })
    }
  }

  /// The builtins that are products of their own.
  static let additions = RegoTokens.builtins + RegoCertificates.builtins + RegoTemplates.builtins

  private func decide() throws(RegoError) -> RegoDecision {
    let isV1 = json["rego_version"]?.stringValue == "v1"
    var modules: [(file: String, text: String)] = []
    for (index, module) in (json["modules"]?.arrayValue ?? []).enumerated() {
      modules.append(("test-\(index).rego", module.stringValue ?? ""))
    }
    let sleep = RegoBuiltin("test.sleep", arity: 1) { _ in .null }
    let compiler = RegoCompiler(options: .init(dialect: isV1 ? .v1 : .v0, hostBuiltins: Self.additions + [sleep]))
    let program = try compiler.compile(modules)
    let strict = json["strict_error"]?.boolValue ?? false
    let query = try program.prepare(
      json["query"]?.stringValue ?? "", options: .init(isV1: isV1, strictBuiltinErrors: strict))
    let data = json["data"] ?? [:]
    var input = json["input"].map { RegoValue($0) }
    if let term = json["input_term"]?.stringValue {
      input = try program.prepare("x = \(term)").evaluate(input: nil as JSON?, data: data).results.first?.bindings["x"]
    }
    return try query.evaluate(input: input, data: RegoValue(data))
  }

  /// What differs from the expectation, or nil.
  func failure() -> String? {
    let outcome: Result<RegoDecision, RegoError>
    do throws(RegoError) { outcome = .success(try decide()) } catch { outcome = .failure(error) }
    switch outcome {
    case .success(let decision):
      guard let want = json["want_result"]?.arrayValue else {
        return "expected error \(json["want_error_code"]?.stringValue ?? "") \(json["want_error"]?.stringValue ?? "")"
      }
      let sorts = json["sort_bindings"]?.boolValue ?? false
      let got = decision.results.map { result in
        Self.canonical(.object(JSONObject(result.bindings.map { ($0.key, $0.value.json) })), sorts).description
      }
      let expected = want.map { Self.canonical($0, sorts).description }
      return got.sorted() == expected.sorted() ? nil : "expected \(expected.sorted()), got \(got.sorted())"
    case .failure(let error):
      let text = error.description
      let code = json["want_error_code"]?.stringValue
      let message = json["want_error"]?.stringValue
      if code == nil, message == nil { return "unexpected error: \(text)" }
      if let code, code != error.code { return "expected \(code), got \(text)" }
      if let message, !text.contains(message) { return "expected message \(message), got \(text)" }
      return nil
    }
  }

  /// Numbers by value, arrays sorted where the case asks for it.
  private static func canonical(_ value: JSON, _ sorts: Bool) -> JSON {
    switch value {
    case .number(let number):
      if let whole = number.int64 { return .number(.int(whole)) }
      return number.double.magnitude < 1e15 ? JSONNumber(number.double).map(JSON.number) ?? value : value
    case .array(let array):
      let elements = array.map { canonical($0, sorts) }
      return .array(sorts ? elements.sorted { $0.description < $1.description } : elements)
    case .object(let object): return .object(JSONObject(object.map { ($0.key, canonical($0.value, sorts)) }))
    default: return value
    }
  }
}
