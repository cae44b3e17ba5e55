internal import WGECore

/// Gives a pod its service account and the volume with its token, as the admission plugin of that name.
/// In force with the controller ``LocalCluster/Controller/defaultServiceAccounts``.
/// Source: k8s.io/kubernetes, plugin/pkg/admission/serviceaccount.
struct ServiceAccountAdmission: Sendable {
  let cluster: Cluster

  static let mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"

  func admit(_ pod: inout JSON, _ context: RequestContext) throws(APIStatus) {
    guard cluster.configuration.controllers.contains(.defaultServiceAccounts) else { return }
    // Mirror pods have their own life.
    if pod["metadata"]?["annotations"]?["kubernetes.io/config.mirror"] != nil { return }
    var name = pod["spec"]?["serviceAccountName"]?.stringValue ?? ""
    if name.isEmpty {
      name = "default"
      for field in ["serviceAccountName", "serviceAccount"] { pod.setValue(.string(name), at: ["spec", field]) }
    }
    let namespace = context.info.namespace
    guard let account = cluster.store.object("serviceaccounts", "\(namespace)/\(name)") else {
      let object = pod["metadata"]?["name"]?.stringValue ?? ""
      var status = APIStatus(
        403, "Forbidden",
        "pods \(FieldError.quote(object)) is forbidden: error looking up service account \(namespace)/\(name): serviceaccount \(FieldError.quote(name)) not found",
        details: .init(name: object, kind: "pods"))
      if object.isEmpty { status.details?.name = "" }
      throw status
    }
    if pod["spec"]?["imagePullSecrets"] == nil {
      pod.setValue(account.json["imagePullSecrets"], at: ["spec", "imagePullSecrets"])
    }
    let automounts =
      pod["spec"]?["automountServiceAccountToken"]?.boolValue ?? account.json["automountServiceAccountToken"]?.boolValue
      ?? true
    if automounts { mount(&pod, context) }
  }

  private func mount(_ pod: inout JSON, _ context: RequestContext) {
    var volumes = pod["spec"]?["volumes"]?.arrayValue ?? []
    let present = volumes.first { ($0["name"]?.stringValue ?? "").hasPrefix("kube-api-access-") }
    let volume = present?["name"]?.stringValue ?? context.effects.name("kube-api-access-", attempt: -1)
    var isMounted = false
    for list in ["containers", "initContainers"] {
      guard var containers = pod["spec"]?[list]?.arrayValue else { continue }
      for index in containers.indices {
        var mounts = containers[index]["volumeMounts"]?.arrayValue ?? []
        if mounts.contains(where: { $0["mountPath"]?.stringValue == Self.mountPath }) { continue }
        mounts.append(["name": .string(volume), "readOnly": true, "mountPath": .string(Self.mountPath)])
        containers[index]["volumeMounts"] = .array(mounts)
        isMounted = true
      }
      pod.setValue(.array(containers), at: ["spec", list])
    }
    guard isMounted, present == nil else { return }
    volumes.append([
      "name": .string(volume),
      "projected": [
        "defaultMode": 420,
        "sources": [
          ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
          ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
          [
            "downwardAPI": [
              "items": [["path": "namespace", "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"]]]
            ]
          ],
        ],
      ],
    ])
    pod.setValue(.array(volumes), at: ["spec", "volumes"])
  }
}
