internal import HTTPTypes
internal import WGECore

/// The OpenAPI documents, made from the same shapes that decoding and patching use.
///
/// Version 3 in JSON, one document per group and version; version 2 in JSON for old clients that
/// accept it. There is no protobuf form: a client that accepts nothing else gets 406.
struct OpenAPI: Sendable {
  let registry: Registry

  func respond(_ context: inout RequestContext, _ segments: [String]) throws -> Reply {
    guard segments.count >= 2 else { throw APIStatus.pageNotFound }
    switch segments[1] {
    case "v3" where segments.count == 2:
      context.form = try OutputForm(accept: context.accept)
      return .json(200, index(), context)
    case "v3":
      let path = segments.dropFirst(2).joined(separator: "/")
      guard let key = registry.byVersion.keys.first(where: { Self.path($0) == path }) else {
        throw APIStatus.pageNotFound
      }
      context.form = try OutputForm(accept: context.accept)
      return .json(200, document(registry.byVersion[key] ?? []), context)
    case "v2" where segments.count == 2:
      context.form = try OutputForm(accept: context.accept)
      return .json(200, documentV2(), context)
    default: throw APIStatus.pageNotFound
    }
  }

  private static func path(_ key: String) -> String { key.hasPrefix("/") ? "api\(key)" : "apis/\(key)" }

  private func index() -> JSON {
    let paths = registry.byVersion.keys.map { key in
      (Self.path(key), ["serverRelativeURL": .string("/openapi/v3/\(Self.path(key))")] as JSON)
    }
    return ["paths": .object(JSONObject(paths))]
  }

  private func name(_ resource: Resource) -> String {
    let reversed = resource.group.split(separator: ".").reversed().joined(separator: ".")
    return "\(resource.group.isEmpty ? "io.k8s.api.core" : reversed).\(resource.version).\(resource.kind)"
  }

  /// What a definition says of its kind is published as it is, with what every object has besides.
  private func published(_ resource: Resource, _ writer: inout SchemaWriter) -> JSON {
    let written = writer.schema(resource.schema, isRoot: true)
    guard var document = resource.custom?.document else { return written }
    for name in ["apiVersion", "kind", "metadata"] {
      document.setValue(written["properties"]?[name], at: ["properties", name])
    }
    return document
  }

  private func document(_ resources: [Resource]) -> JSON {
    var schemas: [(String, JSON)] = []
    var paths: [(String, JSON)] = []
    var writer = SchemaWriter(prefix: "#/components/schemas/")
    for resource in resources {
      var schema = published(resource, &writer)
      schema["x-kubernetes-group-version-kind"] = [gvk(resource)]
      schemas.append((name(resource), schema))
      let base = resource.group.isEmpty ? "/api/\(resource.version)" : "/apis/\(resource.apiVersion)"
      let path = "\(base)/\(resource.isNamespaced ? "namespaces/{namespace}/" : "")\(resource.plural)"
      let reference: JSON = ["$ref": .string("#/components/schemas/\(name(resource))")]
      let answer: JSON = ["200": ["description": "OK", "content": ["application/json": ["schema": reference]]]]
      if resource.verbs.contains("get") {
        paths.append(("\(path)/{name}", operations(resource, answer)))
      }
      if resource.verbs.contains("create") {
        paths.append(
          (
            path,
            [
              "post": [
                "x-kubernetes-action": "post", "x-kubernetes-group-version-kind": gvk(resource), "responses": answer,
                "parameters": .array(Self.writeParameters),
              ]
            ]
          ))
      }
    }
    schemas += writer.definitions()
    return [
      "openapi": "3.0.0", "info": ["title": "WGE LocalCluster", "version": "v1.36.0"],
      "paths": .object(JSONObject(paths)),
      "components": ["schemas": .object(JSONObject(schemas))],
    ]
  }

  private static let writeParameters: [JSON] = ["dryRun", "fieldManager", "fieldValidation"].map { name in
    ["name": .string(name), "in": "query", "schema": ["type": "string", "uniqueItems": true]]
  }

