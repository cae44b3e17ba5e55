import HTTPTypes
import Testing
import WGETestSupport

@testable import WGEHTTP

extension HTTPSuites {
  /// Where redirects lead, and what does not come along.
  @Suite struct RedirectTests {
    private func follow(_ count: Int) -> HTTPRequestOptions { HTTPRequestOptions(redirects: .follow(count)) }

    /// `/to?<status>,<location>` redirects; everything else tells what it was sent.
    private func server(_ seen: Collected<ServerConnection.Request>) throws -> ScriptedServer {
      try ScriptedServer { connection in
        while let request = connection.readRequest() {
          let body = connection.readBody(of: request)
          seen.add(request)
          if request.path.hasPrefix("/to?") {
            let parts = request.path.dropFirst(4).split(separator: ",", maxSplits: 1)
            connection.answer("\(parts[0]) Moved", fields: ["Location: \(parts[1])"], body: "moved")
          } else if request.path == "/loop" {
            connection.answer("302 Found", fields: ["Location: /loop"])
          } else {
            connection.answer(body: "\(request.method) \(request.path) \(String(decoding: body, as: UTF8.self))")
          }
        }
      }
    }

    @Test func areNotFollowedByDefault() async throws {
      let seen = Collected<ServerConnection.Request>()
      let server = try server(seen)
      try await CurlTransport.with { transport in
        let response = try await transport.execute(HTTPTransportRequest(url: server.url + "/to?302,/there"))
        #expect(response.status == .found)
        #expect(response.fields[.location] == "/there")
        #expect(seen.values.count == 1)
      }
    }

    @Test func followWithinTheOriginWithCredentials() async throws {
      let seen = Collected<ServerConnection.Request>()
      let server = try server(seen)
      try await CurlTransport.with { transport in
        let response = try await transport.execute(
          HTTPTransportRequest(
            url: server.url + "/to?301,/to?302,a/../there%3Fx", fields: [.authorization: "Bearer t"], options: follow(5)
          ))
        #expect(response.status == .ok)
        #expect(response.url == server.url + "/there%3Fx")
        #expect(seen.values.count == 3)
        #expect(seen.values.allSatisfy { $0.field("Authorization") == "Bearer t" })
        #expect(server.accepted == 1)
      }
    }

    @Test func leaveCredentialsBehindAtAnotherOrigin() async throws {
      let (seen, seenThere) = (Collected<ServerConnection.Request>(), Collected<ServerConnection.Request>())
      let (here, there) = (try server(seen), try server(seenThere))
      try await CurlTransport.with { transport in
        let fields: HTTPFields = [
          .authorization: "Bearer t", .cookie: "c=1", .accept: "application/json",
          try #require(HTTPField.Name("PRIVATE-TOKEN")): "g",
        ]
        // There, and back again: what was left behind stays behind.
        for path in ["/to?307,\(there.url)/x", "/to?302,\(there.url)/to?302,\(here.url)/back"] {
          let response = try await transport.execute(
            HTTPTransportRequest(url: here.url + path, fields: fields, options: follow(3)))
          #expect(response.status == .ok)
        }
        // Another name of the same address is another host.
        _ = try await transport.execute(
          HTTPTransportRequest(
            url: here.url + "/to?302,http://localhost:\(here.port)/name", fields: fields, options: follow(3)))
      }
      let leaked = (seenThere.values + seen.values.filter { !$0.path.hasPrefix("/to") })
      #expect(leaked.map(\.path).sorted() == ["/back", "/name", "/to?302,\(here.url)/back", "/x"])
      for request in leaked {
        #expect(request.field("Accept") == "application/json")
        for name in ["Authorization", "Cookie", "PRIVATE-TOKEN"] { #expect(request.field(name) == nil) }
      }
    }

    @Test func end() async throws {
      let seen = Collected<ServerConnection.Request>()
      let server = try server(seen)
      try await CurlTransport.with { transport in
        let error = await transport.failure(HTTPTransportRequest(url: server.url + "/loop", options: follow(4)))
        #expect(error == .tooManyRedirects(target: server.url + "/loop", limit: 4))
        #expect(seen.values.count == 5)
      }
    }

    @Test(arguments: [
      ("301", "POST", "GET /there "), ("302", "POST", "GET /there "), ("303", "PUT", "GET /there "),
      ("303", "DELETE", "GET /there "), ("302", "PUT", "PUT /there body"), ("307", "POST", "POST /there body"),
      ("308", "PATCH", "PATCH /there body"), ("300", "POST", "moved"), ("304", "POST", ""),
    ])
    func changeMethods(status: String, method: String, expected: String) async throws {
      let seen = Collected<ServerConnection.Request>()
      let server = try server(seen)
      try await CurlTransport.with { transport in
        let text = try await transport.text(
          HTTPTransportRequest(
            method: try #require(HTTPRequest.Method(method)), url: server.url + "/to?\(status),/there",
            fields: [.contentType: "text/plain"], body: .bytes(Array("body".utf8)), options: follow(1)))
        if status != "304" { #expect(text == expected) }
        if expected.hasPrefix("GET") { #expect(seen.values.last?.field("Content-Type") == nil) }
      }
    }

    @Test func bodiesThatCannotFollowGiveTheRedirectBack() async throws {
      let seen = Collected<ServerConnection.Request>()
      let (here, there) = (try server(seen), try server(seen))
      try await CurlTransport.with { transport in
        let stream = try await transport.execute(
          HTTPTransportRequest(
            method: .post, url: here.url + "/to?307,/there", body: .stream(HTTPBody([1, 2])), options: follow(3)))
        #expect(stream.status.code == 307)
        let crossing = try await transport.execute(
          HTTPTransportRequest(
            method: .post, url: here.url + "/to?308,\(there.url)/x", body: .bytes([1]), options: follow(3)))
        #expect(crossing.status.code == 308)
        #expect(seen.values.count == 2)
      }
    }

    @Test(arguments: ["ftp://localhost/", "http://user:pw@localhost/", "http://", "file:///etc/passwd", "http://a b/"])
    func toNowhereFail(location: String) async throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() != nil { connection.answer("302 Found", fields: ["Location: \(location)"]) }
      }
      try await CurlTransport.with { transport in
        let error = await transport.failure(HTTPTransportRequest(url: server.url, options: follow(3)))
        guard case .protocolError? = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(error?.description.contains("pw") == false)
      }
    }
  }
}
