/// A warning that a server attached to an answer: a deprecated version, an unknown field.
public struct KubeWarning: Sendable, Hashable, CustomStringConvertible {
  /// 299 for Kubernetes' own.
  public var code: Int
  /// What the server says, for people.
  public var text: String

  /// With these values; the properties say what they mean.
  public init(code: Int = 299, text: String) {
    self.code = code
    self.text = text
  }

  /// The ``text``.
  public var description: String { text }

  /// Reads `Warning` header values (RFC 7234 section 5.5): `299 - "text"`, several joined by
  /// commas. What does not fit the form is skipped.
  static func parse(_ headers: [String]) -> [KubeWarning] {
    var warnings: [KubeWarning] = []
    for header in headers {
      var rest = Substring(header)
      while warnings.count < KubeDefaults.maximumWarnings {
        rest = rest.drop { $0 == " " || $0 == "," || $0 == "\t" }
        if rest.isEmpty { break }
        guard let warning = next(&rest) else { break }
        warnings.append(warning)
      }
    }
    return warnings
  }

  private static func next(_ rest: inout Substring) -> KubeWarning? {
    let digits = rest.prefix(3)
    guard digits.count == 3, let code = Int(digits), code >= 100 else { return nil }
    rest = rest.dropFirst(3)
    guard rest.first == " " else { return nil }
    rest = rest.dropFirst()
    // The agent: a host or a dash.
    rest = rest.drop { $0 != " " && $0 != "\"" }
    guard rest.first == " " else { return nil }
    rest = rest.dropFirst()
    guard let text = quoted(&rest) else { return nil }
    // An optional date in quotes follows.
    let after = rest.drop { $0 == " " }
    if after.first == "\"" {
      var date = after
      if quoted(&date) != nil { rest = date }
    }
    return KubeWarning(code: code, text: text)
  }

  private static func quoted(_ rest: inout Substring) -> String? {
    guard rest.first == "\"" else { return nil }
    var scan = rest.dropFirst()
    var text = ""
    while let character = scan.popFirst() {
      switch character {
      case "\"":
        rest = scan
        return text
      case "\\":
        guard let escaped = scan.popFirst() else { return nil }
        text.append(escaped)
      default: text.append(character)
      }
    }
    return nil
  }
}

/// Called with the warnings of each answer that has some. Calls come from any task.
public typealias WarningHandler = @Sendable (KubeWarning) -> Void
