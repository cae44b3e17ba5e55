#if Server
  import HTTPTypes
  import Hummingbird
  import HummingbirdTesting
  import NIOCore
  import SwiftProtobuf
  import Synchronization
  import Testing
  import WGEAPI
  import WGEAuth
  import WGECore
  import WGEKube
  import WGEServer

  func approving(
    _ answer: @escaping @Sendable (Pipelines_V1_ApprovePromotionRequest, APICall) async throws -> Void = { _, _ in }
  ) throws -> any APIEndpoint {
    UnaryEndpoint<Pipelines_V1_ApprovePromotionRequest, Pipelines_V1_ApprovePromotionResponse>(
      "pipelines.v1.Pipelines/ApprovePromotion"
    ) { request, call in
      try await answer(request, call)
      return .with { $0.pullRequestURL = "\(request.namespace)/\(request.name)/\(request.env)/\(request.revision)" }
    }
  }

  func getting(
    _ answer: @escaping @Sendable (Pipelines_V1_GetPipelineRequest, APICall) async throws -> Void = { _, _ in }
  ) -> any APIEndpoint {
    UnaryEndpoint<Pipelines_V1_GetPipelineRequest, Pipelines_V1_GetPipelineResponse>(
      "pipelines.v1.Pipelines/GetPipeline"
    ) { request, call in
      try await answer(request, call)
      return .with { $0.pipeline = .with { $0.name = request.name } }
    }
  }

  @Suite struct APIRouteTests {
    let body = #"{"namespace":"n","env":"e","revision":"r"}"#

    @Test func callsWithTheCallersIdentity() async throws {
      let seen = Mutex<[Principal]>([])
      let fixture = try ServerFixture(endpoints: [
        try approving { _, call in
          let principal = try call.principal
          seen.withLock { $0.append(principal) }
        }
      ])
      let cookie = try await fixture.cookie()
      let body = body
      try await fixture.test { client async throws in
        let answer = try await client.post("/v1/pipelines/approve/p%20q", body, bearer)
        #expect(answer.status == .ok)
        #expect(answer.headers[.contentType] == "application/json; charset=utf-8")
        #expect(try answer.json["pullRequestUrl"] == "n/p q/e/r")
        #expect(try await client.post("/v1/pipelines/approve/p", body, [.cookie: cookie]).status == .ok)
      }
      #expect(
        seen.withLock { $0 } == [
          .bearer(Secret("good"), identity: UserInfo(name: "jane", groups: ["dev"])), .user(name: "admin"),
        ])
    }

    @Test(arguments: [
      "/v1/pipelines", "/v1/version", "/v1/nothing", "/v1", "/v1/", "/v1/featureflags/../version",
      "/v1/featureflags/%2e%2e/version", "/v1/%2e", "/v1//featureflags", "/v1/featureflags/", "/v1/pipelines/%00",
      "/v1/stream", "/v1/userinfo",
    ])
    func strangersGet401(path: String) async throws {
      try await ServerFixture(endpoints: [getting()]).test { client async throws in
        let response = try await client.get(path)
        #expect(response.status == .unauthorized)
        #expect(try response.json == ["message": "Authentication required", "code": 401])
        #expect(response.headers[.wwwAuthenticate] == "Bearer")
      }
    }

    @Test func publicRoutesAreExact() async throws {
      try await ServerFixture().test { client async throws in
        let flags = try await client.get("/v1/featureflags")
        #expect(flags.status == .ok)
        #expect(
          try flags.json == ["flags": ["CLUSTER_USER_AUTH": "true", "OIDC_AUTH": "", "ANONYMOUS_AUTH": ""]])
        let all = try await client.get("/v1/featureflags", bearer)
        #expect(try all.json["flags"]?["HIDDEN"] == "true")
        #expect(try await client.get("//v1/featureflags").status == .notFound)
        #expect(try await client.get("/v1/featureflagsx").status == .unauthorized)
      }
    }

    @Test func pathsAndMethods() async throws {
      try await ServerFixture(endpoints: [try approving(), getting()]).test { client async throws in
        #expect(try await client.get("/v1/nothing", bearer).status == .notFound)
        #expect(try await client.get("/v1/nothing", bearer).json == ["code": 5, "message": "Not Found", "details": []])
        let wrong = try await client.get("/v1/pipelines/approve/p", bearer)
        #expect(wrong.status == .methodNotAllowed)
        #expect(wrong.headers[.allow] == "POST")
        let unserved = try await client.get("/v1/clusters", bearer)
        #expect(unserved.status == .notImplemented)
        #expect(try unserved.json["code"] == 12)
        #expect(try await client.get("/v1/pipelines/%2e%2e?namespace=n", bearer).status == .notFound)
        let escaped = try await client.get("/v1/pipelines/a%2Fb?namespace=n", bearer)
        #expect(try escaped.json["pipeline"]?["name"] == "a/b")
        let head = try await client.execute(uri: "/v1/version", method: .head, headers: bearer)
        #expect(head.status == .ok)
        #expect(head.body.readableBytes == 0)
      }
    }

    @Test func badRequests() async throws {
      let body = body
      try await ServerFixture(endpoints: [try approving(), getting()]).test { client async throws in
        let missing = try await client.get("/v1/pipelines/p", bearer)
        #expect(missing.status == .badRequest)
        #expect(try missing.json == ["code": 3, "message": "field namespace is required", "details": []])
        #expect(try await client.get("/v1/pipelines/p?namespace=%zz", bearer).status == .badRequest)
        #expect(try await client.post("/v1/pipelines/approve/p", "nonsense", bearer).status == .badRequest)
        #expect(try await client.post("/v1/pipelines/approve/p", "", bearer).status == .badRequest)
        let form = try await client.post(
          "/v1/pipelines/approve/p", body, [.authorization: "Bearer good", .contentType: "text/plain"])
        #expect(form.status == .unsupportedMediaType)
      }
    }

    @Test func hugeBodies() async throws {
      let configuration = try ServerConfiguration(bodySize: 1000)
      try await ServerFixture(configuration: configuration, endpoints: [try approving()]).test { client async throws in
        let huge = #"{"comment":"\#(String(repeating: "a", count: 2000))"}"#
        let refused = try await client.post("/v1/pipelines/approve/p", huge, bearer)
        #expect(refused.status == .contentTooLarge)
        #expect(try await client.post("/upload", String(repeating: "a", count: 100)).text == "100")
        #expect(try await client.post("/upload", String(repeating: "a", count: 101)).status == .contentTooLarge)
      }
    }

    @Test func errorsKeepTheirCodes() async throws {
      let errors: [(any Error, HTTPResponse.Status, Int64)] = [
        (KubeError.status(KubeStatus(code: 404, reason: .notFound, message: "gone")), .notFound, 5),
        (KubeError.status(KubeStatus(code: 403, reason: .forbidden, message: "no")), .forbidden, 7),
        (KubeError.transport(TransportFailure(.cannotConnect, message: "down")), .serviceUnavailable, 14),
        (APIStatus(.failedPrecondition, "not now"), .badRequest, 9),
        (APIStatus(.resourceExhausted, "slow", retryAfter: .milliseconds(1500)), .tooManyRequests, 8),
      ]
      for (error, status, code) in errors {
        try await ServerFixture(endpoints: [getting { _, _ in throw error }]).test { client async throws in
          let response = try await client.get("/v1/pipelines/p?namespace=n", bearer)
          #expect(response.status == status)
          #expect(try response.json["code"]?.intValue == code)
          #expect(try response.json["details"] == [])
          if code == 8 { #expect(response.headers[.retryAfter] == "2") }
        }
      }
      // What Kubernetes refuses, the browser has to know: sign in again.
      let refused = KubeError.status(KubeStatus(code: 401, reason: .unauthorized, message: "expired"))
      try await ServerFixture(endpoints: [getting { _, _ in throw refused }]).test { client async throws in
        let response = try await client.get("/v1/pipelines/p?namespace=n", bearer)
        #expect(try response.json == ["message": "Authentication required", "code": 401])
      }
    }

    @Test func slowCallsEnd() async throws {
      let configuration = try ServerConfiguration(callTimeout: .milliseconds(20))
      let endpoint = getting { _, _ in try await Task.sleep(for: .seconds(600)) }
      try await ServerFixture(configuration: configuration, endpoints: [endpoint]).test { client async throws in
        let response = try await client.get("/v1/pipelines/p?namespace=n", bearer)
        #expect(response.status == .gatewayTimeout)
        #expect(try response.json["code"] == 4)
      }
    }

    @Test func impersonationHeadersOfCallersMeanNothing() async throws {
      let seen = Mutex<Principal?>(nil)
      let endpoint = getting { _, call in
        let principal = try call.principal
        seen.withLock { $0 = principal }
      }
      try await ServerFixture(endpoints: [endpoint]).test { client async throws in
        var headers = bearer
        headers[field("Impersonate-User")] = "system:admin"
        headers[field("X-Forwarded-User")] = "root"
        headers[field("X-HTTP-Method-Override")] = "DELETE"
        #expect(try await client.get("/v1/pipelines/p?namespace=n", headers).status == .ok)
      }
      #expect(seen.withLock { $0?.displayName } == "jane")
    }
  }
#endif
