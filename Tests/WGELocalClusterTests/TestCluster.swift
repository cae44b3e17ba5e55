import HTTPTypes
import WGECore
import WGEKube
import WGELocalCluster

/// A cluster with shorthands for requests, for tests that look at bare answers.
struct TestCluster {
  struct Answer {
    let code: Int
    let body: JSON
    let text: String
    let headers: HTTPFields

    var message: String { body["message"]?.stringValue ?? text }
    var reason: String { body["reason"]?.stringValue ?? "" }
  }

  let cluster: LocalCluster

  init(_ configure: (inout LocalCluster.Configuration) -> Void = { _ in }, storage: LocalCluster.Storage = .memory)
    throws
  {
    var configuration = LocalCluster.Configuration()
    configuration.controllerDelay = .milliseconds(1)
    configure(&configuration)
    cluster = try LocalCluster(storage: storage, configuration: configuration)
  }

  @discardableResult
  func send(
    _ method: String, _ path: String, _ body: JSON? = nil, raw: [UInt8]? = nil, type: String = "application/json",
    query: [String: String] = [:], headers: [String: String] = [:],
    as identity: LocalCluster.Authentication = .systemMasters
  ) async throws -> Answer {
    var fields: HTTPFields = [.userAgent: "test/1"]
    if body != nil || raw != nil { fields[.contentType] = type }
    for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
    let request = KubeRequest(
      method: HTTPRequest.Method(rawValue: method) ?? .get, path: path,
      query: query.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }, headers: fields,
      body: raw ?? body?.serialized() ?? [])
    let response = try await cluster.transport(as: identity).send(request)
    return Answer(
      code: response.status.code, body: (try? JSON(parsing: response.body)) ?? .null,
      text: String(decoding: response.body, as: UTF8.self), headers: response.headers)
  }

  @discardableResult
  func create(_ path: String, _ body: JSON) async throws -> Answer { try await send("POST", path, body) }

  func get(_ path: String, query: [String: String] = [:]) async throws -> Answer {
    try await send("GET", path, query: query)
  }

  @discardableResult
  func merge(_ path: String, _ body: JSON) async throws -> Answer {
    try await send("PATCH", path, body, type: "application/merge-patch+json")
  }

  @discardableResult
  func apply(_ path: String, _ body: JSON, manager: String, force: Bool = false) async throws -> Answer {
    var query = ["fieldManager": manager]
    if force { query["force"] = "true" }
    return try await send("PATCH", path, body, type: "application/apply-patch+yaml", query: query)
  }

  static let configMaps = "/api/v1/namespaces/default/configmaps"

  func configMap(_ name: String, _ data: JSON = [:], labels: JSON = [:], owners: JSON? = nil, finalizers: JSON? = nil)
    async throws
    -> Answer
  {
    var metadata: JSON = ["name": .string(name), "labels": labels]
    if let owners { metadata["ownerReferences"] = owners }
    if let finalizers { metadata["finalizers"] = finalizers }
    return try await create(
      Self.configMaps, ["apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data])
  }

  func stream(_ path: String, query: [String: String]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
    try await cluster.transport().stream(
      KubeRequest(method: .get, path: path, query: query.map { (name: $0.key, value: $0.value) })
    ).body
  }

  /// The events of a watch, until `count` have come or it ends.
  static func events(_ body: AsyncThrowingStream<[UInt8], any Error>, count: Int) async throws -> [JSON] {
    var lines: [JSON] = []
    for try await chunk in body {
      lines += try chunk.split(separator: UInt8(ascii: "\n")).map { try JSON(parsing: Array($0)) }
      if lines.count >= count { break }
    }
    return lines
  }

  /// A definition of widgets with this schema for `spec`.
  static func widgets(_ spec: JSON, status: Bool = true) -> JSON {
    var version: JSON = [
      "name": "v1", "served": true, "storage": true,
      "schema": [
        "openAPIV3Schema": [
          "type": "object",
          "properties": ["spec": spec, "status": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]],
        ]
      ],
    ]
    if status { version["subresources"] = ["status": [:]] }
    return [
      "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
      "metadata": ["name": "widgets.example.com"],
      "spec": [
        "group": "example.com", "scope": "Namespaced", "names": ["plural": "widgets", "kind": "Widget"],
        "versions": [version],
      ],
    ]
  }

  static let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
  static let widgetPath = "/apis/example.com/v1/namespaces/default/widgets"

  static func widget(_ name: String, _ spec: JSON) -> JSON {
    ["apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": .string(name)], "spec": spec]
  }
}
