/// A Kubernetes object of any kind, backed by its JSON: unknown fields survive every round trip.
///
/// The accessors read and write the JSON in place, so setting one label changes nothing else.
/// Fields of the wrong type read as absent; ``metadata()`` is the strict way.
public struct DynamicObject: Sendable, Hashable {
  /// The whole object, always a JSON object.
  public internal(set) var members: JSONObject

  /// An object of the given members.
  public init(_ members: JSONObject) { self.members = members }

  /// - Returns: nil when the value is not a JSON object.
  public init?(_ json: JSON) {
    guard case .object(let members) = json else { return nil }
    self.members = members
  }

  /// An object without more than its type and metadata.
  /// - Throws: `EncodingError` when a date in the metadata cannot be written.
  public init(apiVersion: String, kind: String, metadata: ObjectMeta) throws {
    members = ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": try JSON(encoding: metadata)]
  }

  /// An object without more than its type, name and namespace.
  public init(_ resource: ResourceType, namespace: String? = nil, name: String) {
    var metadata: JSONObject = ["name": .string(name)]
    if let namespace { metadata["namespace"] = .string(namespace) }
    members = [
      "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind), "metadata": .object(metadata),
    ]
  }

  /// The whole object as a JSON value.
  public var json: JSON { .object(members) }

  /// The same object in a fraction of the memory, as caches keep it: see ``JSONObject/packed()``.
  public func packed() -> DynamicObject { DynamicObject(members.packed()) }

  /// A top-level field such as `spec` or `status`.
  public subscript(field: String) -> JSON? {
    get { members[field] }
    _modify { yield &members[field] }
  }

  /// The value at a path of keys, `["spec", "replicas"]`.
  public func value(at path: [String]) -> JSON? { json.value(at: path) }

  /// Sets or, with nil, removes the value at a path, creating objects on the way.
  public mutating func setValue(_ value: JSON?, at path: [String]) { members.setValue(value, at: path) }

  /// The whole object as any type. See ``decode(_:)-(T.Type)`` for objects with a resource type.
  /// - Throws: ``JSONDecodingError`` naming the field that does not fit.
  public func decode<T: Decodable>(_ type: T.Type = T.self) throws(JSONDecodingError) -> T { try json.decode(type) }

  // MARK: Identity

  /// `v1` or `apps/v1`; empty when missing.
  public var apiVersion: String {
    get { members["apiVersion"]?.stringValue ?? "" }
    set { members["apiVersion"] = .string(newValue) }
  }

  /// `Deployment`; empty when missing.
  public var kind: String {
    get { members["kind"]?.stringValue ?? "" }
    set { members["kind"] = .string(newValue) }
  }

  /// `apiVersion` and `kind`.
  public var typeMeta: TypeMeta {
    get { TypeMeta(apiVersion: apiVersion, kind: kind) }
    set {
      apiVersion = newValue.apiVersion
      kind = newValue.kind
    }
  }

  /// Nil when `apiVersion` or `kind` is missing or malformed.
  public var groupVersionKind: GroupVersionKind? { GroupVersionKind(apiVersion: apiVersion, kind: kind) }

  /// Namespace and name.
  public var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
}

extension DynamicObject: Codable {
  /// Reads any JSON object.
  public init(from decoder: any Decoder) throws {
    let json = try JSON(from: decoder)
    guard let object = DynamicObject(json) else {
      throw DecodingError.typeMismatch(
        JSONObject.self,
        .init(codingPath: decoder.codingPath, debugDescription: "expected an object, found \(json.typePhrase)"))
    }
    self = object
  }

  /// Writes the JSON as it is.
  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}

extension DynamicObject: CustomStringConvertible {
  /// `Kind namespace/name`. Never the content, which may be a Secret's.
  public var description: String { "\(kind) \(key)" }
}
