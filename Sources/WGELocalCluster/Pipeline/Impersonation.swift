internal import HTTPTypes
internal import Synchronization
internal import WGECore
internal import WGEKube

/// Lets a user act as another where RBAC grants it.
///
/// Two ways are open: the constrained one, which also asks whether the very action may be done as
/// somebody else (`impersonate-on:user-info:list` on the resource, then `impersonate:user-info` on the
/// user), and the older one, which asks for `impersonate` alone. Either suffices; a refusal speaks of
/// the first that was tried, which is the one that last let the user.
/// Source: KEP-5284; k8s.io/apiserver, endpoints/filters/impersonation.
struct Impersonation: Sendable {
  let cluster: Cluster

  /// Whom the headers of a request name.
  private struct Wish {
    var name = ""
    var uid = ""
    var groups: [String] = []
    var extra: [(key: String, values: [String])] = []

    var isOnlyName: Bool { uid.isEmpty && groups.isEmpty && extra.isEmpty }

    init(_ headers: HTTPFields) {
      func values(_ name: String) -> [String] { HTTPField.Name(name).map { headers[values: $0] } ?? [] }
      name = values("Impersonate-User").first ?? ""
      uid = values("Impersonate-Uid").first ?? ""
      groups = values("Impersonate-Group")
      let prefix = "impersonate-extra-"
      for field in headers where field.name.canonicalName.hasPrefix(prefix) {
        let coded = field.name.canonicalName.dropFirst(prefix.count)
        let key = RequestInfo.percentDecoded(coded) ?? String(coded)
        if let index = extra.firstIndex(where: { $0.key == key }) {
          extra[index].values.append(field.value)
        } else {
          extra.append((key, [field.value]))
        }
      }
    }

    /// As Go's `%#v` shows it.
    var goText: String {
      func list(_ values: [String]) -> String {
        values.isEmpty ? "[]string(nil)" : "[]string{\(values.map(FieldError.quote).joined(separator: ", "))}"
      }
      let extraText =
        extra.isEmpty
        ? "map[string][]string(nil)"
        : "map[string][]string{\(extra.sorted { $0.key < $1.key }.map { "\(FieldError.quote($0.key)):\(list($0.values))" }.joined(separator: ", "))}"
      return
        "&user.DefaultInfo{Name:\"\", UID:\(FieldError.quote(uid)), Groups:\(list(groups)), Extra:\(extraText)}"
    }
  }

  func impersonate(_ request: KubeRequest, as user: UserInfo, for info: RequestInfo) throws(APIStatus) -> UserInfo {
    let wish = Wish(request.headers)
    if wish.name.isEmpty {
      if wish.isOnlyName { return user }
      throw .badRequest("requested \(wish.goText) without impersonating a user name")
    }
    let prefersOld = cluster.oldImpersonators.contains(user.name)
    let ways: [Way] = prefersOld ? [.old, .constrained] : [.constrained, .old]
    var refusal: APIStatus?
    for way in ways {
      do throws(APIStatus) {
        guard let result = try impersonate(wish, user, info, way) else { continue }
        if (way == .old) != prefersOld { cluster.oldImpersonators.set(user.name, way == .old) }
        return result
      } catch { refusal = refusal ?? error }
    }
    throw refusal ?? .internalError("all impersonation modes failed")
  }

  private enum Way {
    case constrained, old
  }

  /// - Returns: nil where this way does not know such a wish.
  private func impersonate(_ wish: Wish, _ user: UserInfo, _ info: RequestInfo, _ way: Way) throws(APIStatus)
    -> UserInfo?
  {
    if way == .old { return try allowed(wish, user, verb: "impersonate", group: "", isConstrained: false) }
    guard let mode = Self.mode(wish) else { return nil }
    var access = AccessAttributes(info)
    access.verb = "impersonate-on:\(mode):\(access.verb)"
    try check(user, access)
    return try allowed(wish, user, verb: "impersonate:\(mode)", group: "authentication.k8s.io", isConstrained: true)
  }

  /// The constrained way that such a wish takes; nil for none.
  private static func mode(_ wish: Wish) -> String? {
    if serviceAccount(wish.name) != nil { return wish.isOnlyName ? "serviceaccount" : nil }
    if node(wish.name) != nil { return wish.isOnlyName ? "arbitrary-node" : nil }
    return "user-info"
  }

  private static func serviceAccount(_ name: String) -> (namespace: String, name: String)? {
    guard name.hasPrefix("system:serviceaccount:") else { return nil }
    let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, !parts[2].isEmpty, !parts[3].isEmpty else { return nil }
    return (parts[2], parts[3])
  }

  private static func node(_ name: String) -> String? {
    guard name.hasPrefix("system:node:") else { return nil }
    let node = String(name.dropFirst("system:node:".count))
    return NameValidation.dns1123Subdomain(node).isEmpty ? node : nil
  }

  private func allowed(_ wish: Wish, _ user: UserInfo, verb: String, group: String, isConstrained: Bool)
    throws(APIStatus) -> UserInfo
  {
    func access(_ resource: String, _ name: String, _ group: String = group) -> AccessAttributes {
      AccessAttributes(verb: verb, group: group, resource: resource, name: name)
    }
    var groups = wish.groups
    if let (namespace, name) = Self.serviceAccount(wish.name) {
      var account = access("serviceaccounts", name)
      account.namespace = namespace
      try check(user, account)
      if groups.isEmpty { groups = ["system:serviceaccounts", "system:serviceaccounts:\(namespace)"] }
    } else if isConstrained, let node = Self.node(wish.name) {
      try check(user, access("nodes", node))
      groups = ["system:nodes"]
    } else {
      try check(user, access("users", wish.name))
    }
    if !wish.uid.isEmpty { try check(user, access("uids", wish.uid, "authentication.k8s.io")) }
    for name in wish.groups {
      if isConstrained, name == "system:masters" || name.isEmpty {
        throw Authorizer.refusal(
          user, access("groups", name),
          because: name.isEmpty
            ? "impersonating the empty string group is not allowed"
            : "impersonating the system:masters group is not allowed")
      }
      try check(user, access("groups", name))
    }
    for (key, values) in wish.extra {
      for value in values {
        var extra = access("userextras", value, "authentication.k8s.io")
        extra.subresource = key
        try check(user, extra)
      }
    }
    if wish.name == "system:anonymous" {
      if !groups.contains("system:unauthenticated") { groups.append("system:unauthenticated") }
    } else if !groups.contains("system:unauthenticated"), !groups.contains("system:authenticated") {
      groups.append("system:authenticated")
    }
    return UserInfo(
      name: wish.name, uid: wish.uid, groups: groups, extra: Dictionary(wish.extra.map { ($0.key, $0.values) }) { $1 })
  }

  private func check(_ user: UserInfo, _ access: AccessAttributes) throws(APIStatus) {
    if !cluster.authorizer.decide(user, access).allowed { throw Authorizer.refusal(user, access) }
  }
}

/// The users who last impersonated in the older way. A bounded number is remembered.
final class OldImpersonators: Sendable {
  private let names = Mutex<Set<String>>([])

  func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }

  func set(_ name: String, _ isOld: Bool) {
    names.withLock { names in
      if !isOld {
        names.remove(name)
      } else {
        if names.count >= Defaults.rememberedImpersonators { names.removeAll() }
        names.insert(name)
      }
    }
  }
}
