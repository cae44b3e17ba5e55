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
/// out and checked on the way in. A typed object drops fields that the type does not declare, so
/// change stored objects by patch or apply, or work on ``DynamicObject``, which keeps everything.
public protocol KubeObject: Codable, Sendable {
  static var resource: ResourceType { get }
  var metadata: ObjectMeta { get set }
}

extension KubeObject {
  /// Namespace and name. The name is empty before the server completed a `generateName`.
  public var key: ObjectKey {
    ObjectKey(namespace: metadata.namespace, name: metadata.name ?? "")
  }
}
