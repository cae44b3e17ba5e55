#if Server
  import HTTPTypes
  import Hummingbird
  import HummingbirdTesting
  import NIOCore
  import Synchronization
  import Testing
  import WGEAPI
  import WGEAuth
  import WGECore
  import WGEServer

  @Suite struct OperationTests {
    @Test func health() async throws {
      let broken = Mutex(false)
      let check = ReadinessCheck("cluster") { if broken.withLock({ $0 }) { throw CancellationError() } }
      let fixture = try ServerFixture(readiness: [check])
      try await fixture.test { client async throws in
        for path in ["/healthz", "/livez", "/readyz"] { #expect(try await client.get(path).text == "ok\n") }
        #expect(try await client.get("/health/").text == "ok")
        let head = try await client.execute(uri: "/healthz", method: .head)
        #expect(head.status == .ok && head.body.readableBytes == 0)
        #expect(try await client.get("/readyz?verbose").text == "ok\n")
        #expect(try await client.get("/readyz?verbose", bearer).text == "[+] cluster ok\n")
      }
      broken.withLock { $0 = true }
      try await ServerFixture(readiness: [check]).test { client async throws in
        let response = try await client.get("/readyz")
        #expect(response.status == .serviceUnavailable)
        #expect(response.text == "not ready\n")
        #expect(try await client.get("/readyz?verbose", bearer).text == "[-] cluster failed\n")
        #expect(try await client.get("/healthz").status == .ok)
      }
    }

    @Test func metrics() async throws {
      try await ServerFixture(endpoints: [getting()]).test { client async throws in
        _ = try await client.get("/v1/pipelines/secret-name?namespace=n", bearer)
        _ = try await client.get("/pages/other-name")
        _ = try await client.get("/nowhere/at/all")
        let text = try await client.get("/metrics").text
        #expect(text.contains("# TYPE http_request_duration_seconds histogram\n"))
        #expect(
          text.contains(#"http_request_duration_seconds_count{code="200",method="GET",route="/v1/pipelines/{name}"} 1"#)
        )
        #expect(text.contains(#"route="/pages/{page}""#))
        #expect(text.contains(#"route="other""#))
        #expect(text.contains("http_requests_inflight 1\n"))
        #expect(!text.contains("secret-name") && !text.contains("other-name") && !text.contains("nowhere"))
      }
      let closed = try ServerConfiguration(metricsAccess: .authenticated)
      try await ServerFixture(configuration: closed).test { client async throws in
        #expect(try await client.get("/metrics").status == .unauthorized)
        #expect(try await client.get("/metrics", bearer).status == .ok)
      }
      let off = try ServerConfiguration(metricsAccess: .nobody)
      try await ServerFixture(configuration: off).test { client async throws in
        #expect(try await client.get("/metrics", bearer).status == .notFound)
      }
    }

    @Test func document() async throws {
      try await ServerFixture().test { client async throws in
        let response = try await client.get("/openapi.json")
        #expect(try response.json["openapi"] == "3.1.0")
        #expect(response.headers[.contentType]?.hasPrefix("application/json") == true)
      }
    }

    @Test func theDocumentDescribesTheServersOwnRoutes() async throws {
      let document = try JSON(parsing: OpenAPIDocument.json)
      let fixture = try ServerFixture()
      let described = try #require(document["paths"]?.objectValue).map(\.key).filter { !$0.contains("{") }
      try await fixture.test { client async throws in
        for path in described where path != "/v1/stream" {
          let isRead = document["paths"]?[path]?["get"] != nil
          let response =
            isRead ? try await client.get(path, bearer) : try await client.post(path, "{}", bearer)
          #expect(response.status != .notFound && response.status != .methodNotAllowed, "\(path)")
        }
      }
    }
  }

  @Suite struct StepTests {
    @Test func securityHeaders() async throws {
      try await ServerFixture().test { client async throws in
        for path in ["/", "/v1/version", "/nowhere", "/healthz", "/broken"] {
          let headers = try await client.get(path).headers
          #expect(headers[.xContentTypeOptions] == "nosniff", "\(path)")
          #expect(headers[field("X-Frame-Options")] == "DENY")
          #expect(headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'; script-src 'self';") == true)
          #expect(headers[.contentSecurityPolicy]?.contains("unsafe") == false)
          #expect(headers[field("Referrer-Policy")] == "same-origin")
          #expect(headers[field("Cross-Origin-Opener-Policy")] == "same-origin")
          #expect(headers[.cacheControl] == "no-store")
          #expect(headers[.strictTransportSecurity] == nil)
          #expect(headers[field("X-Request-Id")]?.isEmpty == false)
          #expect(headers[field("Access-Control-Allow-Origin")] == nil)
        }
      }
    }

    @Test func modules() async throws {
      let fixture = try ServerFixture()
      let cookie = try await fixture.cookie()
      try await fixture.test { client async throws in
        #expect(try await client.get("/").text == "home of nobody at ")
        #expect(try await client.get("/", [.cookie: cookie]).text == "home of admin at ")
        #expect(try await client.get("/", [.cookie: "wge_session=forged"]).text == "home of nobody at ")
        #expect(try await client.get("/pages/a").text == "a")
        #expect(try await client.get("/pages/a/b").headers[.server] == "module")
        #expect(try await client.get("/broken").status == .conflict)
        #expect(try await client.get("/nowhere").status == .notFound)
        #expect(try await client.get("/oauth2/nothing").status == .notFound)
      }
    }

    @Test func hosts() async throws {
      let configuration = try ServerConfiguration(publicURL: "https://wge.example.com")
      try await ServerFixture(configuration: configuration).test { client async throws in
        #expect(try await client.get("/").status == .misdirectedRequest)
        #expect(try await client.get("/healthz").status == .ok)
      }
      let local = try ServerConfiguration(allowedHosts: ["LOCALHOST"])
      try await ServerFixture(configuration: local).test { client async throws in
        #expect(try await client.get("/").status == .ok)
      }
    }

    @Test func prefix() async throws {
      let configuration = try ServerConfiguration(routePrefix: "wge/")
      try await ServerFixture(configuration: configuration, endpoints: [getting()]).test { client async throws in
        #expect(try await client.get("/wge/").text == "home of nobody at /wge")
        #expect(try await client.get("/wge").text == "home of nobody at /wge")
        #expect(try await client.get("/wge/v1/pipelines/p?namespace=n", bearer).status == .ok)
        #expect(try await client.get("/wge/v1/version").status == .unauthorized)
        #expect(try await client.get("/v1/version", bearer).status == .notFound)
        #expect(try await client.get("/wgex", bearer).status == .notFound)
        #expect(try await client.get("/healthz").status == .ok)
        let root = try await client.get("/")
        #expect(root.status == .temporaryRedirect)
        #expect(root.headers[.location] == "/wge/")
        let response = try await client.post("/wge/oauth2/sign_in", #"{"username":"admin","password":"s3cret"}"#)
        #expect(response.headers[.setCookie]?.contains("; Path=/wge;") == true)
      }
    }

    @Test func configurations() throws {
      for bad in ["/a b", "/../x", "/a?b", "/<script>"] {
        #expect(throws: AuthError.self, "\(bad)") { try ServerConfiguration(routePrefix: bad) }
      }
      for bad in ["wge.example.com", "ftp://x", "https://", "https://a/b", "https://u@h", "https://a b"] {
        #expect(throws: AuthError.self, "\(bad)") { try ServerConfiguration(publicURL: bad) }
      }
      #expect(try ServerConfiguration(publicURL: "HTTPS://WGE.example.com/").publicURL == "https://wge.example.com")
      #expect(try ServerConfiguration(routePrefix: "/a/b/").routePrefix == "/a/b")
    }

    @Test func logsHoldNoSecretsAndNoNames() async throws {
      let fixture = try ServerFixture(endpoints: [getting { _, _ in throw APIStatus(.unknown, "odd") }])
      let cookie = try await fixture.cookie()
      try await fixture.test { client async throws in
        _ = try await client.get("/v1/pipelines/p?namespace=n&token=hush", [.cookie: cookie])
        _ = try await client.get("/v1/version", bearer)
        _ = try await client.get("/v1/version", [.authorization: "Bearer hush-hush"])
      }
      let lines = fixture.lines.all.withLock { $0 }
      #expect(lines.contains { $0.contains("server error") && $0.contains("/v1/pipelines/{name}") })
      let session = cookie.dropFirst("wge_session=".count)
      for line in lines {
        #expect(!line.contains("hush") && !line.contains(session) && !line.contains("jane"), "\(line)")
      }
    }

    @Test func requestNumbersDiffer() async throws {
      try await ServerFixture().test { client async throws in
        let header = field("X-Request-Id")
        let first = try await client.get("/", [header: "mine"]).headers[header]
        let second = try await client.get("/", [header: "mine"]).headers[header]
        #expect(first != second)
        #expect(first != "mine")
      }
    }
  }
#endif
