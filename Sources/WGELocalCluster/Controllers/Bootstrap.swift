internal import WGECore

/// What every cluster has from its first moment: the system namespaces, and the roles and bindings
/// without which nobody could discover anything.
/// Source: Kubernetes RBAC reference, "Default roles and role bindings".
enum Bootstrap {
  static func run(_ cluster: Cluster) throws {
    var wroteAny = false
    for (resource, key, json) in objects where cluster.store.object(resource, key) == nil {
      var object = json
      object.setValue(.string(Cluster.makeUID()), at: ["metadata", "uid"])
      object.setValue(.string(cluster.now.rfc3339), at: ["metadata", "creationTimestamp"])
      do {
        _ = try cluster.store.commit(.init(resource: resource, key: key, expected: nil, state: object))
      } catch let refusal {
        throw LocalClusterError.configuration("the first objects cannot be written: \(APIStatus(refusal).message)")
      }
      wroteAny = true
    }
    // Nobody has seen anything yet: history begins after these objects.
    if wroteAny { cluster.store.compact() }
  }

  private static let objects: [(resource: String, key: String, json: JSON)] =
    ["default", "kube-system", "kube-public", "kube-node-lease"].map { ("namespaces", $0, namespace($0)) }
    + roles.map { ("clusterroles.\(Authorizer.group)", $0.name, role($0.name, $0.rules, $0.aggregate)) }
    + bindings.map { ("clusterrolebindings.\(Authorizer.group)", $0.name, binding($0.name, $0.groups)) }
    + [("services", "default/kubernetes", kubernetesService)]

