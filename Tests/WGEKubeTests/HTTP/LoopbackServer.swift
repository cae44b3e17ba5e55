import Glibc
import Testing

@testable import WGEKube

/// The smallest HTTP/1.1 server on 127.0.0.1: one scripted answer per connection, in order.
final class LoopbackServer: Sendable {
  let port: UInt16
  let requests = Shared<[String]>([])
  private let listener: Int32
  private let stopped = Shared(false)

  init(_ answers: [[String]]) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(listener >= 0)
    self.listener = listener
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(listener, raw, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, raw, &length) == 0
      }
    }
    try #require(bound)
    port = UInt16(bigEndian: address.sin_port)
    let requests = requests
    DetachedThread.start {
      for answer in answers {
        let connection = accept(listener, nil, nil)
        if connection < 0 { return }
        requests.withLock { $0.append(Self.readHead(connection)) }
        for part in answer {
          let bytes = Array(part.utf8)
          if send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) < 0 { break }
          usleep(2000)
        }
        shutdown(connection, Int32(SHUT_WR))
        close(connection)
      }
    }
  }

  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

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
