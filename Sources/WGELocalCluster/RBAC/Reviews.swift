internal import HTTPTypes
internal import WGECore

/// Answers the kinds that are questions: access reviews, token reviews, token requests.
enum Reviews {
  typealias Handler = @Sendable (Cluster, inout RequestContext, Resource) throws -> Reply

  /// The handler of a kind that is not stored.
  static func handler(_ resource: Resource) -> Handler? {
    switch resource.groupResource {
    case "selfsubjectaccessreviews.authorization.k8s.io": selfAccess
    case "subjectaccessreviews.authorization.k8s.io", "localsubjectaccessreviews.authorization.k8s.io": access
    case "selfsubjectrulesreviews.authorization.k8s.io": selfRules
    case "selfsubjectreviews.authentication.k8s.io": whoAmI
    case "tokenreviews.authentication.k8s.io": tokenReview
    default: nil
    }
  }

  private static func decode(_ cluster: Cluster, _ context: inout RequestContext, _ resource: Resource)
    throws(APIStatus) -> JSON
  {
    context.form = try OutputForm(context, resource)
    let options = try WriteOptions(context, "CreateOptions")
    var review = try ObjectDecoder(resource: resource, validation: options.validation).decode(&context)
    if !resource.isNamespaced { review.setValue(nil, at: ["metadata", "namespace"]) }
    let manager = FieldManager(
      name: options.manager, operation: .update, apiVersion: resource.apiVersion, subresource: context.info.subresource)
    return FieldOwnership(schema: resource.schema, now: cluster.now.rfc3339, isCustom: resource.isCustom)
      .update(Writer.empty(resource), to: review, by: manager)
  }

  // MARK: Access

  private static func attributes(_ spec: JSON) -> AccessAttributes? {
    if let resource = spec["resourceAttributes"] {
      func text(_ field: String) -> String { resource[field]?.stringValue ?? "" }
      return AccessAttributes(
        verb: text("verb"), group: text("group"), resource: text("resource"), subresource: text("subresource"),
        name: text("name"), namespace: text("namespace"))
    }
    guard let other = spec["nonResourceAttributes"] else { return nil }
    return AccessAttributes(verb: other["verb"]?.stringValue ?? "", path: other["path"]?.stringValue ?? "")
  }

  /// Attributes as upstream's internal type shows them.
  private static func shown(_ other: JSON?) -> RawText {
    RawText("{\"Path\":\(other?["path"] ?? ""),\"Verb\":\(other?["verb"] ?? "")}")
  }

  /// Questions have no metadata.
  private static func metadataErrors(_ review: JSON, _ resource: Resource) -> [FieldError] {
    var metadata = review["metadata"] ?? [:]
    let shown = metadata
    metadata["managedFields"] = nil
    if resource.isNamespaced { metadata["namespace"] = nil }
    guard metadata.objectValue?.isEmpty == false, let type = TypeTable.builtIn.type("ObjectMeta") else { return [] }
    return [
      .invalid(
        "metadata", RawText(PatchedText().text(shown, .structure(type))),
        resource.isNamespaced ? "must be empty except for namespace" : "must be empty")
    ]
  }

  private static func specErrors(_ spec: JSON) -> [FieldError] {
    let resource = spec["resourceAttributes"]
    let other = spec["nonResourceAttributes"]
    if resource != nil, other != nil {
      return [
        .invalid(
          "spec.nonResourceAttributes", shown(other), "cannot be specified in combination with resourceAttributes")
      ]
    }
    if resource == nil, other == nil {
      return [
        .invalid(
          "spec.resourceAttributes", .null,
          "exactly one of nonResourceAttributes or resourceAttributes must be specified")
      ]
    }
    return []
  }

  private static func status(_ decision: Authorizer.Decision) -> JSON {
    var status: JSON = ["allowed": .bool(decision.allowed)]
    if !decision.reason.isEmpty { status["reason"] = .string(decision.reason) }
    return status
  }

  private static func selfAccess(_ cluster: Cluster, _ context: inout RequestContext, _ resource: Resource) throws
    -> Reply
  {
    var review = try decode(cluster, &context, resource)
    let spec = review["spec"] ?? [:]
    let errors = specErrors(spec) + metadataErrors(review, resource)
    guard errors.isEmpty, let wanted = attributes(spec) else {
      throw APIStatus.invalid(kind: "", group: resource.group, name: "", errors)
    }
    review["status"] = status(cluster.authorizer.decide(context.user, wanted))
    return .json(201, review, context)
  }

