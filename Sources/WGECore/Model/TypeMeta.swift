/// `metav1.TypeMeta`: what an object says it is.
public struct TypeMeta: Sendable, Hashable, Codable {
  /// `v1` or `apps/v1`.
  public var apiVersion: String
  /// `Deployment`.
  public var kind: String

  /// A type by its two fields.
  public init(apiVersion: String, kind: String) {
    self.apiVersion = apiVersion
    self.kind = kind
  }

  /// The type of a resource's objects.
  public init(_ resource: ResourceType) { self.init(apiVersion: resource.apiVersion, kind: resource.kind) }

  /// The type of a resource's lists, `DeploymentList`.
  public init(listOf resource: ResourceType) {
    self.init(apiVersion: resource.apiVersion, kind: resource.kind + "List")
  }

  /// Nil when either field is empty or the version has more than one slash.
  public var groupVersionKind: GroupVersionKind? { GroupVersionKind(apiVersion: apiVersion, kind: kind) }
}
