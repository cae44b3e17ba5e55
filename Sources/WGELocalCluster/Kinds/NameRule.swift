internal import WGECore

/// How the names of a kind's objects must look.
enum NameRule: Sendable {
  /// RFC 1123 subdomain, at most 253 characters: the rule for most kinds.
  case subdomain
  /// RFC 1123 label, at most 63 characters: namespaces and services.
  case label
  /// Anything that can be a path segment: RBAC kinds.
  case pathSegment

  /// What is wrong with a name, in Kubernetes' sentences.
  /// - Parameter isPrefix: the name is a `generateName`, which may end in a dash.
  func problems(_ name: String, isPrefix: Bool = false) -> [String] {
    let checked = isPrefix && name.hasSuffix("-") ? String(name.dropLast()) + "a" : name
    switch self {
    case .subdomain: return NameValidation.dns1123Subdomain(checked)
    case .label: return NameValidation.dns1123Label(checked)
    case .pathSegment: return NameValidation.pathSegment(checked)
    }
  }
}
