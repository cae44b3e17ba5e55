import Testing
import WGECore
import WGEKube

@Suite struct LoopbackTests {
  private func client(_ server: LoopbackServer) throws -> KubeClient {
    let config = Kubeconfig(
      name: "x", server: "http://127.0.0.1:\(server.port)", token: Secret("t0ken"), namespace: "apps")
    return try KubeClient(kubeconfig: config).retrying(.none)
  }

  @Test func aClientOverARealConnection() async throws {
    let body = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}"#
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    let event = #"{"type":"ADDED","object":{"metadata":{"name":"b"}}}"# + "\n"
    let half = String(event.prefix(20))
    let server = try LoopbackServer([
      [head + "Content-Length: \(body.utf8.count)\r\nWarning: 299 - \"old\"\r\n\r\n" + body],
      [
        head + "Transfer-Encoding: chunked\r\n\r\n", "14\r\n" + half + "\r\n",
        String(event.utf8.count - 20, radix: 16) + "\r\n" + event.dropFirst(20) + "\r\n", "0\r\n\r\n",
      ],
      [head + "Transfer-Encoding: chunked\r\n\r\n", String(event.utf8.count, radix: 16) + "\r\n" + event + "\r\n"],
      [
        "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>"
      ],
    ])
    defer { server.stop() }
    let warnings = Shared<[String]>([])
    let client = try client(server).onWarning { warning in warnings.withLock { $0.append(warning.text) } }

    #expect(try await client.get(.configMaps, ObjectKey(name: "a")).name == "a")
    #expect(warnings.value == ["old"])

    var names: [String] = []
    for try await event in try await client.watch(.configMaps) { names.append(event.object?.name ?? "") }
    #expect(names == ["b"])

    // The connection breaks before the chunked body's end.
    let error = await #expect(throws: KubeError.self) {
      for try await _ in try await client.watch(.configMaps) {}
    }
    #expect(error?.isUnreachable == true, "\(error as Any)")

    let proxy = await #expect(throws: KubeError.self) { try await client.list(.configMaps) }
    #expect(proxy?.code == 502 && "\(proxy as Any)".contains("<html></html>"))

    let requests = server.requests.value
    #expect(requests.count == 4)
    #expect(requests[0].hasPrefix("GET /api/v1/namespaces/apps/configmaps/a HTTP/1.1\r\n"))
    #expect(requests[1].hasPrefix("GET /api/v1/configmaps?watch=true&allowWatchBookmarks=true HTTP/1.1\r\n"))
    #expect(
      requests.allSatisfy { $0.contains("Authorization: Bearer t0ken\r\n") && $0.contains("User-Agent: wge\r\n") })
  }

  @Test func nobodyThere() async throws {
    let server = try LoopbackServer([])
    server.stop()
    let client = try client(server)
    let error = await #expect(throws: KubeError.self) { try await client.serverVersion() }
    guard case .transport(let failure)? = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect(failure.kind == .cannotConnect && !failure.mayHaveReachedServer)
  }
}
