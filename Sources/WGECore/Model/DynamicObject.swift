/// A Kubernetes object of any kind, backed by its JSON: unknown fields survive every round trip.
///
/// The accessors read and write the JSON in place, so setting one label changes nothing else.
public struct DynamicObject: Sendable, Hashable {
  /// The whole object, always a JSON object.
  public private(set) var members: JSONObject

  public init(_ members: JSONObject) { self.members = members }

  /// - Returns: nil when the value is not a JSON object.
  public init?(_ json: JSON) {
    guard case .object(let members) = json else { return nil }
    self.members = members
  }

  public init(apiVersion: String, kind: String, metadata: ObjectMeta) throws {
    members = ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": try JSON(encoding: metadata)]
  }

  /// The whole object as a JSON value.
  public var json: JSON { .object(members) }

  /// A top-level field such as `spec` or `status`.
  public subscript(field: String) -> JSON? {
    get { members[field] }
    set { members[field] = newValue }
  }

  /// The value at a path of keys, `["spec", "replicas"]`.
  public func value(at path: [String]) -> JSON? { json.value(at: path) }

  /// Sets or, with nil, removes the value at a path, creating objects on the way.
  public mutating func setValue(_ value: JSON?, at path: [String]) {
    guard !path.isEmpty else { return }
    var json = JSON.object(members)
    members = JSONObject()
    json.setValue(value, at: path)
    if case .object(let changed) = json { members = changed }
  }

  // MARK: Identity

  public var apiVersion: String { members["apiVersion"]?.stringValue ?? "" }
  public var kind: String { members["kind"]?.stringValue ?? "" }

  /// Nil when `apiVersion` or `kind` is missing or malformed.
  public var groupVersionKind: GroupVersionKind? { GroupVersionKind(apiVersion: apiVersion, kind: kind) }

  public var name: String { metadataString("name") ?? "" }
  public var namespace: String? { metadataString("namespace") }
  public var uid: String? { metadataString("uid") }
  public var resourceVersion: String? { metadataString("resourceVersion") }
  public var generation: Int64? { value(at: ["metadata", "generation"])?.intValue }
  public var isBeingDeleted: Bool { metadataString("deletionTimestamp") != nil }

  public var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }

  // MARK: Metadata

  public var labels: [String: String] { metadataMap("labels") }
  public var annotations: [String: String] { metadataMap("annotations") }
  public var finalizers: [String] {
    value(at: ["metadata", "finalizers"])?.arrayValue?.compactMap(\.stringValue) ?? []
  }

  /// The metadata decoded. Fields that ``ObjectMeta`` does not know stay in the object.
  /// - Throws: ``JSONDecodingError`` when a field has the wrong type.
  public func metadata() throws -> ObjectMeta {
    try (members["metadata"] ?? .object([:])).decode(ObjectMeta.self)
  }

  /// The whole object as a typed one.
  /// - Throws: ``JSONDecodingError`` naming the field that does not fit.
  public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T { try json.decode(type) }

  private func metadataString(_ field: String) -> String? { members["metadata"]?[field]?.stringValue }

  private func metadataMap(_ field: String) -> [String: String] {
    var result: [String: String] = [:]
    for member in members["metadata"]?[field]?.objectValue ?? JSONObject() {
      if let text = member.value.stringValue { result[member.key] = text }
    }
    return result
  }
}

extension DynamicObject: Codable {
  public init(from decoder: any Decoder) throws {
    let json = try JSON(from: decoder)
    guard let object = DynamicObject(json) else {
      throw DecodingError.typeMismatch(
        JSONObject.self, .init(codingPath: decoder.codingPath, debugDescription: "expected an object, found \(json.typeName)"))
    }
    self = object
  }

  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}

extension DynamicObject: CustomStringConvertible {
  /// `Kind namespace/name`. Never the content, which may be a Secret's.
  public var description: String { "\(kind) \(key)" }
}
