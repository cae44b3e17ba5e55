import HTTPTypes
import Synchronization
import WGECore
import WGEKube
import WGETestSupport

/// A proxy between a client and a cluster that goes wrong as a seed says.
///
/// Requests: unknown host, refused connection, TLS failure, lost before or after they took effect,
/// delayed, sent twice, storms of 429 with Retry-After, bursts of 5xx (some of them HTML), 410, answers
/// that are old, answers cut at any byte. Streams: refused, cut at any byte with or without an error,
/// split anywhere, slow, dead without an end, ended while idle, lines doubled, lines of earlier
/// connections repeated, garbage, ERROR events. What is repeated was passed by before: no proxy sends
/// what is still to come, and no client of the watch protocol could tell.
///
/// What goes wrong with the nth request of a kind depends on the seed and n alone, so that a seed
/// repeats nearly the same schedule whatever the threads do. Times are those of a manual clock.
final class FaultyTransport: KubeTransport {
  private struct State: Sendable {
    var requests: [String: Int] = [:]
    var injected: [String: Int] = [:]
    var storm: (until: Duration, kind: Storm)?
    /// Old answers to lists, and lines of watches that resumed somewhere.
    var answers: [String: [KubeResponse]] = [:]
    var lines: [String: [Line]] = [:]
    var isCalm = false
  }

  private struct Line: Sendable {
    var version: Int
    var bytes: [UInt8]
  }

  private enum Storm: Sendable {
    case tooMany, serverError, unreachable
  }

  private let base: any KubeTransport
  private let seed: UInt64
  private let clock: ManualClock
  /// Faults per thousand requests or lines.
  private let rate: UInt64
  private let state = Mutex(State())

  init(_ base: any KubeTransport, seed: UInt64, clock: ManualClock, rate: UInt64 = 300) {
    self.base = base
    self.seed = seed
    self.clock = clock
    self.rate = rate
  }

  /// From now on nothing goes wrong. Streams that are dead end.
  func calm() { state.withLock { $0.isCalm = true } }

  /// How often what went wrong.
  var injected: [String: Int] { state.withLock(\.injected) }

  private var isCalm: Bool { state.withLock(\.isCalm) }

  private func note(_ fault: String) { state.withLock { $0.injected[fault, default: 0] += 1 } }

  private func random(for request: KubeRequest, isWatch: Bool) -> SeededRandom {
    let kind = "\(request.method) \(request.path) \(isWatch)"
    let number = state.withLock { state in
      state.requests[kind, default: 0] += 1
      return state.requests[kind] ?? 0
    }
    return SeededRandom(seed: seed, about: "\(kind) \(number)")
  }

  // MARK: Requests

  func send(_ request: KubeRequest) async throws -> KubeResponse {
    if isCalm { return try await base.send(request) }
    var random = random(for: request, isWatch: false)
    if let refusal = try refusal(request, &random) { return refusal }
    let isList = request.method == .get && request.query.contains { $0.name == "limit" || $0.name == "resourceVersion" }
    guard random.chance(rate) else { return try await remembered(request) }
    switch random.below(isList ? 9 : 6) {
    case 0:
      note("lost request")
      throw Self.lost("before it was sent on")
    case 1:
      note("lost answer")
      _ = try await base.send(request)
      throw Self.lost("with its answer")
    case 2:
      note("delay")
      try await clock.sleep(for: .milliseconds(Int64(random.below(4000))))
      return try await remembered(request)
    case 3:
      note("sent twice")
      _ = try await base.send(request)
      return try await base.send(request)
    case 4, 5:
      note("cut answer")
      var response = try await base.send(request)
      response.body = Array(response.body.prefix(random.below(response.body.count)))
      return response
    case 6:
      note("gone")
      return Self.status(410, "Expired", "the proxy forgot")
    default:
      let old = state.withLock { $0.answers[Self.address(request)] ?? [] }
      guard !old.isEmpty else { return try await remembered(request) }
      note("old list")
      return random.pick(old)
    }
  }

  private func remembered(_ request: KubeRequest) async throws -> KubeResponse {
    let response = try await base.send(request)
    if request.method == .get, response.status == .ok {
      state.withLock { state in
        var known = state.answers[Self.address(request)] ?? []
        known.append(response)
        state.answers[Self.address(request)] = known.suffix(4)
      }
    }
    return response
  }

  /// What happens to requests and streams alike, before they reach the server.
  private func refusal(_ request: KubeRequest, _ random: inout SeededRandom) throws -> KubeResponse? {
    let now = clock.now.elapsed
    var storm = state.withLock { state in state.storm.flatMap { now < $0.until ? $0.kind : nil } }
    if storm == nil, random.chance(rate / 6) {
      let kind = random.pick([Storm.tooMany, .serverError, .unreachable])
      let length = Duration.milliseconds(Int64(random.below(3000)))
      state.withLock { $0.storm = (now + length, kind) }
      storm = kind
    }
    switch storm {
    case nil: return nil
    case .tooMany:
      note("429")
      return Self.status(429, "TooManyRequests", "slow down", retryAfter: random.below(3))
    case .serverError:
      note("5xx")
      let code = random.pick([500, 502, 503, 504])
      if code == 502 {
        return KubeResponse(
          status: .badGateway, headers: [.contentType: "text/html"], body: Array("<html>bad gateway</html>".utf8))
      }
      return Self.status(code, code == 504 ? "Timeout" : "InternalError", "the server is in trouble")
    case .unreachable:
      note("unreachable")
      throw KubeError.transport(
        TransportFailure(random.pick([.cannotResolve, .cannotConnect, .tls]), message: "the proxy lets nobody through"))
    }
  }

