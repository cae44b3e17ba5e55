import HTTPTypes
import Synchronization
import WGECore
import WGEKube

/// The smallest API server that a watcher, an elector or a recorder can talk to, with a hook that
/// makes any request go wrong. It checks resource versions, pages lists, keeps history for watches
/// and knows merge patches; nothing else.
final class MiniServer: KubeTransport {
  /// What becomes of a request instead of the right answer.
  enum Fault: Sendable {
    case status(Int, reason: String)
    /// No answer.
    case drop
    /// The answer is thrown away after the request took effect.
    case dropAnswer
    /// Waits until the task is cancelled.
    case hang
    /// A watch ends after so many events.
    case close(afterEvents: Int)
    /// A watch breaks off in the middle of the event after so many.
    case tear(afterEvents: Int)
    /// A watch sends an ERROR event after so many.
    case errorEvent(Int, reason: String, afterEvents: Int)
    /// A watch sends something that is no event after so many.
    case garbage(afterEvents: Int)
  }

  struct Path: Hashable, Sendable {
    var collection: String
    var namespace: String?
    var name: String?
    var subresource: String?
  }

  private struct Change: Sendable {
    var version: Int
    var type: String
    var collection: String
    var object: DynamicObject
  }

  private struct Watch: Sendable {
    var path: Path
    var continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation
    var sent = 0
    var fault: Fault?
  }

  private struct State: Sendable {
    var version = 100
    var objects: [String: [ObjectKey: DynamicObject]] = [:]
    var history: [Change] = []
    /// Changes up to this version are forgotten.
    var compacted = 0
    var watches: [Int: Watch] = [:]
    var nextID = 0
    var requests: [KubeRequest] = []
    var lists: [String: [DynamicObject]] = [:]
  }

  private let state = Mutex(State())
  private let fault: @Sendable (KubeRequest) -> Fault?

  init(fault: @escaping @Sendable (KubeRequest) -> Fault? = { _ in nil }) { self.fault = fault }

  // MARK: The test's side

  var requests: [KubeRequest] { state.withLock(\.requests) }
  var openWatches: Int { state.withLock { $0.watches.count } }
  var version: Int { state.withLock(\.version) }

  func objects(_ resource: ResourceType) -> [ObjectKey: DynamicObject] {
    state.withLock { $0.objects[Self.collection(resource)] ?? [:] }
  }

  @discardableResult
  func put(_ resource: ResourceType, _ name: String, namespace: String? = "default", _ fields: JSONObject = [:])
    -> DynamicObject
  {
    state.withLock { state in
      var object = DynamicObject(fields)
      object["apiVersion"] = .string(resource.apiVersion)
      object["kind"] = .string(resource.kind)
      object.setValue(.string(name), at: ["metadata", "name"])
      if let namespace { object.setValue(.string(namespace), at: ["metadata", "namespace"]) }
      return Self.store(object, in: Self.collection(resource), &state)
    }
  }

  func remove(_ resource: ResourceType, _ name: String, namespace: String? = "default") {
    state.withLock { state in
      Self.delete(ObjectKey(namespace: namespace, name: name), in: Self.collection(resource), &state)
    }
  }

  /// Forgets the history: watches of older versions and continue tokens expire.
  func compact() {
    state.withLock { state in
      state.compacted = state.version
      state.history = []
      state.lists = [:]
    }
  }

  /// Ends every open watch as a server that restarts does.
  func closeWatches() {
    let watches = state.withLock { state in
      defer { state.watches = [:] }
      return Array(state.watches.values)
    }
    for watch in watches { watch.continuation.finish() }
  }

  /// Sends every watch a bookmark.
  func bookmark() {
    state.withLock { state in
      let json: JSON = [
        "type": "BOOKMARK",
        "object": ["kind": "Bookmark", "metadata": ["resourceVersion": .string("\(state.version)")]],
      ]
      for watch in state.watches.values { watch.continuation.yield(json.serialized() + [0x0A]) }
    }
  }

  // MARK: KubeTransport

