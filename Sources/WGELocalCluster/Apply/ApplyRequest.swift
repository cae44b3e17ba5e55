internal import WGECore

/// Server-side apply of one request's configuration.
struct ApplyRequest {
  let request: PatchRequest
  private var resource: Resource { request.resource }

  init(_ request: PatchRequest) { self.request = request }

  func apply(to live: JSON, exists: Bool, now: String, warnings: inout [String]) throws(APIStatus) -> JSON {
    let parsed = try BodyFormat.yaml(request.body) { problem in
      .badRequest(
        "error decoding YAML: \(problem.hasPrefix("yaml: ") ? "error converting YAML to JSON: " : "")\(problem)")
    }
    let config = parsed.json.isNull ? [:] : parsed.json
    guard case .object = config else {
      throw .badRequest(
        "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal \(TypedDecoder.goKind(config)) into Go value of type map[string]interface {}"
      )
    }
    try checkIdentity(config)
    let problems = TypedValidator.problems(in: config, resource.schema)
    if !problems.isEmpty {
      let text = problems.count == 1 ? problems[0] : "errors:\n" + problems.map { "  \($0)" }.joined(separator: "\n")
      throw APIStatus(500, "", "failed to create typed patch object (\(Self.name(config))): \(text)")
    }
    if !resource.isCustom, let problem = TypedValidator.decodingProblem(in: config, resource.schema) {
      let kind = Self.kind(config)
      throw APIStatus(
        500, "",
        "failed to convert new object (\(Self.name(config))) to proper version: unable to convert unstructured object to \(kind): \(problem)"
      )
    }
    let ownership = FieldOwnership(schema: resource.schema, now: now, isCustom: resource.isCustom)
    func applied(force: Bool) throws(FieldOwnership.Conflict) -> JSON {
      try ownership.apply(
        config, to: live, empty: Writer.empty(resource), exists: exists, by: request.manager(.apply), force: force,
        ignored: resource.ignoredFields(request.subresource))
    }
    let isKubectl = request.options.manager == ClientSideApply.manager
    var merged: JSON
    do {
      merged = try applied(force: request.force)
    } catch {
      guard isKubectl, let owned = ClientSideApply.owned(live, resource) else { throw error.status }
      if let left = error.without(owned) { throw left.status }
      do { merged = try applied(force: true) } catch { throw error.status }
    }
    if isKubectl { ClientSideApply.update(&merged, applied: config) }
    try reportDuplicates(parsed.duplicates, &warnings)
    let owners = merged["metadata"]?["managedFields"]
    var object = try ObjectDecoder(resource: resource, validation: .ignore)
      .decode(merged, origin: .patched(PatchedText()), warnings: &warnings)
    object.setValue(owners, at: ["metadata", "managedFields"])
    try request.checkNamespace(object)
    return object
  }

  /// `namespace/name; group/version, Kind=kind`, as upstream's messages name a configuration.
  private static func name(_ config: JSON) -> String {
    let namespace = config["metadata"]?["namespace"]?.stringValue ?? ""
    let name = config["metadata"]?["name"]?.stringValue ?? ""
    return "\(namespace)/\(name); \(kind(config))"
  }

  private static func kind(_ config: JSON) -> String {
    let version = config["apiVersion"]?.stringValue ?? ""
    let kind = config["kind"]?.stringValue ?? ""
    return "\(version.contains("/") ? "" : "/")\(version), Kind=\(kind)"
  }

  private func checkIdentity(_ config: JSON) throws(APIStatus) {
    let isScale = request.subresource == "scale"
    let version = isScale ? "autoscaling/v1" : resource.apiVersion
    let kind = isScale ? "Scale" : resource.kind
    if config["apiVersion"]?.stringValue ?? "" != version || config["kind"]?.stringValue ?? "" != kind {
      throw .badRequest("invalid object type: \(Self.kind(config))")
    }
    if let managed = config["metadata"]?["managedFields"], !managed.isNull {
      throw .badRequest("metadata.managedFields must be nil")
    }
  }

  private func reportDuplicates(_ duplicates: [String], _ warnings: inout [String]) throws(APIStatus) {
    guard let problem = duplicates.first else { return }
    // The other decoder's words: without quotes around the key.
    let text = "error converting YAML to JSON: " + problem.replacing("\"", with: "")
    switch request.options.validation {
    case .ignore: break
    case .warn:
      // The header shows the last line only.
      let line = text.split(separator: "\n").last.map { String($0.drop { $0 == " " }) }
      warnings.append(line ?? text)
    case .strict: throw .badRequest("error strict decoding YAML: \(text)")
    }
  }
}
