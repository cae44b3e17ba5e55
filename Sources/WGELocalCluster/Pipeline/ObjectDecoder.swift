internal import WGECore

/// Turns a document into an object of one resource: typed, checked for unknown fields, defaulted.
struct ObjectDecoder: Sendable {
  let resource: Resource
  let validation: QueryOptions.FieldValidation

  /// Who words the refusal: a create or replace, or a patch.
  enum Origin {
    case body
    case patch([UInt8])
  }

  func decode(_ json: JSON, duplicates: [String] = [], origin: Origin, warnings: inout [String]) throws(APIStatus)
    -> JSON
  {
    guard case .object = json else {
      throw refuse(
        "json: cannot unmarshal \(TypedDecoder.goKind(json)) into Go value of type v1.\(resource.kind)", origin, json)
    }
    try checkKind(json)
    var unknown: [String] = []
    var result: JSON
    if let custom = resource.custom {
      result = try decodeCustom(json, custom, origin, unknown: &unknown)
    } else {
      result = try decodeBuiltIn(json, origin, unknown: &unknown)
    }
    try report(
      duplicates.map { "duplicate field \"\($0)\"" } + unknown.map { "unknown field \"\($0)\"" }, origin, json,
      &warnings)
    result["kind"] = .string(resource.kind)
    result["apiVersion"] = .string(resource.apiVersion)
    if result["metadata"] == nil { result["metadata"] = [:] }
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
      let kind = json["kind"]?.stringValue ?? resource.kind
      return .badRequest(
        "\(kind) in version \(FieldError.quote(resource.version)) cannot be handled as a \(resource.kind): \(problem)")
    case .patch(let patch): return .invalidPatch(patch, problem)
    }
  }

  private func checkKind(_ json: JSON) throws(APIStatus) {
    let apiVersion = json["apiVersion"]
    let kind = json["kind"]
    for (name, value) in [("apiVersion", apiVersion), ("kind", kind)] {
      guard let value, !value.isNull else { continue }
      guard case .string = value else {
        throw .badRequest(
          "couldn't get version/kind; json parse error: json: cannot unmarshal \(TypedDecoder.goKind(value)) into Go struct field .\(name) of type string"
        )
      }
    }
    let version = apiVersion?.stringValue ?? ""
    let name = kind?.stringValue ?? ""
    if resource.isCustom {
      if name.isEmpty { throw .badRequest("Object 'Kind' is missing in '\(shorten(json))'") }
      if version.isEmpty { throw .badRequest("Object 'apiVersion' is missing in '\(shorten(json))'") }
      if name != resource.kind {
        throw .badRequest(
          "\(name) in version \(FieldError.quote(resource.version)) cannot be handled as a \(resource.kind): unknown kind"
        )
      }
      if version != resource.apiVersion {
        throw .badRequest(
          "the API version in the data (\(version)) does not match the expected API version (\(resource.apiVersion))")
      }
      return
    }
    if !name.isEmpty, name != resource.kind {
      throw .badRequest(
        "\(name) in version \(FieldError.quote(resource.version)) cannot be handled as a \(resource.kind): converting (v1.\(name)) to (core.\(resource.kind)): unknown conversion"
      )
    }
    if !version.isEmpty, version != resource.apiVersion {
      throw .badRequest(
        "\(resource.kind) in version \(FieldError.quote(resource.version)) cannot be handled as a \(resource.kind): no kind \(FieldError.quote(resource.kind)) is registered for version \(FieldError.quote(version)) in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\""
      )
    }
  }

  private func shorten(_ json: JSON) -> String { String(json.description.prefix(256)) }

  private func decodeBuiltIn(_ json: JSON, _ origin: Origin, unknown: inout [String]) throws(APIStatus) -> JSON {
    guard case .structure(let structure) = resource.schema.resolved else { return json }
    var decoder = TypedDecoder()
    do {
      let result = try decoder.decode(json, as: structure)
      unknown = decoder.unknownFields
      return result
    } catch let failure as TypedDecoder.Failure {
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
