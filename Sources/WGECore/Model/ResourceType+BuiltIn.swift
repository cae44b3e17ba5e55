extension ResourceType {
  /// `namespaces`
  public static let namespaces = ResourceType(
    group: "", version: "v1", kind: "Namespace", plural: "namespaces", scope: .cluster)
  /// `secrets`
  public static let secrets = ResourceType(group: "", version: "v1", kind: "Secret", plural: "secrets")
  /// `configmaps`
  public static let configMaps = ResourceType(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps")
  /// `pods`
  public static let pods = ResourceType(group: "", version: "v1", kind: "Pod", plural: "pods")
  /// `serviceaccounts`
  public static let serviceAccounts = ResourceType(
    group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts")
  /// `deployments.apps`
  public static let deployments = ResourceType(
    group: "apps", version: "v1", kind: "Deployment", plural: "deployments")
  /// `customresourcedefinitions.apiextensions.k8s.io`
  public static let customResourceDefinitions = ResourceType(
    group: "apiextensions.k8s.io", version: "v1", kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions", scope: .cluster)
  /// `gitopsclusters.gitops.weave.works`: the leaf clusters of a management cluster.
  public static let gitopsClusters = ResourceType(
    group: "gitops.weave.works", version: "v1alpha1", kind: "GitopsCluster", plural: "gitopsclusters")
}
