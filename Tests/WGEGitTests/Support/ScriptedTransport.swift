import Foundation
import HTTPTypes
import Synchronization
import WGECore
import WGEHTTP

@testable import WGEGit

/// One exchange of a fixture: what must be asked, and what is answered.
struct FixtureStep: Sendable {
  var json: JSON

  var request: JSON { json["request"] ?? .null }
  var response: JSON { json["response"] ?? .null }
  var method: String { request["method"]?.stringValue ?? "" }
  var path: String { request["path"]?.stringValue ?? "" }
  var isRead: Bool { method == "GET" || method == "HEAD" }
  var isSuccess: Bool { (200..<300).contains(response["status"]?.intValue ?? 0) }

  func answer(url: String) -> HTTPTransportResponse {
    var fields = HTTPFields()
    for member in response["headers"]?.objectValue ?? [:] {
      if let name = HTTPField.Name(member.key), let value = member.value.stringValue { fields[name] = value }
    }
    let body: [UInt8] =
      switch response["body"] {
      case nil: []
      case .string(let text)?: Array(text.utf8)
      case let json?: json.serialized()
      }
    let status = Int(response["status"]?.intValue ?? 500)
    return HTTPTransportResponse(
      status: HTTPResponse.Status(code: status), fields: fields, url: url, body: HTTPBody(body))
  }
}

/// A request as a test server sees it.
struct SeenRequest: Sendable {
  var method: String
  var origin: String
  /// Percent-encoded, without the query.
  var path: String
  var query: [(name: String, value: String)]
  var fields: HTTPFields
  var bytes: [UInt8]

  init(_ request: HTTPTransportRequest) {
    method = request.method.rawValue
    let parts = request.url.split(separator: "?", maxSplits: 1)
    origin = RESTClient.origin(of: request.url) ?? ""
    path = String(parts[0].dropFirst(origin.count))
    query = parts.count > 1 ? Self.pairs(parts[1]) : []
    fields = request.fields
    if case .bytes(let body) = request.body { bytes = body } else { bytes = [] }
  }

  var json: JSON? { try? JSON(parsing: bytes) }
  var form: [(name: String, value: String)] { Self.pairs(Substring(String(decoding: bytes, as: UTF8.self))) }

  func value(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// Parts by name, in order.
  var multipart: [(name: String, value: [UInt8])] {
    guard let type = fields[.contentType], let range = type.range(of: "boundary=") else { return [] }
    let boundary = Array("\r\n--\(type[range.upperBound...])".utf8)
    // The first boundary has no line break before it.
    let whole = Array("\r\n".utf8) + bytes
    return whole.split(separator: boundary).compactMap { piece in
      guard let end = piece.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
      let head = String(decoding: piece[..<end.lowerBound], as: Unicode.UTF8.self)
      guard let name = head.range(of: "name=\"") else { return nil }
      return (String(head[name.upperBound...].prefix { $0 != "\"" }), Array(piece[end.upperBound...]))
    }
  }

  static func pairs(_ text: Substring) -> [(name: String, value: String)] {
    text.split(separator: "&").map { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (
        String(parts[0]).percentDecoded ?? "?", parts.count > 1 ? String(parts[1]).percentDecoded ?? "?" : ""
      )
    }
  }
}

/// Answers a fixture's steps in order and checks each request against its step. Reads that the client
/// makes besides are answered from other fixtures, or with 404.
final class ScriptedTransport: HTTPTransport {
  private struct State {
    var steps: [FixtureStep]
    var used: [Bool]
    var problems: [String] = []
    var requests: [SeenRequest] = []
  }

  private let state: Mutex<State>
  private let others: [FixtureStep]
  private let extra: @Sendable (SeenRequest) -> HTTPTransportResponse?

  init(
    _ steps: [FixtureStep], others: [FixtureStep] = [],
    extra: @escaping @Sendable (SeenRequest) -> HTTPTransportResponse? = { _ in nil }
  ) {
    state = Mutex(State(steps: steps, used: steps.map { _ in false }))
    self.others = others
    self.extra = extra
  }

