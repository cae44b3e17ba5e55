internal import WGECore

/// The cluster roles and bindings that every cluster has, as a table.
///
/// `role NAME` begins a role; `>x` gives its rules to the roles that gather for `x`, `<x` makes it
/// gather them. Below it stand its rules: groups, verbs, resources and, rarely, names, each a list;
/// `core` is the group without a name, `url` begins a rule about paths. A line that begins with `+` goes
/// on with the list before. Roles of the parts that a real cluster runs, such as its scheduler, are left out.
/// Source: Kubernetes RBAC reference, "Default roles and role bindings", v1.36.
enum DefaultRoles {
  private static let table = """
    role admin <admin
    role cluster-admin
     * * *
     url * *
    role edit >admin <edit
    role system:aggregate-to-admin >admin
     authorization.k8s.io create localsubjectaccessreviews
     rbac.authorization.k8s.io create,delete,deletecollection,get,list,patch,update,watch rolebindings,roles
    role system:aggregate-to-edit >edit
     core get,list,watch pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy
     core impersonate serviceaccounts
     core create,delete,deletecollection,patch,update pods,pods/attach,pods/exec,pods/portforward,pods/proxy
     core create pods/eviction
     core create,delete,deletecollection,patch,update configmaps,persistentvolumeclaims,replicationcontrollers,
      +replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy
     core create serviceaccounts/token
     core,events.k8s.io create,delete,deletecollection,patch,update events
     apps create,delete,deletecollection,patch,update daemonsets,deployments,deployments/rollback,deployments/scale,
      +replicasets,replicasets/scale,statefulsets,statefulsets/scale
     autoscaling create,delete,deletecollection,patch,update horizontalpodautoscalers
     batch create,delete,deletecollection,patch,update cronjobs,jobs
     extensions create,delete,deletecollection,patch,update daemonsets,deployments,deployments/rollback,
      +deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale
     policy create,delete,deletecollection,patch,update poddisruptionbudgets
     networking.k8s.io create,delete,deletecollection,patch,update ingresses,networkpolicies
     coordination.k8s.io create,delete,deletecollection,get,list,patch,update,watch leases
     resource.k8s.io create,delete,deletecollection,patch,update resourceclaims,resourceclaimtemplates
    role system:aggregate-to-view >view
     core get,list,watch configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,
      +replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status
     core get,list,watch bindings,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,
      +resourcequotas,resourcequotas/status
     core get,list,watch namespaces
     core,events.k8s.io get,list,watch events
     discovery.k8s.io get,list,watch endpointslices
     apps get,list,watch controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,
      +deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,
      +statefulsets/status
     autoscaling get,list,watch horizontalpodautoscalers,horizontalpodautoscalers/status
     batch get,list,watch cronjobs,cronjobs/status,jobs,jobs/status
     extensions get,list,watch daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,
      +ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,
      +replicationcontrollers/scale
     policy get,list,watch poddisruptionbudgets,poddisruptionbudgets/status
     networking.k8s.io get,list,watch ingresses,ingresses/status,networkpolicies
     resource.k8s.io get,list,watch resourceclaims,resourceclaims/status,resourceclaimtemplates
    role system:auth-delegator
     authentication.k8s.io create tokenreviews
     authorization.k8s.io create subjectaccessreviews
    role system:basic-user
     authorization.k8s.io create selfsubjectaccessreviews,selfsubjectrulesreviews
     authentication.k8s.io create selfsubjectreviews
    role system:discovery
     url get /api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/
    role system:kubelet-api-admin
     core get,list,watch nodes
     core proxy nodes
     core * nodes/log,nodes/metrics,nodes/proxy,nodes/stats
     core * nodes/configz,nodes/healthz,nodes/pods
    role system:monitoring
     url get /flagz,/healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/*,/statusz
     core get nodes/metrics
    role system:public-info-viewer
     url get /healthz,/livez,/readyz,/version,/version/
    role system:service-account-issuer-discovery
     url get /.well-known/openid-configuration,/.well-known/openid-configuration/,/openid/v1/jwks,/openid/v1/jwks/
    role view >edit <view
    """