  private static func lost(_ when: String) -> KubeError {
    .transport(TransportFailure(.connectionLost, message: "the proxy lost the request \(when)"))
  }

  private static func address(_ request: KubeRequest) -> String {
    request.path + "?" + request.query.filter { $0.name != "continue" }.map { "\($0.name)=\($0.value)" }.joined()
      + (request.query.first { $0.name == "continue" }.map { "#\($0.value)" } ?? "")
  }

  private static func statusJSON(_ code: Int, _ reason: String, _ message: String) -> JSON {
    [
      "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": .number(.int(Int64(code))),
      "reason": .string(reason), "message": .string(message),
    ]
  }

  private static func status(
    _ code: Int, _ reason: String, _ message: String, retryAfter: Int? = nil
  ) -> KubeResponse {
    var headers: HTTPFields = [.contentType: "application/json"]
    if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
    return KubeResponse(
      status: .init(code: code), headers: headers, body: statusJSON(code, reason, message).serialized())
  }

  // MARK: Streams

  func stream(_ request: KubeRequest) async throws -> KubeByteStream {
    if isCalm { return try await base.stream(request) }
    var random = random(for: request, isWatch: true)
    if let refusal = try refusal(request, &random) {
      return KubeByteStream(
        status: refusal.status, headers: refusal.headers,
        body: AsyncThrowingStream { continuation in
          continuation.yield(refusal.body)
          continuation.finish()
        })
    }
    let stream = try await base.stream(request)
    guard stream.status == .ok else { return stream }
    let (body, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
    let pump = Task { [random] in
      do {
        try await self.pump(stream.body, request, random, to: continuation)
        continuation.finish()
      } catch { continuation.finish(throwing: error) }
    }
    let life = random.chance(500) ? Duration.milliseconds(Int64(random.below(10_000))) : nil
    let end = Task {
      guard let life else { return }
      do { try await self.clock.sleep(for: life) } catch { return }
      if self.isCalm { return }
      self.note("ended while idle")
      pump.cancel()
      continuation.finish()
    }
    continuation.onTermination = { _ in
      pump.cancel()
      end.cancel()
    }
    return KubeByteStream(status: stream.status, headers: stream.headers, body: body)
  }

  private func pump(
    _ body: AsyncThrowingStream<[UInt8], any Error>, _ request: KubeRequest, _ random: SeededRandom,
    to continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation
  ) async throws {
    var random = random
    // The objects of a streaming list may have any version, so nobody can tell an old one.
    let resumes =
      request.query.contains { $0.name == "resourceVersion" && $0.value != "0" && !$0.value.isEmpty }
      && !request.query.contains { $0.name == "sendInitialEvents" }
    let place =
      request.path + (request.query.first { $0.name == "labelSelector" }?.value ?? "")
    var version = request.query.first { $0.name == "resourceVersion" }.flatMap { Int($0.value) } ?? 0
    var pending: [UInt8] = []
    for try await chunk in body {
      pending += chunk
      while let end = pending.firstIndex(of: 0x0A) {
        let line = Array(pending[...end])
        pending.removeFirst(line.count)
        if try await !forward(line, place: resumes ? place : nil, after: version, &random, to: continuation) { return }
        version = max(version, Self.version(line))
      }
    }
    continuation.yield(pending)
  }

  private static func version(_ line: [UInt8]) -> Int {
    (try? JSON(parsing: line))?["object"]?["metadata"]?["resourceVersion"]?.stringValue.flatMap { Int($0) } ?? 0
  }

  /// Passes one line on, or something like it. False when the stream has ended.
  ///
  /// - Parameter version: what the client has seen before the line.
  private func forward(
    _ line: [UInt8], place: String?, after version: Int, _ random: inout SeededRandom,
    to continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation
  ) async throws -> Bool {
    var old: [[UInt8]] = []
    if let place {
      old = state.withLock { state in
        let known = state.lines[place] ?? []
        state.lines[place] = (known + [Line(version: Self.version(line), bytes: line)]).suffix(40)
        return known.filter { $0.version <= version }.map(\.bytes)
      }
    }
    guard !isCalm, random.chance(rate) else {
      let cut = random.below(line.count)
      continuation.yield(Array(line[..<cut]))
      continuation.yield(Array(line[cut...]))
      return true
    }
    switch random.below(9) {
    case 0, 1:
      note("cut stream")
      continuation.yield(Array(line.prefix(random.below(line.count + 1))))
      if random.chance(500) { throw Self.lost("in the middle of an event") }
      return false
    case 2:
      note("slow stream")
      try await clock.sleep(for: .milliseconds(Int64(random.below(3000))))
    case 3:
      guard place != nil else { break }
      note("doubled line")
      continuation.yield(line)
    case 4, 5:
      guard !old.isEmpty else { break }
      note("repeated old lines")
      for _ in 0...random.below(4) { continuation.yield(random.pick(old)) }
    case 6:
      note("garbage")
      continuation.yield(Array("<html>oops</html>\n".utf8))
      return false
    case 7:
      note("ERROR event")
      let (code, reason) = random.pick([(410, "Expired"), (500, "InternalError"), (504, "Timeout"), (403, "Forbidden")])
      let event: JSON = ["type": "ERROR", "object": Self.statusJSON(code, reason, "from the proxy")]
      continuation.yield(event.serialized() + [0x0A])
      return false
    default:
      note("dead stream")
      while !isCalm { try await clock.sleep(for: .seconds(1)) }
      throw Self.lost("after a long silence")
    }
    continuation.yield(line)
    return true
  }
}
