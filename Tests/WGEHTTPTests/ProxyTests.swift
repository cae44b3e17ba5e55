import HTTPTypes
import Testing
import WGETestSupport

@testable import WGEHTTP

extension HTTPSuites {
  /// Which requests go through which proxy, and what the proxy sees.
  @Suite struct ProxyTests {
    @Test func plainRequestsGoThroughTheEnvironmentsProxy() async throws {
      let seen = Collected<ServerConnection.Request>()
      let proxy = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          seen.add(request)
          connection.answer(body: "proxied")
        }
      }
      let policy = ProxyPolicy.environment([
        "http_proxy": "http://user:pa%20ss@127.0.0.1:\(proxy.port)", "NO_PROXY": "direct.invalid",
      ])
      try await CurlTransport.with({ $0.proxy = policy }) { transport in
        let text1 = try await transport.text(HTTPTransportRequest(url: "http://far.invalid/x"))
        #expect(text1 == "proxied")
        let error = await transport.failure(HTTPTransportRequest(url: "http://direct.invalid/x"))
        guard case .cannotResolve? = error else {
          Issue.record("\(String(describing: error))")
          return
        }
      }
      let request = try #require(seen.values.first)
      #expect(request.path == "http://far.invalid/x")
      #expect(request.field("Host") == "far.invalid")
      #expect(request.field("Proxy-Authorization") == "Basic dXNlcjpwYSBzcw==")
      #expect(seen.values.count == 1)
    }

    @Test func securedRequestsTunnel() async throws {
      try await TestKeys.with { keys in
        let seen = Collected<ServerConnection.Request>()
        let proxy = try ScriptedServer { connection in
          guard let request = connection.readRequest() else { return }
          seen.add(request)
          connection.answer("403 Forbidden", body: "no")
        }
        try await CurlTransport.with({ $0.proxy = .url("http://user:s3cret@127.0.0.1:\(proxy.port)") }) { transport in
          let error = await transport.failure(
            HTTPTransportRequest(url: "https://far.invalid/x?q", fields: [.authorization: "Bearer t"]))
          guard case .cannotConnect(let target, let detail)? = error else {
            Issue.record("\(String(describing: error))")
            return
          }
          #expect(target == "https://far.invalid/x")
          #expect(detail.contains("403"))
          #expect(!detail.contains("s3cret"))
        }
        let request = try #require(seen.values.first)
        #expect(request.method == "CONNECT" && request.path == "far.invalid:443")
        #expect(request.field("Proxy-Authorization") != nil)
        #expect(request.field("Authorization") == nil, "what is for the server is not for the proxy")
      }
    }

    @Test func tunnelsToAServerUnderAnotherName() async throws {
      try await TestKeys.with { keys in
        let asked = Collected<String>()
        // A proxy that connects nowhere: the tunnel's other end speaks no TLS.
        let proxy = try ScriptedServer { connection in
          guard let request = connection.readRequest() else { return }
          asked.add(request.path)
          connection.write("HTTP/1.1 200 Connection established\r\n\r\n")
          connection.write("nonsense")
          connection.waitForEnd()
        }
        let tls = TLSConfiguration(trustRoots: .pem(try keys.bytes("ca.pem")), serverName: "inside.example")
        try await CurlTransport.with({
          $0.proxy = .url("http://127.0.0.1:\(proxy.port)")
          $0.tls = tls
        }) { transport in
          let error = await transport.failure(HTTPTransportRequest(url: "https://far.invalid:8443/"))
          guard case .tls? = error else {
            Issue.record("\(String(describing: error))")
            return
          }
        }
        #expect(asked.values == ["far.invalid:8443"])
      }
    }

    @Test func aProxyThatIsDownIsNamed() async throws {
      let proxy = try ScriptedServer { _ in }
      proxy.stop()
      try await CurlTransport.with({ $0.proxy = .url("http://127.0.0.1:\(proxy.port)") }) { transport in
        try await eventually {
          let error = await transport.failure(HTTPTransportRequest(url: "http://far.invalid/"))
          guard case .cannotConnect(_, let detail)? = error else { return false }
          return detail.contains("\(proxy.port)")
        }
      }
      try await CurlTransport.with({ $0.proxy = .url("gopher://x") }) { transport in
        let error = await transport.failure(HTTPTransportRequest(url: "http://far.invalid/"))
        #expect(error?.nothingWasSent == true)
      }
    }
  }
}
