internal import WGECore

/// The built-in resources as data: one row per kind.
enum BuiltInResources {
  static let all: [Resource] = core + apps + access + cluster + extensions
  static let registry = Registry(all)
  static let groups = Set(all.map(\.group))
  static let definitions = all.first { $0.storageName == CustomResources.definitions }

  /// The kind that `serviceaccounts/x/token` speaks; it is no resource of its own.
  static let tokenRequest = Resource(
    group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", plural: "tokenrequests", isNamespaced: true,
    verbs: ["create"], schema: .reference("TokenRequest"))

  private static func subresource(
    _ name: String, _ kind: String, _ role: Subresource.Role, _ verbs: [String] = ["get", "patch", "update"]
  ) -> Subresource {
    Subresource(name: name, kind: kind, role: role, verbs: verbs)
  }

  private static func scale(selector: [String]) -> Subresource {
    subresource(
      "scale", "Scale",
      .scale(
        ScalePaths(specReplicas: ["spec", "replicas"], statusReplicas: ["status", "replicas"], selector: selector)))
  }

  private static func row(
    _ group: String, _ version: String, _ kind: String, _ plural: String, _ shortNames: [String] = [],
    categories: [String] = [], namespaced: Bool = true, verbs: [String] = Resource.allVerbs, status: Bool = false,
    more: [Subresource] = [], schema: String? = nil, storage: String? = nil, singular: String? = nil,
    columns: [PrinterColumn] = PrinterColumn.plain, behaviour: Behaviour = Behaviour()
  ) -> Resource {
    var subresources = more
    if status { subresources.append(subresource("status", kind, .status)) }
    return Resource(
      group: group, version: version, kind: kind, plural: plural, singular: singular, shortNames: shortNames,
      categories: categories, isNamespaced: namespaced, verbs: verbs, storageName: storage, subresources: subresources,
      schema: .reference(schema ?? kind), behaviour: behaviour, columns: columns)
  }

  private static let core: [Resource] = [
    row("", "v1", "ConfigMap", "configmaps", ["cm"], columns: Columns.configMap, behaviour: ConfigKinds.configMap),
    row("", "v1", "Endpoints", "endpoints", ["ep"]),
    row("", "v1", "Event", "events", ["ev"], columns: Columns.event, behaviour: ClusterKinds.event),
    row("", "v1", "LimitRange", "limitranges", ["limits"]),
    row(
      "", "v1", "Namespace", "namespaces", ["ns"], namespaced: false,
      verbs: ["create", "delete", "get", "list", "patch", "update", "watch"], status: true,
      more: [subresource("finalize", "Namespace", .finalize, ["update"])], columns: Columns.namespace,
      behaviour: ClusterKinds.namespace),
    row(
      "", "v1", "Node", "nodes", ["no"], namespaced: false, status: true, columns: Columns.node,
      behaviour: ClusterKinds.node),
    row(
      "", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", ["pvc"], status: true, columns: Columns.claim,
      behaviour: ClusterKinds.claim),
    row("", "v1", "PersistentVolume", "persistentvolumes", ["pv"], namespaced: false, status: true),
    row(
      "", "v1", "Pod", "pods", ["po"], categories: ["all"], status: true,
      more: [subresource("eviction", "Eviction", .eviction, ["create"])], columns: Columns.pod, behaviour: PodKinds.pod),
    row("", "v1", "PodTemplate", "podtemplates"),
    row(
      "", "v1", "ReplicationController", "replicationcontrollers", ["rc"], categories: ["all"], status: true,
      more: [scale(selector: ["spec", "selector"])], columns: Columns.replicas,
      behaviour: WorkloadKinds.replicationController),
    row("", "v1", "ResourceQuota", "resourcequotas", ["quota"], status: true),
    row("", "v1", "Secret", "secrets", [], columns: Columns.secret, behaviour: ConfigKinds.secret),
    row(
      "", "v1", "ServiceAccount", "serviceaccounts", ["sa"],
      more: [subresource("token", "TokenRequest", .token, ["create"])], columns: Columns.serviceAccount),
    row(
      "", "v1", "Service", "services", ["svc"], categories: ["all"], status: true, columns: Columns.service,
      behaviour: ServiceKinds.service),
  ]

