package import HTTPTypes

extension HTTPField.Name {
  /// The field of a name that is written in the source.
  package static func wellKnown(_ name: StaticString) -> HTTPField.Name {
    // Only literals come here, and each is a token as RFC 9110 wants it.
    guard let field = HTTPField.Name("\(name)") else { preconditionFailure("\(name) is no header name") }
    return field
  }
}
