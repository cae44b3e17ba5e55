extension ResourceType {
  /// `namespaces`
  public static let namespaces = ResourceType(
    group: "", version: "v1", kind: "Namespace", plural: "namespaces", scope: .cluster)
  /// `secrets`
  public static let secrets = ResourceType(group: "", version: "v1", kind: "Secret", plural: "secrets")
  /// `configmaps`
  public static let configMaps = ResourceType(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps")
  /// `customresourcedefinitions.apiextensions.k8s.io`
  public static let customResourceDefinitions = ResourceType(
    group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions", scope: .cluster)
}