  private static let apps: [Resource] = [
    row("apps", "v1", "ControllerRevision", "controllerrevisions"),
    row(
      "apps", "v1", "DaemonSet", "daemonsets", ["ds"], categories: ["all"], status: true, columns: Columns.daemonSet,
      behaviour: WorkloadKinds.daemonSet),
    row(
      "apps", "v1", "Deployment", "deployments", ["deploy"], categories: ["all"], status: true,
      more: [scale(selector: ["spec", "selector"])], columns: Columns.deployment, behaviour: WorkloadKinds.deployment),
    row(
      "apps", "v1", "ReplicaSet", "replicasets", ["rs"], categories: ["all"], status: true,
      more: [scale(selector: ["spec", "selector"])], columns: Columns.replicas, behaviour: WorkloadKinds.replicaSet),
    row(
      "apps", "v1", "StatefulSet", "statefulsets", ["sts"], categories: ["all"], status: true,
      more: [scale(selector: ["spec", "selector"])], columns: Columns.statefulSet, behaviour: WorkloadKinds.statefulSet),
    row(
      "events.k8s.io", "v1", "Event", "events", ["ev"], schema: "EventsEvent", storage: "events",
      columns: Columns.event, behaviour: ClusterKinds.eventsEvent),
    row(
      "autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", ["hpa"], categories: ["all"],
      status: true),
    row(
      "batch", "v1", "CronJob", "cronjobs", ["cj"], categories: ["all"], status: true, columns: Columns.cronJob,
      behaviour: WorkloadKinds.cronJob),
    row(
      "batch", "v1", "Job", "jobs", [], categories: ["all"], status: true, columns: Columns.job,
      behaviour: WorkloadKinds.job),
  ]

  private static let reviewVerbs = ["create"]

  private static let access: [Resource] = [
    row(
      "authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews", namespaced: false, verbs: reviewVerbs),
    row("authentication.k8s.io", "v1", "TokenReview", "tokenreviews", namespaced: false, verbs: reviewVerbs),
    row("authorization.k8s.io", "v1", "LocalSubjectAccessReview", "localsubjectaccessreviews", verbs: reviewVerbs),
    row(
      "authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", namespaced: false,
      verbs: reviewVerbs),
    row(
      "authorization.k8s.io", "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", namespaced: false,
      verbs: reviewVerbs),
    row(
      "authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews", namespaced: false, verbs: reviewVerbs
    ),
    row(
      "rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", namespaced: false,
      columns: Columns.binding, behaviour: AccessKinds.clusterRoleBinding),
    row(
      "rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", namespaced: false, columns: Columns.role,
      behaviour: AccessKinds.clusterRole),
    row(
      "rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", columns: Columns.binding,
      behaviour: AccessKinds.roleBinding),
    row("rbac.authorization.k8s.io", "v1", "Role", "roles", columns: Columns.role, behaviour: AccessKinds.role),
  ]

  private static let cluster: [Resource] = [
    row(
      "networking.k8s.io", "v1", "Ingress", "ingresses", ["ing"], status: true, columns: Columns.ingress,
      behaviour: ServiceKinds.ingress),
    row("networking.k8s.io", "v1", "IngressClass", "ingressclasses", namespaced: false),
    row(
      "networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", ["netpol"], columns: PrinterColumn.plain,
      behaviour: ServiceKinds.generation),
    row(
      "policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", ["pdb"], status: true,
      columns: PrinterColumn.plain, behaviour: ServiceKinds.generation),
    row("storage.k8s.io", "v1", "StorageClass", "storageclasses", ["sc"], namespaced: false),
    row("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", ["pc"], namespaced: false),
    row("coordination.k8s.io", "v1", "Lease", "leases", columns: Columns.lease, behaviour: ClusterKinds.lease),
    row("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", namespaced: false),
    row("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
  ]

  private static let extensions: [Resource] = [
    row(
      "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", ["crd", "crds"],
      categories: ["api-extensions"], namespaced: false, status: true, columns: Columns.definition,
      behaviour: DefinitionRules.behaviour)
  ]
}
