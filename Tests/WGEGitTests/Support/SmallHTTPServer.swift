import Foundation
import Synchronization

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

  let port: Int
  private let listener: Int32
  private let handler: @Sendable (Request) async -> Answer
  private let seen = Mutex<[Request]>([])

  var url: String { "http://127.0.0.1:\(port)" }
  var requests: [Request] { seen.withLock { $0 } }

  init(_ handler: @escaping @Sendable (Request) async -> Answer) throws {
    self.handler = handler
    #if canImport(Glibc)
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard bound else { throw GitCLI.Failure(description: "no port") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [weak self] in
      while true {
        let client = accept(descriptor, nil, nil)
        if client < 0 {
          // Closed only here, so that no other socket can get its number while this thread accepts on it.
          close(descriptor)
          return
        }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard let self else {
          close(client)
          continue
        }
        Thread.detachNewThread { self.serve(client) }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
  }

  private func serve(_ client: Int32) {
    defer { close(client) }
    guard let request = read(client) else { return }
    seen.withLock { $0.append(request) }
    let answer = Mutex<Answer?>(nil)
    let done = DispatchSemaphore(value: 0)
    let handler = handler
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
    Task.detached { [send] in
      do {
        for try await piece in body where !piece.isEmpty {
          guard send(client, Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8)) else {
            break
          }
        }
        _ = send(client, Array("0\r\n\r\n".utf8))
      } catch {
        // The missing last chunk tells the client.
      }
      done.signal()
    }
    done.wait()
  }

  private let send: @Sendable (Int32, [UInt8]) -> Bool = { client, bytes in
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

  private func read(_ client: Int32) -> Request? {
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
      let parts = request.target.split(separator: "?", maxSplits: 1).map(String.init)
      let response = await backend.respond(
        to: LocalGitHTTPBackend.Request(
          method: request.method, path: String(parts[0].dropFirst(4)), query: parts.count > 1 ? parts[1] : "",
          contentType: request.headers["content-type"], contentEncoding: request.headers["content-encoding"],
          gitProtocol: request.headers["git-protocol"], body: Pieces(pieces: [request.body])), as: alice)
      return Answer(status: response.status, headers: response.headers, body: response.body)
    }
  }
}
