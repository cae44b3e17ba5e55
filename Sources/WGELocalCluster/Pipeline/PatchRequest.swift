internal import HTTPTypes
internal import WGECore

/// A patch that a request carries, of any of the four kinds.
///
/// The body is read only when there is an object to patch: a broken patch of a missing object is
/// answered by 404.
struct PatchRequest: Sendable {
  enum Kind: String, Sendable, CaseIterable {
    case json = "application/json-patch+json"
    case merge = "application/merge-patch+json"
    case strategic = "application/strategic-merge-patch+json"
    case apply = "application/apply-patch+yaml"
  }

  let kind: Kind
  let force: Bool
  let resource: Resource
  let options: WriteOptions
  let body: [UInt8]
  let subresource: String
  let namespace: String

  var isApply: Bool { kind == .apply }

  init(_ context: RequestContext, _ resource: Resource, _ options: WriteOptions) throws(APIStatus) {
    self.resource = resource
    self.options = options
    body = context.body
    subresource = context.info.subresource
    namespace = context.info.namespace
    guard let kind = Kind(rawValue: context.mediaType), kind != .strategic || !resource.isCustom else {
      throw Self.unsupported(resource)
    }
    self.kind = kind
    let force = context.query.has("force") ? context.query.flag("force") : nil
    if kind != .apply, force != nil {
      throw .invalidOptions("PatchOptions", .forbidden("force", "may not be specified for non-apply patch"))
    }
    if kind == .apply, context.query.text("fieldManager").isEmpty {
      throw .invalidOptions("PatchOptions", .required("fieldManager", "is required for apply patch"))
    }
    self.force = force ?? false
  }

  /// The router of the built-in kinds refuses before their handler does.
  static func unsupported(_ resource: Resource) -> APIStatus {
    if !resource.isCustom {
      return APIStatus(415, "UnsupportedMediaType", "415: Unsupported Media Type", details: .init())
    }
    return .unsupportedMediaType([Kind.json, .merge, .apply].map(\.rawValue))
  }

  /// The live object, patched, decoded, defaulted and with its owners recorded.
  func applied(to live: JSON, exists: Bool, now: String, warnings: inout [String]) throws(APIStatus) -> JSON {
    if kind == .apply {
      return try ApplyRequest(self).apply(to: live, exists: exists, now: now, warnings: &warnings)
    }
    let ownership = FieldOwnership(schema: resource.schema, now: now, isCustom: resource.isCustom)
    let (object, origin, parsed) = try patched(live)
    let decoded = try ObjectDecoder(resource: resource, validation: options.validation)
      .decode(ParsedBody(json: object, duplicates: parsed.duplicates), body: body, origin: origin, warnings: &warnings)
    try checkNamespace(decoded)
    return ownership.update(live, to: decoded, by: manager(.update), ignored: resource.ignoredFields(subresource))
  }

  /// The document that the patch makes of another; what the subresource scale patches with.
  func patched(_ live: JSON) throws(APIStatus) -> (JSON, ObjectDecoder.Origin, ParsedBody) {
    switch kind {
    case .json:
      var parsed = try BodyFormat.json(body) { .badRequest("error decoding patch: \($0)") }
      let patch = try ServerJSONPatch(parsed.json)
      parsed.duplicates = (parsed.duplicates + patch.unknownFields.map { "unknown field \"\($0)\"" }).map {
        "json patch \($0)"
      }
      do { return (try patch.apply(to: live), .patched(PatchedText(operations: patch.operations)), parsed) } catch {
        throw .mismatch
      }
    case .merge:
      let parsed = try BodyFormat.json(body) { .badRequest("error decoding patch: \($0)") }
      if parsed.json.isNull { throw .badRequest("Invalid JSON Patch") }
      guard case .object = parsed.json else {
        throw .badRequest("error decoding patch: \(Self.noObject(parsed.json))")
      }
      return (
        live.applyingMergePatch(Self.withoutNullsInLists(parsed.json)), .patched(PatchedText(merging: parsed.json)),
        parsed
      )
    case .strategic, .apply:
      let parsed = try BodyFormat.json(body) { .badRequest($0) }
      let patch = parsed.json.isNull ? [:] : parsed.json
      guard case .object = patch else { throw .badRequest(Self.noObject(patch)) }
      do {
        return (try StrategicMergePatch.apply(patch, to: live, resource.schema), .strategic(patch), parsed)
      } catch {
        switch error.kind {
        case .badRequest: throw .badRequest(error.message)
        case .unprocessable: throw .mismatch
        case .other: throw APIStatus(500, "", error.message)
        }
      }
    }
  }

  /// Upstream's merge takes nulls out of what it adds, objects in lists included.
  private static func withoutNullsInLists(_ json: JSON, isInList: Bool = false) -> JSON {
    switch json {
    case .object(let object):
      .object(
        JSONObject(
          object.compactMap { member in
            isInList && member.value.isNull
              ? nil : (member.key, withoutNullsInLists(member.value, isInList: isInList))
          }))
    case .array(let items): .array(items.map { withoutNullsInLists($0, isInList: true) })
    default: json
    }
  }

  private static func noObject(_ json: JSON) -> String {
    "json: cannot unmarshal \(TypedDecoder.goKind(json)) into Go value of type map[string]interface {}"
  }

  func manager(_ operation: FieldManager.Operation) -> FieldManager {
    FieldManager(
      name: options.manager, operation: operation, apiVersion: resource.apiVersion, subresource: subresource)
  }

  func checkNamespace(_ object: JSON) throws(APIStatus) {
    let given = object["metadata"]?["namespace"]?.stringValue ?? ""
    if resource.isNamespaced, !given.isEmpty, given != namespace {
      throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
    }
  }
}

extension Resource {
  /// What writes by this path of the API do not change, whatever a client sends.
  func ignoredFields(_ subresource: String) -> FieldSet {
    var set = FieldSet()
    if subresource.isEmpty {
      if hasStatus { set.insert([.field("status")]) }
    } else if subresource == "status" {
      set.insert([.field("spec")])
      if isCustom, case .structure(let structure) = schema.resolved {
        for name in structure.order where name != "status" { set.insert([.field(name)]) }
      }
      switch behaviour.statusMetadata {
      case .all: break
      case .allButLabels: set.insert([.field("metadata"), .field("labels")])
      case .none: set.insert([.field("metadata")])
      }
    }
    return set
  }
}
