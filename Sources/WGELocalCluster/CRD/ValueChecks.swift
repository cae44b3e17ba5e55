internal import WGECore

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
      do { pattern = try Pattern(text) } catch { throw .badRequest(error.description) }
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