  private func operations(_ resource: Resource, _ answer: JSON) -> JSON {
    var result: JSON = [:]
    for (method, action, verb) in [
      ("get", "get", "get"), ("put", "put", "update"), ("patch", "patch", "patch"), ("delete", "delete", "delete"),
    ] where resource.verbs.contains(verb) {
      var operation: JSON = [
        "x-kubernetes-action": .string(action), "x-kubernetes-group-version-kind": gvk(resource), "responses": answer,
      ]
      if method != "get" { operation["parameters"] = .array(Self.writeParameters) }
      result[method] = operation
    }
    return result
  }

  private func gvk(_ resource: Resource) -> JSON {
    ["group": .string(resource.group), "version": .string(resource.version), "kind": .string(resource.kind)]
  }

  private func documentV2() -> JSON {
    var definitions: [(String, JSON)] = []
    var writer = SchemaWriter(prefix: "#/definitions/")
    for resources in registry.byVersion.values {
      for resource in resources {
        var schema = writer.schema(resource.schema, isRoot: true)
        schema["x-kubernetes-group-version-kind"] = [gvk(resource)]
        definitions.append((name(resource), schema))
      }
    }
    definitions += writer.definitions()
    return [
      "swagger": "2.0", "info": ["title": "WGE LocalCluster", "version": "v1.36.0"], "paths": [:],
      "definitions": .object(JSONObject(definitions)),
    ]
  }
}

/// Writes shapes as OpenAPI schemas.
struct SchemaWriter {
  let prefix: String
  private var used: Set<String> = []

  init(prefix: String) { self.prefix = prefix }

  /// The definitions of the built-in types that were referred to, and of those they refer to.
  mutating func definitions() -> [(String, JSON)] {
    var result: [(String, JSON)] = []
    var done: Set<String> = []
    while let name = used.subtracting(done).min() {
      done.insert(name)
      guard let structure = TypeTable.builtIn.type(name) else { continue }
      result.append((Self.typeName(name), schema(.structure(structure), isRoot: true)))
    }
    return result
  }

  private static func typeName(_ name: String) -> String { "io.k8s.types.\(name)" }

  mutating func schema(_ type: TypeSchema, isRoot: Bool = false) -> JSON {
    switch type {
    case .reference(let name):
      if isRoot, let structure = TypeTable.builtIn.type(name) { return schema(.structure(structure)) }
      used.insert(name)
      return ["$ref": .string(prefix + Self.typeName(name))]
    case .scalar(let scalar): return Self.scalar(scalar)
    case .any, .deduced: return ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
    case .map(let element, let atomic):
      var result: JSON = ["type": "object", "additionalProperties": schema(element)]
      if atomic { result["x-kubernetes-map-type"] = "atomic" }
      return result
    case .list(let element, let kind):
      var result: JSON = ["type": "array", "items": schema(element)]
      switch kind {
      case .atomic: result["x-kubernetes-list-type"] = "atomic"
      case .set:
        result["x-kubernetes-list-type"] = "set"
        result["x-kubernetes-patch-strategy"] = "merge"
      case .map(let keys):
        result["x-kubernetes-list-type"] = "map"
        result["x-kubernetes-list-map-keys"] = .array(keys.map(JSON.string))
        result["x-kubernetes-patch-strategy"] = "merge"
        if let key = keys.first { result["x-kubernetes-patch-merge-key"] = .string(key) }
      }
      return result
    case .structure(let structure):
      var properties: [(String, JSON)] = []
      for name in structure.order {
        guard let field = structure.fields[name] else { continue }
        properties.append((name, schema(field.type)))
      }
      var result: JSON = ["type": "object", "properties": .object(JSONObject(properties))]
      if structure.atomic { result["x-kubernetes-map-type"] = "atomic" }
      if structure.rest != nil { result["x-kubernetes-preserve-unknown-fields"] = true }
      return result
    }
  }

  private static func scalar(_ scalar: TypeSchema.Scalar) -> JSON {
    switch scalar {
    case .string, .quantity: ["type": "string"]
    case .bool: ["type": "boolean"]
    case .int32: ["type": "integer", "format": "int32"]
    case .int64: ["type": "integer", "format": "int64"]
    case .float64: ["type": "number", "format": "double"]
    case .bytes: ["type": "string", "format": "byte"]
    case .intstr: ["type": "string", "format": "int-or-string"]
    case .time, .microtime: ["type": "string", "format": "date-time"]
    }
  }
}
