internal import HTTPTypes
internal import WGECore

/// What lies below pods, nodes and services besides their status. Nothing runs here: what would need
/// a kubelet says so.
/// Source: k8s.io/kubernetes, registry/core/pod: storage, rest and strategy.
struct PodSubresources: Sendable {
  let cluster: Cluster

  // MARK: Parts of pods

  static func takeEphemeralContainers(_ wanted: inout JSON, from given: JSON) {
    wanted.setValue(given["spec"]?["ephemeralContainers"], at: ["spec", "ephemeralContainers"])
  }

  static func takeResources(_ wanted: inout JSON, from given: JSON) {
    for list in ["containers", "initContainers"] {
      guard var containers = wanted["spec"]?[list]?.arrayValue else { continue }
      let others = given["spec"]?[list]?.arrayValue ?? []
      for index in containers.indices {
        guard let other = others.first(where: { $0["name"] == containers[index]["name"] }) else { continue }
        for field in ["resources", "resizePolicy"] { containers[index][field] = other[field] }
      }
      wanted.setValue(.array(containers), at: ["spec", list])
    }
  }

  // MARK: Binding

  /// POST pods/x/binding, and POST bindings where the object names the pod.
  func bind(_ context: inout RequestContext, _ pods: Resource) throws(APIStatus) -> Reply {
    context.form = try OutputForm(context, pods)
    let options = try WriteOptions(context, "CreateOptions")
    guard let resource = cluster.registry.resource(group: "", version: "v1", plural: "bindings") else {
      throw .resourceNotFound
    }
    let binding = try ObjectDecoder(resource: resource, validation: options.validation).decode(&context)
    let name = context.info.name.isEmpty ? binding["metadata"]?["name"]?.stringValue ?? "" : context.info.name
    let target = binding["target"] ?? [:]
    var errors = Checks.oneOf(target["kind"], "target.kind", ["Node", "<empty>"])
    errors += Checks.required(target, "target", "name")
    if !errors.isEmpty { throw .invalid(resource, name, errors) }
    context.info.name = name
    context.info.subresource = "binding"
    let node = target["name"]?.stringValue ?? ""
    let now = cluster.now.rfc3339
    _ = try Writer(cluster: cluster).update(context, pods, options, part: .field, isPatch: true) {
      live throws(APIStatus) in
      if let present = live["spec"]?["nodeName"]?.stringValue, !present.isEmpty {
        throw APIStatus(
          409, "Conflict",
          "Operation cannot be fulfilled on pods/binding \"\(name)\": pod \(name) is already assigned to node \"\(present)\"",
          details: .init(name: name, kind: "pods/binding"))
      }
      var wanted = live
      wanted.setValue(.string(node), at: ["spec", "nodeName"])
      var conditions = (live["status"]?["conditions"]?.arrayValue ?? []).filter {
        $0["type"]?.stringValue != "PodScheduled"
      }
      conditions.append([
        "type": "PodScheduled", "status": "True", "lastProbeTime": .null, "lastTransitionTime": .string(now),
      ])
      wanted.setValue(.array(conditions), at: ["status", "conditions"])
      return wanted
    }
    return .json(
      201, ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201], context)
  }

  // MARK: Logs

  func log(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    let pod = try Subresources(cluster: cluster).live(context, resource).json
    let container = try container(context.query.text("container"), of: pod, context.info.name)
    if let output = cluster.configuration.podLogs?(context.info.namespace, context.info.name, container) {
      return .text(200, try Self.cut(output, context.query))
    }
    // A pod without a node has no output yet.
    if (pod["spec"]?["nodeName"]?.stringValue ?? "").isEmpty { return .text(200, "") }
    throw Self.nothingRuns("logs of pod \(context.info.name)")
  }

  private func container(_ wanted: String, of pod: JSON, _ name: String) throws(APIStatus) -> String {
    func names(_ list: String) -> [String] {
      (pod["spec"]?[list]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
    }
    let containers = names("containers")
    let all = names("initContainers") + containers + names("ephemeralContainers")
    if wanted.isEmpty {
      if containers.count == 1 { return containers[0] }
      let initial = names("initContainers")
      let more = initial.isEmpty ? "" : " or one of the init containers: [\(initial.joined(separator: " "))]"
      throw .badRequest(
        "a container name must be specified for pod \(name), choose one of: [\(containers.joined(separator: " "))]\(more)"
      )
    }
    guard all.contains(wanted) else { throw .badRequest("container \(wanted) is not valid for pod \(name)") }
    return wanted
  }

  /// The last lines and first bytes that the query asks for.
  private static func cut(_ output: String, _ query: QueryOptions) throws(APIStatus) -> String {
    var text = output
    if let count = Int(query.text("tailLines")) {
      if count < 0 { throw .badRequest("tailLines must be greater than or equal to 0") }
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let body = lines.last?.isEmpty == true ? lines.dropLast() : lines[...]
      text = body.suffix(count).map { "\($0)\n" }.joined()
    }
    if let limit = Int(query.text("limitBytes")), limit > 0 {
      text = String(decoding: text.utf8.prefix(limit), as: UTF8.self)
    }
    return text
  }

  // MARK: Connections

  func connect(_ context: inout RequestContext, _ resource: Resource) throws(APIStatus) -> Reply {
    let object = try Subresources(cluster: cluster).live(context, resource).json
    let name = context.info.name
    switch resource.plural {
    case "pods":
      if (object["spec"]?["nodeName"]?.stringValue ?? "").isEmpty {
        throw .badRequest("pod \(name) does not have a host assigned")
      }
      throw Self.nothingRuns("\(context.info.subresource) of pod \(name)")
    case "services":
      throw APIStatus(503, "ServiceUnavailable", "no endpoints available for service \(FieldError.quote(name))")
    default: throw Self.nothingRuns("\(context.info.subresource) of \(resource.plural) \(FieldError.quote(name))")
    }
  }

  private static func nothingRuns(_ what: String) -> APIStatus {
    APIStatus(501, "NotImplemented", "the \(what) cannot be reached: this cluster stores objects and runs nothing")
  }
}
