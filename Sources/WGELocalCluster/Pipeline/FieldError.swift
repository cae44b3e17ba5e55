internal import WGECore
internal import WGEGoFormat

/// One complaint about one field, worded as k8s.io/apimachinery's `field.Error` words it.
struct FieldError: Sendable, Hashable {
  var field: String
  /// The cause's reason: `FieldValueInvalid`, `FieldValueRequired` and so on.
  var reason: String
  /// Without the field: `Invalid value: "x": must be y`.
  var message: String

  var sentence: String { "\(field): \(message)" }
  var cause: APIStatus.Cause { .init(reason: reason, message: message, field: field) }

  static func required(_ field: String, _ detail: String = "") -> FieldError {
    FieldError(field: field, reason: "FieldValueRequired", message: join("Required value", detail))
  }

  static func invalid(_ field: String, _ value: JSON, _ detail: String) -> FieldError {
    FieldError(field: field, reason: "FieldValueInvalid", message: join("Invalid value: \(show(value))", detail))
  }

  static func invalid(_ field: String, _ value: String, _ detail: String) -> FieldError {
    invalid(field, .string(value), detail)
  }

  static func typeInvalid(_ field: String, _ value: JSON, _ detail: String) -> FieldError {
    FieldError(field: field, reason: "FieldValueTypeInvalid", message: join("Invalid value: \(show(value))", detail))
  }

  static func notSupported(_ field: String, _ value: JSON, _ supported: [String]) -> FieldError {
    let list = supported.map { quote($0) }.joined(separator: ", ")
    return FieldError(
      field: field, reason: "FieldValueNotSupported",
      message: "Unsupported value: \(show(value))\(supported.isEmpty ? "" : ": supported values: \(list)")")
  }

  static func forbidden(_ field: String, _ detail: String) -> FieldError {
    FieldError(field: field, reason: "FieldValueForbidden", message: join("Forbidden", detail))
  }

  static func duplicate(_ field: String, _ value: JSON) -> FieldError {
    FieldError(field: field, reason: "FieldValueDuplicate", message: "Duplicate value: \(show(value))")
  }

  static func tooLong(_ field: String, maximum: Int) -> FieldError {
    FieldError(
      field: field, reason: "FieldValueTooLong",
      message: "Too long: may not be more than \(maximum) byte\(maximum == 1 ? "" : "s")")
  }

  static func tooMany(_ field: String, _ actual: Int, maximum: Int) -> FieldError {
    FieldError(
      field: field, reason: "FieldValueTooMany",
      message: "Too many: \(actual): must have at most \(maximum) item\(maximum == 1 ? "" : "s")")
  }

  private static func join(_ what: String, _ detail: String) -> String { detail.isEmpty ? what : "\(what): \(detail)" }

  private static func show(_ value: JSON) -> String {
    if case .string(let text) = value { quote(text) } else { value.description }
  }

  /// A string as Go's `%q` shows it.
  static func quote(_ text: String) -> String { GoQuote.quote(text) }
}
