internal import WGECore

/// Turns a document into an object of one resource: typed, checked for unknown fields, defaulted.
struct ObjectDecoder: Sendable {
  let resource: Resource
  let validation: QueryOptions.FieldValidation

  /// Who words the refusal.
  enum Origin {
    /// A create or replace.
    case body
    /// A JSON or merge patch, whose result is decoded from JSON.
    case patched(PatchedText)
    /// A strategic merge patch, which is shown as it is and whose result is restored field by field.
    case strategic(JSON)
  }

  /// Decodes the body of a request.
  func decode(_ context: inout RequestContext) throws(APIStatus) -> JSON {
    let parsed = try BodyFormat.parse(
      context.body, mediaType: context.mediaType, resource.schema, kind: resource.kind)
    return try decode(parsed, body: context.body, origin: .body, warnings: &context.warnings)
  }

  func decode(_ json: JSON, origin: Origin, warnings: inout [String]) throws(APIStatus) -> JSON {
    try decode(ParsedBody(json: json), body: [], origin: origin, warnings: &warnings)
  }

  /// - Parameter body: the request's bytes, which some refusals show.
  func decode(_ parsed: ParsedBody, body: [UInt8], origin: Origin, warnings: inout [String]) throws(APIStatus)
    -> JSON
  {
    // A built-in kind reads null as an object without fields.
    let json = parsed.json.isNull && !resource.isCustom ? [:] : parsed.json
    guard case .object = json else {
      if case .body = origin {
        throw BodyFormat.unrecognized(
          "Object 'Kind' is missing in '\(String(decoding: body.prefix(256), as: UTF8.self))'", body, resource.kind)
      }
      throw refuse(
        "json: cannot unmarshal \(TypedDecoder.goKind(json)) into Go value of type v1.\(resource.kind)", origin, json)
    }
    try checkKind(json, body, origin)
    var unknown: [String] = []
    if case .patched = origin, !resource.isCustom, (json["apiVersion"]?.stringValue ?? "").isEmpty {
      // Without a version upstream reads the form that it keeps in memory, which has none of these fields.
      unknown = (json.objectValue ?? [:]).map(\.key).filter { $0 != "apiVersion" && $0 != "kind" }
      try report(unknown.map { "unknown field \"\($0)\"" }, origin, json, &warnings)
      return ["kind": .string(resource.kind), "apiVersion": .string(resource.apiVersion), "metadata": [:]]
    }
    var result: JSON
    if let custom = resource.custom {
      result = try decodeCustom(json, custom, origin, unknown: &unknown)
    } else {
      result = try decodeBuiltIn(json, origin, unknown: &unknown)
    }
    if !unknown.isEmpty || !parsed.duplicates.isEmpty {
      var problems = parsed.duplicates + unknown.map { "unknown field \"\($0)\"" }
      if let text = parsed.text, !resource.isCustom { problems = StrictScan.problems(in: text, resource.schema) }
      try report(problems, origin, json, &warnings)
    }
    result["kind"] = .string(resource.kind)
    result["apiVersion"] = .string(resource.apiVersion)
    if result["metadata"] == nil { result["metadata"] = [:] }
    OwnerReferences.removeDuplicates(in: &result, warnings: &warnings)
    resource.behaviour.applyDefaults?(&result)
    return result
  }

  private func report(_ problems: [String], _ origin: Origin, _ json: JSON, _ warnings: inout [String])
    throws(APIStatus)
  {
    if problems.isEmpty { return }
    switch validation {
    case .ignore: break
    case .warn: warnings += problems
    case .strict: throw refuse("strict decoding error: \(problems.joined(separator: ", "))", origin, json)
    }
  }

  private func refuse(_ problem: String, _ origin: Origin, _ json: JSON) -> APIStatus {
    switch origin {
    case .body:
      let kind = json["kind"]?.stringValue ?? ""
      if kind.isEmpty {
        return BodyFormat.unrecognized(problem, json.serialized(), resource.kind)
      }
      let version = (json["apiVersion"]?.stringValue ?? resource.apiVersion).split(separator: "/").last.map(String.init)
      return .badRequest(
        "\(kind) in version \(FieldError.quote(version ?? resource.version)) cannot be handled as a \(resource.kind): \(problem)"
      )
    case .patched(let shown):
      return .invalidPatch(resource.isCustom ? json.description : shown.text(json, resource.schema), problem)
    case .strategic(let patch): return .invalidPatch(patch.goText, problem)
    }
  }

