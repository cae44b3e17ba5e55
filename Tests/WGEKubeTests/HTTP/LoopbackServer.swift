import Glibc
import WGETestSupport

@testable import WGEKube

/// The smallest HTTP/1.1 server on 127.0.0.1: one scripted answer per connection, in order.
final class LoopbackServer: Sendable {
  let requests = Shared<[String]>([])
  private let listener: LoopbackListener

  var port: UInt16 { listener.port }

  init(_ answers: [[String]]) throws {
    let left = Shared(answers)
    listener = try LoopbackListener { [requests] connection in
      defer { close(connection) }
      guard let answer = left.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return }
      // Read without the lock, which the test takes too.
      let head = Self.readHead(connection)
      requests.withLock { $0.append(head) }
      for part in answer {
        let bytes = Array(part.utf8)
        if send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) < 0 { break }
        usleep(2000)
      }
      shutdown(connection, Int32(SHUT_WR))
    }
  }

  func stop() { listener.stop() }

  private static func readHead(_ connection: Int32) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
      let count = recv(connection, &chunk, chunk.count, 0)
      if count <= 0 { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
