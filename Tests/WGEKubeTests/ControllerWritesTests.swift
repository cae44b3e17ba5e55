import HTTPTypes
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

@Suite struct ControllerFinalizerTests {
  static let key = ObjectKey(namespace: "default", name: "a")

  static func current(_ server: MiniServer) -> DynamicObject? { server.objects(.testWidgets)[key] }

  static func finalizer(_ server: MiniServer) -> Finalizer {
    Finalizer("example.com/cleanup", resource: .testWidgets, client: KubeClient(server))
  }

  @Test func isStoredBeforeAnythingIsMade() async throws {
    let server = MiniServer()
    let object = server.put(.testWidgets, "a", ["metadata": ["finalizers": ["other.io/f"]]])
    let result = try await Self.finalizer(server).reconcile(object) { object in
      #expect(object.finalizers == ["other.io/f", "example.com/cleanup"])
      #expect(Self.current(server)?.finalizers == object.finalizers)
      return .after(.seconds(5))
    } cleanup: { _ in
      Issue.record("nothing to clean up")
    }
    #expect(result == .after(.seconds(5)))
    // The second time nothing is written.
    let version = server.version
    _ = try await Self.finalizer(server).reconcile(try #require(Self.current(server))) { _ in
      .done
    } cleanup: { _ in
    }
    #expect(server.version == version)
  }

  @Test func goesOnlyAfterTheCleanup() async throws {
    struct Broken: Error {}
    let server = MiniServer()
    let object = server.put(
      .testWidgets, "a",
      ["metadata": ["finalizers": ["example.com/cleanup"], "deletionTimestamp": "2026-01-01T00:00:00Z"]])
    await #expect(throws: Broken.self) {
      try await Self.finalizer(server).reconcile(object) { _ in
        Issue.record("an object on its way out is not brought about")
        return .done
      } cleanup: { _ in
        throw Broken()
      }
    }
    #expect(Self.current(server)?.finalizers == ["example.com/cleanup"])
    var cleaned = false
    let result = try await Self.finalizer(server).reconcile(object) { _ in
      .after(.zero)
    } cleanup: { _ in
      cleaned = true
    }
    #expect(cleaned && result == .done)
    #expect(Self.current(server) == nil)
    // Again, with the object gone: as a run after a crash would.
    #expect(
      try await Self.finalizer(server).reconcile(object) { _ in
        .done
      } cleanup: { _ in
      } == .done)
  }

  @Test func leavesObjectsOfOthersAlone() async throws {
    let server = MiniServer()
    let object = server.put(
      .testWidgets, "a", ["metadata": ["finalizers": ["other.io/f"], "deletionTimestamp": "2026-01-01T00:00:00Z"]])
    let version = server.version
    let result = try await Self.finalizer(server).reconcile(object) { _ in
      .after(.zero)
    } cleanup: { _ in
      Issue.record("nothing was made for this object")
    }
    #expect(result == .done && server.version == version)
  }

  @Test func removalSurvivesAnOldCacheButNotAnotherObject() async throws {
    let server = MiniServer()
    let metadata: JSON = [
      "finalizers": ["other.io/f", "example.com/cleanup"], "deletionTimestamp": "2026-01-01T00:00:00Z",
    ]
    let old = server.put(.testWidgets, "a", ["metadata": metadata])
    server.put(.testWidgets, "a", ["metadata": metadata, "status": ["newer": true]])
    try await Self.finalizer(server).remove(from: old)
    #expect(Self.current(server)?.finalizers == ["other.io/f"])
    #expect(Self.current(server)?["status"]?["newer"] == true)
    // The object was replaced by another of its name.
    server.remove(.testWidgets, "a")
    server.put(.testWidgets, "a", ["metadata": ["finalizers": ["example.com/cleanup"]]])
    try await Self.finalizer(server).remove(from: old)
    #expect(Self.current(server)?.finalizers == ["example.com/cleanup"])
  }

  @Test func addingToAnOldStateIsAConflict() async throws {
    let server = MiniServer()
    let old = server.put(.testWidgets, "a")
    server.put(.testWidgets, "a", ["metadata": ["finalizers": ["other.io/f"]]])
    let error = await #expect(throws: KubeError.self) { try await Self.finalizer(server).add(to: old) }
    #expect(error?.isConflict == true)
    #expect(Self.current(server)?.finalizers == ["other.io/f"])
  }

  /// Each write fails in turn, also with the answer lost: the next run repairs it.
  @Test func aFailedWriteIsRepairedByTheNextRun() async throws {
    for fault in [MiniServer.Fault.drop, .dropAnswer, .status(500, reason: "InternalError")] {
      for failing in 0..<2 {
        let writes = Locked(0)
        let server = MiniServer { request in
          guard request.method == .patch else { return nil }
          return writes.withLock { count in
            count += 1
            return count == failing + 1 ? fault : nil
          }
        }
        server.put(.testWidgets, "a", ["metadata": ["finalizers": ["keeper.io/f"]]])
        var made = false
        var cleaned = 0
        for run in 0..<6 {
          guard let object = Self.current(server) else { break }
          _ = try? await Self.finalizer(server).reconcile(object) { object in
            #expect(Self.current(server)?.finalizers.contains("example.com/cleanup") == true)
            made = true
            return .done
          } cleanup: { _ in
            cleaned += 1
          }
          if run == 2, var object = Self.current(server) {
            object.setValue("2026-01-01T00:00:00Z", at: ["metadata", "deletionTimestamp"])
            server.put(.testWidgets, "a", object.members)
          }
        }
        #expect(made && cleaned >= 1)
        #expect(Self.current(server)?.finalizers == ["keeper.io/f"])
      }
    }
  }
}

