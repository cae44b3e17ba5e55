internal import WGECore

/// How the names of a kind's objects must look.
enum NameRule: Sendable {
  /// RFC 1123 subdomain, at most 253 characters: the rule for most kinds.
  case subdomain
  /// RFC 1123 label, at most 63 characters: namespaces.
  case label
  /// RFC 1035 label: services.
  case label1035
  /// Anything that can be a path segment: RBAC kinds.
  case pathSegment

  /// What is wrong with a name, in Kubernetes' sentences.
  /// - Parameter isPrefix: the name is a `generateName`, which may end in a dash.
  func problems(_ name: String, isPrefix: Bool = false) -> [String] {
    let checked = isPrefix && name.hasSuffix("-") ? String(name.dropLast()) + "a" : name
    switch self {
    case .subdomain: return NameValidation.dns1123Subdomain(checked)
    case .label: return NameValidation.dns1123Label(checked)
    case .label1035: return NameValidation.dns1035Label(checked)
    case .pathSegment: return NameValidation.pathSegment(checked)
    }
  }
}
