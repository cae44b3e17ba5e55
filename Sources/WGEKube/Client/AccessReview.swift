internal import HTTPTypes
public import WGECore

/// What someone wants to do to a resource, as RBAC sees it.
public struct ResourceAttributes: Sendable, Hashable {
  /// `get`, `list`, `create`, or `*`.
  public var verb: String
  /// Empty for the core group, or `*`.
  public var group: String
  /// Nil for any.
  public var version: String?
  /// The plural, or `*`.
  public var resource: String
  /// `status`, `log`; nil for the resource itself.
  public var subresource: String?
  /// Nil for all namespaces, or for cluster-scoped resources.
  public var namespace: String?
  /// Nil for all names.
  public var name: String?

  /// With these values; the properties say what they mean.
  public init(
    verb: String, group: String, version: String? = nil, resource: String, subresource: String? = nil,
    namespace: String? = nil, name: String? = nil
  ) {
    self.verb = verb
    self.group = group
    self.version = version
    self.resource = resource
    self.subresource = subresource
    self.namespace = namespace
    self.name = name
  }

  /// With these values; the properties say what they mean.
  public init(
    _ verb: String, _ resource: ResourceType, subresource: String? = nil, namespace: String? = nil, name: String? = nil
  ) {
    self.init(
      verb: verb, group: resource.group, resource: resource.plural, subresource: subresource, namespace: namespace,
      name: name)
  }

  var json: JSON {
    var members: JSONObject = ["verb": .string(verb), "group": .string(group), "resource": .string(resource)]
    for (key, value) in [("version", version), ("subresource", subresource), ("namespace", namespace), ("name", name)] {
      if let value { members[key] = .string(value) }
    }
    return .object(members)
  }
}

/// The answer to an access review.
public struct AccessDecision: Sendable, Hashable {
  /// True when the user may do it.
  public var allowed: Bool
  /// True when it is refused outright, so that no other authorizer can allow it.
  public var denied: Bool
  /// Why; may be empty.
  public var reason: String
  /// What the authorizer could not find out; it may have decided without.
  public var evaluationError: String?

  /// With these values; the properties say what they mean.
  public init(allowed: Bool, denied: Bool = false, reason: String = "", evaluationError: String? = nil) {
    self.allowed = allowed
    self.denied = denied
    self.reason = reason
    self.evaluationError = evaluationError
  }
}

/// What a user may do in one namespace, as the server lists it.
public struct AccessRules: Sendable, Hashable {
  /// Verbs on resources.
  public struct ResourceRule: Sendable, Hashable {
    /// `get`, `list`, or `*`.
    public var verbs: [String]
    /// API groups; the core group is empty; or `*`.
    public var groups: [String]
    /// Plurals, `plural/subresource`, or `*`.
    public var resources: [String]
    /// Empty for all names.
    public var names: [String]

    /// With these values; the properties say what they mean.
    public init(verbs: [String], groups: [String], resources: [String], names: [String] = []) {
      self.verbs = verbs
      self.groups = groups
      self.resources = resources
      self.names = names
    }
  }

  /// Verbs on paths that are no resources.
  public struct NonResourceRule: Sendable, Hashable {
    /// `get`, `post`, or `*`.
    public var verbs: [String]
    /// `/healthz`, `/api/*`, or `*`.
    public var paths: [String]

    /// With these values; the properties say what they mean.
    public init(verbs: [String], paths: [String]) {
      self.verbs = verbs
      self.paths = paths
    }
  }

  /// What is allowed on resources.
  public var resourceRules: [ResourceRule]
  /// What is allowed on other paths.
  public var nonResourceRules: [NonResourceRule]
  /// True when the server could not list all: what is not listed may still be allowed.
  public var isIncomplete: Bool
  /// Why the list is incomplete.
  public var evaluationError: String?

  /// With these values; the properties say what they mean.
  public init(
    resourceRules: [ResourceRule] = [], nonResourceRules: [NonResourceRule] = [], isIncomplete: Bool = false,
    evaluationError: String? = nil
  ) {
    self.resourceRules = resourceRules
    self.nonResourceRules = nonResourceRules
    self.isIncomplete = isIncomplete
    self.evaluationError = evaluationError
  }

  /// Whether some listed rule allows this. For showing and hiding; the server decides anew on
  /// every request.
  public func allows(_ attributes: ResourceAttributes) -> Bool {
    let resource = attributes.subresource.map { "\(attributes.resource)/\($0)" } ?? attributes.resource
    return resourceRules.contains { rule in
      func has(_ list: [String], _ value: String) -> Bool { list.contains("*") || list.contains(value) }
      let resourceMatches =
        has(rule.resources, resource)
        || attributes.subresource.map { rule.resources.contains("*/\($0)") } ?? false
      let nameMatches = rule.names.isEmpty || attributes.name.map(rule.names.contains) ?? false
      return has(rule.verbs, attributes.verb) && has(rule.groups, attributes.group) && resourceMatches && nameMatches
    }
  }
}