  var problems: [String] {
    state.withLock { state in
      state.problems
        + zip(state.steps, state.used).compactMap { $1 ? nil : "was not asked: \($0.method) \($0.path)" }
    }
  }

  var requests: [SeenRequest] { state.withLock { $0.requests } }

  func execute(_ request: HTTPTransportRequest) async throws -> HTTPTransportResponse {
    let seen = SeenRequest(request)
    return state.withLock { state in
      state.requests.append(seen)
      for index in state.steps.indices where !state.used[index] {
        let step = state.steps[index]
        if step.method == seen.method, step.path == seen.path {
          if let problem = Self.difference(seen, step) {
            state.problems.append("\(seen.method) \(seen.path): \(problem)")
          }
          state.used[index] = true
          return step.answer(url: request.url)
        }
        // Reads may come in any order among themselves; a write waits for all before it.
        if !step.isRead { break }
      }
      if let answer = extra(seen) { return answer }
      if let other = others.first(where: { $0.method == seen.method && $0.path == seen.path && $0.isSuccess }) {
        return other.answer(url: request.url)
      }
      if !["GET", "HEAD"].contains(seen.method) { state.problems.append("unexpected \(seen.method) \(seen.path)") }
      return HTTPTransportResponse(status: .notFound, url: request.url, body: HTTPBody(Array("{}".utf8)))
    }
  }

  private static let mainCommit = "fc9c2a7eb52a88aa138ddbcc77205eedd3941141"

  private static func difference(_ seen: SeenRequest, _ step: FixtureStep) -> String? {
    if let base = step.request["baseURL"]?.stringValue, base != seen.origin { return "went to \(seen.origin)" }
    for member in step.request["query"]?.objectValue ?? [:] {
      let wanted = member.value.arrayValue?.compactMap(\.stringValue) ?? [member.value.stringValue ?? ""]
      let found = seen.query.filter { $0.name == member.key }.map(\.value)
      if found == wanted { continue }
      // Pinning a branch to the commit it was seen at is the stricter read of the same file.
      let pinned = wanted.map {
        ["main", "refs/heads/main"].contains($0) ? mainCommit : $0 == "branch" ? "commit" : $0
      }
      if found != pinned { return "the query \(member.key) is \(found), not \(wanted)" }
    }
    for member in step.request["headers"]?.objectValue ?? [:] {
      var wanted = member.value.stringValue ?? ""
      if let start = wanted.range(of: "base64("), wanted.hasSuffix(")") {
        wanted = wanted[..<start.lowerBound] + Base64.encode(wanted[start.upperBound...].dropLast().utf8)
      }
      let found = HTTPField.Name(member.key).flatMap { seen.fields[$0] }
      if found != wanted { return "the field \(member.key) is \(found ?? "absent"), not \(wanted)" }
    }
    if let body = step.request["body"], seen.json != body {
      return
        "the body is \(String(decoding: seen.bytes, as: UTF8.self)), not \(String(decoding: body.serialized(), as: UTF8.self))"
    }
    if let form = step.request["form"]?.objectValue {
      let wanted = form.map { "\($0.key)=\($0.value.stringValue ?? "")" }.sorted()
      let found = seen.form.map { "\($0.name)=\($0.value)" }.sorted()
      if found != wanted { return "the form is \(found), not \(wanted)" }
    }
    if let parts = step.request["multipart"]?.objectValue {
      let wanted = parts.map { "\($0.key)=\($0.value.stringValue ?? "")" }.sorted()
      let found = seen.multipart.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }.sorted()
      if found != wanted { return "the parts are \(found), not \(wanted)" }
    }
    return nil
  }
}

/// A clock whose sleeps take no time; it remembers how long they were to be.
final class InstantClock: Clock {
  typealias Instant = ContinuousClock.Instant

  private let slept = Mutex<[Duration]>([])

  var sleeps: [Duration] { slept.withLock { $0 } }
  // It stands still, so that what is slept is what was asked for, however slow the machine.
  let now = ContinuousClock.now
  var minimumResolution: Duration { .zero }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    try Task.checkCancellation()
    let duration = now.duration(to: deadline)
    slept.withLock { $0.append(duration) }
  }
}
