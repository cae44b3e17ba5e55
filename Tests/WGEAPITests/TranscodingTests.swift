import HTTPTypes
import SwiftProtobuf
import Testing
import WGEAPI
import WGEAuth
import WGECore
import WGEKube

/// Answers like a service, from closures, and remembers what it was asked.
let caller = APICall(user: UserPrincipal(id: "jane", method: .userAccount), requestID: "r1")
let stranger = APICall(user: nil, requestID: "r2")

func endpoint(
  _ handler:
    @escaping @Sendable (Pipelines_V1_ApprovePromotionRequest, APICall) async throws ->
    Pipelines_V1_ApprovePromotionResponse
) -> UnaryEndpoint<Pipelines_V1_ApprovePromotionRequest, Pipelines_V1_ApprovePromotionResponse> {
  UnaryEndpoint("pipelines.v1.Pipelines/ApprovePromotion", handler: handler)
}

@Suite struct JSONEncodingTests {
  func json(_ message: some Message) throws -> JSON { try JSON(parsing: try ProtoJSON.encode(message)) }

  @Test func everyFieldIsPresent() throws {
    #expect(
      try json(Pipelines_V1_GetPipelineResponse.with { $0.pipeline = .init() }) == [
        "pipeline": [
          "name": "", "namespace": "", "appRef": .null, "environments": [], "targets": [], "status": .null, "yaml": "",
          "type": "", "promotion": .null, "environmentSummaries": [], "conditions": [], "latestRevision": "",
          "createdAt": "",
        ], "errors": [],
      ])
    #expect(try json(Pipelines_V1_GetPipelineResponse()) == ["pipeline": .null, "errors": []])
    #expect(try json(Pipelines_V1_ListPipelinesResponse()) == ["pipelines": [], "errors": []])
    #expect(try json(GitopsCore_V1_GetFeatureFlagsResponse()) == ["flags": [:]])
  }

  @Test func alsoInListsAndMaps() throws {
    let message = Pipelines_V1_PipelineStatus.with {
      $0.environments["dev"] = .with {
        $0.targetsStatuses = [.with { $0.workloads = [.init()] }]
        $0.waitingStatus = .with { $0.revision = "1.2.3" }
      }
    }
    #expect(
      try json(message) == [
        "environments": [
          "dev": [
            "waitingStatus": ["revision": "1.2.3"], "state": "", "message": "", "revision": "", "promotion": .null,
            "history": [], "approvals": [],
            "targetsStatuses": [
              [
                "clusterRef": .null, "namespace": "", "ready": false, "revision": "", "error": "", "clusterName": "",
                "workloads": [
                  [
                    "kind": "", "name": "", "version": "", "lastAppliedRevision": "", "conditions": [],
                    "suspended": false, "ready": false,
                  ]
                ],
              ]
            ],
          ]
        ]
      ])
  }

  @Test func longIntegersAreStrings() throws {
    let status = try json(ClusterServices_V1_CapiClusterStatus.with { $0.observedGeneration = 1 << 60 })
    #expect(status["observedGeneration"] == "1152921504606846976")
    #expect(try json(ClusterServices_V1_CapiClusterStatus())["observedGeneration"] == "0")
    #expect(try json(ClusterServices_V1_ListGitopsClustersResponse.with { $0.total = 3 })["total"] == 3)
  }

  @Test func textSurvives() throws {
    let odd = "\u{0}\"\\\n\u{2028}é🇪🇺</script>"
    #expect(try json(Pipelines_V1_Target.with { $0.namespace = odd })["namespace"]?.stringValue == odd)
  }
}

@Suite struct JSONDecodingTests {
  /// What the service sees of a body.
  func decode(_ body: String, path: [String: String] = ["name": "p"]) async -> Result<
    Pipelines_V1_ApprovePromotionRequest, APIStatus
  > {
    let (seen, see) = AsyncStream<Pipelines_V1_ApprovePromotionRequest>.makeStream()
    let endpoint = endpoint { request, _ in
      see.yield(request)
      return .init()
    }
    do {
      _ = try await endpoint.answer(path: path, query: [], body: Array(body.utf8), call: caller)
      see.finish()
      for await request in seen { return .success(request) }
      return .failure(APIStatus(.internalError, "the handler was not called"))
    } catch {
      return .failure(error)
    }
  }

