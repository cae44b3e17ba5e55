import HTTPTypes
import Testing
import WGECore
import WGEKube
import WGETestSupport

/// What servers say to parameters of lists and watches that make no sense. Programs tell from the code
/// and the reason whether to start anew, to wait or to give up.
@Suite(.serialized) struct QueryContractTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    var query: String
    var code: Int
    var reason: String
    /// Up to `…`, which stands for what servers word by their state.
    var message: String

    var testDescription: String { query }
  }

  private static func refused(_ code: Int, _ reason: String, _ message: String, _ queries: String...) -> [Refusal] {
    queries.map { Refusal(query: $0, code: code, reason: reason, message: message) }
  }

  private static func token(_ json: JSON) -> String { Base64.encode(json.serialized(), as: .url) }

  private static let labelRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
  private static let badVersion = "resourceVersion: Invalid value: "
  private static let badToken = "invalid continue token: continue key is not valid: "
  private static let options = #"ListOptions.meta.k8s.io "" is invalid: "#
  private static let match = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden "

  static let versions: [Refusal] =
    refused(
      500, "", badVersion + #""abc": strconv.ParseUint: parsing "abc": invalid syntax"#, "watch=1&resourceVersion=abc",
      "watch=1&allowWatchBookmarks=true&resourceVersion=abc")
    + refused(
      500, "", badVersion + #""+5": strconv.ParseUint: parsing "+5": invalid syntax"#, "watch=1&resourceVersion=%2B5")
    + refused(
      400, "BadRequest",
      "invalid resource version: " + badVersion + #""-1": strconv.ParseUint: parsing "-1": invalid syntax"#,
      "resourceVersion=-1", "resourceVersion=-1&limit=1", "resourceVersion=-1&resourceVersionMatch=Exact")
    + refused(
      400, "BadRequest",
      "invalid resource version: " + badVersion
        + #""99999999999999999999": strconv.ParseUint: parsing "99999999999999999999": value out of range"#,
      "resourceVersion=99999999999999999999")
    + refused(
      504, "Timeout", "Timeout: Too large resource version: 9999999999999, current: …", "resourceVersion=9999999999999",
      "resourceVersion=9999999999999&resourceVersionMatch=Exact",
      "resourceVersion=9999999999999&resourceVersionMatch=NotOlderThan&limit=1")

  static let combinations: [Refusal] =
    refused(
      422, "Invalid", options + match + "unless resourceVersion is provided", "resourceVersionMatch=Exact",
      "resourceVersionMatch=NotOlderThan")
    + refused(
      422, "Invalid", options + match + "when continue is provided",
      "resourceVersionMatch=Exact&resourceVersion=1&continue=x",
      "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x", "watch=1&continue=x",
      "watch=1&resourceVersion=0&continue=x")
    + refused(
      422, "Invalid",
      options + #"resourceVersionMatch: Unsupported value: "exact": supported values: "Exact", "NotOlderThan", """#,
      "resourceVersionMatch=exact&resourceVersion=1")
    + refused(
      422, "Invalid",
      options
        + #"resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0""#,
      "resourceVersionMatch=Exact&resourceVersion=0")
    + refused(
      422, "Invalid", options + match + "for watch unless sendInitialEvents is provided",
      "watch=1&resourceVersionMatch=NotOlderThan")
    + refused(
      422, "Invalid",
      options
        + "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
      "watch=1&sendInitialEvents=true")
    + refused(
      422, "Invalid", options + "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list",
      "sendInitialEvents=true")

  static let continuations: [Refusal] =
    refused(
      400, "BadRequest", badToken + "invalid character 'i' looking for beginning of value", "continue=abc",
      // Of two mistakes this is the one that is told.
      "continue=abc&resourceVersion=abc")
    + refused(
      400, "BadRequest", badToken + #"invalid character '\x00' looking for beginning of value"#, "continue=AAAA")
    + refused(400, "BadRequest", badToken + "illegal base64 data at input byte 0", "continue=!")
    + refused(
      400, "BadRequest",
      badToken + "json: cannot unmarshal string into Go struct field continueToken.rv of type int64",
      "continue=" + token(["v": "meta.k8s.io/v1", "rv": "1", "start": "a"]))
    + refused(
      400, "BadRequest", badToken + "json: cannot unmarshal array into Go value of type storage.continueToken",
      "continue=" + token([]))
    + refused(
      400, "BadRequest", badToken + "server does not recognize this encoded version meta.k8s.io/v2",
      "continue=" + token(["v": "meta.k8s.io/v2", "rv": 1, "start": "a"]))
    + refused(
      400, "BadRequest", badToken + "incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
      "continue=" + token(["v": "meta.k8s.io/v1", "rv": 0, "start": "a"]))
    + refused(
      400, "BadRequest", badToken + "encoded start key empty (version meta.k8s.io/v1)",
      "continue=" + token(["v": "meta.k8s.io/v1", "rv": 1]))
    + refused(
      400, "BadRequest", badToken + "../../secrets/x",
      "continue=" + token(["v": "meta.k8s.io/v1", "rv": 1, "start": "../../secrets/x"]))
    + refused(
      400, "BadRequest", "specifying resource version is not allowed when using continue",
      "resourceVersion=1&continue=" + token(["v": "meta.k8s.io/v1", "rv": -1, "start": "a"]))
    + refused(
      504, "Timeout", "Timeout: Too large resource version: 9999999999999, current: …",
      "continue=" + token(["v": "meta.k8s.io/v1", "rv": 9_999_999_999_999, "start": "a"]))

  static let numbers: [Refusal] =
    refused(
      400, "BadRequest", #"strconv.ParseInt: parsing "x": invalid syntax"#, "limit=x", "timeoutSeconds=x",
      "watch=1&limit=x", "watch=1&timeoutSeconds=x", "watch=1&limit=y&timeoutSeconds=x", "limit=x&labelSelector=a%20b")
    + refused(400, "BadRequest", #"strconv.ParseInt: parsing "": invalid syntax"#, "limit=", "timeoutSeconds=")
    + refused(400, "BadRequest", #"strconv.ParseInt: parsing "1.5": invalid syntax"#, "limit=1.5")
    + refused(
      400, "BadRequest", #"strconv.ParseInt: parsing "9223372036854775808": value out of range"#,
      "limit=9223372036854775808")

  static let selectors: [Refusal] =
    refused(
      400, "BadRequest", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
      "labelSelector=a%20b", "watch=1&labelSelector=a%20b", "labelSelector=a%20b&resourceVersionMatch=Bogus")
    + refused(
      400, "BadRequest",
      #"unable to parse requirement: <nil>: Invalid value: "a/": name part must be non-empty; name part "# + labelRule,
      "labelSelector=a/")
    + refused(
      400, "BadRequest",
      #"unable to parse requirement: <nil>: Invalid value: "\#(String(repeating: "x", count: 254))/a": prefix part "#
        + "must be no more than 253 bytes", "labelSelector=" + String(repeating: "x", count: 254) + "/a")
    + refused(
      400, "BadRequest", "invalid selector: 'abc'; can't understand 'abc'", "fieldSelector=abc",
      "fieldSelector=abc&resourceVersionMatch=Bogus")
    + refused(
      400, "BadRequest",
      #""spec.x" is not a known field selector: only "metadata.name", "metadata.namespace""#,
      "fieldSelector=spec.x%3Dy",
      "watch=1&fieldSelector=spec.x%3Dy", "fieldSelector=spec.x%3Dy&resourceVersion=abc")

  @Test(arguments: ContractServer.available)
  func senselessQueriesAreRefused(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let path = "/api/v1/namespaces/\(test.namespace)/configmaps"
      for refusal in Self.versions + Self.combinations + Self.continuations + Self.numbers + Self.selectors {
        try await Self.expect(refusal, path, test)
      }
      // Some kinds take only the fields of which they have said so.
      for path in ["/api/v1/nodes", "/api/v1/namespaces"] {
        let refusal = Refusal(
          query: "fieldSelector=metadata.namespace%3Dx", code: 400, reason: "BadRequest",
          message: "field label not supported: metadata.namespace")
        try await Self.expect(refusal, path, test)
      }
      let other = Refusal(
        query: "fieldSelector=metadata.name%3Dy&timeoutSeconds=1", code: 400, reason: "BadRequest",
        message: "fieldSelector metadata.name doesn't match requested name")
      try await Self.expect(other, "/api/v1/watch/namespaces/\(test.namespace)/configmaps/x", test)
      let single = Refusal(
        query: "resourceVersion=abc", code: 500, reason: "",
        message: Self.badVersion + #""abc": strconv.ParseUint: parsing "abc": invalid syntax"#)
      try await Self.expect(single, path + "/x", test)
    }
  }

  /// A watch from a version that is not reached yet begins there. A state of then cannot be sent.
  @Test(arguments: ContractServer.available)
  func watchesFromTheFutureWait(_ server: ContractServer) async throws {
    try await server.withServer { test in
      let path = "/api/v1/namespaces/\(test.namespace)/configmaps"
      try await test.client.create(.configMaps, test.map("a"))
      let quiet = try await Self.answer("watch=1&timeoutSeconds=1&resourceVersion=9999999999999", path, test)
      #expect(quiet.status == .ok && quiet.body.isEmpty, "\(String(decoding: quiet.body, as: UTF8.self))")
      let refused = try await Self.answer(
        "watch=1&timeoutSeconds=9&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=9999999999999",
        path, test)
      #expect(refused.status == .ok)
      let event = try JSON(parsing: refused.body)
      #expect(event["type"]?.stringValue == "ERROR")
      #expect(event["object"]?["reason"]?.stringValue == "Timeout" && event["object"]?["code"]?.intValue == 504)
    }
  }

  private static func answer(_ query: String, _ path: String, _ test: ContractContext) async throws -> KubeResponse {
    // As a person would write it; the transport encodes.
    let items = query.split(separator: "&").map { part in
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
        String($0).replacing("%20", with: " ").replacing("%3D", with: "=").replacing("%2B", with: "+")
      }
      return (name: pair[0], value: pair.count > 1 ? pair[1] : "")
    }
    return try await test.client.transport.send(KubeRequest(method: .get, path: path, query: items))
  }

  private static func expect(_ refusal: Refusal, _ path: String, _ test: ContractContext) async throws {
    let answer = try await answer(refusal.query, path, test)
    let status = try JSON(parsing: answer.body)
    let message = status["message"]?.stringValue ?? String(decoding: answer.body.prefix(500), as: UTF8.self)
    let comment = Comment(rawValue: "\(path)?\(refusal.query): \(answer.status.code) \(message)")
    #expect(answer.status.code == refusal.code && status["code"]?.intValue == Int64(refusal.code), comment)
    #expect((status["reason"]?.stringValue ?? "") == refusal.reason, comment)
    if refusal.message.hasSuffix("…") {
      #expect(message.hasPrefix(refusal.message.dropLast()), comment)
    } else {
      #expect(message == refusal.message, comment)
    }
  }
}