  /// Binding, role, subjects.
  private static let bindingTable = """
    cluster-admin cluster-admin Group:system:masters
    system:basic-user system:basic-user Group:system:authenticated
    system:discovery system:discovery Group:system:authenticated
    system:monitoring system:monitoring Group:system:monitoring
    system:public-info-viewer system:public-info-viewer Group:system:authenticated,Group:system:unauthenticated
    system:service-account-issuer-discovery system:service-account-issuer-discovery Group:system:serviceaccounts
    """

  private struct Role {
    var name: String
    var feeds: [String] = []
    var gathers: String?
    var rules: [PolicyRule] = []
  }

  private static let parsed: [Role] = {
    var roles: [Role] = []
    var lines: [String] = []
    for line in table.split(separator: "\n") {
      let text = line.drop { $0 == " " }
      if text.hasPrefix("+"), let last = lines.popLast() {
        lines.append(last + text.dropFirst())
      } else {
        lines.append(String(line))
      }
    }
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      if words.first == "role", words.count > 1 {
        roles.append(Role(name: words[1]))
        for mark in words.dropFirst(2) {
          if mark.hasPrefix(">") { roles[roles.count - 1].feeds.append(String(mark.dropFirst())) }
          if mark.hasPrefix("<") { roles[roles.count - 1].gathers = String(mark.dropFirst()) }
        }
      } else if words.count >= 3, !roles.isEmpty {
        func list(_ index: Int) -> [String] { words[index].split(separator: ",").map(String.init) }
        let rule =
          words[0] == "url"
          ? PolicyRule(verbs: list(1), nonResourceURLs: list(2))
          : PolicyRule(
            verbs: list(1), apiGroups: list(0).map { $0 == "core" ? "" : $0 }, resources: list(2),
            resourceNames: words.count > 3 ? list(3) : [])
        roles[roles.count - 1].rules.append(rule)
      }
    }
    return roles
  }()

  /// All rules of a role, those that it gathers included, as the aggregation controller leaves them.
  private static func rules(of role: Role) -> [PolicyRule] {
    guard let purpose = role.gathers else { return role.rules }
    var rules: [PolicyRule] = []
    for other in parsed.sorted(by: { $0.name < $1.name }) where other.feeds.contains(purpose) {
      for rule in self.rules(of: other) where !rules.contains(rule) { rules.append(rule) }
    }
    return rules
  }

  private static let label = "rbac.authorization.k8s.io/aggregate-to-"

  static let roles: [(name: String, json: JSON)] = parsed.map { role in
    var labels: JSON = ["kubernetes.io/bootstrapping": "rbac-defaults"]
    for purpose in role.feeds { labels[label + purpose] = "true" }
    var json: JSON = [
      "kind": "ClusterRole", "apiVersion": .string("\(Authorizer.group)/v1"),
      "metadata": [
        "name": .string(role.name), "labels": labels,
        "annotations": ["rbac.authorization.kubernetes.io/autoupdate": "true"],
      ],
      "rules": .array(rules(of: role).map(\.json)),
    ]
    if let purpose = role.gathers {
      json["aggregationRule"] = ["clusterRoleSelectors": [["matchLabels": .object([(label + purpose): "true"])]]]
    }
    return (role.name, json)
  }

  static let bindings: [(name: String, json: JSON)] = bindingTable.split(separator: "\n").map { line in
    let words = line.split(separator: " ").map(String.init)
    let subjects = words[2].split(separator: ",").map { subject -> JSON in
      let parts = subject.split(separator: ":", maxSplits: 1)
      return [
        "apiGroup": .string(Authorizer.group), "kind": .string(String(parts[0])), "name": .string(String(parts[1])),
      ]
    }
    return (
      words[0],
      [
        "kind": "ClusterRoleBinding", "apiVersion": .string("\(Authorizer.group)/v1"),
        "metadata": [
          "name": .string(words[0]), "labels": ["kubernetes.io/bootstrapping": "rbac-defaults"],
          "annotations": ["rbac.authorization.kubernetes.io/autoupdate": "true"],
        ],
        "roleRef": ["apiGroup": .string(Authorizer.group), "kind": "ClusterRole", "name": .string(words[1])],
        "subjects": .array(subjects),
      ]
    )
  }
}
