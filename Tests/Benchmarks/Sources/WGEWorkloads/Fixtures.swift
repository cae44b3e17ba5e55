internal import WGECore

/// Objects of the sizes that clusters have.
enum Fixtures {
  /// A pod as an API server stores it, with two containers and its managed fields.
  static func pod(_ index: Int) -> JSON {
    func container(_ name: String) -> JSON {
      [
        "name": .string(name), "image": .string("registry.example/acme/\(name):1.\(index % 7).0"),
        "args": ["--port=8080", "--level=info"],
        "ports": [["name": "http", "containerPort": 8080, "protocol": "TCP"]],
        "env": [
          ["name": "POD", "valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]]],
          ["name": "MODE", "value": "production \"a\" \n"],
        ],
        "resources": ["limits": ["cpu": "500m", "memory": "256Mi"], "requests": ["cpu": "100m", "memory": "64Mi"]],
        "livenessProbe": [
          "httpGet": ["path": "/healthz", "port": "http"], "initialDelaySeconds": 5, "periodSeconds": 10,
        ],
        "volumeMounts": [["name": "config", "mountPath": "/etc/config", "readOnly": true]],
      ]
    }
    let name = "shop-\(index)"
    return [
      "apiVersion": "v1", "kind": "Pod",
      "metadata": [
        "name": .string(name), "namespace": "default", "uid": .string("5e1f0f3a-0000-4000-8000-\(100_000 + index)"),
        "resourceVersion": .string("\(1000 + index)"), "creationTimestamp": "2026-01-02T03:04:05Z",
        "labels": ["app": "shop", "tier": index % 2 == 0 ? "front" : "back"],
        "annotations": ["example.com/note": "größer, schöner"],
        "managedFields": [
          [
            "manager": "kubelet", "operation": "Update", "apiVersion": "v1", "time": "2026-01-02T03:04:06Z",
            "fieldsV1": ["f:status": ["f:phase": [:], "f:podIP": [:], "f:conditions": [".": [:]]]],
          ]
        ],
      ],
      "spec": [
        "containers": [container("web"), container("sidecar")], "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30, "nodeName": .string("node-\(index % 20)"),
        "volumes": [["name": "config", "configMap": ["name": "shop", "defaultMode": 420]]],
        "tolerations": [["key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300]],
      ],
      "status": [
        "phase": "Running", "podIP": .string("10.0.\(index / 250).\(index % 250)"), "qosClass": "Burstable",
        "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": "2026-01-02T03:04:09Z"]],
      ],
    ]
  }

  /// A list as an API server answers it.
  static func podList(_ count: Int) -> JSON {
    [
      "apiVersion": "v1", "kind": "PodList", "metadata": ["resourceVersion": "99999"],
      "items": .array((0..<count).map(pod)),
    ]
  }

  /// A HelmRelease of 200 lines as people write them, with one marked version.
  static func helmRelease() -> String {
    var text = """
      # The shop, in production.
      apiVersion: helm.toolkit.fluxcd.io/v2
      kind: HelmRelease
      metadata:
        name: shop
        namespace: shop
      spec:
        interval: 10m
        chart:
          spec:
            chart: shop
            version: 1.0.0 # {"$promotion": "delivery:shop:prod"}
            sourceRef: {kind: HelmRepository, name: charts}
        values:
          script: |
            echo "not a # marker"

      """
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).count - 1
    var index = 0
    while lines < 200 {
      text += "    setting\(index): \(["plain text", "'single # quoted'", "\"double\\n\"", "12", "[a, b]"][index % 5])"
      text += index % 4 == 0 ? " # why it is so\n" : "\n"
      index += 1
      lines += 1
    }
    return text
  }
}