@Suite struct ControllerStatusTests {
  static let now = Timestamp(seconds: 1_767_225_600)
  static let later = Timestamp(seconds: 1_767_225_660)

  static func ready(_ status: ConditionStatus, _ message: String = "") -> Condition {
    Condition(type: "Ready", status: status, reason: "Because", message: message)
  }

  @Test func conditionsMoveTheirTimeOnlyWithTheirStatus() {
    let members: JSONObject = [
      "kind": "Widget", "status": ["phase": "kept", "conditions": [["type": "Other", "odd": 1]]],
    ]
    var object = DynamicObject(members)
    #expect(object.setCondition(Self.ready(.false, "no"), at: Self.now) == true)
    #expect(object.setCondition(Self.ready(.false, "no"), at: Self.later) == false)
    #expect(object.setCondition(Self.ready(.false, "not yet"), at: Self.later) == true)
    #expect(object.condition("Ready")?.lastTransitionTime == Self.now)
    #expect(object.setCondition(Self.ready(.true), at: Self.later) == true)
    #expect(object.condition("Ready")?.lastTransitionTime == Self.later)
    #expect(object.value(at: ["status", "phase"]) == "kept")
    #expect(object.value(at: ["status", "conditions"])?[0]?["odd"]?.intValue == 1)
    #expect(object.value(at: ["status", "conditions"])?.arrayValue?.count == 2)
    #expect(object.removeCondition("Ready") == true)
    #expect(object.removeCondition("Ready") == false)
    #expect(object.value(at: ["status", "conditions"])?.arrayValue?.count == 1)
  }

  @Test func membersThatAreNotKnownStay() {
    let members: JSONObject = [
      "status": ["conditions": [["type": "Ready", "status": "False", "reason": "R", "message": "m", "extra": "x"]]]
    ]
    var object = DynamicObject(members)
    #expect(object.setCondition(Self.ready(.true), at: Self.now) == true)
    #expect(object.value(at: ["status", "conditions"])?[0]?["extra"] == "x")
  }

  @Test func nothingIsSentWhenNothingChanges() async throws {
    let server = MiniServer()
    let client = KubeClient(server)
    var object = server.put(.testWidgets, "a")
    object = try await client.patchStatus(.testWidgets, of: object) { $0.setCondition(Self.ready(.true), at: Self.now) }
    #expect(object.condition("Ready")?.status == .true)
    let requests = server.requests.count
    let same = try await client.patchStatus(.testWidgets, of: object) {
      $0.setCondition(Self.ready(.true), at: Self.later)
      $0.setValue("not status, not sent", at: ["spec", "x"])
    }
    #expect(same == object && server.requests.count == requests)
    let applied = try await client.applyStatus(.testWidgets, of: object, try #require(object["status"]))
    #expect(applied == object && server.requests.count == requests)
  }

  @Test func onlyTheDifferenceIsSentAndOnlyToTheStateThatWasRead() async throws {
    let server = MiniServer()
    let client = KubeClient(server)
    let object = server.put(.testWidgets, "a", ["status": ["kept": 1, "gone": 2, "deep": ["a": 1, "b": 2]]])
    try await client.patchStatus(.testWidgets, of: object) { object in
      object.setValue(nil, at: ["status", "gone"])
      object.setValue(3, at: ["status", "deep", "b"])
    }
    let request = try #require(server.requests.last)
    #expect(request.path.hasSuffix("/widgets/a/status"))
    let body = try JSON(parsing: request.body)
    #expect(body["status"] == ["gone": .null, "deep": ["b": 3]])
    #expect(server.objects(.testWidgets)[object.key]?["status"] == ["kept": 1, "deep": ["a": 1, "b": 3]])
    // `object` is old now.
    let error = await #expect(throws: KubeError.self) {
      try await client.patchStatus(.testWidgets, of: object) { $0.setValue(9, at: ["status", "kept"]) }
    }
    #expect(error?.isConflict == true)
    try await client.patchStatus(.testWidgets, of: object, onlyIfUnchanged: false) {
      $0.setValue(9, at: ["status", "kept"])
    }
    #expect(server.objects(.testWidgets)[object.key]?["status"] == ["kept": 9, "deep": ["a": 1, "b": 3]])
  }

  @Test func applySendsTheWholeOfWhatThisWriterSays() async throws {
    let server = MiniServer()
    let object = server.put(.testWidgets, "a", ["spec": ["x": 1]])
    _ = try? await KubeClient(server).applyStatus(.testWidgets, of: object, ["phase": "Ready"])
    let request = try #require(server.requests.last)
    #expect(request.path.hasSuffix("/widgets/a/status"))
    #expect(request.headers[.contentType] == "application/apply-patch+yaml")
    #expect(request.query.contains { $0.name == "force" && $0.value == "true" })
    let body = try JSON(parsing: request.body)
    #expect(body["status"] == ["phase": "Ready"] && body["spec"] == nil)
    #expect(body["metadata"]?["resourceVersion"] == nil && body["metadata"]?["uid"]?.stringValue == object.uid)
  }
}