extension KubeClient {
  /// May this client's user do that? (SelfSubjectAccessReview)
  public func review(_ attributes: ResourceAttributes) async throws -> AccessDecision {
    try await decide("SelfSubjectAccessReview", "selfsubjectaccessreviews", ["resourceAttributes": attributes.json])
  }

  /// May this client's user send that verb to that path, `/healthz`? (SelfSubjectAccessReview)
  public func review(verb: String, path: String) async throws -> AccessDecision {
    try await decide(
      "SelfSubjectAccessReview", "selfsubjectaccessreviews",
      ["nonResourceAttributes": ["verb": .string(verb), "path": .string(path)]])
  }

  /// May another user do that? (SubjectAccessReview; needs the right to create those)
  public func review(_ attributes: ResourceAttributes, for user: UserInfo) async throws -> AccessDecision {
    try await decide("SubjectAccessReview", "subjectaccessreviews", Self.spec(attributes, user))
  }

  /// May another user do that in one namespace? (LocalSubjectAccessReview; needs the right to create
  /// those in that namespace alone)
  public func review(
    _ attributes: ResourceAttributes, for user: UserInfo, inNamespace namespace: String
  ) async throws -> AccessDecision {
    var attributes = attributes
    attributes.namespace = namespace
    let segment = try ResourcePath.segment(namespace, what: "namespace")
    return try await decide(
      "LocalSubjectAccessReview", "namespaces/\(segment)/localsubjectaccessreviews", Self.spec(attributes, user),
      namespace: namespace)
  }

  private static func spec(_ attributes: ResourceAttributes, _ user: UserInfo) -> JSONObject {
    var spec: JSONObject = [
      "resourceAttributes": attributes.json, "user": .string(user.name),
      "groups": .array(user.groups.map(JSON.string)),
    ]
    if let uid = user.uid { spec["uid"] = .string(uid) }
    if !user.extra.isEmpty {
      spec["extra"] = .object(JSONObject(user.extra.map { ($0.key, JSON.array($0.value.map(JSON.string))) }))
    }
    return spec
  }

  /// What this client's user may do in a namespace. (SelfSubjectRulesReview)
  public func accessRules(namespace: String) async throws -> AccessRules {
    let status = try await review(
      "authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews", ["namespace": .string(namespace)])
    func strings(_ json: JSON, _ key: String) -> [String] { json[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    return AccessRules(
      resourceRules: (status["resourceRules"]?.arrayValue ?? []).map {
        AccessRules.ResourceRule(
          verbs: strings($0, "verbs"), groups: strings($0, "apiGroups"), resources: strings($0, "resources"),
          names: strings($0, "resourceNames"))
      },
      nonResourceRules: (status["nonResourceRules"]?.arrayValue ?? []).map {
        AccessRules.NonResourceRule(verbs: strings($0, "verbs"), paths: strings($0, "nonResourceURLs"))
      },
      isIncomplete: status["incomplete"]?.boolValue ?? false,
      evaluationError: status["evaluationError"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 })
  }

  /// Whom the server takes this client's user for. (SelfSubjectReview)
  public func currentUser() async throws -> UserInfo {
    let status = try await review("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews", nil)
    guard let info = status["userInfo"], let name = info["username"]?.stringValue else {
      throw KubeError.decoding(what: "SelfSubjectReview", problem: "status.userInfo.username is missing")
    }
    var extra: [String: [String]] = [:]
    for member in info["extra"]?.objectValue ?? JSONObject() {
      extra[member.key] = member.value.arrayValue?.compactMap(\.stringValue) ?? []
    }
    return UserInfo(
      name: name, uid: info["uid"]?.stringValue, groups: info["groups"]?.arrayValue?.compactMap(\.stringValue) ?? [],
      extra: extra)
  }

  private func decide(
    _ kind: String, _ plural: String, _ spec: JSONObject, namespace: String? = nil
  ) async throws -> AccessDecision {
    let status = try await review("authorization.k8s.io", kind, plural, spec, namespace: namespace)
    guard let allowed = status["allowed"]?.boolValue else {
      throw KubeError.decoding(what: kind, problem: "status.allowed is missing")
    }
    return AccessDecision(
      allowed: allowed, denied: status["denied"]?.boolValue ?? false, reason: status["reason"]?.stringValue ?? "",
      evaluationError: status["evaluationError"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 })
  }

  /// Posts a review, which changes nothing however often it is sent.
  private func review(
    _ group: String, _ kind: String, _ plural: String, _ spec: JSONObject?, namespace: String? = nil
  ) async throws -> JSON {
    let metadata: JSON = namespace.map { ["namespace": .string($0)] } ?? [:]
    var body: JSON = ["apiVersion": .string("\(group)/v1"), "kind": .string(kind), "metadata": metadata]
    if let spec { body["spec"] = .object(spec) }
    let json = try await sender.json(
      Call(
        method: .post, path: "/apis/\(group)/v1/\(plural)", contentType: "application/json", body: body.serialized(),
        isIdempotent: true))
    guard let status = json["status"] else { throw KubeError.decoding(what: kind, problem: "status is missing") }
    return status
  }
}