  @Test func readsBothSpellingsAndDropsTheUnknown() async throws {
    let request = try await decode(
      #"{"namespace":"n","env":"prod","revision":"1","comment":null,"other":{"deep":[1,2,{"x":null}]},"nameSpace":3}"#
    ).get()
    #expect(request.namespace == "n")
    #expect(request.env == "prod")
    #expect(request.name == "p")
  }

  @Test func pathFieldsWin() async throws {
    let request = try await decode(#"{"name":"evil","namespace":"n","env":"e","revision":"1"}"#).get()
    #expect(request.name == "p")
  }

  @Test(arguments: [
    (#"{"namespace":1,"env":"e","revision":"1"}"#, "field namespace must be a string"),
    (#"{"namespace":{"a":1}}"#, "field namespace must be a string"),
    (#"[]"#, "the body must be a JSON object"), (#""text""#, "the body must be a JSON object"),
    (#"{"namespace":"n","env":"e"}"#, "field revision is required"),
    (#"{"namespace":"","env":"e","revision":"1"}"#, "field namespace is required"),
    ("", "field namespace is required"), ("  \n", "field namespace is required"),
    (#"{"namespace":"#, "the body is not JSON"), ("\u{FEFF}{}", "the body is not JSON"),
  ])
  func saysWhatIsWrong(body: String, message: String) async {
    guard case .failure(let status) = await decode(body) else {
      Issue.record("\(body) was accepted")
      return
    }
    #expect(status.code == .invalidArgument)
    #expect(status.message.hasPrefix(message), "\(status.message)")
  }

  @Test func depthIsBounded() async {
    let body = String(repeating: #"{"a":"#, count: 100_000) + "1" + String(repeating: "}", count: 100_000)
    guard case .failure(let status) = await decode(body) else {
      Issue.record("accepted")
      return
    }
    #expect(status.code == .invalidArgument)
  }
}

@Suite struct QueryTests {
  func decode(_ query: [(name: String, value: String)]) async throws(APIStatus)
    -> ClusterServices_V1_ListGitopsClustersRequest
  {
    let (seen, see) = AsyncStream<ClusterServices_V1_ListGitopsClustersRequest>.makeStream()
    let endpoint = UnaryEndpoint<
      ClusterServices_V1_ListGitopsClustersRequest, ClusterServices_V1_ListGitopsClustersResponse
    >("cluster_services.v1.ClustersService/ListGitopsClusters") { request, _ in
      see.yield(request)
      return .init()
    }
    _ = try await endpoint.answer(path: [:], query: query, body: [], call: caller)
    see.finish()
    for await request in seen { return request }
    throw APIStatus(.internalError, "the handler was not called")
  }

  @Test func fillsTheMessage() async throws {
    let request = try await decode([
      ("label", "a=b"), ("pageSize", "10"), ("page_token", "t"), ("refType", "Secret"), ("unknown", "x"),
      ("label.deep", "x"), ("", ""),
    ])
    #expect(request.label == "a=b")
    #expect(request.pageSize == 10)
    #expect(request.pageToken == "t")
    #expect(request.refType == "Secret")
  }

  @Test(
    arguments: [
      ([("pageSize", "x")], "parameter pageSize must be a 32-bit integer"),
      ([("pageSize", "99999999999")], "parameter pageSize must be a 32-bit integer"),
      ([("pageSize", "")], "parameter pageSize must be a 32-bit integer"),
      ([("label", "a"), ("label", "b")], "parameter label is given more than once"),
      ([("pageToken", "a"), ("page_token", "b")], "parameter page_token is given more than once"),
    ] as [([(String, String)], String)])
  func saysWhatIsWrong(query: [(String, String)], message: String) async {
    do throws(APIStatus) {
      _ = try await decode(query.map { (name: $0.0, value: $0.1) })
      Issue.record("accepted")
    } catch {
      #expect(error.code == .invalidArgument)
      #expect(error.message == message)
    }
  }

  @Test(
    arguments: [
      ("", []), ("a=1&b=2", [["a", "1"], ["b", "2"]]), ("a", [["a", ""]]), ("a=b=c", [["a", "b=c"]]),
      ("a=%20+x&&b=%C3%A9", [["a", "  x"], ["b", "é"]]), ("=x", [["", "x"]]),
    ] as [(String, [[String]])])
  func splitsQueries(query: String, expected: [[String]]) {
    #expect(PercentEncoding.decodeQuery(query)?.map { [$0.name, $0.value] } == expected)
  }

  @Test(arguments: ["a=%", "a=%2", "a=%zz", "%ff=1", "a=%C3"])
  func refusesBrokenEscapes(query: String) { #expect(PercentEncoding.decodeQuery(query) == nil) }
}

@Suite struct PathTests {
  @Test(arguments: [
    ("/v1/pipelines/p", ["v1", "pipelines", "p"]), ("/v1/pipelines/a%20b", ["v1", "pipelines", "a b"]),
    ("/v1/x/ns%2Fname", ["v1", "x", "ns/name"]), ("/a/%C3%A9", ["a", "é"]),
  ])
  func parses(path: String, segments: [String]) { #expect(RequestPath(path)?.segments == segments) }

  @Test(arguments: [
    "", "v1", "/", "//v1", "/v1/", "/v1//x", "/v1/../x", "/v1/%2e%2e/x", "/v1/.", "/v1/%2E", "/v1/%", "/v1/%zz",
    "/v1/%00", "/v1/%0d%0a", "/v1/%ff", "/" + String(repeating: "a", count: 5000),
  ])
  func refuses(path: String) { #expect(RequestPath(path) == nil) }

  @Test func encodesBack() {
    #expect(PercentEncoding.encode("a b/c~é%") == "a%20b%2Fc~%C3%A9%25")
    #expect(PercentEncoding.decode(PercentEncoding.encode("a b/c~é%\u{0}").utf8) == "a b/c~é%\u{0}")
  }
}

@Suite struct RoutingTests {
  let table = RoutingTable([endpoint { _, _ in .init() }])

  @Test func routes() throws {
    guard
      case .endpoint(let found, let fields) = table.route(.post, try #require(RequestPath("/v1/pipelines/approve/p")))
    else {
      Issue.record("not found")
      return
    }
    #expect(found.rule.rpc == "pipelines.v1.Pipelines/ApprovePromotion")
    #expect(fields == ["name": "p"])
  }

  @Test func tellsWrongMethodsAndUnservedPathsApart() throws {
    guard case .methodNotAllowed(let allowed) = table.route(.get, try #require(RequestPath("/v1/pipelines/approve/p")))
    else {
      Issue.record("method not checked")
      return
    }
    #expect(allowed == [.post])
    guard case .notServed(let rule) = table.route(.get, try #require(RequestPath("/v1/pipelines"))) else {
      Issue.record("not known")
      return
    }
    #expect(rule.rpc == "pipelines.v1.Pipelines/ListPipelines")
    guard case .notFound = table.route(.get, try #require(RequestPath("/v1/nothing"))) else {
      Issue.record("found")
      return
    }
  }
}

@Suite struct EndpointTests {
  let body = Array(#"{"namespace":"n","env":"e","revision":"1"}"#.utf8)

  @Test func strangersAreTurnedAwayBeforeTheHandler() async {
    let endpoint = endpoint { _, _ in
      Issue.record("called for a stranger")
      return .init()
    }
    do throws(APIStatus) {
      _ = try await endpoint.answer(path: ["name": "p"], query: [], body: body, call: stranger)
      Issue.record("answered a stranger")
    } catch {
      #expect(error.code == .unauthenticated)
    }
  }

  @Test func strangersSeePublicOnes() async throws {
    let information = ServerInformation(flags: ["CLUSTER_USER_AUTH": "true", "SECRET_FEATURE": "true"])
    let flags = try #require(CoreAPI(information).endpoints.first { $0.rule.path == "/v1/featureflags" })
    let public_ = try await flags.answer(path: [:], query: [], body: [], call: stranger)
    #expect(try JSON(parsing: public_) == ["flags": ["CLUSTER_USER_AUTH": "true"]])
    let all = try await flags.answer(path: [:], query: [], body: [], call: caller)
    #expect(try JSON(parsing: all) == ["flags": ["CLUSTER_USER_AUTH": "true", "SECRET_FEATURE": "true"]])
  }

  @Test func theCallerIsThePrincipal() async throws {
    let endpoint = endpoint { _, call in
      let principal = try call.principal
      #expect(principal == .user(name: "jane"))
      #expect(call.requestID == "r1")
      return .with { $0.pullRequestURL = "u" }
    }
    let text = try await endpoint.answer(path: ["name": "p"], query: [], body: body, call: caller)
    #expect(try JSON(parsing: text) == ["pullRequestUrl": "u", "environment": .null])
  }
}
