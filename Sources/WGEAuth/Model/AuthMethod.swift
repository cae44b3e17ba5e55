/// A way to prove who one is.
public enum AuthMethod: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// The cluster-user account, by name and password.
  case userAccount = "user-account"
  /// An identity provider.
  case oidc
  /// A bearer token of the management cluster, passed on to Kubernetes.
  case tokenPassthrough = "token-passthrough"
  /// Everybody is one configured user. For servers behind a proxy that authenticates.
  case anonymous

  /// Reads a method without regard to case.
  ///
  /// - Throws: ``AuthError/configuration(_:)`` that starts with `unknown auth method`.
  public init(parsing text: String) throws(AuthError) {
    let lower = text.lowercased()
    guard let method = Self(rawValue: lower) else {
      let known = Self.allCases.filter { $0 != .anonymous }.map(\.rawValue).joined(separator: ", ")
      throw .configuration("unknown auth method \(text.debugDescription); known are \(known)")
    }
    self = method
  }

  /// Reads a list with commas between; empty text is the empty set.
  public static func parse(list text: String) throws(AuthError) -> Set<AuthMethod> {
    var methods: Set<AuthMethod> = []
    for part in text.split(separator: ",") {
      let name = part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      methods.insert(try AuthMethod(parsing: String(name)))
    }
    return methods
  }

  /// The name, as configurations write it.
  public var description: String { rawValue }
}
