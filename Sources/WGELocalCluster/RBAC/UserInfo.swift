internal import WGECore

/// Who makes a request, as authentication found or impersonation claims.
struct UserInfo: Sendable, Hashable {
  var name: String
  var uid: String = ""
  var groups: [String] = []
  var extra: [String: [String]] = [:]

  static let anonymous = UserInfo(name: "system:anonymous", groups: ["system:unauthenticated"])
  static let administrator = UserInfo(
    name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"])

  var isSuperuser: Bool { groups.contains("system:masters") }

  var json: JSON {
    var result: JSON = ["username": .string(name)]
    if !uid.isEmpty { result["uid"] = .string(uid) }
    if !groups.isEmpty { result["groups"] = .array(groups.map(JSON.string)) }
    if !extra.isEmpty {
      result["extra"] = .object(JSONObject(extra.map { ($0.key, JSON.array($0.value.map(JSON.string))) }))
    }
    return result
  }
}

/// What a request wants to do, in the terms of authorization.
struct AccessAttributes: Sendable, Hashable {
  var verb: String
  var group = ""
  var resource = ""
  var subresource = ""
  var name = ""
  var namespace = ""
  /// For requests that are about no resource.
  var path: String?

  init(
    verb: String, group: String = "", resource: String, subresource: String = "", name: String = "",
    namespace: String = ""
  ) {
    self.verb = verb
    self.group = group
    self.resource = resource
    self.subresource = subresource
    self.name = name
    self.namespace = namespace
  }

  init(verb: String, path: String) {
    self.verb = verb
    self.path = path
  }

  init(_ info: RequestInfo) {
    if info.isResource {
      self.init(
        verb: info.verb, group: info.group, resource: info.plural, subresource: info.subresource, name: info.name,
        namespace: info.namespace)
    } else {
      self.init(verb: info.verb, path: info.path)
    }
  }

  /// `deployments/status`, as rules name it.
  var fullResource: String { subresource.isEmpty ? resource : "\(resource)/\(subresource)" }
}
