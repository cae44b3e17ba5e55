#if Server
  import HTTPTypes
  import Hummingbird
  import HummingbirdTesting
  import NIOCore
  import Synchronization
  import Testing
  import WGEAuth
  import WGECore
  import WGEKube
  import WGEServer
  import WGETestSupport

  @Suite struct SignInTests {
    @Test func rightPassword() async throws {
      try await ServerFixture().test { client async throws in
        let response = try await client.post("/oauth2/sign_in", #"{"username":"admin","password":"s3cret","x":[1]}"#)
        #expect(response.status == .ok)
        let cookie = try #require(response.headers[.setCookie])
        #expect(cookie.hasPrefix("wge_session=v1."))
        #expect(cookie.contains("; HttpOnly; SameSite=Lax"))
        #expect(!cookie.contains("Secure"))
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(response.headers[field("Referrer-Policy")] == "no-referrer")
      }
    }

    @Test func secureCookies() async throws {
      let configuration = try ServerConfiguration(publicURL: "https://wge.example.com/", allowedHosts: ["localhost"])
      try await ServerFixture(configuration: configuration).test { client async throws in
        let response = try await client.execute(
          uri: "/oauth2/sign_in", method: .post,
          headers: [.contentType: "application/json", .origin: "https://wge.example.com"],
          body: ByteBuffer(string: #"{"username":"admin","password":"s3cret"}"#))
        #expect(response.headers[.setCookie]?.hasPrefix("__Host-wge_session=") == true)
        #expect(response.headers[.setCookie]?.contains("; Secure;") == true)
        #expect(response.headers[.strictTransportSecurity] == "max-age=31536000")
      }
    }

    @Test(arguments: [
      (#"{"username":"admin","password":"wrong"}"#, 401), (#"{"username":"other","password":"s3cret"}"#, 401),
      (#"{"password":"s3cret"}"#, 401), (#"{}"#, 401), ("", 400), ("[]", 400), ("nonsense", 400),
      (#"{"username":1,"password":2}"#, 400), (#"{"username":"admin","password":{"a":1}}"#, 400),
      (#"{"username":"admin","password":"\#(String(repeating: "a", count: 73))"}"#, 401),
      (#"{"username":"admin","password":"\#(String(repeating: "a", count: 5000))"}"#, 413),
      (String(repeating: "[", count: 4000), 400),
    ])
    func refusals(body: String, status: Int) async throws {
      let fixture = try ServerFixture()
      try await fixture.test { client async throws in
        let response = try await client.post("/oauth2/sign_in", body)
        #expect(response.status.code == status)
        #expect(response.headers[.setCookie] == nil)
        #expect(try response.json["code"]?.intValue == Int64(status))
        if status == 400 { #expect(try response.json["message"] == "Failed to read request body.") }
      }
      for line in fixture.lines.all.withLock({ $0 }) {
        #expect(!line.contains("s3cret") && !line.contains("wrong") && !line.contains("admin"), "\(line)")
      }
    }

    @Test func limited() async throws {
      let fixture = try ServerFixture()
      let clock = fixture.clock
      try await fixture.test { client async throws in
        for _ in 0..<5 {
          let bad = try await client.post("/oauth2/sign_in", #"{"username":"admin","password":"wrong"}"#)
          #expect(bad.status == .unauthorized)
        }
        let limited = try await client.post("/oauth2/sign_in", #"{"username":"admin","password":"s3cret"}"#)
        #expect(limited.status == .tooManyRequests)
        #expect(Int(limited.headers[.retryAfter] ?? "") != nil)
        clock.advance(by: .seconds(60))
        let good = try await client.post("/oauth2/sign_in", #"{"username":"admin","password":"s3cret"}"#)
        #expect(good.status == .ok)
      }
    }

    @Test func withoutAnAccount() async throws {
      try await ServerFixture(account: FixedClusterUser(nil)).test { client async throws in
        let response = try await client.post("/oauth2/sign_in", #"{"username":"admin","password":"s3cret"}"#)
        #expect(response.status == .badRequest)
        #expect(try response.json["message"] == "Please ensure that a password has been set.")
      }
    }

    @Test(arguments: [HTTPRequest.Method.get, .patch, .delete, .head, .options, .put])
    func otherMethods(method: HTTPRequest.Method) async throws {
      try await ServerFixture().test { client async throws in
        let response = try await client.execute(
          uri: "/oauth2/sign_in", method: method, headers: [field("X-WGE-CSRF"): "1"])
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.allow] == "POST")
      }
    }

    @Test func anonymousHasNoSignIn() async throws {
      try await ServerFixture(anonymous: "guest").test { client async throws in
        #expect(try await client.post("/oauth2/sign_in", "{}").status == .notFound)
        let info = try await client.get("/oauth2/userinfo")
        #expect(try info.json == ["id": "guest", "email": "", "groups": .null])
        #expect(try await client.get("/v1/version").status == .ok)
        let flags = try await client.get("/v1/featureflags")
        #expect(try flags.json["flags"]?["ANONYMOUS_AUTH"] == "true")
        #expect(try flags.json["flags"]?["CLUSTER_USER_AUTH"] == "")
      }
    }

    @Test(arguments: [
      "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", "",
    ])
    func onlyJSON(type: String) async throws {
      try await ServerFixture().test { client async throws in
        let response = try await client.post(
          "/oauth2/sign_in", #"{"username":"admin","password":"s3cret"}"#, [.contentType: type])
        #expect(response.status == .unsupportedMediaType)
      }
    }
  }

  @Suite struct SessionRouteTests {
    @Test func userInfo() async throws {
      let fixture = try ServerFixture()
      let cookie = try await fixture.cookie()
      try await fixture.test { client async throws in
        for path in ["/oauth2/userinfo", "/v1/userinfo"] {
          let info = try await client.get(path, [.cookie: cookie])
          #expect(info.status == .ok)
          #expect(try info.json == ["id": "admin", "email": "admin", "groups": .null])
          let token = try await client.get(path, bearer)
          #expect(try token.json == ["id": "jane", "email": "jane", "groups": ["dev"]])
          for bad in ["wge_session=forged", cookie + "x"] {
            let refused = try await client.get(path, [.cookie: bad])
            #expect(refused.status == .unauthorized)
            #expect(refused.headers[.setCookie]?.contains("Max-Age=0") == true)
          }
          #expect(try await client.get(path, [.authorization: "Bearer bad", .cookie: cookie]).status == .unauthorized)
        }
        #expect(try await client.get("/oauth2/userinfo").status == .badRequest)
        #expect(try await client.get("/v1/userinfo").status == .unauthorized)
        let post = try await client.post("/oauth2/userinfo", "{}")
        #expect(post.status == .methodNotAllowed)
        #expect(post.headers[.allow] == "GET")
      }
    }

    @Test func logout() async throws {
      let fixture = try ServerFixture()
      let cookie = try await fixture.cookie()
      try await fixture.test { client async throws in
        #expect(try await client.get("/oauth2/logout", [.cookie: cookie]).status == .methodNotAllowed)
        let out = try await client.post("/oauth2/logout", "", [.cookie: cookie])
        #expect(out.status == .ok)
        #expect(out.headers[.setCookie]?.contains("Max-Age=0") == true)
        #expect(try await client.get("/v1/userinfo", [.cookie: cookie]).status == .unauthorized)
        #expect(try await client.post("/oauth2/logout", "").status == .ok)
      }
    }

    @Test func sessionsInUseAreRenewed() async throws {
      let fixture = try ServerFixture()
      let cookie = try await fixture.cookie()
      let clock = fixture.clock
      try await fixture.test { client async throws in
        #expect(try await client.get("/v1/userinfo", [.cookie: cookie]).headers[.setCookie] == nil)
        clock.advance(by: .seconds(3000))
        let renewed = try #require(try await client.get("/v1/userinfo", [.cookie: cookie]).headers[.setCookie])
        clock.advance(by: .seconds(1000))
        #expect(try await client.get("/v1/userinfo", [.cookie: cookie]).status == .unauthorized)
        let fresh = String(renewed.prefix { $0 != ";" })
        #expect(try await client.get("/v1/userinfo", [.cookie: fresh]).status == .ok)
      }
    }

    @Test func plantedCookiesAreIgnored() async throws {
      let fixture = try ServerFixture()
      let cookie = try await fixture.cookie()
      try await fixture.test { client async throws in
        #expect(try await client.get("/v1/userinfo", [.cookie: "\(cookie); \(cookie)"]).status == .unauthorized)
      }
    }
  }

  @Suite struct CrossSiteTests {
    struct Case: Sendable {
      var headers: [String: String]
      var allowed: Bool
    }

    @Test(arguments: [
      Case(headers: ["Sec-Fetch-Site": "same-origin"], allowed: true),
      Case(headers: ["Sec-Fetch-Site": "cross-site"], allowed: false),
      Case(headers: ["Sec-Fetch-Site": "same-site"], allowed: false),
      Case(headers: ["Origin": "http://localhost"], allowed: true),
      Case(headers: ["Origin": "http://evil.test"], allowed: false),
      Case(headers: ["Origin": "null"], allowed: false),
      Case(headers: [:], allowed: false),
      Case(headers: ["X-WGE-CSRF": "1"], allowed: true),
    ])
    func withACookie(_ test: Case) async throws {
      let fixture = try ServerFixture(endpoints: [try approving()])
      let cookie = try await fixture.cookie()
      try await fixture.test { client async throws in
        var headers: HTTPFields = [.contentType: "application/json", .cookie: cookie]
        for (name, value) in test.headers { headers[field(name)] = value }
        for (uri, body) in [
          ("/v1/pipelines/approve/p", #"{"namespace":"n","env":"e","revision":"r"}"#), ("/oauth2/logout", ""),
        ] {
          let response = try await client.execute(
            uri: uri, method: .post, headers: headers, body: ByteBuffer(string: body))
          #expect(response.status == (test.allowed ? .ok : .forbidden), "\(uri)")
        }
      }
    }

    @Test func tokensAreExempt() async throws {
      try await ServerFixture(endpoints: [try approving()]).test { client async throws in
        let response = try await client.execute(
          uri: "/v1/pipelines/approve/p", method: .post,
          headers: [
            .contentType: "application/json", .authorization: "Bearer good", field("Sec-Fetch-Site"): "cross-site",
          ], body: ByteBuffer(string: #"{"namespace":"n","env":"e","revision":"r"}"#))
        #expect(response.status == .ok)
      }
    }

    @Test func signingInIsCheckedWithoutACookie() async throws {
      try await ServerFixture().test { client async throws in
        let response = try await client.execute(
          uri: "/oauth2/sign_in", method: .post, headers: [.contentType: "application/json"],
          body: ByteBuffer(string: #"{"username":"admin","password":"s3cret"}"#))
        #expect(response.status == .forbidden)
        #expect(try response.json == ["message": "cross-site request refused", "code": 403])
        // The console's form is the same door.
        let form = try await client.execute(
          uri: "/login", method: .post, headers: [.origin: "http://evil.test"], body: ByteBuffer(string: "username=a"))
        #expect(form.status == .forbidden)
      }
    }

    @Test func basicCredentialsDoNotExemptACookie() async throws {
      let fixture = try ServerFixture(endpoints: [try approving()])
      let cookie = try await fixture.cookie()
      try await fixture.test { client async throws in
        let response = try await client.execute(
          uri: "/v1/pipelines/approve/p", method: .post,
          headers: [.contentType: "application/json", .authorization: "Basic eDp5", .cookie: cookie],
          body: ByteBuffer(string: #"{"namespace":"n","env":"e","revision":"r"}"#))
        #expect(response.status == .forbidden)
      }
    }
  }
#endif
