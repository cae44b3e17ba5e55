import HTTPTypes
import Testing
import WGEAuth

@Suite struct OriginRuleTests {
  struct Case: Sendable {
    var method: HTTPRequest.Method = .post
    var headers: [String: String] = [:]
    var host: String? = "wge.example.com"
    var refused: Bool
  }

  func fields(_ headers: [String: String]) -> HTTPFields {
    var fields = HTTPFields()
    for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
    return fields
  }

  @Test(arguments: [
    Case(method: .get, headers: ["Sec-Fetch-Site": "cross-site"], refused: false),
    Case(method: .head, refused: false),
    Case(headers: ["Sec-Fetch-Site": "same-origin"], refused: false),
    Case(headers: ["Sec-Fetch-Site": "none"], refused: false),
    Case(headers: ["Sec-Fetch-Site": "same-site"], refused: true),
    Case(headers: ["Sec-Fetch-Site": "cross-site", "X-WGE-CSRF": "1"], refused: true),
    Case(headers: ["Sec-Fetch-Site": "cross-site", "Origin": "https://wge.example.com"], refused: true),
    Case(headers: ["Origin": "https://wge.example.com"], refused: false),
    Case(headers: ["Origin": "HTTPS://WGE.example.com"], refused: false),
    Case(headers: ["Origin": "http://wge.example.com"], refused: true),
    Case(headers: ["Origin": "https://evil.example.com"], refused: true),
    Case(headers: ["Origin": "https://wge.example.com.evil.test"], refused: true),
    Case(headers: ["Origin": "null"], refused: true),
    Case(headers: ["Referer": "https://wge.example.com/pipelines?x=1"], refused: false),
    Case(headers: ["Referer": "https://wge.example.com"], refused: false),
    Case(headers: ["Referer": "https://evil.test/https://wge.example.com/"], refused: true),
    Case(headers: ["Referer": "nonsense"], refused: true),
    Case(refused: true),
    Case(headers: ["X-WGE-CSRF": "1"], refused: false),
    Case(headers: ["X-WGE-CSRF": "0"], refused: true),
    Case(method: .delete, refused: true), Case(method: .put, refused: true), Case(method: .patch, refused: true),
  ])
  func withConfiguredOrigin(_ test: Case) {
    let rule = OriginRule(origins: ["https://wge.example.com"])
    #expect(rule.refuses(test.method, fields(test.headers), host: "other") == test.refused)
  }

  @Test(arguments: [
    Case(headers: ["Origin": "http://localhost:8000"], host: "localhost:8000", refused: false),
    Case(headers: ["Origin": "https://localhost:8000"], host: "localhost:8000", refused: false),
    Case(headers: ["Origin": "http://localhost:9000"], host: "localhost:8000", refused: true),
    Case(headers: ["Origin": "http://localhost:8000"], host: nil, refused: true),
  ])
  func withTheRequestsHost(_ test: Case) {
    #expect(OriginRule(origins: []).refuses(test.method, fields(test.headers), host: test.host) == test.refused)
  }
}