  private static func access(_ cluster: Cluster, _ context: inout RequestContext, _ resource: Resource) throws -> Reply
  {
    var review = try decode(cluster, &context, resource)
    let spec = review["spec"] ?? [:]
    var errors = specErrors(spec)
    let groups = spec["groups"]?.arrayValue?.compactMap(\.stringValue) ?? []
    let user = spec["user"]?.stringValue ?? ""
    if user.isEmpty, groups.isEmpty {
      errors.append(.invalid("spec.user", "", "at least one of user or group must be specified"))
    }
    errors += metadataErrors(review, resource)
    if resource.isNamespaced {
      if let attributes = spec["resourceAttributes"] {
        let namespace = attributes["namespace"]?.stringValue ?? ""
        if namespace != context.info.namespace {
          errors.append(.invalid("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace"))
        }
      }
      if let other = spec["nonResourceAttributes"] {
        errors.append(.invalid("spec.nonResourceAttributes", shown(other), "disallowed on this kind of request"))
      }
      review.setValue(.string(context.info.namespace), at: ["metadata", "namespace"])
    }
    guard errors.isEmpty, let wanted = attributes(spec) else {
      throw APIStatus.invalid(kind: "", group: resource.group, name: "", errors)
    }
    var extra: [String: [String]] = [:]
    for member in spec["extra"]?.objectValue ?? JSONObject() {
      extra[member.key] = member.value.arrayValue?.compactMap(\.stringValue) ?? []
    }
    let subject = UserInfo(name: user, uid: spec["uid"]?.stringValue ?? "", groups: groups, extra: extra)
    review["status"] = status(cluster.authorizer.decide(subject, wanted))
    return .json(201, review, context)
  }

  private static func selfRules(_ cluster: Cluster, _ context: inout RequestContext, _ resource: Resource) throws
    -> Reply
  {
    var review = try decode(cluster, &context, resource)
    let namespace = review["spec"]?["namespace"]?.stringValue ?? ""
    if namespace.isEmpty {
      throw APIStatus.badRequest("no namespace on request")
    }
    var resources: [JSON] = []
    var others: [JSON] = []
    for rule in cluster.authorizer.rules(for: context.user, namespace: namespace) {
      if !rule.resources.isEmpty { resources.append(rule.json) }
      if !rule.nonResourceURLs.isEmpty {
        others.append(PolicyRule(verbs: rule.verbs, nonResourceURLs: rule.nonResourceURLs).json)
      }
    }
    review["metadata"] = [:]
    review["spec"] = [:]
    review["status"] = ["resourceRules": .array(resources), "nonResourceRules": .array(others), "incomplete": false]
    return .json(201, review, context)
  }

  // MARK: Identity

  private static func whoAmI(_ cluster: Cluster, _ context: inout RequestContext, _ resource: Resource) throws -> Reply
  {
    _ = try decode(cluster, &context, resource)
    return .json(
      201,
      [
        "kind": "SelfSubjectReview", "apiVersion": .string(resource.apiVersion),
        "metadata": ["creationTimestamp": .string(cluster.now.rfc3339)], "status": ["userInfo": context.user.json],
      ], context)
  }

  private static func tokenReview(_ cluster: Cluster, _ context: inout RequestContext, _ resource: Resource) throws
    -> Reply
  {
    var review = try decode(cluster, &context, resource)
    let token = review["spec"]?["token"]?.stringValue ?? ""
    if token.isEmpty { throw APIStatus.badRequest("token is required for TokenReview in authentication") }
    var audiences = (review["spec"]?["audiences"]?.arrayValue ?? []).compactMap(\.stringValue)
    if audiences.isEmpty { audiences = [TokenSigner.issuer] }
    switch Authenticator(cluster: cluster).review(token, audiences: audiences) {
    case .success((let user, let common)):
      review["status"] = [
        "authenticated": true, "user": user.json, "audiences": .array(common.map(JSON.string)),
      ]
    case .failure(let refusal): review["status"] = ["user": [:], "error": .string(refusal.text)]
    }
    return .json(201, review, context)
  }

