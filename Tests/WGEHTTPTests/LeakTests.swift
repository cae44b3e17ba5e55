import Foundation
import HTTPTypes
import Testing
import WGETestSupport

@testable import WGEHTTP

extension HTTPSuites {
  /// What a process holds after transports came and went. Each test is a process of its own, so
  /// that no other test's descriptors and threads are counted.
  @Suite struct LeakTests {
    @Test func noDescriptorAndNoThreadIsLeft() async throws {
      guard FileManager.default.fileExists(atPath: "/proc/self/fd") else {
        print("SKIPPED: no /proc on this system")
        return
      }
      await #expect(processExitsWith: .success) {
        func count(_ directory: String) -> Int {
          (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(directory)").count) ?? -1
        }
        let server = try ScriptedServer { connection in
          while let request = connection.readRequest() {
            if request.path == "/hang" {
              connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx")
              connection.waitForEnd()
            } else {
              connection.answer(body: String(repeating: "x", count: 100_000))
            }
          }
        }
        func use(shutsDown: Bool) async throws {
          let transport = try CurlTransport(CurlTransport.Configuration(proxy: .off))
          try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
              group.addTask {
                if number % 4 == 0 {
                  let task = Task {
                    let response = try await transport.execute(HTTPTransportRequest(url: server.url + "/hang"))
                    for try await _ in response.body {}
                  }
                  try? await Task.sleep(for: .milliseconds(5))
                  task.cancel()
                  _ = await task.result
                } else if number % 4 == 1 {
                  _ = try await transport.execute(HTTPTransportRequest(url: server.url))
                } else if number % 4 == 2 {
                  _ = try? await transport.execute(HTTPTransportRequest(url: "http://127.0.0.1:1/"))
                } else {
                  _ = try await transport.execute(HTTPTransportRequest(url: server.url)).body.collect()
                }
              }
            }
            try await group.waitForAll()
          }
          if shutsDown { await transport.shutdown() }
        }
        // What a first use makes once per process (the pool's threads, libcurl's tables) is not a leak.
        try await use(shutsDown: true)
        try await eventually { server.open == 0 }
        let descriptors = count("fd")
        let threads = count("task")
        for round in 0..<20 { try await use(shutsDown: round % 2 == 0) }
        try await eventually("connections are closed") { server.open == 0 }
        try await eventually("descriptors are closed: \(descriptors) before") { count("fd") <= descriptors }
        try await eventually("threads have ended: \(threads) before") { count("task") <= threads + 2 }
      }
    }
  }
}