  private func checkKind(_ json: JSON, _ body: [UInt8], _ origin: Origin) throws(APIStatus) {
    let version = json["apiVersion"]?.stringValue ?? ""
    let name = json["kind"]?.stringValue ?? ""
    // The result of a strategic merge is taken for what the path says.
    if case .strategic = origin { return }
    if case .patched = origin {
      for field in ["apiVersion", "kind"] {
        guard let value = json[field], !value.isNull, value.stringValue == nil else { continue }
        throw refuse(
          "couldn't get version/kind; json parse error: json: cannot unmarshal \(TypedDecoder.goKind(value)) into Go struct field .\(field) of type string",
          origin, json)
      }
    }
    if version.split(separator: "/", omittingEmptySubsequences: false).count > 2 {
      let problem = "unexpected GroupVersion string: \(version)"
      if case .body = origin { throw BodyFormat.unrecognized(problem, body, resource.kind) }
      throw refuse(problem, origin, json)
    }
    if let custom = resource.custom {
      try checkCustomKind(json, name, version, body, origin, custom)
      return
    }
    let wanted = version.isEmpty ? resource.apiVersion : version
    if !name.isEmpty, name != resource.kind {
      if BuiltInResources.registry.resource(apiVersion: wanted, kind: name) != nil {
        throw refuse(
          "converting (v1.\(name)) to (core.\(resource.kind)): unknown conversion", origin, json)
      }
      throw refuse(Self.unregistered(name, wanted), origin, json)
    }
    if !version.isEmpty, version != resource.apiVersion {
      throw refuse(Self.unregistered(resource.kind, version), origin, json)
    }
  }

  private static func unregistered(_ kind: String, _ version: String) -> String {
    "no kind \(FieldError.quote(kind)) is registered for version \(FieldError.quote(version)) in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\""
  }

  private func checkCustomKind(
    _ json: JSON, _ name: String, _ version: String, _ body: [UInt8], _ origin: Origin, _ custom: CustomVersion
  ) throws(APIStatus) {
    let object = json["metadata"]?["name"]?.stringValue ?? ""
    func must(_ field: String, _ given: String, _ wanted: String) -> APIStatus {
      let group = version.split(separator: "/", omittingEmptySubsequences: false)
      return .invalid(
        kind: name, group: group.count == 2 ? String(group[0]) : "", name: object,
        [.invalid(field, given, "must be \(wanted)")])
    }
    if case .body = origin {
      if name.isEmpty {
        throw BodyFormat.unrecognized(
          "Object 'Kind' is missing in '\(String(decoding: body.prefix(256), as: UTF8.self))'", body, resource.kind)
      }
      if version != resource.apiVersion {
        throw .badRequest(
          "the API version in the data (\(version)) does not match the expected API version (\(resource.apiVersion))")
      }
    } else {
      if name.isEmpty { throw refuse("Object 'Kind' is missing in '\(json)'", origin, json) }
      if json["apiVersion"]?.isNull == true {
        throw refuse(".apiVersion accessor error: <nil> is of the type <nil>, expected string", origin, json)
      }
      if version.isEmpty {
        throw .internalError("Object 'apiVersion' is missing in 'object has no apiVersion field'")
      }
      if version != resource.apiVersion { throw must("apiVersion", version, resource.apiVersion) }
    }
    if name != resource.kind { throw must("kind", name, resource.kind) }
  }

  private func decodeBuiltIn(_ json: JSON, _ origin: Origin, unknown: inout [String]) throws(APIStatus) -> JSON {
    guard case .structure(let structure) = resource.schema.resolved else { return json }
    var decoder = TypedDecoder()
    do {
      let result = try decoder.decode(json, as: structure)
      unknown = decoder.unknownFields
      return result
    } catch let failure as TypedDecoder.Failure {
      if case .strategic = origin { throw refuse(failure.restoreProblem, origin, json) }
      throw refuse(failure.problem, origin, json)
    } catch {
      throw .internalError("\(error)")
    }
  }

  private func decodeCustom(_ json: JSON, _ custom: CustomVersion, _ origin: Origin, unknown: inout [String])
    throws(APIStatus) -> JSON
  {
    var result = json
    if let metadata = json["metadata"], let structure = TypeTable.builtIn.type("ObjectMeta") {
      var decoder = TypedDecoder()
      do {
        result["metadata"] = try decoder.decode(metadata, as: structure)
        unknown += decoder.unknownFields.map { "metadata.\($0)" }
      } catch let failure as TypedDecoder.Failure {
        throw refuse(failure.problem, origin, json)
      } catch {
        throw .internalError("\(error)")
      }
    }
    custom.schema.dropUnusedNulls(in: &result)
    custom.schema.prune(&result, isRoot: true, dropped: &unknown)
    custom.schema.applyDefaults(to: &result)
    return result
  }
}

/// Owners that are named twice are kept once, with a warning.
enum OwnerReferences {
  static func removeDuplicates(in json: inout JSON, warnings: inout [String]) {
    guard let owners = json["metadata"]?["ownerReferences"]?.arrayValue, owners.count > 1 else { return }
    var seen = Set<JSON>()
    var uids: [String] = []
    var kept: [JSON] = []
    for owner in owners {
      if seen.insert(owner).inserted {
        kept.append(owner)
      } else if let uid = owner["uid"]?.stringValue, !uids.contains(uid) {
        uids.append(uid)
      }
    }
    guard !uids.isEmpty else { return }
    json.setValue(.array(kept), at: ["metadata", "ownerReferences"])
    warnings.append(
      ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: \(uids.joined(separator: ", "))"
    )
  }
}