  /// POST serviceaccounts/x/token.
  static func token(_ cluster: Cluster, _ context: inout RequestContext, _ accounts: Resource) throws -> Reply {
    let key = "\(context.info.namespace)/\(context.info.name)"
    guard let account = cluster.store.object(accounts.storageName, key) else {
      throw APIStatus.notFound(accounts, context.info.name)
    }
    let resource = BuiltInResources.tokenRequest
    var request = try decode(cluster, &context, resource)
    let seconds = request["spec"]?["expirationSeconds"]?.intValue ?? Defaults.tokenLifetimeSeconds
    var errors: [FieldError] = []
    if seconds < 600 {
      errors.append(
        .invalid("spec.expirationSeconds", .number(.int(seconds)), "may not specify a duration less than 10 minutes"))
    } else if seconds > 1 << 32 {
      errors.append(
        .invalid(
          "spec.expirationSeconds", .number(.int(seconds)), "may not specify a duration larger than 2^32 seconds"))
    }
    if !errors.isEmpty {
      throw APIStatus.invalid(kind: "TokenRequest", group: "authentication.k8s.io", name: context.info.name, errors)
    }
    var audiences = request["spec"]?["audiences"]?.arrayValue?.compactMap(\.stringValue) ?? []
    if audiences.isEmpty { audiences = [TokenSigner.issuer] }
    let now = cluster.now
    if let given = request["metadata"]?["uid"]?.stringValue, !given.isEmpty, given != account.uid {
      throw APIStatus(
        409, "Conflict",
        "Operation cannot be fulfilled on TokenRequest.authentication.k8s.io \(FieldError.quote(context.info.name)): the UID in the token request (\(given)) does not match the UID of the service account (\(account.uid))",
        details: .init(name: context.info.name, group: "authentication.k8s.io", kind: "TokenRequest"))
    }
    let reference = request["spec"]?["boundObjectRef"]
    var bound: TokenSigner.Binding?
    if let reference, !reference.isNull { bound = try binding(reference, cluster, context.info) }
    let token = try cluster.signer.issue(
      namespace: context.info.namespace, account: context.info.name, uid: account.uid, audiences: audiences, now: now,
      seconds: seconds, binding: bound)
    for (field, value) in [
      ("name", context.info.name), ("namespace", context.info.namespace), ("uid", account.uid),
      ("creationTimestamp", now.rfc3339),
    ] { request.setValue(.string(value), at: ["metadata", field]) }
    request["spec"] = [
      "audiences": .array(audiences.map(JSON.string)), "expirationSeconds": .number(.int(seconds)),
      "boundObjectRef": reference ?? .null,
    ]
    request["status"] = [
      "token": .string(token),
      "expirationTimestamp": .string(Timestamp(seconds: now.seconds &+ seconds).rfc3339),
    ]
    return .json(201, request, context)
  }

  /// The object that a token request names, which must be there.
  private static func binding(_ reference: JSON, _ cluster: Cluster, _ info: RequestInfo) throws(APIStatus)
    -> TokenSigner.Binding
  {
    let kind = reference["kind"]?.stringValue ?? ""
    let apiVersion = reference["apiVersion"]?.stringValue ?? ""
    let name = reference["name"]?.stringValue ?? ""
    let plurals = ["Pod": "pods", "Secret": "secrets", "Node": "nodes"]
    guard apiVersion == "v1", let plural = plurals[kind],
      let resource = cluster.registry.resource(group: "", version: "v1", plural: plural)
    else {
      let group = apiVersion.contains("/") ? apiVersion : "/\(apiVersion)"
      throw .badRequest("cannot bind token to object of type \(group), Kind=\(kind)")
    }
    let key = resource.storageKey(namespace: info.namespace, name: name)
    guard let object = cluster.store.object(resource.storageName, key) else { throw .notFound(resource, name) }
    var binding = TokenSigner.Binding(kind: kind.lowercased(), name: name, uid: object.uid)
    if kind == "Pod" {
      guard object.json["spec"]?["serviceAccountName"]?.stringValue == info.name else {
        throw .badRequest(
          "cannot bind token for serviceaccount \(FieldError.quote(info.name)) to pod running with different serviceaccount name."
        )
      }
      if let node = object.json["spec"]?["nodeName"]?.stringValue, !node.isEmpty {
        binding.node = (node, cluster.store.object("nodes", node)?.uid ?? "")
      }
    }
    if let uid = reference["uid"]?.stringValue, !uid.isEmpty, uid != object.uid {
      throw APIStatus(
        409, "Conflict",
        "Operation cannot be fulfilled on \(kind) \(FieldError.quote(name)): the UID in the bound object reference (\(uid)) does not match the UID in record. The object might have been deleted and then recreated",
        details: .init(name: name, kind: kind))
    }
    return binding
  }
}
