import HTTPTypes
import Testing

@testable import WGEHTTP

/// What needs no network.
@Suite struct PureTests {
  @Test(arguments: [
    ("http://host", "http://host/", "http://host/"),
    ("HTTPS://Host:443/a?b=c#d", "https://Host:443/a?b=c", "https://host/a"),
    ("https://host:8443/a/../b", "https://host:8443/a/../b", "https://host:8443/a/../b"),
    ("http://[::1]:80/x", "http://[::1]:80/x", "http://[::1]/x"),
  ])
  func readsURLs(text: String, whole: String, target: String) throws {
    let url = try HTTPURL(text)
    #expect(url.text == whole)
    #expect(url.target == target)
  }

  @Test(arguments: [
    "", "host", "/path", "ftp://host/", "file:///etc/passwd", "http:/host", "http://", "http://ho st/", "http://host/\r\nX: y",
    "http://host/\n", "http://host:0/", "http://host:70000/", "http://user@host/", "http://user:pass@host/",
    "http://host/\u{e9}", "javascript:alert(1)", "http://host\0/",
  ])
  func refusesURLs(text: String) {
    #expect(throws: HTTPError.self) { try HTTPURL(text) }
  }

  @Test func refusesEndlessURLs() {
    #expect(throws: HTTPError.self) { try HTTPURL("http://host/" + String(repeating: "a", count: 70_000)) }
  }

  @Test func errorsAndDescriptionsKeepSecrets() throws {
    let request = HTTPTransportRequest(
      url: "https://host/path?token=s3cret", fields: [.authorization: "Bearer s3cret"], body: .bytes(Array("s3cret".utf8)))
    #expect(request.description == "GET https://host/path")
    for text in ["\(request)", String(reflecting: request), String(describing: Mirror(reflecting: request).children.map { $0 })] {
      #expect(!text.contains("s3cret"))
    }
    #expect(!"\(ProxyPolicy.url("http://user:s3cret@proxy:3128"))".contains("s3cret"))
    #expect(!String(reflecting: ProxyPolicy.url("http://user:s3cret@proxy:3128")).contains("s3cret"))
    #expect("\(HTTPTransportRequest(url: "https://u:s3cret@host/"))" == "GET <invalid URL>")
  }
}
