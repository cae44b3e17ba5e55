import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

@Suite struct KubeStatusTests {
  private func status(
    _ body: String, code: Int = 500, type: String? = "application/json", retryAfter: String? = nil
  ) -> KubeStatus {
    KubeStatus(httpStatus: code, contentType: type, retryAfterHeader: retryAfter, body: Array(body.utf8))
  }

  @Test func decodesWhole() {
    let status = status(
      #"""
      {"kind":"Status","apiVersion":"v1","metadata":{"continue":"tok"},"status":"Failure","message":"bad","reason":"Invalid",
       "details":{"name":"web","group":"apps","kind":"Deployment","uid":"u","retryAfterSeconds":7,
       "causes":[{"reason":"FieldValueInvalid","message":"m","field":"spec.replicas"},{"message":"n"},3]},"code":422}
      """#, code: 422)
    #expect(
      status
        == KubeStatus(
          code: 422, reason: .invalid, message: "bad",
          details: .init(
            name: "web", group: "apps", kind: "Deployment", uid: "u",
            causes: [
              .init(reason: "FieldValueInvalid", message: "m", field: "spec.replicas"), .init(reason: "", message: "n"),
            ], retryAfterSeconds: 7), retryAfter: .seconds(7), continueToken: "tok"))
    #expect(status.description == "422 Invalid: bad")
  }

  @Test(arguments: [
    #"{"kind":"Status","code":"422","message":["x"],"reason":{"a":1},"details":"d","metadata":[]}"#,
    #"{"kind":"Status","code":1e400,"message":null,"reason":null,"details":{"causes":{},"retryAfterSeconds":"soon"}}"#,
    #"{"kind":"Status","code":-9223372036854775808,"details":{"retryAfterSeconds":-5}}"#,
    #"{"kind":"Status"}"#,
  ])
  func wrongTypesCountAsAbsent(body: String) {
    let status = status(body, code: 409)
    #expect(status.code == 409)
    #expect(status.reason == .conflict)
    #expect(status.message == "the server answered 409 Conflict")
    #expect(status.retryAfter == nil)
  }

  @Test(
    arguments: [
      (
        "<html><head><style>p { x: \"<\" }</style><title></title></head>\n<body>\r\n  502 Bad\tGateway </body></html>",
        502, "text/html; charset=utf-8",
        "the server answered 502 with text/html in place of a Kubernetes Status: 502 Bad Gateway"
      ),
      ("", 503, nil, "the server answered 503 without a body"),
      (
        #"{"kind":"Status","message":"#, 500, "application/json",
        #"the server answered 500 with application/json in place of a Kubernetes Status: {"kind":"Status","message":"#
      ),
      (
        #"["Status"]"#, 500, "application/json",
        #"the server answered 500 with application/json in place of a Kubernetes Status: ["Status"]"#
      ),
      (
        "404 page not found\n", 404, "text/plain",
        "the server answered 404 with text/plain in place of a Kubernetes Status: 404 page not found"
      ),
      (
        "\u{1B}[31mred\u{0}", 500, "text/plain",
        "the server answered 500 with text/plain in place of a Kubernetes Status: [31mred"
      ),
    ] as [(String, Int, String?, String)])
  func otherBodiesLeaveAnExcerpt(body: String, code: Int, type: String?, message: String) {
    #expect(status(body, code: code, type: type).message == message)
  }

  @Test func excerptsAreCutBetweenCharacters() {
    let long = status(String(repeating: "é", count: 5000), code: 500, type: "text/html")
    #expect(long.message.utf8.count < 400)
    #expect(long.message.hasSuffix("é…"))
    #expect(!long.message.contains("\u{FFFD}"))
    let invalid = KubeStatus(
      httpStatus: 500, contentType: nil, retryAfterHeader: nil, body: [UInt8](repeating: 0xFF, count: 1000))
    #expect(!invalid.message.isEmpty)
  }

  @Test func deepNestingIsNoStatusAndNoCrash() {
    let deep = String(repeating: #"{"kind":"Status","details":"#, count: 20_000)
    #expect(status(deep, code: 500).reason == .internalError)
  }

  @Test(
    arguments: [
      (nil, nil), ("3", .seconds(3)), ("0", .zero), ("-1", nil), ("Fri, 31 Dec 1999 23:59:59 GMT", nil),
      ("99999999999999999999", nil), ("999999999", .seconds(86_400)),
    ] as [(String?, Duration?)])
  func retryAfterHeader(header: String?, expected: Duration?) {
    #expect(status("busy", code: 429, type: "text/plain", retryAfter: header).retryAfter == expected)
  }

  @Test func theHTTPStatusCountsOverTheBodys() {
    let status = status(#"{"kind":"Status","code":200,"reason":"NotFound","message":"m"}"#, code: 404)
    #expect(status.code == 404)
    #expect(KubeError.status(status).isNotFound)
  }

  @Test func helpersReadAsEnglish() {
    func error(_ code: Int, _ reason: KubeStatus.Reason) -> KubeError {
      .status(KubeStatus(code: code, reason: reason, message: "m"))
    }
    #expect(error(404, .notFound).isNotFound)
    #expect(error(409, .alreadyExists).isAlreadyExists && !error(409, .alreadyExists).isConflict)
    #expect(error(409, .conflict).isConflict && !error(409, .conflict).isAlreadyExists)
    #expect(error(410, .expired).isGone && error(410, .expired).isExpired)
    #expect(error(410, .gone).isGone && !error(410, .gone).isExpired)
    #expect(error(403, .forbidden).isForbidden && error(401, .unauthorized).isUnauthorized)
    #expect(error(422, .invalid).isInvalid && error(429, .tooManyRequests).isTooManyRequests)
    for transient in [
      error(429, .tooManyRequests), error(503, .serviceUnavailable), error(504, .timeout), error(500, .serverTimeout),
      .transport(TransportFailure(.cannotConnect, message: "m")),
    ] { #expect(transient.isTransient) }
    for permanent in [
      error(500, .internalError), error(404, .notFound), .transport(TransportFailure(.tls, message: "m")),
      .request("r"), .decoding(what: "w", problem: "p"), .config(KubeconfigProblem(problem: "p")),
    ] { #expect(!permanent.isTransient) }
    #expect(KubeError.transport(TransportFailure(.timedOut, message: "m")).isUnreachable)
    #expect(!TransportFailure(.cannotConnect, message: "").mayHaveReachedServer)
    #expect(TransportFailure(.connectionLost, message: "").mayHaveReachedServer)
  }

  /// Every failure that a real server was recorded to send.
  @Test func transcripts() throws {
    let files = Vectors.files(in: "kube-transcripts", ext: "json")
    guard !files.isEmpty else {
      print(Vectors.skipMessage("kube-transcripts"))
      return
    }
    let report = SuiteReport("kube-client-transcripts")
    for file in files {
      let scenario = try JSON(parsing: try file.read())
      for step in scenario["steps"]?.arrayValue ?? [] { check(step, file.name, report) }
    }
    report.finish()
    #expect(report.failures.isEmpty)
    #expect(report.passed > 50)
  }

  private func check(_ step: JSON, _ file: String, _ report: SuiteReport) {
    let name = "\(file) \(step["id"]?.stringValue ?? "")"
    let expect = step["expect"]
    if let code = expect?["status"]?.intValue, code >= 400, let body = expect?["body"], body["kind"] == "Status" {
      report.run(name) {
        let status = KubeStatus(
          httpStatus: Int(code), contentType: "application/json", retryAfterHeader: nil, body: body.serialized())
        guard status.code == Int(code), status.message == body["message"]?.stringValue,
          status.reason.rawValue == body["reason"]?.stringValue ?? status.reason.rawValue,
          status.details?.causes.count ?? 0 == body["details"]?["causes"]?.arrayValue?.count ?? 0
        else { return "\(status)" }
        return nil
      }
    }
    if let header = expect?["warning"]?.stringValue {
      report.run(name + " warning") { KubeWarning.parse([header]).count == 1 ? nil : header }
    }
    for event in expect?["events"]?.arrayValue ?? [] {
      report.run(name + " event") {
        let decoder = WatchEventDecoder(resource: .configMaps)
        do {
          let decoded = try decoder.decode(event.serialized())
          return decoded == nil ? "nothing decoded" : nil
        } catch let error as KubeError {
          return event["type"] == "ERROR" && error.isExpired ? nil : "\(error)"
        }
      }
    }
  }
}
