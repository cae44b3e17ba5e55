import Foundation
import HTTPTypes
import Testing
import WGETestSupport

@testable import WGEHTTP

extension HTTPSuites {
  /// Large bodies flow only as fast as the slower side, in bounded memory.
  @Suite struct BackPressureTests {
    private static let megabyte = 1024 * 1024
    /// What kernels may hold in the sockets' buffers, and then some.
    private static let kernel = 24 * 1024 * 1024

    @Test func aSlowConsumerStopsTheServer() async throws {
      let total = 96 * Self.megabyte
      let written = Counter()
      let server = try ScriptedServer { connection in
        _ = connection.readRequest()
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
        var piece = [UInt8](repeating: 0, count: Self.megabyte)
        for number in 0..<(total / Self.megabyte) {
          for index in piece.indices { piece[index] = UInt8(truncatingIfNeeded: number &+ index) }
          guard connection.write(piece) else { return }
          written.add(piece.count)
        }
        connection.waitForEnd()
      }
      try await CurlTransport.with { transport in
        let response = try await transport.execute(HTTPTransportRequest(url: server.url))
        #expect(try await settled { written.value } < Self.kernel)
        var received = 0
        var largest = 0
        var isRight = true
        for try await chunk in response.body {
          for index in stride(from: 0, to: chunk.count, by: 997) {
            let position = received + index
            if chunk[index] != UInt8(truncatingIfNeeded: position / Self.megabyte &+ position % Self.megabyte) {
              isRight = false
            }
          }
          received += chunk.count
          largest = max(largest, chunk.count)
        }
        #expect(received == total)
        #expect(isRight)
        #expect(largest <= HTTPDefaults.responseBufferBytes + 16 * 1024)
      }
    }

    @Test(arguments: [true, false]) func aSlowServerStopsTheUpload(knowsLength: Bool) async throws {
      let total = 48 * Self.megabyte
      let goOn = Counter()
      let server = try ScriptedServer { connection in
        guard let request = connection.readRequest() else { return }
        while goOn.value == 0 { usleep(1000) }
        var wrong = 0
        var count = 0
        func take(_ bytes: [UInt8]) {
          for index in stride(from: (4096 - count % 4096) % 4096, to: bytes.count, by: 4096)
          where bytes[index] != UInt8(truncatingIfNeeded: (count + index) / 65536 + 1) {
            wrong += 1
          }
          count += bytes.count
        }
        if request.field("Content-Length") != nil {
          while count < total {
            let bytes = connection.read(exactly: min(total - count, 64 * 1024))
            if bytes.isEmpty { return }
            take(bytes)
          }
        } else {
          while let line = connection.readLine(), let size = Int(line, radix: 16) {
            take(connection.read(exactly: size))
            _ = connection.readLine()
            if size == 0 { break }
          }
        }
        connection.answer(body: "\(count) \(wrong)")
      }
      let given = Counter()
      let body = AsyncStream<[UInt8]> {
        guard given.value < total else { return nil }
        given.add(64 * 1024)
        return [UInt8](repeating: UInt8(truncatingIfNeeded: given.value / 65536), count: 64 * 1024)
      }
      try await CurlTransport.with { transport in
        let task = Task {
          try await transport.text(
            HTTPTransportRequest(
              method: .put, url: server.url, body: .stream(HTTPBody(body), length: knowsLength ? total : nil)))
        }
        try await eventually { given.value > 0 }
        #expect(try await settled { given.value } < Self.kernel)
        goOn.add()
        #expect(try await task.value == "\(total) 0")
      }
    }

    @Test func largeBodiesInMemory() async throws {
      let bytes = (0..<(20 * Self.megabyte)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          let body = connection.readBody(of: request)
          connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
          connection.write(body)
        }
      }
      try await CurlTransport.with { transport in
        let response = try await transport.execute(
          HTTPTransportRequest(method: .put, url: server.url, body: .bytes(bytes)))
        #expect(try await response.body.collect() == bytes)
      }
    }

    /// One consumer that sleeps must not hold up the other requests of the transport.
    @Test func aSlowConsumerHoldsUpNobodyElse() async throws {
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          if request.path == "/big" {
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
            connection.write([UInt8](repeating: 1, count: 50_000_000))
          } else {
            connection.answer(body: "small")
          }
        }
      }
      try await CurlTransport.with { transport in
        let big = try await transport.execute(HTTPTransportRequest(url: server.url + "/big"))
        for _ in 0..<50 {
          let text1 = try await transport.text(HTTPTransportRequest(url: server.url + "/small"))
          #expect(text1 == "small")
        }
        var count = 0
        for try await chunk in big.body { count += chunk.count }
        #expect(count == 50_000_000)
      }
    }
  }
}
