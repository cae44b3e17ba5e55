internal import Synchronization
internal import WGECore

/// A pattern of a schema. RE2's dialect as far as Swift's engine shares it.
final class Pattern: Sendable {
  let text: String
  private let regex: Mutex<Regex<AnyRegexOutput>>

  init?(_ text: String) {
    guard text.utf8.count <= 4096, let regex = try? Regex(text) else { return nil }
    self.text = text
    self.regex = Mutex(regex.matchingSemantics(.unicodeScalar))
  }

  /// Whether the pattern occurs in the text. Texts past 64 KiB are not searched and do not match.
  func occurs(in text: String) -> Bool {
    guard text.utf8.count <= 65_536 else { return false }
    return regex.withLock { (try? $0.firstMatch(in: text)) != nil }
  }

  /// The first occurrence; nil when there is none.
  func first(in text: String) -> String? {
    guard text.utf8.count <= 65_536 else { return nil }
    return regex.withLock { regex in (try? regex.firstMatch(in: text)).map { String(text[$0.range]) } }
  }
}

/// The value validations of one schema: bounds, patterns, enums, and the logical junctors.
struct ValueChecks: Sendable {
  var required: [String] = []
  var enumeration: [JSON]?
  var minimum: JSONNumber?
  var maximum: JSONNumber?
  var exclusiveMinimum = false
  var exclusiveMaximum = false
  var multipleOf: Double?
  var minLength: Int64?
  var maxLength: Int64?
  var pattern: Pattern?
  var format = ""
  var minItems: Int64?
  var maxItems: Int64?
  var minProperties: Int64?
  var maxProperties: Int64?
  var allOf: [StructuralSchema] = []
  var anyOf: [StructuralSchema] = []
  var oneOf: [StructuralSchema] = []
  var not: [StructuralSchema] = []

  init(_ json: JSON) throws(APIStatus) {
    required = json["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
    enumeration = json["enum"]?.arrayValue
    if case .number(let number)? = json["minimum"] { minimum = number }
    if case .number(let number)? = json["maximum"] { maximum = number }
    exclusiveMinimum = json["exclusiveMinimum"]?.boolValue ?? false
    exclusiveMaximum = json["exclusiveMaximum"]?.boolValue ?? false
    multipleOf = json["multipleOf"]?.doubleValue
    minLength = json["minLength"]?.intValue
    maxLength = json["maxLength"]?.intValue
    if let text = json["pattern"]?.stringValue, !text.isEmpty {
      guard let pattern = Pattern(text) else {
        throw .badRequest("the pattern \(FieldError.quote(text)) cannot be compiled")
      }
      self.pattern = pattern
    }
    format = json["format"]?.stringValue ?? ""
    minItems = json["minItems"]?.intValue
    maxItems = json["maxItems"]?.intValue
    minProperties = json["minProperties"]?.intValue
    maxProperties = json["maxProperties"]?.intValue
    for item in json["allOf"]?.arrayValue ?? [] { allOf.append(try StructuralSchema(item)) }
    for item in json["anyOf"]?.arrayValue ?? [] { anyOf.append(try StructuralSchema(item)) }
    for item in json["oneOf"]?.arrayValue ?? [] { oneOf.append(try StructuralSchema(item)) }
    if let inner = json["not"], !inner.isNull { not = [try StructuralSchema(inner)] }
  }
}
