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

  /// Upstream's reading of a boolean parameter: whatever is given is true, except `0` and `false`.
  func flag(_ name: String) -> Bool {
    guard let text = values[name]?.first else { return false }
    return text != "0" && text.lowercased() != "false"
  }

  func integer(_ name: String) throws(APIStatus) -> Int64? {
    guard let text = values[name]?.first else { return nil }
    guard let value = Int64(text) else {
      let digits = text.drop { $0 == "-" || $0 == "+" }
      if !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) {
        throw .badRequest("strconv.ParseInt: parsing \(FieldError.quote(text)): value out of range")
      }
      throw .badRequest("strconv.ParseInt: parsing \(FieldError.quote(text)): invalid syntax")
    }
    return value
  }

  var isWatch: Bool { flag("watch") }

  /// What is wrong with a resource version.
  struct BadVersion: Error {
    let problem: String
  }

  /// The `resourceVersion` parameter; nil when it is not given or empty.
  func resourceVersion() throws(BadVersion) -> UInt64? {
    let text = text("resourceVersion")
    if text.isEmpty { return nil }
    // Swift would take a sign as well.
    let isNumber = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    if isNumber, let value = UInt64(text) { return value }
    let quoted = FieldError.quote(text)
    throw BadVersion(
      problem: "resourceVersion: Invalid value: \(quoted): strconv.ParseUint: parsing \(quoted): "
        + (isNumber ? "value out of range" : "invalid syntax"))
  }

  /// The name that the field selector pins, if it pins one.
  var onlyName: String? {
    guard let selector = try? FieldSelector(query: text("fieldSelector")) else { return nil }
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
          "invalid character U+\(Self.hex(bad.value)) (at position \(offset))"
        ))
    }
    return name
  }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  // MARK: Lists and watches

  /// Refuses combinations of the parameters of lists and watches that contradict each other.
  /// Source: k8s.io/apimachinery, apis/meta/internalversion/validation.
  func checkListOptions(isWatch: Bool) throws(APIStatus) {
    var errors: [FieldError] = []
    let field = "resourceVersionMatch"
    let match = text(field)
    let continues = !text("continue").isEmpty
    if isWatch {
      if has("sendInitialEvents"), match != "NotOlderThan" {
        errors.append(.forbidden(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
      }
      if !match.isEmpty {
        if !has("sendInitialEvents") {
          errors.append(
            .forbidden(field, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
        }
        if match != "NotOlderThan" { errors.append(.notSupported(field, .string(match), ["NotOlderThan"])) }
      }
      // A watch from no particular version is one with initial events, as if it had asked for them.
      let asksForAll = !has("sendInitialEvents") && ["", "0"].contains(text("resourceVersion"))
      if continues, !match.isEmpty || asksForAll {
        errors.append(.forbidden(field, "resourceVersionMatch is forbidden when continue is provided"))
      }
    } else {
      if !match.isEmpty {
        if text("resourceVersion").isEmpty {
          errors.append(.forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
        }
        if continues {
          errors.append(.forbidden(field, "resourceVersionMatch is forbidden when continue is provided"))
        }
        if match != "Exact", match != "NotOlderThan" {
          errors.append(.notSupported(field, .string(match), ["Exact", "NotOlderThan", ""]))
        }
        if match == "Exact", text("resourceVersion") == "0" {
          errors.append(.forbidden(field, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
        }
      }
      if has("sendInitialEvents") {
        errors.append(.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
      }
    }
    if !errors.isEmpty { throw .invalid(kind: "ListOptions", group: "meta.k8s.io", name: "", errors) }
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
