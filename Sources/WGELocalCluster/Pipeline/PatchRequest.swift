internal import HTTPTypes
internal import WGECore

/// A patch that a request carries, of any of the four kinds.
struct PatchRequest: Sendable {
  enum Kind: Sendable {
    case json(JSONPatch)
    case merge(JSON)
    case strategic(JSON)
    case apply(JSON, force: Bool)
  }

  let kind: Kind
  let resource: Resource
  let options: WriteOptions
  let body: [UInt8]
  let subresource: String

  static let mediaTypes = [
    "application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml",
  ]

  var isApply: Bool { if case .apply = kind { true } else { false } }

  init(_ context: RequestContext, _ resource: Resource, _ options: WriteOptions) throws(APIStatus) {
    self.resource = resource
    self.options = options
    body = context.body
    subresource = context.info.subresource
    let type = context.mediaType
    let force = context.query.has("force") ? try context.query.flag("force") : nil
    if type != "application/apply-patch+yaml", type != "application/apply-patch+cbor", force != nil {
      throw .invalidOptions("PatchOptions", .forbidden("force", "may not be specified for non-apply patch"))
    }
    var duplicates: [String] = []
    switch type {
    case "application/json-patch+json":
      let json = try BodyFormat.json(body, duplicates: &duplicates)
      do { kind = .json(try JSONPatch(json)) } catch { throw APIStatus(error) }
    case "application/merge-patch+json":
      kind = .merge(try Self.object(try BodyFormat.json(body, duplicates: &duplicates)))
    case "application/strategic-merge-patch+json" where !resource.isCustom:
      kind = .strategic(try Self.object(try BodyFormat.json(body, duplicates: &duplicates)))
    case "application/apply-patch+yaml":
      if context.query.text("fieldManager").isEmpty {
        throw .invalidOptions("PatchOptions", .required("fieldManager", "is required for apply patch"))
      }
      kind = .apply(try BodyFormat.yaml(body), force: force ?? false)
    default:
      var types = Self.mediaTypes
      if !resource.isCustom { types.insert("application/strategic-merge-patch+json", at: 2) }
      throw .unsupportedMediaType(types)
    }
  }

  private static func object(_ json: JSON) throws(APIStatus) -> JSON {
    guard case .object = json else {
      throw .badRequest(
        "error decoding patch: json: cannot unmarshal \(TypedDecoder.goKind(json)) into Go value of type map[string]interface {}"
      )
    }
    return json
  }

  /// The live object, patched, decoded, defaulted and with its owners recorded.
  func applied(to live: JSON, exists: Bool, now: String, warnings: inout [String]) throws(APIStatus) -> JSON {
    let ownership = FieldOwnership(schema: resource.schema, now: now)
    let patched: JSON
    switch kind {
    case .json(let patch):
      do {
        patched = try patch.apply(
          to: live, limits: .init(operations: Defaults.maximumPatchOperations, depth: Defaults.maximumDepth))
      } catch { throw APIStatus(error) }
    case .merge(let patch): patched = live.applyingMergePatch(patch)
    case .strategic(let patch):
      do { patched = try StrategicMergePatch.apply(patch, to: live, resource.schema) } catch {
        throw .badRequest(error.message)
      }
    case .apply(let config, let force):
      return try apply(config, to: live, exists: exists, force: force, ownership, warnings: &warnings)
    }
    let object = try ObjectDecoder(resource: resource, validation: options.validation)
      .decode(patched, origin: .patch(body), warnings: &warnings)
    return ownership.update(
      live, to: object, by: manager(.update), ignored: subresource.isEmpty ? Writer.ignoredFields(resource) : FieldSet()
    )
  }

  private func manager(_ operation: FieldManager.Operation) -> FieldManager {
    FieldManager(
      name: options.manager, operation: operation, apiVersion: resource.apiVersion, subresource: subresource)
  }

  private func apply(
    _ config: JSON, to live: JSON, exists: Bool, force: Bool, _ ownership: FieldOwnership, warnings: inout [String]
  ) throws(APIStatus) -> JSON {
    let name = live["metadata"]?["name"]?.stringValue ?? ""
    guard case .object = config else {
      throw .badRequest(
        "error decoding YAML: json: cannot unmarshal \(TypedDecoder.goKind(config)) into Go value of type map[string]interface {}"
      )
    }
    if let managed = config["metadata"]?["managedFields"], !managed.isNull, managed.arrayValue?.isEmpty != true {
      throw .badRequest("metadata.managedFields must be nil")
    }
    if config["apiVersion"]?.stringValue ?? "" != resource.apiVersion {
      throw .badRequest(
        "Incorrect version specified in apply patch. Specified patch version: \(config["apiVersion"]?.stringValue ?? ""), expected: \(resource.apiVersion)"
      )
    }
    if let kind = config["kind"]?.stringValue, kind != resource.kind {
      throw .badRequest("Incorrect kind specified in apply patch: \(kind), expected: \(resource.kind)")
    }
    if exists, let given = config["metadata"]?["name"]?.stringValue, given != name {
      throw .badRequest("the name of the object (\(given)) does not match the name on the URL (\(name))")
    }
    if let undeclared = Self.undeclared(config, resource.schema, "") {
      let namespace = config["metadata"]?["namespace"]?.stringValue ?? live["metadata"]?["namespace"]?.stringValue ?? ""
      let given = config["metadata"]?["name"]?.stringValue ?? name
      throw APIStatus(
        500, "",
        "failed to create typed patch object (\(namespace)/\(given); \(resource.apiVersion), Kind=\(resource.kind)): \(undeclared): field not declared in schema"
      )
    }
    var ignored = FieldSet()
    if subresource.isEmpty {
      if resource.hasStatus { ignored.insert([.field("status")]) }
    } else if subresource == "status", case .object(let object) = config {
      for member in object where member.key != "status" { ignored.insert([.field(member.key)]) }
    }
    let configuration = Self.without(ignored, config)
    let merged: JSON
    do {
      merged = try ownership.apply(
        configuration, to: live, exists: exists, by: manager(.apply), force: force)
    } catch { throw error.status }
    let owners = merged["metadata"]?["managedFields"]
    var object = try ObjectDecoder(resource: resource, validation: options.validation)
      .decode(merged, origin: .patch(body), warnings: &warnings)
    object.setValue(owners, at: ["metadata", "managedFields"])
    return object
  }

  private static func without(_ ignored: FieldSet, _ config: JSON) -> JSON {
    var result = config
    for case .field(let name) in ignored.members where name != "metadata" && name != "apiVersion" && name != "kind" {
      result[name] = nil
    }
    return result
  }

  /// The path of the first field that the schema does not have.
  private static func undeclared(_ value: JSON, _ schema: TypeSchema, _ path: String) -> String? {
    switch (schema.resolved, value) {
    case (.structure(let structure), .object(let object)):
      for member in object {
        let inner = "\(path).\(member.key)"
        guard let type = structure.fields[member.key]?.type ?? structure.rest else { return inner }
        if let found = undeclared(member.value, type, inner) { return found }
      }
    case (.map(let element, _), .object(let object)):
      for member in object {
        if let found = undeclared(member.value, element, "\(path).\(member.key)") { return found }
      }
    case (.list(let element, let kind), .array(let items)):
      for (index, item) in items.enumerated() {
        let identity = TypedValue.identity(of: item, kind, element)?.messageText ?? "[\(index)]"
        if let found = undeclared(item, element, "\(path)\(identity)") { return found }
      }
    default: break
    }
    return nil
  }
}
