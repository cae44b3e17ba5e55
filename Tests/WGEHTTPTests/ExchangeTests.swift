import HTTPTypes
import Testing

@testable import WGEHTTP

extension HTTPSuites {
  @Suite struct ExchangeTests {
    let transport: CurlTransport

    init() throws { transport = try CurlTransport(CurlTransport.Configuration(proxy: .off)) }

    @Test func answersWithStatusFieldsAndBody() async throws {
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          connection.answer(
            "404 Not Found", fields: ["X-Twice: a", "X-Twice: b"],
            body: "\(request.method) \(request.path) \(request.field("X-Test") ?? "")")
        }
      }
      let response = try await transport.execute(
        HTTPTransportRequest(url: server.url + "/a%2Fb/../c?q=1#part", fields: [HTTPField.Name("X-Test")!: "yes"]))
      #expect(response.status == .notFound)
      #expect(response.version == .http1_1)
      #expect(response.fields[values: HTTPField.Name("x-twice")!] == ["a", "b"])
      #expect(response.url == server.url + "/a%2Fb/../c?q=1")
      let body = try await response.body.collect()
      #expect(String(decoding: body, as: UTF8.self) == "GET /a%2Fb/../c?q=1 yes")
      #expect(response.body.trailers == [:])
      await transport.shutdown()
    }

    @Test(arguments: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
    func sendsExactlyTheRequest(method: String) async throws {
      let seen = Collected<ServerConnection.Request>()
      let server = try ScriptedServer { connection in
        while let request = connection.readRequest() {
          seen.add(request)
          connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(method == "HEAD" ? 5 : 0)\r\n\r\n")
        }
      }
      let response = try await transport.execute(
        HTTPTransportRequest(method: HTTPRequest.Method(method)!, url: server.url + "/x"))
      #expect(try await response.body.collect().isEmpty)
      let request = try #require(seen.values.first)
      let sendsLength = ["POST", "PUT", "PATCH"].contains(method)
      #expect(
        Set(request.lines)
          == Set(
            ["\(method) /x HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "User-Agent: wge", "Accept: */*"]
              + (sendsLength ? ["Content-Length: 0"] : [])))
      await transport.shutdown()
    }

    @Test func reusesConnections() async throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() != nil { connection.answer(body: "hello") }
      }
      for _ in 0..<20 {
        let response = try await transport.execute(HTTPTransportRequest(url: server.url))
        #expect(try await response.body.collect().count == 5)
      }
      #expect(server.accepted == 1)
      await transport.shutdown()
      #expect(await eventually { server.open == 0 })
    }
  }
}
