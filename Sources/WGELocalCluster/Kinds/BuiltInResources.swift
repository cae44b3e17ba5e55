internal import WGECore

/// The built-in resources as data: one row per kind, in discovery order.
enum BuiltInResources {
  static let all: [Resource] = core + groups1 + groups2
  static let registry = Registry(all)
  static let groups = Set(all.map(\.group))
  static let definitions = all.first { $0.storageName == CustomResources.definitions }

  /// The kind that `serviceaccounts/x/token` speaks; it is no resource of its own.
  static let tokenRequest = Resource(
    group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", plural: "tokenrequests", isNamespaced: true,
    verbs: ["create"], schema: .reference("TokenRequest"))

  static let reviewVerbs = ["create"]
  private static let connectVerbs = ["create", "delete", "get", "patch", "update"]

  static func subresource(
    _ name: String, _ kind: String, _ role: Subresource.Role, _ verbs: [String] = ["get", "patch", "update"]
  ) -> Subresource {
    Subresource(name: name, kind: kind, role: role, verbs: verbs)
  }

  static let scale = subresource(
    "scale", "Scale",
    .scale(
      ScalePaths(
        specReplicas: ["spec", "replicas"], statusReplicas: ["status", "replicas"], selector: ["spec", "selector"])))

  /// A row. `status` adds the subresource of that name; subresources are listed by name.
  static func row(
    _ group: String, _ version: String, _ kind: String, _ plural: String, _ shortNames: [String] = [],
    categories: [String] = [], namespaced: Bool = true, verbs: [String] = Resource.allVerbs, status: Bool = false,
    more: [Subresource] = [], schema: String? = nil, storage: String? = nil, singular: String? = nil,
    columns: [PrinterColumn] = PrinterColumn.plain, behaviour: Behaviour = Behaviour()
  ) -> Resource {
    var subresources = more
    if status { subresources.append(subresource("status", kind, .status)) }
    subresources.sort { $0.name < $1.name }
    return Resource(
      group: group, version: version, kind: kind, plural: plural, singular: singular, shortNames: shortNames,
      categories: categories, isNamespaced: namespaced, verbs: verbs, storageName: storage, subresources: subresources,
      schema: .reference(schema ?? kind), behaviour: behaviour, columns: columns)
  }

  private static let core: [Resource] = [
    row("", "v1", "Binding", "bindings", verbs: reviewVerbs),
    row("", "v1", "ComponentStatus", "componentstatuses", ["cs"], namespaced: false, verbs: ["get", "list"]),
    row("", "v1", "ConfigMap", "configmaps", ["cm"], columns: Columns.configMap, behaviour: ConfigKinds.configMap),
    row(
      "", "v1", "Endpoints", "endpoints", ["ep"], columns: Columns.endpoints, behaviour: EndpointKinds.endpoints),
    row("", "v1", "Event", "events", ["ev"], columns: Columns.event, behaviour: ClusterKinds.event),
    row("", "v1", "LimitRange", "limitranges", ["limits"], behaviour: QuotaKinds.limitRange),
    row(
      "", "v1", "Namespace", "namespaces", ["ns"], namespaced: false,
      verbs: ["create", "delete", "get", "list", "patch", "update", "watch"], status: true,
      more: [subresource("finalize", "Namespace", .finalize, ["update"])], columns: Columns.namespace,
      behaviour: ClusterKinds.namespace),
    row(
      "", "v1", "Node", "nodes", ["no"], namespaced: false, status: true,
      more: [subresource("proxy", "NodeProxyOptions", .connect, connectVerbs)], columns: Columns.node,
      behaviour: ClusterKinds.node),
    row(
      "", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", ["pvc"], status: true, columns: Columns.claim,
      behaviour: VolumeKinds.claim),
    row(
      "", "v1", "PersistentVolume", "persistentvolumes", ["pv"], namespaced: false, status: true,
      columns: Columns.volume, behaviour: VolumeKinds.volume),
    row(
      "", "v1", "Pod", "pods", ["po"], categories: ["all"], status: true,
      more: [
        subresource("attach", "PodAttachOptions", .connect, ["create", "get"]),
        subresource("binding", "Binding", .binding, ["create"]),
        subresource("ephemeralcontainers", "Pod", .ephemeralContainers),
        subresource("eviction", "Eviction", .eviction, ["create"]),
        subresource("exec", "PodExecOptions", .connect, ["create", "get"]),
        subresource("log", "Pod", .log, ["get"]),
        subresource("portforward", "PodPortForwardOptions", .connect, ["create", "get"]),
        subresource("proxy", "PodProxyOptions", .connect, connectVerbs), subresource("resize", "Pod", .resize),
      ], columns: Columns.pod, behaviour: PodKinds.pod),
    row("", "v1", "PodTemplate", "podtemplates", columns: Columns.podTemplate, behaviour: WorkloadKinds.podTemplate),
    row(
      "", "v1", "ReplicationController", "replicationcontrollers", ["rc"], categories: ["all"], status: true,
      more: [scale], columns: Columns.replicas, behaviour: WorkloadKinds.replicationController),
    row(
      "", "v1", "ResourceQuota", "resourcequotas", ["quota"], status: true, columns: Columns.quota,
      behaviour: QuotaKinds.resourceQuota),
    row("", "v1", "Secret", "secrets", [], columns: Columns.secret, behaviour: ConfigKinds.secret),
    row(
      "", "v1", "ServiceAccount", "serviceaccounts", ["sa"],
      more: [subresource("token", "TokenRequest", .token, ["create"])], columns: Columns.serviceAccount),
    row(
      "", "v1", "Service", "services", ["svc"], categories: ["all"], status: true,
      more: [subresource("proxy", "ServiceProxyOptions", .connect, connectVerbs)], columns: Columns.service,
      behaviour: ServiceKinds.service),
  ]
}