  func send(_ request: KubeRequest) async throws -> KubeResponse {
    state.withLock { $0.requests.append(request) }
    let fault = fault(request)
    switch fault {
    case .status(let code, let reason): return Self.failure(code, reason)
    case .drop: throw KubeError.transport(TransportFailure(.connectionLost, message: "dropped by the test"))
    case .hang:
      try await ContinuousClock().sleep(for: .seconds(3600))
    default: break
    }
    let response = state.withLock { Self.answer(request, &$0) }
    if case .dropAnswer = fault {
      throw KubeError.transport(TransportFailure(.connectionLost, message: "the answer was dropped by the test"))
    }
    return response
  }

  func stream(_ request: KubeRequest) async throws -> KubeByteStream {
    state.withLock { $0.requests.append(request) }
    let fault = fault(request)
    let (body, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
    switch fault {
    case .status(let code, let reason):
      let failure = Self.failure(code, reason)
      continuation.yield(failure.body)
      continuation.finish()
      return KubeByteStream(status: failure.status, headers: failure.headers, body: body)
    case .drop, .dropAnswer:
      throw KubeError.transport(TransportFailure(.cannotConnect, message: "dropped by the test"))
    case .hang:
      return KubeByteStream(status: .ok, body: body)
    default: break
    }
    let query = Dictionary(request.query.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    state.withLock { state in
      let path = Self.parse(request.path)
      var watch = Watch(path: path, continuation: continuation, fault: fault)
      let from = Int(query["resourceVersion"] ?? "") ?? 0
      if query["sendInitialEvents"] == "true" {
        for object in Self.select(path, state) { Self.deliver("ADDED", object, to: &watch) }
        if Self.breakOff(&watch) { return }
        let json: JSON = [
          "type": "BOOKMARK",
          "object": [
            "metadata": [
              "resourceVersion": .string("\(state.version)"), "annotations": ["k8s.io/initial-events-end": "true"],
            ]
          ],
        ]
        continuation.yield(json.serialized() + [0x0A])
      } else if from < state.compacted {
        Self.yield(Self.statusJSON(410, "Expired"), type: "ERROR", to: continuation)
        continuation.finish()
        return
      } else {
        for change in state.history where change.version > from && Self.matches(change, path) {
          Self.deliver(change.type, change.object, to: &watch)
        }
      }
      if Self.breakOff(&watch) { return }
      state.nextID += 1
      let id = state.nextID
      state.watches[id] = watch
      continuation.onTermination = { [weak self] _ in
        // Not under the lock of whoever finishes the stream.
        guard let self else { return }
        Task { self.state.withLock { $0.watches[id] = nil } }
      }
    }
    return KubeByteStream(status: .ok, body: body)
  }

  // MARK: Answers

  private static func answer(_ request: KubeRequest, _ state: inout State) -> KubeResponse {
    let path = parse(request.path)
    let body = request.body.isEmpty ? nil : (try? JSON(parsing: request.body)).flatMap { DynamicObject($0) }
    guard let name = path.name else {
      return request.method == .post ? create(path, body, &state) : list(request, path, &state)
    }
    let key = ObjectKey(namespace: path.namespace, name: name)
    guard let existing = state.objects[path.collection]?[key] else { return failure(404, "NotFound") }
    switch request.method {
    case .get: return success(existing)
    case .delete:
      delete(key, in: path.collection, &state)
      return success(existing)
    case .put, .patch:
      guard let body else { return failure(400, "BadRequest") }
      if let version = body.resourceVersion, version != existing.resourceVersion { return failure(409, "Conflict") }
      if let uid = body.uid, uid != existing.uid { return failure(409, "Conflict") }
      var new = existing
      if request.method == .put {
        new = body
        new.setValue(existing["metadata"]?["uid"], at: ["metadata", "uid"])
      } else {
        let merged = merge(body.json, into: existing.json)
        guard let object = DynamicObject(merged) else { return failure(400, "BadRequest") }
        new = object
      }
      new.setValue(existing["metadata"]?["resourceVersion"], at: ["metadata", "resourceVersion"])
      if new == existing { return success(existing) }
      if new.isBeingDeleted, new.finalizers.isEmpty {
        delete(key, in: path.collection, &state)
        return success(new)
      }
      return success(store(new, in: path.collection, &state))
    default: return failure(405, "MethodNotAllowed")
    }
  }

  private static func merge(_ patch: JSON, into target: JSON) -> JSON {
    guard case .object(let changes) = patch else { return patch }
    var result = target.objectValue ?? [:]
    for change in changes {
      result[change.key] = change.value.isNull ? nil : merge(change.value, into: result[change.key] ?? .null)
    }
    return .object(result)
  }

  private static func create(_ path: Path, _ body: DynamicObject?, _ state: inout State) -> KubeResponse {
    guard var body else { return failure(400, "BadRequest") }
    if let namespace = path.namespace { body.setValue(.string(namespace), at: ["metadata", "namespace"]) }
    if state.objects[path.collection]?[body.key] != nil { return failure(409, "AlreadyExists") }
    return success(store(body, in: path.collection, &state), status: .created)
  }

  private static func list(_ request: KubeRequest, _ path: Path, _ state: inout State) -> KubeResponse {
    let query = Dictionary(request.query.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    var items: [DynamicObject]
    var version = state.version
    if let token = query["continue"] {
      guard let rest = state.lists.removeValue(forKey: token), let listed = Int(token.split(separator: "-")[0]) else {
        return failure(410, "Expired")
      }
      items = rest
      version = listed
    } else {
      items = select(path, state).sorted { $0.key < $1.key }
    }
    var metadata: JSONObject = ["resourceVersion": .string("\(version)")]
    if let limit = query["limit"].flatMap({ Int($0) }), items.count > limit {
      state.nextID += 1
      let token = "\(version)-\(state.nextID)"
      state.lists[token] = Array(items[limit...])
      items = Array(items[..<limit])
      metadata["continue"] = .string(token)
    }
    let json: JSON = [
      "kind": "List", "apiVersion": "v1", "metadata": .object(metadata), "items": .array(items.map(\.json)),
    ]
    return KubeResponse(status: .ok, headers: [.contentType: "application/json"], body: json.serialized())
  }

  private static func store(_ object: DynamicObject, in collection: String, _ state: inout State) -> DynamicObject {
    var object = object
    let existing = state.objects[collection]?[object.key]
    state.version += 1
    object.setValue(.string("\(state.version)"), at: ["metadata", "resourceVersion"])
    object.setValue(
      existing?["metadata"]?["uid"] ?? .string("uid-\(state.version)"), at: ["metadata", "uid"])
    state.objects[collection, default: [:]][object.key] = object
    record(
      Change(
        version: state.version, type: existing == nil ? "ADDED" : "MODIFIED", collection: collection, object: object),
      &state)
    return object
  }

  private static func delete(_ key: ObjectKey, in collection: String, _ state: inout State) {
    guard var object = state.objects[collection]?.removeValue(forKey: key) else { return }
    state.version += 1
    object.setValue(.string("\(state.version)"), at: ["metadata", "resourceVersion"])
    record(Change(version: state.version, type: "DELETED", collection: collection, object: object), &state)
  }

  private static func record(_ change: Change, _ state: inout State) {
    state.history.append(change)
    for (id, watch) in state.watches where matches(change, watch.path) {
      var watch = watch
      deliver(change.type, change.object, to: &watch)
      state.watches[id] = breakOff(&watch) ? nil : watch
    }
  }

  // MARK: Watches

  private static func deliver(_ type: String, _ object: DynamicObject, to watch: inout Watch) {
    if case .close(let limit)? = watch.fault, watch.sent >= limit { return }
    if case .tear(let limit)? = watch.fault, watch.sent >= limit { return }
    if case .errorEvent(_, _, let limit)? = watch.fault, watch.sent >= limit { return }
    if case .garbage(let limit)? = watch.fault, watch.sent >= limit { return }
    yield(object.json, type: type, to: watch.continuation)
    watch.sent += 1
  }

  private static func breakOff(_ watch: inout Watch) -> Bool {
    switch watch.fault {
    case .close(let limit) where watch.sent >= limit: watch.continuation.finish()
    case .tear(let limit) where watch.sent >= limit:
      watch.continuation.yield(Array(#"{"type":"MODIFIED","object":{"kind":"Con"#.utf8))
      watch.continuation.finish()
    case .errorEvent(let code, let reason, let limit) where watch.sent >= limit:
      yield(statusJSON(code, reason), type: "ERROR", to: watch.continuation)
      watch.continuation.finish()
    case .garbage(let limit) where watch.sent >= limit:
      watch.continuation.yield(Array("<html>not an event</html>\n".utf8))
      watch.continuation.finish()
    default: return false
    }
    return true
  }

  private static func yield(
    _ object: JSON, type: String, to continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation
  ) {
    let line = (["type": .string(type), "object": object] as JSON).serialized() + [0x0A]
    // In two chunks: boundaries mean nothing.
    continuation.yield(Array(line[..<(line.count / 2)]))
    continuation.yield(Array(line[(line.count / 2)...]))
  }

  // MARK: Addresses

  static func collection(_ resource: ResourceType) -> String { "\(resource.apiVersion)/\(resource.plural)" }

  static func parse(_ text: String) -> Path {
    var parts = text.split(separator: "/").map(String.init)
    let isCore = parts.first == "api"
    parts.removeFirst()
    let version = parts.prefix(isCore ? 1 : 2).joined(separator: "/")
    parts.removeFirst(isCore ? 1 : 2)
    var namespace: String?
    if parts.first == "namespaces", parts.count > 2 {
      namespace = parts[1]
      parts.removeFirst(2)
    }
    return Path(
      collection: "\(version)/\(parts[0])", namespace: namespace, name: parts.count > 1 ? parts[1] : nil,
      subresource: parts.count > 2 ? parts[2] : nil)
  }

  private static func matches(_ change: Change, _ path: Path) -> Bool {
    change.collection == path.collection && (path.namespace == nil || path.namespace == change.object.namespace)
  }

  private static func select(_ path: Path, _ state: State) -> [DynamicObject] {
    (state.objects[path.collection] ?? [:]).values.filter {
      path.namespace == nil || path.namespace == $0.namespace
    }
  }

  private static func success(_ object: DynamicObject, status: HTTPResponse.Status = .ok) -> KubeResponse {
    KubeResponse(status: status, headers: [.contentType: "application/json"], body: object.json.serialized())
  }

  private static func statusJSON(_ code: Int, _ reason: String) -> JSON {
    [
      "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": .number(.int(Int64(code))),
      "reason": .string(reason), "message": .string("\(reason) by the test"),
    ]
  }

  private static func failure(_ code: Int, _ reason: String) -> KubeResponse {
    KubeResponse(
      status: .init(code: code), headers: [.contentType: "application/json"],
      body: statusJSON(code, reason).serialized())
  }
}

extension ResourceType {
  static let testMaps = ResourceType(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps")
  static let testWidgets = ResourceType(group: "example.com", version: "v1", kind: "Widget", plural: "widgets")
  static let testLeases = ResourceType(group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases")
  static let testEvents = ResourceType(group: "", version: "v1", kind: "Event", plural: "events")
}

extension KubeClient {
  /// A client that does not retry by itself.
  init(_ server: MiniServer) { self.init(transport: server, retry: .none) }
}

extension WatcherOptions {
  /// No waiting worth mentioning.
  static var fast: WatcherOptions {
    WatcherOptions(pageSize: 3, backoff: Backoff(initial: .milliseconds(1), cap: .milliseconds(4)))
  }
}

/// Things that tasks put down and tests pick up.
final class Recorded<Value: Sendable>: Sendable {
  private let mutex: Mutex<[Value]>
  init() { mutex = Mutex([]) }
  var values: [Value] { mutex.withLock { $0 } }
  var count: Int { mutex.withLock { $0.count } }
  func append(_ value: Value) { mutex.withLock { $0.append(value) } }
}
