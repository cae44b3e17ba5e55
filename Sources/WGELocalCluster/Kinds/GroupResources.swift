internal import WGECore

/// The rows of the named groups, in the order in which discovery lists the groups.
extension BuiltInResources {
  private static let extensionsOfAPI = ["api-extensions"]

  static let groups1: [Resource] = [
    row(
      "apiregistration.k8s.io", "v1", "APIService", "apiservices", categories: extensionsOfAPI, namespaced: false,
      status: true, columns: Columns.apiService, behaviour: ControlKinds.apiService),
    row(
      "apps", "v1", "ControllerRevision", "controllerrevisions", columns: Columns.revision,
      behaviour: WorkloadKinds.controllerRevision),
    row(
      "apps", "v1", "DaemonSet", "daemonsets", ["ds"], categories: ["all"], status: true, columns: Columns.daemonSet,
      behaviour: WorkloadKinds.daemonSet),
    row(
      "apps", "v1", "Deployment", "deployments", ["deploy"], categories: ["all"], status: true, more: [scale],
      columns: Columns.deployment, behaviour: WorkloadKinds.deployment),
    row(
      "apps", "v1", "ReplicaSet", "replicasets", ["rs"], categories: ["all"], status: true, more: [scale],
      columns: Columns.replicas, behaviour: WorkloadKinds.replicaSet),
    row(
      "apps", "v1", "StatefulSet", "statefulsets", ["sts"], categories: ["all"], status: true, more: [scale],
      columns: Columns.statefulSet, behaviour: WorkloadKinds.statefulSet),
    row(
      "events.k8s.io", "v1", "Event", "events", ["ev"], schema: "events.Event", storage: "events",
      columns: Columns.event, behaviour: ClusterKinds.eventsEvent),
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
      "autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", ["hpa"], categories: ["all"],
      status: true, columns: Columns.autoscaler, behaviour: AutoscalerKinds.autoscaler),
    row(
      "autoscaling", "v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers", ["hpa"], categories: ["all"],
      status: true, schema: "autoscalingv1.HorizontalPodAutoscaler", columns: Columns.autoscaler,
      behaviour: AutoscalerKinds.autoscalerV1),
    row(
      "batch", "v1", "CronJob", "cronjobs", ["cj"], categories: ["all"], status: true, columns: Columns.cronJob,
      behaviour: WorkloadKinds.cronJob),
    row(
      "batch", "v1", "Job", "jobs", [], categories: ["all"], status: true, columns: Columns.job,
      behaviour: WorkloadKinds.job),
    row(
      "certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", ["csr"],
      namespaced: false, status: true, more: [subresource("approval", "CertificateSigningRequest", .approval)],
      columns: Columns.signingRequest, behaviour: CertificateKinds.signingRequest),
  ]

  static let groups2: [Resource] = [
    row(
      "networking.k8s.io", "v1", "IngressClass", "ingressclasses", namespaced: false, columns: Columns.ingressClass,
      behaviour: NetworkKinds.ingressClass),
    row(
      "networking.k8s.io", "v1", "Ingress", "ingresses", ["ing"], status: true, columns: Columns.ingress,
      behaviour: NetworkKinds.ingress),
    row(
      "networking.k8s.io", "v1", "IPAddress", "ipaddresses", ["ip"], namespaced: false, columns: Columns.ipAddress,
      behaviour: NetworkKinds.ipAddress),
    row(
      "networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", ["netpol"], columns: Columns.networkPolicy,
      behaviour: NetworkKinds.networkPolicy),
    row(
      "networking.k8s.io", "v1", "ServiceCIDR", "servicecidrs", namespaced: false, status: true,
      columns: Columns.serviceCIDR, behaviour: NetworkKinds.serviceCIDR),
    row(
      "policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", ["pdb"], status: true,
      columns: Columns.disruptionBudget, behaviour: AutoscalerKinds.disruptionBudget),
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
    row(
      "storage.k8s.io", "v1", "CSIDriver", "csidrivers", namespaced: false, columns: Columns.csiDriver,
      behaviour: VolumeKinds.csiDriver),
    row(
      "storage.k8s.io", "v1", "CSINode", "csinodes", namespaced: false, columns: Columns.csiNode,
      behaviour: VolumeKinds.csiNode),
    row(
      "storage.k8s.io", "v1", "CSIStorageCapacity", "csistoragecapacities",
      behaviour: VolumeKinds.storageCapacity),
    row(
      "storage.k8s.io", "v1", "StorageClass", "storageclasses", ["sc"], namespaced: false,
      columns: Columns.storageClass, behaviour: VolumeKinds.storageClass),
    row(
      "storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", namespaced: false, status: true,
      columns: Columns.attachment, behaviour: VolumeKinds.attachment),
    row(
      "storage.k8s.io", "v1", "VolumeAttributesClass", "volumeattributesclasses", ["vac"], namespaced: false,
      columns: Columns.attributesClass, behaviour: VolumeKinds.attributesClass),
    row(
      "admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicy", "mutatingadmissionpolicies",
      categories: extensionsOfAPI, namespaced: false, columns: Columns.ages, behaviour: AdmissionKinds.unservedPolicy),
    row(
      "admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings",
      categories: extensionsOfAPI, namespaced: false, columns: Columns.ages, behaviour: AdmissionKinds.unservedPolicy),
    row(
      "admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations",
      categories: extensionsOfAPI, namespaced: false, columns: Columns.webhooks, behaviour: AdmissionKinds.mutating),
    row(
      "admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies",
      categories: extensionsOfAPI, namespaced: false, status: true, columns: Columns.admissionPolicy,
      behaviour: AdmissionKinds.policy),
    row(
      "admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings",
      categories: extensionsOfAPI, namespaced: false, columns: Columns.admissionBinding,
      behaviour: AdmissionKinds.policyBinding),
    row(
      "admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations",
      categories: extensionsOfAPI, namespaced: false, columns: Columns.webhooks, behaviour: AdmissionKinds.validating),
    row(
      "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", ["crd", "crds"],
      categories: extensionsOfAPI, namespaced: false, status: true, columns: Columns.definition,
      behaviour: DefinitionRules.behaviour),
    row(
      "scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", ["pc"], namespaced: false,
      columns: Columns.priorityClass, behaviour: ControlKinds.priorityClass),
    row("coordination.k8s.io", "v1", "Lease", "leases", columns: Columns.lease, behaviour: ClusterKinds.lease),
    row(
      "node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", namespaced: false, columns: Columns.runtimeClass,
      behaviour: ControlKinds.runtimeClass),
    row(
      "discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", columns: Columns.endpointSlice,
      behaviour: EndpointKinds.slice),
    row(
      "flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", "flowschemas", namespaced: false, status: true,
      columns: Columns.flowSchema, behaviour: ControlKinds.flowSchema),
    row(
      "flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration", "prioritylevelconfigurations",
      namespaced: false, status: true, columns: Columns.priorityLevel, behaviour: ControlKinds.priorityLevel),
  ]
}
