import Dispatch
import HTTPTypes
import Synchronization
import WGECore
import WGEKube
import WGETestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A cluster of this process over HTTP without TLS, for other processes that tests start. It collects
/// each answer before it sends it, which is good for everything but watches. Every connection has a
/// thread of its own.
final class PlainFace: Sendable {
  private let listener: LoopbackListener

  init(_ transport: any KubeTransport) throws {
    listener = try LoopbackListener { connection in
      defer { close(connection) }
      var buffer: [UInt8] = []
      while let request = Self.read(connection, &buffer) {
        let done = DispatchSemaphore(value: 0)
        let answer = Mutex<KubeResponse?>(nil)
        Task.detached {
          let response = try? await transport.send(request)
          answer.withLock { $0 = response }
          done.signal()
        }
        done.wait()
        guard let response = answer.withLock({ $0 }), Self.write(connection, response) else { return }
      }
    }
  }

  deinit { listener.stop() }

  /// What programs reach it by.
  var kubeconfig: Kubeconfig {
    Kubeconfig(name: "plain", server: "http://127.0.0.1:\(listener.port)", token: Secret("none"), namespace: "default")
  }

  /// The next request; nil when the peer has closed or says what is no HTTP.
  private static func read(_ connection: Int32, _ buffer: inout [UInt8]) -> KubeRequest? {
    let mark = Array("\r\n\r\n".utf8)
    var end: Int?
    while end == nil {
      end = (0..<max(0, buffer.count - 3)).first { Array(buffer[$0..<$0 + 4]) == mark }
      if end == nil, !fill(connection, &buffer) { return nil }
    }
    guard let end else { return nil }
    let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n")
    buffer.removeFirst(end + 4)
    let first = lines.first?.split(separator: " ") ?? []
    guard first.count == 3, let method = HTTPRequest.Method(String(first[0])) else { return nil }
    var headers: HTTPFields = [:]
    for line in lines.dropFirst() {
      let pair = line.split(separator: ":", maxSplits: 1)
      if pair.count == 2, let name = HTTPField.Name(String(pair[0])) {
        headers[name] = String(pair[1].drop { $0 == " " })
      }
    }
    // Everybody is whom the transport acts for.
    headers[.authorization] = nil
    let length = headers[.contentLength].flatMap { Int($0) } ?? 0
    while buffer.count < length { if !fill(connection, &buffer) { return nil } }
    let body = Array(buffer.prefix(length))
    buffer.removeFirst(length)
    let target = first[1].split(separator: "?", maxSplits: 1)
    let query = (target.count > 1 ? target[1] : "").split(separator: "&").map { part in
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (name: String(pair[0]), value: pair.count > 1 ? String(pair[1]) : "")
    }
    return KubeRequest(method: method, path: String(target[0]), query: query, headers: headers, body: body)
  }

  private static func fill(_ connection: Int32, _ buffer: inout [UInt8]) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    let count = recv(connection, &chunk, chunk.count, 0)
    if count > 0 { buffer += chunk[..<count] }
    return count > 0
  }

  private static func write(_ connection: Int32, _ response: KubeResponse) -> Bool {
    var head = "HTTP/1.1 \(response.status.code) \(response.status.reasonPhrase)\r\n"
    for field in response.headers { head += "\(field.name.rawName): \(field.value)\r\n" }
    head += "Content-Length: \(response.body.count)\r\n\r\n"
    var rest = (Array(head.utf8) + response.body)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, noSignal) }
      if count <= 0 { return false }
      rest.removeFirst(count)
    }
    return true
  }

  #if canImport(Glibc)
    private static let noSignal = Int32(MSG_NOSIGNAL)
  #elseif canImport(Musl)
    private static let noSignal = MSG_NOSIGNAL
  #else
    private static let noSignal: Int32 = 0
  #endif
}
