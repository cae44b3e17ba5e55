/// The rules for names, label keys and label values, with the sentences that Kubernetes uses for
/// them, so that an embedded server and a real one say the same.
///
/// Every check returns the broken rules as sentences; an empty list means valid. Source:
/// k8s.io/apimachinery, util/validation.
public enum NameValidation {
  /// An RFC 1123 label: the names of namespaces and services in most places. At most 63 bytes.
  public static func dns1123Label(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 63 { problems.append(tooLong(63)) }
    if !isLabel(value.utf8), isSubdomain(value.utf8) {
      problems.append("must not contain dots")
    } else if !isLabel(value.utf8) {
      problems.append(
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
          + "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
          + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')")
    }
    return problems
  }

  /// An RFC 1123 subdomain: the names of most objects. At most 253 bytes.
  public static func dns1123Subdomain(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 253 { problems.append(tooLong(253)) }
    if !isSubdomain(value.utf8) {
      problems.append(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
          + "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
          + #"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#)
    }
    return problems
  }

  /// An RFC 1035 label: the names of services where they must start with a letter. At most 63 bytes.
  public static func dns1035Label(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 63 { problems.append(tooLong(63)) }
    let startsWithLetter = value.utf8.first.map { isLower($0) } ?? false
    if !startsWithLetter || !isLabel(value.utf8) {
      problems.append(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
          + "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
          + "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')")
    }
    return problems
  }

  /// A label or annotation key: `name` or `example.com/name`. The name has at most 63 bytes.
  public static func qualifiedName(_ value: String) -> [String] {
    let parts = value.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    var problems: [String] = []
    switch parts.count {
    case 1: break
    case 2:
      if parts[0].isEmpty {
        problems.append("prefix part must be non-empty")
      } else {
        // The same rule as elsewhere, in newer words.
        problems += dns1123Subdomain(parts[0]).map {
          "prefix part \($0 == tooLong(253) ? "must be no more than 253 bytes" : $0)"
        }
      }
    default:
      return [
        "a valid label key \(nameRule) (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
          + "'\(nameExpression)') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
      ]
    }
    let name = parts[parts.count - 1]
    if name.isEmpty { problems.append("name part must be non-empty") }
    if name.utf8.count > 63 { problems.append("name part must be no more than 63 bytes") }
    if !isName(name.utf8) {
      problems.append(
        "name part \(nameRule) (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
          + "'\(nameExpression)')")
    }
    return problems
  }

  /// A label value. May be empty; at most 63 bytes.
  public static func labelValue(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 63 { problems.append("must be no more than 63 bytes") }
    if !value.isEmpty, !isName(value.utf8) {
      problems.append(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
          + "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
          + "validation is '(\(nameExpression))?')")
    }
    return problems
  }

  /// A key of a ConfigMap or Secret. At most 253 bytes.
  public static func configMapKey(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 253 { problems.append(tooLong(253)) }
    if value.isEmpty || !value.utf8.allSatisfy({ isNameByte($0) }) {
      problems.append(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
          + "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')")
    } else if value == "." {
      problems.append("must not be '.'")
    } else if value == ".." {
      problems.append("must not be '..'")
    } else if value.hasPrefix("..") {
      problems.append("must not start with '..'")
    }
    return problems
  }

  /// A name that stands in a path as it is, such as a Role's.
  public static func pathSegment(_ value: String) -> [String] {
    if value == "." { return ["may not be '.'"] }
    if value == ".." { return ["may not be '..'"] }
    return ["/", "%"].filter { value.contains($0) }.map { "may not contain '\($0)'" }
  }

  // MARK: Parts

  private static let nameExpression = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
  private static let nameRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

  private static func tooLong(_ limit: Int) -> String { "must be no more than \(limit) characters" }

  private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLower(byte | 0x20) || isDigit(byte) }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
  }

  /// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
  private static func isSubdomain(_ bytes: String.UTF8View) -> Bool {
    bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { isLabel($0) }
  }

  private static func isLabel(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
    let dash = UInt8(ascii: "-")
    guard let first = bytes.first, let last = bytes.last, first != dash, last != dash else { return false }
    return bytes.allSatisfy { isLower($0) || isDigit($0) || $0 == dash }
  }

  /// `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`
  private static func isName(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
    guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else {
      return false
    }
    return bytes.allSatisfy { isNameByte($0) }
  }
}
