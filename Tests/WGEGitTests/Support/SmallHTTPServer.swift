import Foundation
import Synchronization
import WGETestSupport

@testable import WGEGit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A server for tests: enough HTTP/1.1 for Git clients, one thread per connection, one request each.
final class SmallHTTPServer: Sendable {
  struct Request: Sendable {
    var method: String
    var target: String
    var headers: [String: String]
    var body: [UInt8]

    /// The target before its first `?`, and what follows it.
    var path: String { target.split(separator: "?", maxSplits: 1).first.map(String.init) ?? "" }
    var query: String { target.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init) ?? "" }
  }

  struct Answer: Sendable {
    var status: Int
    var headers: [(name: String, value: String)] = []
    /// Sent in chunks; nil keeps the connection open and silent until the client leaves.
    var body: (any AsyncSequence<[UInt8], any Error> & Sendable)?

    static func text(_ status: Int, _ text: String = "", headers: [(name: String, value: String)] = []) -> Answer {
      Answer(status: status, headers: headers, body: Pieces(pieces: [Array(text.utf8)]))
    }
    static let silence = Answer(status: 0, body: nil)
  }

  /// Byte pieces as a sequence.
  struct Pieces: AsyncSequence, Sendable {
    var pieces: [[UInt8]]

    struct Iterator: AsyncIteratorProtocol {
      var rest: ArraySlice<[UInt8]>
      mutating func next() async throws -> [UInt8]? { rest.popFirst() }
    }
    func makeAsyncIterator() -> Iterator { Iterator(rest: pieces[...]) }
  }

  var port: Int { Int(listener.port) }
  private let listener: LoopbackListener
  private let seen: Seen

  private final class Seen: Sendable {
    let requests = Mutex<[Request]>([])
  }

  var url: String { "http://127.0.0.1:\(port)" }
  var requests: [Request] { seen.requests.withLock { $0 } }

  init(_ handler: @escaping @Sendable (Request) async -> Answer) throws {
    let seen = Seen()
    self.seen = seen
    listener = try LoopbackListener { client in
      defer { close(client) }
      guard let request = Self.read(client) else { return }
      seen.requests.withLock { $0.append(request) }
      Self.answer(client, request, handler)
    }
  }

  private static func answer(
    _ client: Int32, _ request: Request, _ handler: @escaping @Sendable (Request) async -> Answer
  ) {
    let answer = Mutex<Answer?>(nil)
    let done = DispatchSemaphore(value: 0)
    Task.detached {
      let result = await handler(request)
      answer.withLock { $0 = result }
      done.signal()
    }
    done.wait()
    guard let answer = answer.withLock({ $0 }) else { return }
    guard let body = answer.body else {
      var byte: UInt8 = 0
      while recv(client, &byte, 1, 0) > 0 {}
      return
    }
    var head = "HTTP/1.1 \(answer.status) Status\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
    guard send(client, Array((head + "\r\n").utf8)) else { return }
    Task.detached {
      do {
        for try await piece in body where !piece.isEmpty {
          let chunk = Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8)
          // A slow client must not hold a thread of the pool.
          guard try await offPool({ send(client, chunk) }) else { break }
        }
        _ = try await offPool { send(client, Array("0\r\n\r\n".utf8)) }
      } catch {
        // The missing last chunk tells the client.
      }
      done.signal()
    }
    done.wait()
  }

  private static func send(_ client: Int32, _ bytes: [UInt8]) -> Bool {
    var offset = 0
    while offset < bytes.count {
      #if canImport(Darwin)
        let count = bytes[offset...].withUnsafeBytes { Darwin.send(client, $0.baseAddress, $0.count, 0) }
      #else
        let count = bytes[offset...].withUnsafeBytes {
          Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
      #endif
      if count <= 0 { return false }
      offset += count
    }
    return true
  }

  private static func read(_ client: Int32) -> Request? {
    var buffer: [UInt8] = []
    func fill() -> Bool {
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = recv(client, &chunk, chunk.count, 0)
      if count > 0 { buffer += chunk[..<count] }
      return count > 0
    }
    func line() -> String? {
      while true {
        if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
          let text = String(decoding: buffer[..<end], as: UTF8.self)
          buffer.removeSubrange(...end)
          return text.hasSuffix("\r") ? String(text.dropLast()) : text
        }
        if !fill() { return nil }
      }
    }
    func take(_ count: Int) -> [UInt8]? {
      while buffer.count < count { if !fill() { return nil } }
      defer { buffer.removeFirst(count) }
      return Array(buffer[..<count])
    }
    guard let first = line() else { return nil }
    let parts = first.split(separator: " ").map(String.init)
    guard parts.count == 3 else { return nil }
    var request = Request(method: parts[0], target: parts[1], headers: [:], body: [])
    while let text = line(), !text.isEmpty {
      let pair = text.split(separator: ":", maxSplits: 1).map(String.init)
      request.headers[pair[0].lowercased()] = pair.count > 1 ? pair[1].trimmingCharacters(in: .whitespaces) : ""
    }
    if request.headers["expect"] != nil { _ = send(client, Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
    if request.headers["transfer-encoding"]?.lowercased() == "chunked" {
      while let size = line().flatMap({ Int($0, radix: 16) }), let chunk = take(size), line() != nil {
        if size == 0 { break }
        request.body += chunk
      }
    } else if let count = request.headers["content-length"].flatMap({ Int($0) }) {
      guard let body = take(count) else { return nil }
      request.body = body
    }
    return request
  }
}

extension SmallHTTPServer {
  /// Serves a host's repositories below `/git`; `authorize` sees the Authorization header.
  static func git(
    _ host: LocalGitHost, authorize: (@Sendable (String?) -> Bool)? = nil
  ) throws -> SmallHTTPServer {
    let backend = LocalGitHTTPBackend(host: host)
    return try SmallHTTPServer { request in
      if let authorize, !authorize(request.headers["authorization"]) {
        return .text(401, "no", headers: [("WWW-Authenticate", "Basic realm=\"git\"")])
      }
      let response = await backend.respond(to: request)
      return Answer(status: response.status, headers: response.headers, body: response.body)
    }
  }
}

extension LocalGitHTTPBackend {
  /// Answers what came in below `/git`, as Alice.
  func respond(to request: SmallHTTPServer.Request) async -> Response {
    await respond(
      to: Request(
        method: request.method, path: String(request.path.dropFirst(4)), query: request.query,
        contentType: request.headers["content-type"], contentEncoding: request.headers["content-encoding"],
        gitProtocol: request.headers["git-protocol"], body: SmallHTTPServer.Pieces(pieces: [request.body])),
      as: alice)
  }
}
