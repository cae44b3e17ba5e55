import HTTPTypes
import Testing
import WGECore
import WGEHTTP

@testable import WGEGit

@Suite struct SecretMaskingTests {
  @Test(arguments: [
    ("GET /x?access_token=abc&y=1 failed", "GET /x?access_token=***&y=1 failed"),
    ("?code=abc", "?code=***"), ("exit code=5, token=x", "exit code=5, token=x"), ("a?a=b&token=x", "a?a=b&token=***"),
    ("{\"m\": \"Authorization: Bearer abc.def\"}", "{\"m\": \"Authorization: ***\"}"),
    ("authorization: Basic YWJj now", "authorization: *** now"), ("PRIVATE-TOKEN: x y", "PRIVATE-TOKEN: *** y"),
    ("Private-Token:x", "Private-Token:***"), ("authorization:", "authorization:***"),
    ("my_access_token=abc", "my_access_token=abc"), ("CLIENT_SECRET=a b", "CLIENT_SECRET=*** b"),
    ("https://u:p@x.test/r", "https://x.test/r"), ("bad glpat-abcdefghijkl!", "bad ***!"),
    ("authorization failed", "authorization failed"), ("Grüße token", "Grüße token"), ("", ""),
  ])
  func masks(_ text: String, _ expected: String) {
    #expect(GitHostError.masked(text) == expected)
  }

  @Test func hostsWordsAreCut() {
    #expect(GitHostError.masked(String(repeating: "é", count: 10_000)).utf8.count <= 502)
  }

  /// A server that says back, in every place, what it was sent.
  private struct Echo: FakeProvider {
    var status: Int

    func isSignedIn(_ request: SeenRequest) -> Bool { true }

    var unauthorized: FakeAnswer { .nothing }

    func answer(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer {
      let sent = JSON.string(
        (request.fields[.authorization] ?? "") + " " + (request.fields[.wellKnown("PRIVATE-TOKEN")] ?? "")
          + " qwertyuiop123 bob:qwertyuiop123")
      return .json(
        [
          "message": sent, "error": ["message": sent, "detail": ["required": [sent]]],
          "errors": [["message": sent, "context": sent, "exceptionName": sent, "field": sent]], "typeKey": sent,
        ], status)
    }
  }

  @Test(arguments: ContractHost.all) func echoedCredentialsAreHidden(_ provider: ContractHost) async throws {
    let repository = try RepositoryPath(provider.repository)
    for credential in [
      GitHostCredential.token(Secret("qwertyuiop123")), .basic(username: "bob", password: Secret("qwertyuiop123")),
    ] {
      for status in [400, 401, 403, 404, 409, 422, 429, 500] {
        let host = provider.make(
          FakeServer(Echo(status: status)), credential, GitHostSettings(clock: InstantClock(), attempts: 1), nil)
        let error = await gitError { try await host.repository(repository) }
        let text = "\(String(describing: error)) \(error?.description ?? "")"
        #expect(!text.contains("qwertyuiop123"), "\(provider.name) \(status): \(text)")
        #expect(!text.contains(Base64.encode("bob:qwertyuiop123".utf8)), "\(provider.name) \(status)")
      }
    }
  }
}
