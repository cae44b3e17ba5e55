internal import WGECore

/// Objects of the sizes that the figures are stated for.
enum Objects {
  /// About 0.8 kB as the server keeps it, its managed fields included.
  static func configMap(_ index: Int, step: Int = 0) -> DynamicObject {
    DynamicObject([
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": [
        "name": .string("m\(index)"), "labels": ["app": "shop", "tier": .string(index % 2 == 0 ? "front" : "back")],
      ],
      "data": ["step": .string("\(step)"), "text": .string(String(repeating: "abcdefgh", count: 50))],
    ])
  }

  static func deployment(_ index: Int) -> DynamicObject {
    let name = "d\(index)"
    return DynamicObject([
      "apiVersion": "apps/v1", "kind": "Deployment",
      "metadata": ["name": .string(name), "labels": ["app": .string(name), "tier": "front"]],
      "spec": [
        "replicas": 3, "selector": ["matchLabels": ["app": .string(name)]],
        "template": [
          "metadata": ["labels": ["app": .string(name)]],
          "spec": [
            "containers": [
              [
                "name": "web", "image": .string("registry.example/acme/web:1.\(index % 7).0"),
                "args": ["--port=8080", "--level=info"],
                "ports": [["name": "http", "containerPort": 8080]],
                "env": [["name": "POD", "valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]]]],
                "resources": ["limits": ["cpu": "500m", "memory": "256Mi"], "requests": ["cpu": "100m"]],
                "livenessProbe": ["httpGet": ["path": "/healthz", "port": "http"], "periodSeconds": 10],
                "volumeMounts": [["name": "config", "mountPath": "/etc/config"]],
              ]
            ],
            "volumes": [["name": "config", "configMap": ["name": "shop"]]],
          ],
        ],
      ],
    ])
  }
}