  private static func namespace(_ name: String) -> JSON {
    [
      "kind": "Namespace", "apiVersion": "v1",
      "metadata": ["name": .string(name), "labels": ["kubernetes.io/metadata.name": .string(name)]],
      "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"],
    ]
  }

  private static let kubernetesService: JSON = [
    "kind": "Service", "apiVersion": "v1",
    "metadata": [
      "name": "kubernetes", "namespace": "default", "labels": ["component": "apiserver", "provider": "kubernetes"],
    ],
    "spec": [
      "clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"], "internalTrafficPolicy": "Cluster", "ipFamilies": ["IPv4"],
      "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None", "type": "ClusterIP",
      "ports": [["name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443]],
    ],
    "status": ["loadBalancer": [:]],
  ]

  private static let readVerbs = ["get", "list", "watch"]
  private static let writeVerbs = ["create", "delete", "deletecollection", "patch", "update"]

  private static let viewRules = [
    PolicyRule(
      verbs: readVerbs, apiGroups: [""],
      resources: [
        "configmaps", "endpoints", "events", "limitranges", "namespaces", "namespaces/status", "persistentvolumeclaims",
        "persistentvolumeclaims/status", "pods", "pods/log", "pods/status", "replicationcontrollers",
        "replicationcontrollers/scale", "replicationcontrollers/status", "resourcequotas", "resourcequotas/status",
        "serviceaccounts", "services", "services/status",
      ]),
    PolicyRule(
      verbs: readVerbs, apiGroups: ["apps"],
      resources: [
        "controllerrevisions", "daemonsets", "daemonsets/status", "deployments", "deployments/scale",
        "deployments/status",
        "replicasets", "replicasets/scale", "replicasets/status", "statefulsets", "statefulsets/scale",
        "statefulsets/status",
      ]),
    PolicyRule(
      verbs: readVerbs, apiGroups: ["autoscaling"],
      resources: ["horizontalpodautoscalers", "horizontalpodautoscalers/status"]),
    PolicyRule(
      verbs: readVerbs, apiGroups: ["batch"], resources: ["cronjobs", "cronjobs/status", "jobs", "jobs/status"]),
    PolicyRule(verbs: readVerbs, apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"]),
    PolicyRule(
      verbs: readVerbs, apiGroups: ["networking.k8s.io"],
      resources: ["ingresses", "ingresses/status", "networkpolicies"]),
    PolicyRule(
      verbs: readVerbs, apiGroups: ["policy"], resources: ["poddisruptionbudgets", "poddisruptionbudgets/status"]),
  ]

  private static let editRules =
    viewRules + [
      PolicyRule(
        verbs: writeVerbs, apiGroups: [""],
        resources: [
          "configmaps", "endpoints", "events", "persistentvolumeclaims", "pods", "pods/attach", "pods/exec",
          "pods/portforward", "pods/proxy", "replicationcontrollers", "replicationcontrollers/scale", "secrets",
          "serviceaccounts", "services", "services/proxy",
        ]),
      PolicyRule(verbs: readVerbs, apiGroups: [""], resources: ["secrets"]),
      PolicyRule(verbs: ["impersonate"], apiGroups: [""], resources: ["serviceaccounts"]),
      PolicyRule(verbs: ["create"], apiGroups: [""], resources: ["pods/eviction", "serviceaccounts/token"]),
      PolicyRule(
        verbs: writeVerbs, apiGroups: ["apps"],
        resources: [
          "daemonsets", "deployments", "deployments/rollback", "deployments/scale", "replicasets", "replicasets/scale",
          "statefulsets", "statefulsets/scale",
        ]),
      PolicyRule(verbs: writeVerbs, apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"]),
      PolicyRule(verbs: writeVerbs, apiGroups: ["batch"], resources: ["cronjobs", "jobs"]),
      PolicyRule(verbs: writeVerbs, apiGroups: ["networking.k8s.io"], resources: ["ingresses", "networkpolicies"]),
      PolicyRule(verbs: writeVerbs, apiGroups: ["policy"], resources: ["poddisruptionbudgets"]),
      PolicyRule(
        verbs: readVerbs + writeVerbs, apiGroups: ["coordination.k8s.io"], resources: ["leases"]),
    ]

  private static let adminRules =
    editRules + [
      PolicyRule(
        verbs: readVerbs + writeVerbs, apiGroups: [Authorizer.group], resources: ["rolebindings", "roles"]),
      PolicyRule(verbs: ["create"], apiGroups: ["authorization.k8s.io"], resources: ["localsubjectaccessreviews"]),
    ]

  private static let roles: [(name: String, rules: [PolicyRule], aggregate: String?)] = [
    (
      "cluster-admin",
      [PolicyRule(verbs: ["*"], apiGroups: ["*"], resources: ["*"]), PolicyRule(verbs: ["*"], nonResourceURLs: ["*"])],
      nil
    ),
    ("admin", adminRules, "admin"), ("edit", editRules, "edit"), ("view", viewRules, "view"),
    (
      "system:discovery",
      [
        PolicyRule(
          verbs: ["get"],
          nonResourceURLs: [
            "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version",
            "/version/",
          ])
      ], nil
    ),
    (
      "system:basic-user",
      [
        PolicyRule(
          verbs: ["create"], apiGroups: ["authorization.k8s.io"],
          resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]),
        PolicyRule(verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"]),
      ], nil
    ),
    (
      "system:public-info-viewer",
      [PolicyRule(verbs: ["get"], nonResourceURLs: ["/healthz", "/livez", "/readyz", "/version", "/version/"])], nil
    ),
  ]

  private static func role(_ name: String, _ rules: [PolicyRule], _ aggregate: String?) -> JSON {
    var json: JSON = [
      "kind": "ClusterRole", "apiVersion": .string("\(Authorizer.group)/v1"),
      "metadata": [
        "name": .string(name), "labels": ["kubernetes.io/bootstrapping": "rbac-defaults"],
        "annotations": ["rbac.authorization.kubernetes.io/autoupdate": "true"],
      ],
      "rules": .array(rules.map(\.json)),
    ]
    if let aggregate {
      json["aggregationRule"] = [
        "clusterRoleSelectors": [
          ["matchLabels": [("rbac.authorization.k8s.io/aggregate-to-\(aggregate)"): "true"]]
        ]
      ]
    }
    return json
  }

  private static let bindings: [(name: String, groups: [String])] = [
    ("cluster-admin", ["system:masters"]), ("system:discovery", ["system:authenticated"]),
    ("system:basic-user", ["system:authenticated"]),
    ("system:public-info-viewer", ["system:authenticated", "system:unauthenticated"]),
  ]

  private static func binding(_ name: String, _ groups: [String]) -> JSON {
    [
      "kind": "ClusterRoleBinding", "apiVersion": .string("\(Authorizer.group)/v1"),
      "metadata": ["name": .string(name), "labels": ["kubernetes.io/bootstrapping": "rbac-defaults"]],
      "roleRef": ["apiGroup": .string(Authorizer.group), "kind": "ClusterRole", "name": .string(name)],
      "subjects": .array(
        groups.map { ["apiGroup": .string(Authorizer.group), "kind": "Group", "name": .string($0)] }),
    ]
  }
}
