import Testing
import WGECore

@Suite struct ObjectTests {
  struct Widget: KubeObject, Equatable {
    struct Spec: Codable, Equatable { var size: Int }

    static let resource = ResourceType(group: "example.com", version: "v1", kind: "Widget", plural: "widgets")
    var metadata: ObjectMeta
    var spec: Spec
  }

  private let stored: JSON = [
    "apiVersion": "example.com/v1", "kind": "Widget",
    "metadata": [
      "name": "w", "namespace": "ns", "uid": "u1", "resourceVersion": "7", "generation": 3,
      "creationTimestamp": "2026-01-02T03:04:05Z",
      "labels": ["a": "1", "b": "2"], "finalizers": ["f1"], "managedFields": [["manager": "m"]],
      "selfLink": "unknown to ObjectMeta",
    ],
    "spec": ["size": 4, "unknown": [1.0]],
    "status": [
      "conditions": [
        [
          "type": "Ready", "status": "True", "reason": "Ok", "message": "",
          "lastTransitionTime": "2026-01-02T03:04:05Z",
        ]
      ]
    ],
  ]

  @Test func readsMetadata() throws {
    let object = try #require(DynamicObject(stored))
    #expect(object.key == ObjectKey(namespace: "ns", name: "w"))
    #expect(object.groupVersionKind == GroupVersionKind(group: "example.com", version: "v1", kind: "Widget"))
    #expect(object.typeMeta == TypeMeta(Widget.resource))
    #expect(object.uid == "u1")
    #expect(object.generation == 3)
    #expect(object.labels == ["a": "1", "b": "2"])
    #expect(object.label("a") == "1")
    #expect(object.annotations == [:])
    #expect(object.creationTimestamp?.description == "2026-01-02T03:04:05Z")
    #expect(!object.isBeingDeleted)
    #expect(object.conditions.isTrue("Ready"))
    #expect(object.condition("Ready")?.reason == "Ok")
    #expect(object.description == "Widget ns/w")
    let metadata = try object.metadata()
    #expect(metadata.finalizers == ["f1"])
    #expect(metadata.managedFields == [["manager": "m"]])
  }

  @Test func changesNothingElse() throws {
    var object = try #require(DynamicObject(stored))
    var expected = stored
    object.setLabel("a", to: "9")
    expected.setValue("9", at: ["metadata", "labels", "a"])
    object.setAnnotation("x/y", to: "z")
    expected.setValue(["x/y": "z"], at: ["metadata", "annotations"])
    object.addFinalizer("f2")
    expected.setValue(["f1", "f2"], at: ["metadata", "finalizers"])
    object.name = "v"
    expected.setValue("v", at: ["metadata", "name"])
    object.namespace = nil
    expected.setValue(nil, at: ["metadata", "namespace"])
    object["spec"]?["size"] = 5
    expected.setValue(5, at: ["spec", "size"])
    #expect(object.json == expected)
    #expect(try JSON(parsing: object.json.serialized()) == expected)

    let changed1 = object.addFinalizer("f2")
    #expect(!changed1)
    let changed2 = object.removeFinalizer("f1")
    #expect(changed2)
    let changed3 = object.removeFinalizer("f2")
    #expect(changed3)
    let changed4 = object.removeFinalizer("f2")
    #expect(!changed4)
    #expect(object["metadata"]?["finalizers"] == nil)
    object.setAnnotation("x/y", to: nil)
    #expect(object["metadata"]?["annotations"] == nil)
    object.labels = ["only": "one"]
    #expect(object["metadata"]?["labels"] == ["only": "one"])
    object.labels = [:]
    #expect(object["metadata"]?["labels"] == nil)
  }

