internal import HTTPTypes
internal import WGECore
internal import WGEKube

/// Finds out who makes a request: a bearer token of the configuration or of a service account, the
/// identity of an in-process transport, or nobody.
struct Authenticator: Sendable {
  let cluster: Cluster

  func authenticate(_ request: KubeRequest, as identity: LocalCluster.Authentication) throws(APIStatus) -> UserInfo {
    if let header = request.headers[.authorization] {
      guard let token = Self.bearer(header) else { throw .unauthorized }
      guard let user = user(ofToken: token) else { throw .unauthorized }
      return user
    }
    switch identity {
    case .systemMasters: return .administrator
    case .user(let name, let groups, let uid, let extra):
      return UserInfo(name: name, uid: uid, groups: groups + ["system:authenticated"], extra: extra)
    case .anonymous:
      guard cluster.configuration.allowsAnonymous else { throw .unauthorized }
      return .anonymous
    }
  }

  private static func bearer(_ header: String) -> String? {
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return String(parts[1].drop { $0 == " " })
  }

  /// The user that a token stands for; nil for a token that nobody has.
  func user(ofToken token: String) -> UserInfo? {
    for known in cluster.configuration.tokens where known.token.matches(token) {
      return UserInfo(name: known.user, uid: known.uid, groups: known.groups + ["system:authenticated"])
    }
    return cluster.signer.user(ofToken: token, store: cluster.store, now: cluster.now)
  }
}

extension Secret<String> {
  /// Compares in a time that does not depend on where the two differ.
  func matches(_ other: String) -> Bool {
    let a = Array(reveal().utf8)
    let b = Array(other.utf8)
    var difference = a.count ^ b.count
    for index in 0..<min(a.count, b.count) { difference |= Int(a[index] ^ b[index]) }
    return difference == 0 && !a.isEmpty
  }
}

/// Lets a user act as another where RBAC grants the verb `impersonate`.
/// Source: Kubernetes authentication reference, "User impersonation".
struct Impersonation: Sendable {
  let cluster: Cluster

  func impersonate(_ request: KubeRequest, as user: UserInfo) throws(APIStatus) -> UserInfo {
    func values(_ name: String) -> [String] { HTTPField.Name(name).map { request.headers[values: $0] } ?? [] }
    let name = values("Impersonate-User").first ?? ""
    let groups = values("Impersonate-Group")
    let uid = values("Impersonate-Uid").first ?? ""
    var extra: [String: [String]] = [:]
    let prefix = "impersonate-extra-"
    for field in request.headers where field.name.canonicalName.hasPrefix(prefix) {
      let key = field.name.canonicalName.dropFirst(prefix.count)
      extra[RequestInfo.percentDecoded(key) ?? String(key), default: []].append(field.value)
    }
    if name.isEmpty {
      guard groups.isEmpty, uid.isEmpty, extra.isEmpty else {
        throw APIStatus.internalError("requested impersonation without impersonating a user")
      }
      return user
    }
    if name.hasPrefix("system:serviceaccount:") {
      let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      if parts.count == 4 {
        try check(user, "serviceaccounts", "", parts[3], namespace: parts[2])
      } else {
        try check(user, "users", "", name)
      }
    } else {
      try check(user, "users", "", name)
    }
    for group in groups { try check(user, "groups", "", group) }
    if !uid.isEmpty { try check(user, "uids", "authentication.k8s.io", uid) }
    for (key, values) in extra {
      for value in values { try check(user, "userextras", "authentication.k8s.io", value, subresource: key) }
    }
    var all = groups
    if name.hasPrefix("system:serviceaccount:"), groups.isEmpty {
      let namespace = name.split(separator: ":", omittingEmptySubsequences: false).dropFirst(2).first ?? ""
      all = ["system:serviceaccounts", "system:serviceaccounts:\(namespace)"]
    }
    if name == "system:anonymous" {
      if !all.contains("system:unauthenticated") { all.append("system:unauthenticated") }
    } else if !all.contains("system:authenticated"), !all.contains("system:unauthenticated") {
      all.append("system:authenticated")
    }
    return UserInfo(name: name, uid: uid, groups: all, extra: extra)
  }

  private func check(
    _ user: UserInfo, _ resource: String, _ group: String, _ name: String, namespace: String = "",
    subresource: String = ""
  ) throws(APIStatus) {
    let access = AccessAttributes(
      verb: "impersonate", group: group, resource: resource, subresource: subresource, name: name, namespace: namespace)
    if !cluster.authorizer.decide(user, access).allowed { throw Authorizer.refusal(user, access) }
  }
}
