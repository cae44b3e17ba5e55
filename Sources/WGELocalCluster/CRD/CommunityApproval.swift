internal import WGECore

/// What a definition in one of the Kubernetes community's groups says of its approval.
///
/// Such groups are `k8s.io`, `kubernetes.io` and what ends in them; others need none.
enum CommunityApproval {
  case approved(String)
  /// Annotated as made without approval.
  case bypassed(String)
  case missing
  case invalid(String)

  static let annotation = "api-approved.kubernetes.io"
  private static let enhancement = "see https://github.com/kubernetes/enhancements/pull/1111"

  /// Nil where no approval is needed.
  init?(of definition: JSON) {
    let group = definition["spec"]?["group"]?.stringValue ?? ""
    guard ["k8s.io", "kubernetes.io"].contains(where: { group == $0 || group.hasSuffix("." + $0) }) else { return nil }
    let text = definition["metadata"]?["annotations"]?[Self.annotation]?.stringValue ?? ""
    if text.isEmpty {
      self = .missing
    } else if text.hasPrefix("unapproved") {
      self = .bypassed(text)
    } else {
      self = CELURL(text)?.host.isEmpty == false ? .approved(text) : .invalid(text)
    }
  }

  /// What a condition or an error says of it.
  var message: String {
    switch self {
    case .approved(let url): "approved in \(url)"
    case .bypassed(let reason): "not approved: \(FieldError.quote(reason))"
    case .missing:
      "protected groups must have approval annotation \"\(Self.annotation)\", \(Self.enhancement)"
    case .invalid:
      "protected groups must have approval annotation \"\(Self.annotation)\" with either a URL or a reason starting "
        + "with \"unapproved\", \(Self.enhancement)"
    }
  }

  /// The status and the reason of the condition `KubernetesAPIApprovalPolicyConformant`.
  var condition: (status: String, reason: String) {
    switch self {
    case .approved: ("True", "ApprovedAnnotation")
    case .bypassed: ("False", "UnapprovedAnnotation")
    case .missing: ("False", "MissingAnnotation")
    case .invalid: ("False", "InvalidAnnotation")
    }
  }

  /// The errors for which a definition is refused.
  var errors: [FieldError] {
    let field = "metadata.annotations[\(Self.annotation)]"
    return switch self {
    case .approved, .bypassed: []
    case .missing: [.required(field, message)]
    case .invalid(let text): [.invalid(field, .string(text), message)]
    }
  }
}
