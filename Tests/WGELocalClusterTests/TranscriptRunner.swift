import HTTPTypes
import Synchronization
import WGECore
import WGEKube
import WGELocalCluster

/// Plays one recorded conversation against a cluster and says where the answers differ.
struct TranscriptRunner {
  struct Difference: Error, CustomStringConvertible {
    let description: String
  }

  let transcript: JSON
  /// Compares the owners of fields too, which the recordings' own rules leave out.
  let comparesOwners: Bool

  private let cluster: LocalCluster
  private let clock = HeldClock()
  private let id: String
  private var variables: [String: String] = [:]

  static let aliceToken = "alice-secret-token"

  init(_ transcript: JSON, id: String, comparesOwners: Bool = false) throws {
    self.transcript = transcript
    self.id = id
    self.comparesOwners = comparesOwners
    var configuration = LocalCluster.Configuration()
    configuration.tokens = [
      .init(token: Secret(Self.aliceToken), user: "alice", groups: ["team-a"], uid: "alice-uid")
    ]
    configuration.clock = clock
    cluster = try LocalCluster(configuration: configuration)
    variables["id"] = id
  }

  /// - Throws: ``Difference`` naming the step.
  mutating func run() async throws {
    defer { cluster.close() }
    let namespace = "t-\(id)"
    variables["ns"] = namespace
    if transcript["namespace"]?.boolValue != false {
      let body: JSON = ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]]
      let answer = try await send(["method": "POST", "path": "/api/v1/namespaces", "body": body])
      guard answer.status.code == 201 else { throw Difference(description: "namespace: \(answer.status)") }
    }
    for step in transcript["steps"]?.arrayValue ?? [] {
      let name = step["id"]?.stringValue ?? ""
      do { try await play(step) } catch { throw Difference(description: "step \(name): \(error)") }
    }
  }

  private mutating func play(_ step: JSON) async throws {
    if let seconds = step["wait"]?.doubleValue { try await Task.sleep(for: .milliseconds(Int64(seconds * 1000))) }
    let expected = step["expect"] ?? [:]
    if let watch = step["watch"] {
      try compareEvents(try await self.watch(step, watch), step)
      return
    }
    var answer = try await send(step)
    if let poll = step["poll"] {
      let path = poll["path"]?.stringValue ?? ""
      for _ in 0..<3000 where Self.value((try? JSON(parsing: answer.body)) ?? .null, path) != poll["equals"] {
        try await Task.sleep(for: .milliseconds(10))
        answer = try await send(step)
      }
    }
    // The recorded server was done after the pause; a busy machine may need longer.
    if step["wait"] != nil, step["method"] == "GET", let status = expected["status"] {
      for _ in 0..<500 where JSON.number(JSONNumber(answer.status.code)) != status {
        try await Task.sleep(for: .milliseconds(100))
        answer = try await send(step)
      }
    }
    let body = try? JSON(parsing: answer.body)
    for (name, path) in (step["capture"]?.objectValue ?? JSONObject()).map({ ($0.key, $0.value.stringValue ?? "") }) {
      if let value = Self.value(body ?? .null, path)?.stringValue { variables[name] = value }
    }
    try compare(answer, body, expected, step["compare"])
  }

  // MARK: Requests

  private func fill(_ text: String) -> String {
    var result = text
    for (name, value) in variables { result = result.replacing("{\(name)}", with: value) }
    return result
  }

  private func fill(_ json: JSON) -> JSON {
    switch json {
    case .string(let text): .string(fill(text))
    case .array(let items): .array(items.map(fill))
    case .object(let object): .object(JSONObject(object.map { (fill($0.key), fill($0.value)) }))
    default: json
    }
  }

  private func request(_ step: JSON) -> KubeRequest {
    var headers: HTTPFields = [:]
    headers[.userAgent] = "python-requests/2.32"
    headers[.accept] = "*/*"
    if step["body"] != nil { headers[.contentType] = "application/json" }
    for header in step["headers"]?.objectValue ?? JSONObject() {
      if let name = HTTPField.Name(header.key) { headers[name] = header.value.stringValue.map(fill) }
    }
    switch step["as"]?.stringValue {
    case "alice": headers[.authorization] = "Bearer \(Self.aliceToken)"
    case "badtoken": headers[.authorization] = "Bearer nobody-has-this"
    default: break
    }
    let query = (step["query"]?.objectValue ?? JSONObject()).map {
      (name: $0.key, value: fill($0.value.stringValue ?? ""))
    }
    let body: [UInt8] =
      step["raw"].map { Array(fill($0.stringValue ?? "").utf8) } ?? step["body"].map { fill($0).serialized() } ?? []
    return KubeRequest(
      method: HTTPRequest.Method(rawValue: step["method"]?.stringValue ?? "GET") ?? .get,
      path: fill(step["path"]?.stringValue ?? "/"),
      query: query, headers: headers, body: body)
  }

  private func send(_ step: JSON) async throws -> KubeResponse {
    let identity: LocalCluster.Authentication = step["as"]?.stringValue == "anonymous" ? .anonymous : .systemMasters
    return try await cluster.transport(as: identity).send(request(step))
  }

  private func watch(_ step: JSON, _ watch: JSON) async throws -> [JSON] {
    clock.hold(true)
    defer { clock.hold(false) }
    let stream = try await cluster.transport().stream(request(step))
    guard stream.status.code == 200 else { throw Difference(description: "the watch answered \(stream.status)") }
    let collector = Task { () -> [UInt8] in
      var bytes: [UInt8] = []
      for try await chunk in stream.body { bytes += chunk }
      return bytes
    }
    for inner in watch["then"]?.arrayValue ?? [] {
      let answer = try await send(inner)
      guard answer.status.code < 300 else {
        throw Difference(
          description: "\(inner["id"]?.stringValue ?? ""): \(String(decoding: answer.body, as: UTF8.self))")
      }
    }
    // The last events are read meanwhile.
    try await Task.sleep(for: .milliseconds(100))
    clock.hold(false)
    return try await collector.value.split(separator: UInt8(ascii: "\n")).map { try JSON(parsing: Array($0)) }
  }

  // MARK: Comparison

  private func compare(_ answer: KubeResponse, _ body: JSON?, _ expected: JSON, _ mode: JSON?) throws {
    let text = String(decoding: answer.body, as: UTF8.self)
    let status = expected["status"]?.intValue ?? 0
    guard answer.status.code == status else {
      throw Difference(description: "status \(answer.status.code), expected \(status): \(text)")
    }
    if mode?.stringValue == "status" { return }
    if mode?.stringValue == "reason" {
      if let reason = expected["body"]?["reason"], body?["reason"] != reason {
        throw Difference(description: "reason \(body?["reason"] ?? .null), expected \(reason): \(text)")
      }
      return
    }
    if let paths = mode?["paths"]?.arrayValue {
      for path in paths.compactMap(\.stringValue) {
        try match(Self.value(expected["body"] ?? .null, path), Self.value(body ?? .null, path), path, owners: true)
      }
      return
    }
    let type = answer.headers[.contentType] ?? ""
    if let wanted = expected["contentType"]?.stringValue, !type.hasPrefix(wanted) {
      throw Difference(description: "content type \(type), expected \(wanted)")
    }
    let warnings = HTTPField.Name("Warning").map { answer.headers[values: $0] } ?? []
    if let wanted = expected["warning"]?.stringValue, !warnings.contains(wanted) {
      throw Difference(description: "warnings \(warnings), expected \(wanted)")
    }
    if expected["warning"] == nil, !warnings.isEmpty {
      throw Difference(description: "unexpected warnings \(warnings)")
    }
    guard let wanted = expected["body"] else { return }
    try match(wanted, body ?? .string(text), "", owners: comparesOwners)
  }

  private func compareEvents(_ events: [JSON], _ step: JSON) throws {
    let wanted = step["expect"]?["events"]?.arrayValue ?? []
    if step["compare"]?.stringValue == "types" {
      func brief(_ event: JSON) -> JSON { [event["type"] ?? .null, event["object"]?["metadata"]?["name"] ?? .null] }
      try match(.array(wanted.map(brief)), .array(events.map(brief)), "events", owners: false)
    } else {
      try match(.array(wanted), .array(events), "events", owners: comparesOwners)
    }
  }

  private func match(_ expected: JSON?, _ actual: JSON?, _ path: String, owners: Bool) throws {
    switch (expected, actual) {
    case (nil, nil): return
    case (.string(let pattern)?, .string(let text)?):
      if matches(text, pattern) { return }
    case (.array(let a)?, .array(let b)?) where a.count == b.count:
      for index in a.indices { try match(a[index], b[index], "\(path)[\(index)]", owners: owners) }
      return
    case (.object(let expected)?, .object(let actual)?):
      let a = JSONObject(expected.map { (placed($0.key), $0.value) })
      let b = JSONObject(actual.map { (Self.withoutUIDs($0.key), $0.value) })
      for key in Set(a.keys).union(b.keys).sorted() {
        if key == "storageVersionHash" || (key == "managedFields" && !owners) { continue }
        // What columns say of themselves is each server's own prose; the project's recordings leave it out.
        if key == "description", a[key] == nil, path.contains("columnDefinitions[") { continue }
        if key == "managedFields" {
          try match(a[key].map(Self.ordered), b[key].map(Self.ordered), "\(path).\(key)", owners: owners)
        } else {
          try match(a[key], b[key], "\(path).\(key)", owners: owners)
        }
      }
      return
    case (let a?, let b?): if a == b { return }
    default: break
    }
    throw Difference(
      description: "\(path): \(actual?.description ?? "nothing"), expected \(expected?.description ?? "nothing")")
  }

  /// A text of a recording with this run's names.
  private func placed(_ text: String) -> String {
    text.replacing("<ns>", with: variables["ns"] ?? "").replacing("<id>", with: id)
  }

  /// Whether a text is what the recording says, with the values that change from run to run left
  /// open.
  private func matches(_ text: String, _ pattern: String) -> Bool {
    let filled = placed(pattern)
    var rest = text[...]
    var pieces: [Substring] = [filled[...]]
    for placeholder in ["<uid>", "<rv>", "<time>", "<continue>"] {
      pieces = pieces.flatMap { $0.split(separator: placeholder, omittingEmptySubsequences: false) }
    }
    guard pieces.count > 1 else { return text == filled }
    guard rest.hasPrefix(pieces[0]) else { return false }
    rest = rest.dropFirst(pieces[0].count)
    for (index, piece) in pieces.enumerated().dropFirst() {
      if index == pieces.count - 1 {
        return piece.isEmpty ? !rest.isEmpty : rest.hasSuffix(piece) && rest.count > piece.count
      }
      guard let range = rest.firstRange(of: piece), range.lowerBound > rest.startIndex else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }

  /// Owners by what they are. The server orders them by the second of their last write first, which
  /// differs from one run to the next.
  private static func ordered(_ owners: JSON) -> JSON {
    guard let items = owners.arrayValue else { return owners }
    func key(_ item: JSON) -> [String] {
      ["operation", "manager", "apiVersion", "subresource"].map { item[$0]?.stringValue ?? "" }
    }
    return .array(items.sorted { key($0).lexicographicallyPrecedes(key($1)) })
  }

  /// Keys of field paths name the uids of owners.
  private static func withoutUIDs(_ key: String) -> String {
    key.hasPrefix("k:") ? key.replacing(/[0-9a-f]{8}-[0-9a-f-]{27}/, with: "<uid>") : key
  }

  static func value(_ json: JSON, _ path: String) -> JSON? {
    var current = json
    for key in path.split(separator: ".") {
      let next = Int(key).flatMap { current[$0] } ?? current[String(key)]
      guard let next else { return nil }
      current = next
    }
    return current
  }
}

/// A clock on which no long sleep ends while it is held: a watch was recorded for a second, and what happened in that
/// second may take a busy machine longer.
private final class HeldClock: Clock {
  typealias Instant = ContinuousClock.Instant

  private let isHeld = Mutex(false)

  var now: Instant { ContinuousClock.now }
  var minimumResolution: Duration { .zero }

  func hold(_ holds: Bool) { isHeld.withLock { $0 = holds } }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let isLong = now.duration(to: deadline) >= .milliseconds(500)
    try await Task.sleep(until: deadline, tolerance: tolerance, clock: .continuous)
    while isLong, isHeld.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
  }
}