  @Test func owners() throws {
    let owner = try #require(DynamicObject(stored))
    let reference = try #require(OwnerReference(to: owner, controller: true))
    var child = DynamicObject(
      ResourceType(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps"), namespace: "ns", name: "c")
    child.setOwnerReference(reference)
    child.setOwnerReference(reference)
    #expect(child.ownerReferences == [reference])
    #expect(
      child["metadata"]?["ownerReferences"]
        == [["apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "uid": "u1", "controller": true]])
    #expect(OwnerReference(to: child) == nil)
    let typed: Widget = try owner.decode()
    #expect(OwnerReference(to: typed, controller: true) == reference)
  }

  @Test func malformedFieldsReadAsAbsent() throws {
    var object = DynamicObject(
      [
        "metadata": ["name": 5, "labels": ["a": 1, "b": "x"], "generation": "1", "creationTimestamp": "x"]
      ] as JSONObject)
    #expect(object.name == "")
    #expect(object.labels == ["b": "x"])
    #expect(object.generation == nil)
    #expect(object.creationTimestamp == nil)
    #expect(object.groupVersionKind == nil)
    let error = #expect(throws: JSONDecodingError.self) { try object.metadata() }
    #expect(error?.path == "metadata.creationTimestamp" || error?.path == "metadata.name")
    object["metadata"] = "not an object"
    #expect(object.labels == [:])
    #expect(DynamicObject([1]) == nil)
    #expect(throws: JSONDecodingError.self) { try ([1] as JSON).decode(DynamicObject.self) }
  }

  @Test func typedObjects() throws {
    let widget = Widget(metadata: ObjectMeta(name: "w", namespace: "ns"), spec: .init(size: 1))
    let object = try DynamicObject(encoding: widget)
    #expect(
      object.json
        == [
          "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "w", "namespace": "ns"],
          "spec": ["size": 1],
        ])
    #expect(try object.decode(Widget.self) == widget)
    #expect(widget.key == object.key)

    var other = object
    other.kind = "Gadget"
    let kind = #expect(throws: JSONDecodingError.self) { try other.decode(Widget.self) }
    #expect(kind?.description == "kind: expected \"Widget\", found \"Gadget\"")
    other.kind = "Widget"
    other.apiVersion = "example.com/v2"
    let version = #expect(throws: JSONDecodingError.self) { try other.decode(Widget.self) }
    #expect(version?.description == "apiVersion: expected \"example.com/v1\", found \"example.com/v2\"")
    other["apiVersion"] = nil
    #expect(try other.decode(Widget.self) == widget)
    other["spec"] = ["size": "big"]
    let field = #expect(throws: JSONDecodingError.self) { try other.decode(Widget.self) }
    #expect(field?.description == "spec.size: expected an integer, found a string")
  }

  @Test func lists() throws {
    let json: JSON = [
      "apiVersion": "example.com/v1", "kind": "WidgetList",
      "metadata": ["resourceVersion": "9", "continue": "c", "remainingItemCount": 2],
      "items": [["metadata": ["name": "w"], "spec": ["size": 1]]],
    ]
    let dynamic = try DynamicList(json)
    #expect(dynamic.items[0].kind == "Widget")
    #expect(dynamic.items[0].apiVersion == "example.com/v1")
    #expect(dynamic.metadata.hasMore)
    #expect(try DynamicList(dynamic.json) == dynamic)
    let typed = try json.decode(ObjectList<Widget>.self)
    #expect(typed.items.count == 1)
    #expect(typed.metadata == dynamic.metadata)
    #expect(try JSON(encoding: typed) == dynamic.json)
    #expect(try JSON(encoding: dynamic).decode(ObjectList<Widget>.self) == typed)
    #expect(try DynamicList(["kind": "List", "items": .null]).items == [])
    for bad in [[1], ["items": 5], ["items": [1]], ["metadata": "x"]] as [JSON] {
      #expect(throws: JSONDecodingError.self) { try DynamicList(bad) }
    }
    #expect(throws: JSONDecodingError.self) { try (["kind": "GadgetList"] as JSON).decode(ObjectList<Widget>.self) }
    let item = #expect(throws: JSONDecodingError.self) { try DynamicList(["items": [["a": 1], "x"]]) }
    #expect(item?.description == "items[1]: expected an object, found a string")
  }

  @Test func conditions() throws {
    let start = Timestamp(seconds: 100)
    let later = Timestamp(seconds: 200)
    var conditions: [Condition] = []
    let changed5 = conditions.set(Condition(type: "Ready", status: .false, reason: "Wait"), at: start)
    #expect(changed5)
    let changed6 = conditions.set(Condition(type: "Ready", status: .false, reason: "Wait"), at: later)
    #expect(!changed6)
    let changed7 = conditions.set(
      Condition(type: "Ready", status: .false, reason: "StillWaiting", message: "m"), at: later)
    #expect(changed7)
    #expect(conditions[0].lastTransitionTime == start)
    let changed8 = conditions.set(Condition(type: "Ready", status: .true, reason: "Ok"), at: later)
    #expect(changed8)
    #expect(conditions[0].lastTransitionTime == later)
    conditions.set(Condition(type: "Stalled", status: .unknown, reason: "New", lastTransitionTime: start), at: later)
    #expect(conditions.condition("Stalled")?.lastTransitionTime == start)
    #expect(conditions.isTrue("Ready"))
    #expect(!conditions.isTrue("Stalled"))
    let changed9 = conditions.remove("Stalled")
    #expect(changed9)
    let changed10 = conditions.remove("Stalled")
    #expect(!changed10)
    #expect(
      try JSON(encoding: conditions)
        == [
          [
            "type": "Ready", "status": "True", "reason": "Ok", "message": "",
            "lastTransitionTime": "1970-01-01T00:03:20Z",
          ]
        ])
    let lenient = try (["type": "X", "status": "Maybe", "lastTransitionTime": .null] as JSON).decode(Condition.self)
    #expect(lenient.status == .unknown)
    #expect(lenient.lastTransitionTime == nil)
  }

  @Test func identities() {
    #expect(GroupVersionKind(apiVersion: "v1", kind: "Pod")?.description == "v1, Kind=Pod")
    #expect(GroupVersionKind(apiVersion: "a/b/c", kind: "X") == nil)
    #expect(GroupVersionKind(apiVersion: "/v1", kind: "X") == nil)
    #expect(GroupVersionKind(apiVersion: "v1", kind: "") == nil)
    #expect(Widget.resource.groupResource == "widgets.example.com")
    #expect(Widget.resource.description == "example.com/v1/widgets")
    #expect(TypeMeta(listOf: Widget.resource).kind == "WidgetList")
    #expect(ObjectKey(name: "z") < ObjectKey(namespace: "a", name: "a"))
  }
}
