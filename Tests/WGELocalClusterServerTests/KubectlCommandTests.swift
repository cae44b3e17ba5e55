#if Server
  import Foundation
  import Testing
  import WGECore
  import WGEKube
  import WGELocalCluster
  import WGETestSupport

  /// kubectl against the HTTPS face: the one that `WGE_TEST_KUBECTL` names, else the one on PATH.
  @Suite(.serialized) struct KubectlCommandTests {
    private struct Command {
      var arguments: [String]
      /// What the output must contain; an empty text takes any.
      var expected: [String]
      var succeeds = true
      /// The first minor version of kubectl that has the command.
      var since = 0
      var input: String?

      init(_ arguments: String..., has expected: String..., fails: Bool = false, since: Int = 0, input: String? = nil) {
        self.arguments = arguments
        self.expected = expected
        succeeds = !fails
        self.since = since
        self.input = input
      }
    }

    private struct Kubectl: Sendable {
      let program: String
      let minor: Int
      let face: LocalFace
      var environment: [String: String] = [:]

      init?(_ face: LocalFace) async throws {
        guard let program = Self.find() else {
          print("skipped: kubectl: none on PATH, and WGE_TEST_KUBECTL names none")
          return nil
        }
        self.program = program
        self.face = face
        let version = try await Self.run(program, ["version", "--client", "-o", "json"], nil, [:]).output
        let json = try? JSON(parsing: Array(version.utf8))
        // A build without a version stamp is taken for a new one.
        minor = Int((json?["clientVersion"]?["minor"]?.stringValue ?? "").prefix { $0.isNumber }) ?? .max
      }

      private static func find() -> String? {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["WGE_TEST_KUBECTL"], !named.isEmpty { return named }
        return Tool.path("kubectl")
      }

      func callAsFunction(_ arguments: [String], input: String? = nil) async throws -> (output: String, code: Int32) {
        let folder = URL(filePath: face.path).deletingLastPathComponent().path
        return try await Self.run(
          program, ["--kubeconfig", face.path, "--cache-dir", folder + "/cache"] + arguments, input,
          environment.merging(["HOME": folder]) { $1 })
      }

      private static func run(
        _ program: String, _ arguments: [String], _ input: String?, _ environment: [String: String]
      ) async throws -> (output: String, code: Int32) {
        let outcome = try await Program(
          program, arguments, environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
          input: .bytes(Array((input ?? "").utf8))
        ).run()
        return (outcome.text + String(decoding: outcome.errors, as: UTF8.self), outcome.code)
      }
    }

    private func run(_ commands: [Command], _ kubectl: Kubectl) async throws {
      for command in commands where command.since <= kubectl.minor {
        let (output, code) = try await kubectl(command.arguments, input: command.input)
        let line = "kubectl \(command.arguments.joined(separator: " "))"
        #expect((code == 0) == command.succeeds, "\(line): exit \(code): \(output)")
        for expected in command.expected { #expect(output.contains(expected), "\(line): \(output)") }
      }
    }

    private static let manifest = """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, labels: {app: web}}
      spec:
        replicas: 2
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec: {containers: [{name: web, image: "nginx:1.25", ports: [{containerPort: 80}]}]}
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: shop, labels: {app: web}}
      data: {version: "1"}

      """

    @Test("kubectl applies, reads and shows") func applyAndGet() async throws {
      try await withLocalFace { face in
        guard let kubectl = try await Kubectl(face) else { return }
        let manifest = Self.manifest
        try await run(
          [
            Command("apply", "-f", "-", has: "deployment.apps/web created", "configmap/shop created", input: manifest),
            Command(
              "apply", "-f", "-", has: "deployment.apps/web unchanged", "configmap/shop unchanged", input: manifest),
            Command(
              "diff", "-f", "-", has: "+  version: \"2\"", fails: true,
              input: manifest.replacing("version: \"1\"", with: "version: \"2\"")),
            Command(
              "apply", "--server-side", "--force-conflicts", "-f", "-", has: "configmap/shop serverside-applied",
              input: manifest),
            Command("get", "deployments", has: "NAME", "READY", "0/2"),
            Command("get", "deployments", "-o", "wide", has: "nginx:1.25", "app=web"),
            Command("get", "deploy/web", "-o", "yaml", has: "progressDeadlineSeconds: 600"),
            Command("get", "deploy/web", "-o", "json", has: "\"terminationGracePeriodSeconds\": 30"),
            Command("get", "cm", "shop", "-o", "jsonpath={.data.version}", has: "1"),
            Command("get", "cm", "shop", "-o", "custom-columns=N:.metadata.name,V:.data.version", has: "shop   1"),
            Command("get", "cm", "-l", "app=web", "-o", "name", has: "configmap/shop"),
            Command("get", "all", has: "deployment.apps/web", "service/kubernetes"),
            Command("get", "nothing", has: "the server doesn't have a resource type \"nothing\"", fails: true),
            Command("get", "cm", "absent", has: "configmaps \"absent\" not found", fails: true),
            Command("get", "cm", "-w", "--request-timeout=5s", has: "shop"),
            Command("describe", "deployment", "web", has: "Replicas:", "nginx:1.25", "StrategyType:"),
            Command("describe", "configmap", "shop", has: "version:"),
            Command("explain", "deployment.spec.strategy", has: "rollingUpdate"),
            Command("explain", "deployment", "--recursive", has: "terminationGracePeriodSeconds"),
            Command("api-resources", has: "horizontalpodautoscalers", "validatingwebhookconfigurations"),
            Command("api-versions", has: "flowcontrol.apiserver.k8s.io/v1", "storage.k8s.io/v1"),
            Command("cluster-info", has: "is running at"),
            Command("get", "--raw", "/readyz", has: "ok"),
            Command("get", "--raw", "/version", has: "1.36"),
          ], kubectl)
      }
    }

    @Test("kubectl changes objects in every way") func change() async throws {
      try await withLocalFace { face in
        guard var kubectl = try await Kubectl(face) else { return }
        let editor = URL(filePath: face.path).deletingLastPathComponent().path + "/editor"
        try Data("#!/bin/sh\nsed -i 's/version: .*/version: edited/' \"$1\"\n".utf8).write(to: URL(filePath: editor))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: editor)
        kubectl.environment = ["EDITOR": editor, "KUBE_EDITOR": editor]
        let rbac = """
          apiVersion: rbac.authorization.k8s.io/v1
          kind: Role
          metadata: {name: reader, namespace: default}
          rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]

          """
        try await run(
          [
            Command("apply", "-f", "-", has: "created", input: Self.manifest),
            Command("patch", "cm", "shop", "--type=merge", "-p", "{\"data\":{\"a\":\"1\"}}", has: "patched"),
            Command(
              "patch", "cm", "shop", "--type=json", "-p", "[{\"op\":\"add\",\"path\":\"/data/b\",\"value\":\"2\"}]",
              has: "patched"),
            Command(
              "patch", "deploy", "web", "-p",
              "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"side\",\"image\":\"s:1\"}]}}}}",
              has: "patched"),
            Command("get", "deploy", "web", "-o", "jsonpath={.spec.template.spec.containers[*].name}", has: "side web"),
            Command("edit", "cm", "shop", has: "edited"),
            Command("get", "cm", "shop", "-o", "jsonpath={.data}", has: "\"version\":\"edited\"", "\"a\":\"1\""),
            Command("label", "cm", "shop", "tier=front", has: "labeled"),
            Command("label", "cm", "shop", "tier-", has: "label"),
            Command("annotate", "cm", "shop", "note=x", has: "annotated"),
            Command("scale", "deploy/web", "--replicas=5", has: "scaled"),
            Command("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}", has: "5"),
            Command("set", "image", "deploy/web", "web=nginx:1.26", has: "image updated"),
            Command("set", "env", "deploy/web", "A=b", has: "env updated"),
            Command("expose", "deploy/web", "--port=80", has: "service/web exposed"),
            Command("autoscale", "deploy/web", "--max=9", "--min=2", has: "autoscaled"),
            Command("get", "hpa", has: "Deployment/web", "9"),
            Command("create", "deployment", "other", "--image=a:1", has: "created"),
            Command("create", "job", "once", "--image=a:1", has: "created"),
            Command("create", "cronjob", "often", "--image=a:1", "--schedule=*/5 * * * *", has: "created"),
            Command("create", "job", "now", "--from=cronjob/often", has: "created"),
            Command("create", "secret", "generic", "s", "--from-literal=a=b", has: "created"),
            Command("create", "configmap", "c", "--from-literal=a=b", has: "created"),
            Command("create", "sa", "robot", has: "created"),
            Command("create", "ns", "team", has: "created"),
            Command("create", "quota", "q", "--hard=pods=3", has: "created"),
            Command("create", "pdb", "p", "--selector=app=web", "--min-available=1", has: "created"),
            Command("create", "ingress", "i", "--rule=a.example.com/=web:80", has: "created"),
            Command("create", "priorityclass", "high", "--value=10", has: "created"),
            Command("create", "role", "r", "--verb=get", "--resource=pods", has: "created"),
            Command("create", "rolebinding", "r", "--role=r", "--serviceaccount=default:robot", has: "created"),
            Command("create", "token", "robot", has: ".", since: 24),
            Command("run", "tool", "--image=a:1", "--dry-run=client", "-o", "yaml", has: "image: a:1"),
            Command("run", "tool", "--image=a:1", "--dry-run=server", has: "pod/tool created (server dry run)"),
            Command("get", "pods", has: "No resources found"),
            Command("run", "tool", "--image=a:1", has: "pod/tool created"),
            Command("get", "pods", "-o", "wide", has: "tool", "Pending", "<none>"),
            Command("logs", "tool"),
            Command("exec", "tool", "--", "ls", has: "does not have a host assigned", fails: true),
            Command("top", "pods", has: "Metrics API not available", fails: true),
            Command("auth", "can-i", "delete", "pods", has: "yes"),
            Command("auth", "can-i", "delete", "pods", "--as=guest", has: "no", fails: true),
            Command("auth", "can-i", "get", "pods", "--as=system:serviceaccount:default:robot", has: "yes"),
            Command("auth", "can-i", "--list", has: "*.*"),
            Command("auth", "whoami", has: "admin", "system:masters", since: 28),
            Command("auth", "reconcile", "-f", "-", has: "reconciled", input: rbac),
            Command("events", has: "No events found", since: 26),
          ], kubectl)
      }
    }

    @Test("kubectl waits, follows rollouts and deletes in its three ways") func waitAndDelete() async throws {
      try await withLocalFace { face in
        guard let kubectl = try await Kubectl(face) else { return }
        try await run([Command("apply", "-f", "-", has: "created", input: Self.manifest)], kubectl)
        let client = KubeClient(transport: face.cluster.transport())
        let status: JSON = [
          "status": [
            "observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
            "conditions": [
              ["type": "Available", "status": "True", "lastTransitionTime": .null, "lastUpdateTime": .null]
            ],
          ]
        ]
        let deployments = ResourceType(group: "apps", version: "v1", kind: "Deployment", plural: "deployments")
        try await client.patch(
          deployments, ObjectKey(namespace: "default", name: "web"), .merge(status), subresource: .status)
        try await run(
          [
            Command("wait", "--for=condition=Available", "deploy/web", "--timeout=20s", has: "condition met"),
            Command(
              "wait", "--for=jsonpath={.data.version}=1", "configmap/shop", "--timeout=20s", has: "condition met",
              since: 23),
            Command("rollout", "status", "deploy/web", "--timeout=20s", has: "successfully rolled out"),
            Command("get", "deploy", "web", has: "2/2"),
            Command("rollout", "history", "deploy/web", has: "deployment.apps/web"),
            Command("rollout", "restart", "deploy/web", has: "restarted"),
            Command("rollout", "pause", "deploy/web", has: "paused"),
            Command("rollout", "resume", "deploy/web", has: "resumed"),
          ], kubectl)
        for (policy, childStays) in [("background", false), ("foreground", false), ("orphan", true)] {
          try await run([Command("create", "configmap", "owner", has: "created")], kubectl)
          let owner = try await client.get(.configMaps, ObjectKey(namespace: "default", name: "owner"))
          let child = """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: child-\(policy)
              ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner, uid: \(owner["metadata"]?["uid"]?.stringValue ?? "")}]

            """
          try await run(
            [
              Command("create", "-f", "-", has: "created", input: child),
              Command("delete", "cm", "owner", "--cascade=\(policy)", has: "deleted"),
            ], kubectl)
          await face.cluster.settle()
          let (output, _) = try await kubectl(["get", "cm", "child-\(policy)", "--ignore-not-found", "-o", "name"])
          #expect(output.contains("child") == childStays, "\(policy): \(output)")
        }
        try await run(
          [
            Command("create", "ns", "gone", has: "created"),
            Command("create", "cm", "inside", "-n", "gone", has: "created"),
            Command("delete", "ns", "gone", "--timeout=20s", has: "deleted"),
            Command("get", "ns", "gone", has: "not found", fails: true),
            Command("delete", "deploy,cm", "-l", "app=web", has: "deployment.apps \"web\" deleted"),
          ], kubectl)
      }
    }
  }
#endif
