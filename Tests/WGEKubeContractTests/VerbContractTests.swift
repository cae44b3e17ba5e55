import Testing
import WGECore
import WGEKube
import WGETestSupport

@Suite(.serialized) struct VerbContractTests {
  @Test(arguments: ContractServer.available)
  func createGetReplaceDelete(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      let created = try await client.create(.configMaps, test.map("a", ["k": "1"], labels: ["app": "x"]))
      #expect(created.uid?.isEmpty == false && created.resourceVersion?.isEmpty == false)
      #expect(created.creationTimestamp != nil && created.kind == "ConfigMap" && created.apiVersion == "v1")
      #expect(try await client.get(.configMaps, test.key("a")) == created)

      let twice = try await failure { try await client.create(.configMaps, test.map("a")) }
      #expect(twice.isAlreadyExists && !twice.isConflict && twice.code == 409)
      #expect(twice.status?.message == "configmaps \"a\" already exists")
      #expect(twice.status?.details?.name == "a" && twice.status?.details?.kind == "configmaps")

      var change = created
      change["data"] = ["k": "2"]
      let replaced = try await client.replace(.configMaps, change)
      #expect(replaced["data"]?["k"] == "2" && replaced.resourceVersion != created.resourceVersion)
      let stale = try await failure { try await client.replace(.configMaps, change) }
      #expect(stale.isConflict && stale.status?.reason == .conflict)
      #expect(stale.description.contains("the object has been modified"))
      // Without a resource version the last writer wins.
      change.resourceVersion = nil
      #expect(try await client.replace(.configMaps, change)["data"]?["k"] == "2")
      // What is as it was is not written.
      let same = try await client.replace(.configMaps, change)
      #expect(same.resourceVersion == (try await client.get(.configMaps, test.key("a"))).resourceVersion)

      #expect(try await client.delete(.configMaps, test.key("a")) == .deleted)
      let gone = try await failure { try await client.get(.configMaps, test.key("a")) }
      #expect(gone.isNotFound && gone.status?.message == "configmaps \"a\" not found")
      let again = try await failure { try await client.delete(.configMaps, test.key("a")) }
      #expect(again.isNotFound)
      let missing = try await failure { try await client.replace(.configMaps, test.map("never")) }
      #expect(missing.isNotFound)
    }
  }

  @Test(arguments: ContractServer.available)
  func namesAreMadeOrRefused(_ server: ContractServer) async throws {
    try await server.withServer { test in
      var object = DynamicObject(.configMaps, namespace: test.namespace, name: "")
      object.setValue(nil, at: ["metadata", "name"])
      object.generateName = "made-"
      let made = try await test.client.create(.configMaps, object)
      #expect(made.name.hasPrefix("made-") && made.name.count == 10)
      let invalid = try await failure { try await test.client.create(.configMaps, test.map("Not_A_Name")) }
      #expect(invalid.isInvalid && invalid.hasCause("FieldValueInvalid"))
      #expect(invalid.status?.details?.causes.first?.field == "metadata.name")
      let nowhere = try await failure {
        try await test.client.create(.configMaps, DynamicObject(.configMaps, namespace: "wge-nowhere", name: "a"))
      }
      #expect(nowhere.isNotFound && nowhere.status?.message == "namespaces \"wge-nowhere\" not found")
    }
  }

  @Test(arguments: ContractServer.available)
  func patches(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      try await client.create(.configMaps, test.map("a", ["k": "1", "old": "x"]))
      let merged = try await client.patch(
        .configMaps, test.key("a"), .merge(["data": ["new": "y", "old": .null]]))
      #expect(merged["data"] == ["k": "1", "new": "y"])
      let edited = try await client.patch(
        .configMaps, test.key("a"),
        .json([
          ["op": "test", "path": "/data/k", "value": "1"], ["op": "replace", "path": "/data/k", "value": "2"],
          ["op": "remove", "path": "/data/new"],
        ]))
      #expect(edited["data"] == ["k": "2"])
      let refused = try await failure {
        try await client.patch(
          .configMaps, test.key("a"), .json([["op": "test", "path": "/data/k", "value": "9"]]))
      }
      #expect(refused.isInvalid)
      let stale = try await failure {
        try await client.patch(
          .configMaps, test.key("a"), .merge(["metadata": ["resourceVersion": "1"], "data": .null]))
      }
      #expect(stale.isConflict)
      let missing = try await failure { try await client.patch(.configMaps, test.key("b"), .merge(["data": .null])) }
      #expect(missing.isNotFound)

      // Lists of built-in kinds merge by key.
      var deployment = DynamicObject(.deployments, namespace: test.namespace, name: "web")
      deployment["spec"] = [
        "replicas": 1, "selector": ["matchLabels": ["app": "web"]],
        "template": [
          "metadata": ["labels": ["app": "web"]],
          "spec": ["containers": [["name": "a", "image": "a:1"], ["name": "b", "image": "b:1"]]],
        ],
      ]
      try await client.create(.deployments, deployment)
      let containers: JSON = ["spec": ["template": ["spec": ["containers": [["name": "b", "image": "b:2"]]]]]]
      let strategic = try await client.patch(.deployments, test.key("web"), .strategic(containers))
      let images = strategic.value(at: ["spec", "template", "spec", "containers"])?.arrayValue?.compactMap {
        $0["image"]?.stringValue
      }
      #expect(images.map(Set.init) == ["a:1", "b:2"])
      let scale = try await client.scale(.deployments, test.key("web"))
      #expect(scale.desiredReplicas == 1 && scale.selector == "app=web")
      #expect(try await client.setScale(.deployments, test.key("web"), replicas: 3).desiredReplicas == 3)
      #expect(try await client.get(.deployments, test.key("web")).value(at: ["spec", "replicas"]) == 3)
      let old = try await failure {
        try await client.setScale(.deployments, test.key("web"), replicas: 4, resourceVersion: "1")
      }
      #expect(old.isConflict)
      try await client.delete(.deployments, test.key("web"))
    }
  }

  @Test(arguments: ContractServer.available)
  func serverSideApply(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      let one = WriteOptions(fieldManager: "one")
      let two = WriteOptions(fieldManager: "two")
      let created = try await client.apply(.configMaps, test.map("a", ["k": "1", "mine": "x"]), options: one)
      #expect(created["data"] == ["k": "1", "mine": "x"])
      // Applying the same again writes nothing.
      let same = try await client.apply(.configMaps, test.map("a", ["k": "1", "mine": "x"]), options: one)
      #expect(same.resourceVersion == created.resourceVersion)
      let conflict = try await failure {
        try await client.apply(.configMaps, test.map("a", ["k": "2"]), options: two)
      }
      #expect(conflict.isApplyConflict && conflict.isConflict)
      #expect(conflict.status?.details?.causes.first?.field == ".data.k")
      #expect(conflict.description.contains("conflict with \"one\": .data.k"))
      let forced = try await client.apply(.configMaps, test.map("a", ["k": "2"]), force: true, options: two)
      #expect(forced["data"] == ["k": "2", "mine": "x"])
      // What a manager no longer applies goes, unless it is someone else's by now.
      let less = try await client.apply(.configMaps, test.map("a", ["other": "z"]), options: one)
      #expect(less["data"] == ["k": "2", "other": "z"])
      let managers = less.value(at: ["metadata", "managedFields"])?.arrayValue?.compactMap {
        $0["manager"]?.stringValue
      }
      #expect(managers?.sorted() == ["one", "two"])
      let nobody = try await failure {
        try await client.patch(
          .configMaps, test.key("a"), .apply(test.map("a").json), options: WriteOptions(fieldManager: ""))
      }
      #expect(nobody.isBadRequest || nobody.isInvalid)
    }
  }

  @Test(arguments: ContractServer.available)
  func dryRunsChangeNothing(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      let dry = WriteOptions(dryRun: true)
      let planned = try await client.create(.configMaps, test.map("a", ["k": "1"]), options: dry)
      #expect(planned["data"]?["k"] == "1" && planned.uid != nil)
      #expect(try await failure { try await client.get(.configMaps, test.key("a")) }.isNotFound)
      let created = try await client.create(.configMaps, test.map("a", ["k": "1"]))
      #expect(
        try await client.apply(.configMaps, test.map("a", ["k": "2"]), force: true, options: dry)["data"]?["k"] == "2")
      #expect(
        try await client.patch(.configMaps, test.key("a"), .merge(["data": .null]), options: dry)["data"] == nil)
      try await client.delete(.configMaps, test.key("a"), options: DeleteOptions(dryRun: true))
      #expect(try await client.get(.configMaps, test.key("a")) == created)
    }
  }

  @Test(arguments: ContractServer.available)
  func unknownFieldsAreReported(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let warnings = Collected<String>()
      let client = test.client.onWarning { warnings.add($0.text) }
      var object = test.map("a")
      object["spec"] = ["x": 1]
      let strict = try await failure {
        try await client.create(.configMaps, object, options: WriteOptions(fieldValidation: .strict))
      }
      #expect(strict.isBadRequest && strict.description.contains("unknown field \"spec\""))
      #expect(warnings.values.isEmpty)
      let created = try await client.create(.configMaps, object, options: WriteOptions(fieldValidation: .warn))
      #expect(created["spec"] == nil && warnings.values == ["unknown field \"spec\""])
      _ = try await client.replace(.configMaps, object, options: WriteOptions(fieldValidation: .ignore))
      #expect(warnings.values.count == 1)
    }
  }

  @Test(arguments: ContractServer.available)
  func deletionsHaveConditions(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let client = test.client
      let first = try await client.create(.configMaps, test.map("a"))
      let wrong = try await failure {
        try await client.delete(.configMaps, test.key("a"), options: DeleteOptions(uid: "another"))
      }
      #expect(wrong.isConflict && wrong.description.contains("does not match the UID in record"))
      let old = try await failure {
        try await client.delete(.configMaps, test.key("a"), options: DeleteOptions(resourceVersion: "1"))
      }
      #expect(old.isConflict && old.description.contains("does not match the ResourceVersion in record"))
      let outcome = try await client.delete(
        .configMaps, test.key("a"), options: DeleteOptions(uid: first.uid, resourceVersion: first.resourceVersion))
      #expect(outcome == .deleted)

      // A finalizer holds the object until it is gone.
      var held = test.map("held")
      held.addFinalizer("example.com/hold")
      try await client.create(.configMaps, held)
      guard case .pending(let pending) = try await client.delete(.configMaps, test.key("held")) else {
        Issue.record("the finalizer did not hold")
        return
      }
      #expect(pending.isBeingDeleted && pending.finalizers == ["example.com/hold"])
      let late = try await failure {
        try await client.patch(
          .configMaps, test.key("held"), .merge(["metadata": ["finalizers": ["example.com/hold", "example.com/more"]]]))
      }
      #expect(late.isInvalid)
      try await client.patch(.configMaps, test.key("held"), .merge(["metadata": ["finalizers": .null]]))
      #expect(try await failure { try await client.get(.configMaps, test.key("held")) }.isNotFound)

      // Orphaning and foreground deletion mark the object where it waits for the collector.
      for (policy, finalizer) in [(PropagationPolicy.orphan, "orphan"), (.foreground, "foregroundDeletion")] {
        try await client.create(.configMaps, test.map(finalizer.lowercased()))
        let outcome = try await client.delete(
          .configMaps, test.key(finalizer.lowercased()), options: DeleteOptions(propagation: policy))
        // A collector that is quick has done its work already, else its finalizer is there.
        if case .pending(let object) = outcome { #expect(object.finalizers == [finalizer]) }
        try await eventually("\(policy) ends") {
          do {
            var object = try await client.get(.configMaps, test.key(finalizer.lowercased()))
            guard object.finalizers == [finalizer] else { return false }
            // Without a controller manager the test is the collector.
            object.removeFinalizer(finalizer)
            _ = try? await client.replace(.configMaps, object)
            return false
          } catch let error as KubeError where error.isNotFound { return true }
        }
      }
    }
  }

  @Test(arguments: ContractServer.available)
  func collectionsAreDeletedBySelector(_ server: ContractServer) async throws {
    try await server.withServer { test in
      for (name, tier) in [("a", "x"), ("b", "x"), ("c", "y")] {
        try await test.client.create(.configMaps, test.map(name, labels: ["tier": tier]))
      }
      func names() async throws -> [String] {
        try await test.client.list(
          .configMaps, namespace: test.namespace, options: ListOptions(labelSelector: "tier")
        ).items.map(\.name)
      }
      try await test.client.deleteCollection(
        .configMaps, namespace: test.namespace, selecting: ListOptions(labelSelector: "tier=x"),
        options: DeleteOptions(dryRun: true))
      #expect(try await names() == ["a", "b", "c"])
      try await test.client.deleteCollection(
        .configMaps, namespace: test.namespace, selecting: ListOptions(labelSelector: "tier=x"))
      #expect(try await names() == ["c"])
      try await test.client.deleteCollection(
        .configMaps, namespace: test.namespace, selecting: ListOptions(fieldSelector: "metadata.name=c"))
      #expect(try await names().isEmpty)
    }
  }
}
