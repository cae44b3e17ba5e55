internal import WGECore
internal import HTTPTypes
internal import WGEHTTP

/// A user as Kubernetes knows one: the subject of RBAC, and whom a client can impersonate.
public struct UserInfo: Sendable, Hashable {
  /// The user name, `jane@example.com` or `system:serviceaccount:ns:name`.
  public var name: String
  /// Distinguishes users of one name over time.
  public var uid: String?
  /// The groups that the user is in.
  public var groups: [String]
  /// Further facts that the authenticator gave, such as scopes.
  public var extra: [String: [String]]

  /// With these values; the properties say what they mean.
  public init(name: String, uid: String? = nil, groups: [String] = [], extra: [String: [String]] = [:]) {
    self.name = name
    self.uid = uid
    self.groups = groups
    self.extra = extra
  }
}

/// Whom a client impersonates.
public typealias ImpersonationConfig = UserInfo

/// On whose behalf a request goes out, beyond the transport's own credentials.
struct RequestIdentity: Sendable, Hashable {
  var token: Secret<String>?
  var impersonated: UserInfo?

  /// The headers that say so.
  /// - Throws: ``KubeError/request(_:)`` for text that a header cannot carry unchanged. Nothing
  ///   is repaired: a changed name would be another user.
  func headers() throws -> HTTPFields {
    var fields = HTTPFields()
    if let token {
      let text = token.reveal()
      guard !text.isEmpty, HTTPField.isValidValue(text), !text.contains(" ") else {
        throw KubeError.request("the bearer token is empty or holds characters that no token has")
      }
      fields[.authorization] = "Bearer " + text
    }
    if let user = impersonated {
      try add(.impersonateUser, user.name, "impersonated user name", to: &fields)
      if let uid = user.uid { try add(.impersonateUID, uid, "impersonated uid", to: &fields) }
      for group in user.groups { try add(.impersonateGroup, group, "impersonated group", to: &fields) }
      for (key, values) in user.extra.sorted(by: { $0.key < $1.key }) {
        // Servers read the key in lower case and percent-decoded.
        guard !key.isEmpty, let name = HTTPField.Name("Impersonate-Extra-" + ResourcePath.percentEncoded(key)) else {
          throw KubeError.request("an extra field of the impersonated user has no name")
        }
        for value in values { try add(name, value, "impersonated extra field \(key)", to: &fields) }
      }
    }
    return fields
  }

  private func add(_ name: HTTPField.Name, _ value: String, _ what: String, to fields: inout HTTPFields) throws {
    // Surrounding white space would be trimmed on the way and name someone else.
    guard !value.isEmpty, HTTPField.isValidValue(value), value.first?.isWhitespace == false,
      value.last?.isWhitespace == false
    else {
      throw KubeError.request("the \(what) is empty or cannot be sent unchanged in a header")
    }
    fields.append(HTTPField(name: name, value: value))
  }
}

extension HTTPField.Name {
  static let impersonateUser = wellKnown("Impersonate-User")
  static let impersonateUID = wellKnown("Impersonate-Uid")
  static let impersonateGroup = wellKnown("Impersonate-Group")
  static let warning = wellKnown("Warning")
}
