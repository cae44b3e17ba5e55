import Logging
import ServiceLifecycle
import Testing
import UnixSignals
import WGECore
import WGEKube
import WGELocalCluster

// The code of WGEKube.docc/WriteYourFirstController.md; GuideTests compares the two.

struct Greeting: KubeObject {
  static let resource = ResourceType(group: "example.com", version: "v1", kind: "Greeting", plural: "greetings")

  struct Spec: Codable, Sendable {
    var name: String
  }

  var metadata: ObjectMeta
  var spec: Spec
}

let greetingDefinition = """
  apiVersion: apiextensions.k8s.io/v1
  kind: CustomResourceDefinition
  metadata: {name: greetings.example.com}
  spec:
    group: example.com
    scope: Namespaced
    names: {kind: Greeting, listKind: GreetingList, plural: greetings, singular: greeting}
    versions:
      - name: v1
        served: true
        storage: true
        subresources: {status: {}}
        additionalPrinterColumns:
          - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
        schema:
          openAPIV3Schema:
            type: object
            properties:
              spec:
                type: object
                required: [name]
                properties: {name: {type: string, minLength: 1}}
              status: {type: object, x-kubernetes-preserve-unknown-fields: true}
  """

struct GreetingReconciler: Reconciler {
  let events: EventRecorder

  func reconcile(_ key: ObjectKey, _ context: ReconcileContext) async throws -> Requeue {
    guard let object = context.object, let greeting = try context.object(as: Greeting.self) else { return .done }
    let finalizer = Finalizer("example.com/guestbook", resource: Greeting.resource, client: context.client)
    return try await finalizer.reconcile(object) { object in
      try await writeCard(for: greeting, context)
      try await sign(key, greeting.spec.name, context)
      try await report(object, "Greeted", "\(greeting.spec.name) was greeted", context)
      return .done
    } cleanup: { _ in
      try await sign(key, nil, context)
    }
  }
}

extension GreetingReconciler {
  /// A ConfigMap that the greeting owns: it goes with its owner, by garbage collection.
  func writeCard(for greeting: Greeting, _ context: ReconcileContext) async throws {
    var card = DynamicObject(.configMaps, namespace: greeting.key.namespace, name: greeting.key.name)
    card["data"] = ["text": .string("Hello, \(greeting.spec.name)")]
    if let owner = OwnerReference(to: greeting, controller: true) { card.setOwnerReference(owner) }
    try await context.client.apply(.configMaps, card, force: true)
  }

  /// A line in a guestbook that all greetings share: nothing collects it, so the finalizer does.
  func sign(_ key: ObjectKey, _ name: String?, _ context: ReconcileContext) async throws {
    let line: JSON = name.map(JSON.string) ?? .null
    let entry = "\(key.namespace ?? "").\(key.name)"
    try await context.client.patch(
      .configMaps, ObjectKey(namespace: "default", name: "guestbook"), .merge(["data": [entry: line]]))
  }
}

extension GreetingReconciler {
  func report(
    _ object: DynamicObject, _ reason: String, _ message: String, _ context: ReconcileContext
  ) async throws {
    let ready = Condition(
      type: "Ready", status: .true, reason: reason, message: message, observedGeneration: object.generation)
    let old = object.resourceVersion
    let stored = try await context.client.patchStatus(Greeting.resource, of: object) { object in
      object.setCondition(ready, at: context.wallClock.now())
    }
    if stored.resourceVersion != old { events.record(.normal, reason: reason, message: message, regarding: stored) }
  }
}

func greeter(_ client: KubeClient, leadership: Leadership? = nil) -> Controller {
  let events = EventRecorder(client: client, component: "greeter")
  return Controller(
    name: "greeter", for: Greeting.self, client: client, when: .generationChanged || .annotationsChanged,
    reconciler: GreetingReconciler(events: events), options: ControllerOptions(leadership: leadership)
  )
  .owning(.configMaps)
}

func runGreeter(_ client: KubeClient, identity: String, logger: Logger) async throws {
  guard let definition = DynamicObject(try YAML.parseSingle(greetingDefinition)) else { return }
  try await DefinitionInstaller(client: client).install([definition])
  try await client.apply(.configMaps, DynamicObject(.configMaps, namespace: "default", name: "guestbook"))
  let lease = ObjectKey(namespace: "default", name: "greeter")
  let leadership = Leadership(LeaderElector(client: client, lease: lease, identity: identity))
  let group = ServiceGroup(
    services: [leadership, greeter(client, leadership: leadership)], gracefulShutdownSignals: [.sigterm, .sigint],
    logger: logger)
  try await group.run()
}

@Test func greetsRepairsAndCleansUp() async throws {
  let cluster = try LocalCluster()
  defer { cluster.close() }
  let client = KubeClient(transport: cluster.transport(), fieldManager: "greeter")
  let running = Task { try await runGreeter(client, identity: "greeter-1", logger: Logger(label: "greeter")) }
  let key = ObjectKey(namespace: "default", name: "morning")
  let book = ObjectKey(namespace: "default", name: "guestbook")

  try await eventually("the definition is there") { await succeeds { try await client.list(Greeting.resource) } }
  try await client.create(
    Greeting(metadata: ObjectMeta(name: key.name, namespace: key.namespace), spec: .init(name: "Ada")))
  try await eventually("Ada is greeted") {
    try await find(.configMaps, key, client)?["data"]?["text"] == "Hello, Ada"
  }
  try await eventually("the status says so") {
    let conditions = try await client.get(Greeting.resource, key)["status"]?["conditions"]?.arrayValue ?? []
    return conditions.first?["status"] == "True" && conditions.first?["observedGeneration"] == 1
  }
  try await eventually("people can read it") { try await client.list(.events).items.count == 1 }

  // Somebody deletes what the controller keeps: it comes back.
  try await client.delete(.configMaps, key)
  try await eventually("the card is back") { try await find(.configMaps, key, client) != nil }

  // The greeting goes, and everything that was made for it.
  try await client.delete(Greeting.self, key)
  try await eventually("the guestbook is clean") {
    try await client.get(.configMaps, book)["data"]?["default.morning"] == nil
  }
  try await eventually("the card is collected") { try await find(.configMaps, key, client) == nil }

  // A stopped controller lets go of its lease.
  running.cancel()
  _ = await running.result
  let lease = try await client.get(.leases, ObjectKey(namespace: "default", name: "greeter"))
  #expect(lease["spec"]?["holderIdentity"] == "")
}

func find(_ resource: ResourceType, _ key: ObjectKey, _ client: KubeClient) async throws -> DynamicObject? {
  do { return try await client.get(resource, key) } catch let error as KubeError where error.isNotFound {
    return nil
  }
}

func succeeds(_ call: () async throws -> Any) async -> Bool { (try? await call()) != nil }

func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(180)
  while try await !condition() {
    try #require(ContinuousClock.now < deadline, "not so after 180 seconds: \(what)")
    try await Task.sleep(for: .milliseconds(10))
  }
}
