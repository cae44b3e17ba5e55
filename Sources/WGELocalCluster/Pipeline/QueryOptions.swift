internal import WGECore

/// The query of a request, read once. Unknown names are ignored, as upstream ignores them.
struct QueryOptions: Sendable {
  private var values: [String: [String]] = [:]

  init(_ query: [(name: String, value: String)]) {
    for item in query { values[item.name, default: []].append(item.value) }
  }

  func text(_ name: String) -> String { values[name]?.first ?? "" }
  func all(_ name: String) -> [String] { values[name] ?? [] }
  func has(_ name: String) -> Bool { values[name] != nil }

  /// Go's reading of a boolean parameter: present without a value is true.
  func flag(_ name: String) throws(APIStatus) -> Bool {
    guard let text = values[name]?.first else { return false }
    switch text {
    case "", "1", "t", "T", "true", "TRUE", "True": return true
    case "0", "f", "F", "false", "FALSE", "False": return false
    default: throw .badRequest("strconv.ParseBool: parsing \(FieldError.quote(text)): invalid syntax")
    }
  }

  func integer(_ name: String) throws(APIStatus) -> Int64? {
    guard let text = values[name]?.first, !text.isEmpty else { return nil }
    guard let value = Int64(text) else {
      throw .badRequest("strconv.ParseInt: parsing \(FieldError.quote(text)): invalid syntax")
    }
    return value
  }

  var isWatch: Bool { (try? flag("watch")) ?? false }

  /// The name that the field selector pins, if it pins one.
  var onlyName: String? {
    guard let selector = try? FieldSelection(parsing: text("fieldSelector")) else { return nil }
    return selector.exactValue(of: "metadata.name")
  }

  /// True for a dry run.
  func dryRun(_ kind: String) throws(APIStatus) -> Bool {
    let values = all("dryRun")
    if values.isEmpty { return false }
    if values.allSatisfy({ $0 == "All" }) { return true }
    throw .invalidOptions(
      kind, .notSupported("dryRun", .array(values.map(JSON.string)), ["All"]))
  }

  enum FieldValidation: Sendable { case ignore, warn, strict }

  func fieldValidation(_ kind: String) throws(APIStatus) -> FieldValidation {
    switch text("fieldValidation") {
    case "", "Warn": return .warn
    case "Ignore": return .ignore
    case "Strict": return .strict
    case let other:
      throw .invalidOptions(
        kind, .notSupported("fieldValidation", .string(other), ["", "Ignore", "Strict", "Warn"]))
    }
  }

  func fieldManager(_ kind: String) throws(APIStatus) -> String {
    let name = text("fieldManager")
    if name.utf8.count > 128 {
      throw .invalidOptions(kind, .tooLong("fieldManager", maximum: 128))
    }
    if let bad = name.unicodeScalars.first(where: { !$0.properties.isPrintable }) {
      let offset = name.unicodeScalars.prefix { $0 != bad }.count
      throw .invalidOptions(
        kind,
        .invalid(
          "fieldManager", name,
          "invalid character U+\(String(bad.value, radix: 16, uppercase: true)) '\\x\(String(bad.value, radix: 16))' (at position \(offset))"
        ))
    }
    return name
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isPrintable: Bool {
    switch generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
