/// A Kubernetes object with a Swift type of its own.
///
/// ```swift
/// struct Widget: KubeObject {
///   static let resource = ResourceType(group: "example.com", version: "v1", kind: "Widget", plural: "widgets")
///   var metadata: ObjectMeta
///   var spec: Spec
/// }
/// ```
///
/// `apiVersion` and `kind` need no stored properties: they are added from ``resource`` on the way
/// out by ``DynamicObject/init(encoding:)`` and checked on the way in by
/// ``DynamicObject/decode(_:)-(T.Type)``. A typed object drops fields that the type does not
/// declare, so change stored objects by patch or apply, or work on ``DynamicObject``, which keeps
/// everything.
public protocol KubeObject: Codable, Sendable {
  /// What the objects are and where they live.
  static var resource: ResourceType { get }
  /// Name, namespace, labels and what the server keeps about the object.
  var metadata: ObjectMeta { get set }
}

extension KubeObject {
  /// Namespace and name. The name is empty before the server completed a `generateName`.
  public var key: ObjectKey {
    ObjectKey(namespace: metadata.namespace, name: metadata.name ?? "")
  }
}

extension DynamicObject {
  /// The object in its JSON form, with `apiVersion` and `kind` of its type.
  /// - Throws: `EncodingError` when a field cannot be written as JSON.
  public init<T: KubeObject>(encoding object: T) throws {
    guard case .object(var members) = try JSON(encoding: object) else {
      throw EncodingError.invalidValue(
        object, .init(codingPath: [], debugDescription: "\(T.resource.kind) did not encode itself as a JSON object"))
    }
    members["apiVersion"] = .string(T.resource.apiVersion)
    members["kind"] = .string(T.resource.kind)
    self.init(members)
  }

  /// The whole object as a typed one.
  ///
  /// The object's `apiVersion` and `kind` must be those of the type. They may be absent, as they are
  /// in the items of lists.
  /// - Throws: ``JSONDecodingError`` naming the field that does not fit.
  public func decode<T: KubeObject>(_ type: T.Type = T.self) throws(JSONDecodingError) -> T {
    try check("kind", is: T.resource.kind)
    try check("apiVersion", is: T.resource.apiVersion)
    return try json.decode(type)
  }

  private func check(_ field: String, is expected: String) throws(JSONDecodingError) {
    guard let value = self[field], value != .string(expected) else { return }
    let found = value.stringValue.map { "\"\($0.prefix(128))\"" } ?? value.typePhrase
    throw JSONDecodingError(path: field, problem: "expected \"\(expected)\", found \(found)")
  }
}
