import HTTPTypes
import Testing
import WGECore
import WGEKube
import WGETestSupport

/// Where requests meet the limits that servers set.
@Suite(.serialized) struct EdgeContractTests {
  /// A bookmark comes at the latest shortly before the server ends a watch, so that its client can
  /// go on from there although nothing happened.
  @Test(arguments: ContractServer.available)
  func quietWatchesGetBookmarks(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      let first = try await client.create(.configMaps, test.map("a", labels: ["b": "1"]))
      let options = WatchOptions(
        labelSelector: "b", resourceVersion: first.resourceVersion, allowBookmarks: true, timeout: .seconds(5))
      let events = try await client.watch(.configMaps, namespace: test.namespace, options: options)
      // What the watch does not select moves the place from which it may go on.
      let last = try await client.create(.configMaps, test.map("unseen"))
      var bookmarks: [String] = []
      for try await event in events {
        guard case .bookmark(let bookmark) = event else {
          Issue.record("\(event)")
          continue
        }
        #expect(!bookmark.endsInitialEvents)
        bookmarks.append(bookmark.resourceVersion)
      }
      let place = try #require(bookmarks.last)
      #expect((Int(place) ?? 0) >= (Int(last.resourceVersion ?? "") ?? .max), "\(bookmarks)")
      // It is a place to go on from.
      let next = try await client.create(.configMaps, test.map("c", labels: ["b": "1"]))
      let more = WatchOptions(labelSelector: "b", resourceVersion: place, timeout: .seconds(60))
      for try await event in try await client.watch(.configMaps, namespace: test.namespace, options: more) {
        guard case .added(let object) = event else {
          Issue.record("\(event)")
          break
        }
        #expect(object.resourceVersion == next.resourceVersion)
        break
      }
    }
  }

  @Test(arguments: ContractServer.available)
  func rulesOfDefinitionsRefuse(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let group = "\(test.namespace).example.com"
      let gadgets = ResourceType(group: group, version: "v1", kind: "Gadget", plural: "gadgets")
      let spec: JSON = [
        "type": "object",
        "x-kubernetes-validations": [
          ["rule": "self.min <= self.max", "message": "min must not be above max", "reason": "FieldValueForbidden"],
          [
            "rule": "!has(oldSelf.frozen) || self.frozen == oldSelf.frozen",
            "messageExpression": "'frozen was ' + oldSelf.frozen", "fieldPath": ".frozen",
          ],
        ],
        "properties": [
          "min": ["type": "integer"], "max": ["type": "integer"], "frozen": ["type": "string", "maxLength": 20],
          "names": [
            "type": "array", "maxItems": 5,
            "items": [
              "type": "string", "maxLength": 10,
              "x-kubernetes-validations": [["rule": "self.startsWith('n')"]],
            ],
          ],
        ],
        "required": ["min", "max"],
      ]
      func definition(_ rules: JSON) -> JSON {
        [
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
          "metadata": ["name": .string("gadgets.\(group)")],
          "spec": [
            "group": .string(group), "scope": "Namespaced", "names": ["kind": "Gadget", "plural": "gadgets"],
            "versions": [
              [
                "name": "v1", "served": true, "storage": true,
                "schema": ["openAPIV3Schema": ["type": "object", "properties": ["spec": rules]]],
              ]
            ],
          ],
        ]
      }
      // Rules that mean nothing are refused with the definition.
      var broken = spec
      broken["x-kubernetes-validations"] = [["rule": "self.mni <= self.max"], ["rule": "self.min <="]]
      let refused = try await failure {
        try await test.createInCluster(
          .customResourceDefinitions, try #require(DynamicObject(definition(broken))))
      }
      #expect(refused.isInvalid, "\(refused)")
      #expect(refused.status?.details?.causes.count == 2, "\(refused)")
      #expect(refused.description.contains("undefined field 'mni'"), "\(refused)")

      try await test.createInCluster(.customResourceDefinitions, try #require(DynamicObject(definition(spec))))
      func gadget(_ name: String, _ spec: JSON) -> DynamicObject {
        var object = DynamicObject(gadgets, namespace: test.namespace, name: name)
        object["spec"] = spec
        return object
      }
      try await eventually("gadgets are served") {
        do {
          try await test.client.create(gadgets, gadget("a", ["min": 1, "max": 2, "frozen": "x", "names": ["n1"]]))
          return true
        } catch let error as KubeError where error.isNotFound { return false }
      }
      let crossed = try await failure { try await test.client.create(gadgets, gadget("b", ["min": 3, "max": 2])) }
      #expect(
        crossed.status?.message
          == "Gadget.\(group) \"b\" is invalid: spec: Forbidden: min must not be above max")
      let thawed = try await failure {
        try await test.client.patch(gadgets, test.key("a"), .merge(["spec": ["frozen": "y"]]))
      }
      #expect(
        thawed.status?.message == "Gadget.\(group) \"a\" is invalid: spec.frozen: Invalid value: frozen was x")
      let misnamed = try await failure {
        try await test.client.patch(gadgets, test.key("a"), .merge(["spec": ["names": ["n1", "m2"]]]))
      }
      #expect(
        misnamed.status?.message
          == "Gadget.\(group) \"a\" is invalid: spec.names[1]: Invalid value: \"m2\": failed rule: self.startsWith('n')"
      )
      #expect(try await test.client.get(gadgets, test.key("a"))["spec"]?["frozen"] == "x")
    }
  }

  static let policies = ResourceType(
    group: "admissionregistration.k8s.io", version: "v1", kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies", scope: .cluster)
  static let bindings = ResourceType(
    group: "admissionregistration.k8s.io", version: "v1", kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings", scope: .cluster)

  @Test(arguments: ContractServer.available)
  func policiesRefuse(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let name = test.namespace
      var policy = DynamicObject(Self.policies, name: name)
      policy["spec"] = [
        "matchConstraints": [
          "namespaceSelector": ["matchLabels": ["kubernetes.io/metadata.name": .string(name)]],
          "resourceRules": [
            [
              "operations": ["CREATE", "UPDATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"],
            ]
          ],
        ],
        "matchConditions": [["name": "not-free", "expression": "object.metadata.name != 'free'"]],
        "variables": [["name": "size", "expression": "has(object.data) ? object.data.size() : 0"]],
        "validations": [
          ["expression": "variables.size < 2", "messageExpression": "string(variables.size) + ' are too many'"],
          [
            "expression": "oldObject == null || object.metadata.?labels == oldObject.metadata.?labels",
            "message": "labels stay as they are", "reason": "Forbidden",
          ],
        ],
      ]
      try await test.createInCluster(Self.policies, policy)
      var binding = DynamicObject(Self.bindings, name: name)
      binding["spec"] = ["policyName": .string(name), "validationActions": ["Deny"]]
      try await test.createInCluster(Self.bindings, binding)
      try await test.client.create(.configMaps, test.map("small", ["a": "1"]))
      var refused: KubeError?
      try await eventually("the policy is in force") {
        do {
          try await test.client.create(
            .configMaps, test.map("big", ["a": "1", "b": "2"]), options: .init(dryRun: true))
          return false
        } catch let error as KubeError {
          refused = error
          return true
        }
      }
      #expect(refused?.isInvalid == true, "\(String(describing: refused))")
      #expect(
        refused?.status?.message
          == "configmaps \"big\" is forbidden: ValidatingAdmissionPolicy '\(name)' with binding '\(name)' denied request: 2 are too many"
      )
      try await test.client.create(.configMaps, test.map("free", ["a": "1", "b": "2"]))
      let labelled = try await failure {
        try await test.client.patch(.configMaps, test.key("small"), .merge(["metadata": ["labels": ["x": "1"]]]))
      }
      #expect(labelled.isForbidden)
      #expect(
        labelled.status?.message
          == "configmaps \"small\" is forbidden: ValidatingAdmissionPolicy '\(name)' with binding '\(name)' denied request: labels stay as they are"
      )
    }
  }

  static let budgets = ResourceType(
    group: "policy", version: "v1", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets")

  /// Where a controller manager runs, its controller counts the pods of a budget; elsewhere the test
  /// writes what that would have counted.
  @Test(arguments: ContractServer.available)
  func disruptionBudgetsHoldEvictionsBack(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      let isCounted = try await test.hasControllerManager()
      do {
        try await client.create(
          .serviceAccounts, DynamicObject(.serviceAccounts, namespace: test.namespace, name: "default"))
      } catch let error as KubeError where error.isAlreadyExists {}
      @Sendable func setReady(_ name: String, _ isReady: Bool) async throws {
        try await client.patch(
          .pods, test.key(name),
          .merge([
            "status": [
              "phase": "Running",
              "conditions": [
                [
                  "type": "Ready", "status": isReady ? "True" : "False", "lastTransitionTime": "2026-01-01T00:00:00Z",
                ]
              ],
            ]
          ]), subresource: .status)
      }
      for name in ["p1", "p2"] {
        var pod = DynamicObject(.pods, namespace: test.namespace, name: name)
        pod.setLabel("app", to: "shop")
        pod["spec"] = [
          "terminationGracePeriodSeconds": 0, "containers": [["name": "main", "image": "example.com/shop:1"]],
        ]
        try await client.create(.pods, pod)
        try await setReady(name, true)
      }
      var budget = DynamicObject(Self.budgets, namespace: test.namespace, name: "keep")
      budget["spec"] = ["minAvailable": 1, "selector": ["matchLabels": ["app": "shop"]]]
      try await client.create(Self.budgets, budget)
      if !isCounted {
        let early = try await failure { try await client.evict(test.key("p1")) }
        #expect(early.isBlockedByDisruptionBudget && early.status?.code == 429, "\(early)")
        #expect(early.status?.message == "Cannot evict pod as it would violate the pod's disruption budget.")
        #expect(
          early.status?.details?.causes.first?.message
            == "The disruption budget keep is still being processed by the server.")
        #expect(early.status?.details?.retryAfterSeconds == 10)
      }

      /// Returns when the budget's status says so.
      @Sendable func count(allowed: Int64, healthy: Int64, expected: Int64 = 2) async throws {
        if !isCounted {
          try await client.patch(
            Self.budgets, test.key("keep"),
            .merge([
              "status": [
                "observedGeneration": 1, "disruptionsAllowed": .number(.int(allowed)),
                "currentHealthy": .number(.int(healthy)), "desiredHealthy": 1, "expectedPods": .number(.int(expected)),
              ]
            ]), subresource: .status)
        }
        try await eventually("\(healthy) of \(expected) pods are healthy") {
          let status = try await client.get(Self.budgets, test.key("keep"))["status"]
          return status?["observedGeneration"] == 1 && status?["disruptionsAllowed"]?.intValue == allowed
            && status?["currentHealthy"]?.intValue == healthy && status?["expectedPods"]?.intValue == expected
        }
      }
      @Sendable func expectBlocked(_ name: String, _ problem: String) async throws {
        let blocked = try await failure { try await client.evict(test.key(name)) }
        #expect(blocked.isBlockedByDisruptionBudget && blocked.status?.code == 429, "\(blocked)")
        #expect(blocked.status?.details?.causes.first?.message == "The disruption budget keep \(problem)")
      }
      try await setReady("p2", false)
      try await count(allowed: 0, healthy: 1)
      try await expectBlocked("p1", "needs 1 healthy pods and has 1 currently")
      if !isCounted {
        // Nobody who counts leaves this behind.
        try await count(allowed: 0, healthy: 2)
        try await expectBlocked("p1", "does not allow evicting pods currently")
      }
      try await setReady("p2", true)
      try await count(allowed: 1, healthy: 2)
      try await client.evict(test.key("p1"), options: DeleteOptions(dryRun: true))
      #expect(try await client.get(Self.budgets, test.key("keep"))["status"]?["disruptionsAllowed"] == 1)
      try await client.evict(test.key("p1"))
      try await eventually("the pod goes") {
        do {
          _ = try await client.get(.pods, test.key("p1"))
          return false
        } catch let error as KubeError where error.isNotFound { return true }
      }
      let after = try await client.get(Self.budgets, test.key("keep"))
      #expect(after["status"]?["disruptionsAllowed"] == 0)
      if !isCounted { #expect(after["status"]?["disruptedPods"]?["p1"]?.stringValue != nil) }
      try await count(allowed: 0, healthy: 1, expected: 1)
      try await expectBlocked("p2", "needs 1 healthy pods and has 1 currently")
      try await client.delete(.pods, test.key("p2"))
      try await client.delete(Self.budgets, test.key("keep"))
    }
  }
}
