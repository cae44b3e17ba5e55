import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

@Suite struct ProviderDirectoryTests {
  @Test(arguments: [
    ("git@github.com:acme/fleet.git", "github", "https://api.github.com", "acme/fleet"),
    ("https://git.acme.test:8443/a/b", "github", "https://git.acme.test:8443/api/v3", "a/b"),
    ("ssh://git@gl.acme.test:2222/a/b/c.git", "gitlab", "https://gl.acme.test", "a/b/c"),
    ("https://bitbucket.org/a/b", "bitbucket-cloud", "https://api.bitbucket.org", "a/b"),
    ("https://tools.test/bb/scm/wg/config.git", "bitbucket-server", "https://tools.test/bb", "wg/config"),
    ("git@ssh.dev.azure.com:v3/o/p/r", "azure-devops", "https://dev.azure.com", "o/p/r"),
  ])
  func findsTheHost(_ url: String, _ provider: String, _ root: String, _ path: String) async throws {
    try await withTemporaryDirectory { folder in
      let types = try GitHostTypes(
        setting: "git.acme.test:8443=github,gl.acme.test=gitlab,tools.test=bitbucket-server")
      let directory = ProviderDirectory(
        hostTypes: types, transport: ScriptedTransport([]), mirrors: try GitMirrors(folder: folder))
      let found = try await directory.location(of: url, provider: provider, token: Secret("t"))
      #expect(found.host.provider == provider && found.repository.description == path)
      let client: RESTClient? =
        switch found.host {
        case let host as GitHubHost: host.client
        case let host as GitLabHost: host.client
        case let host as BitbucketCloudHost: host.client
        case let host as BitbucketServerHost: host.client
        case let host as AzureDevOpsHost: host.client
        default: nil
        }
      #expect(client?.root == root)
    }
  }

  @Test func unknownHostsAndOtherProvidersAreRefused() async throws {
    let transport = ScriptedTransport([])
    let directory = ProviderDirectory(transport: transport)
    for (url, provider, token, code) in [
      ("https://git.unknown.test/a/b", nil, "t", GitHostError.Code.validation),
      ("https://git.unknown.test/a/b", "github", "t", .validation),
      ("https://github.com/a/b", "gitlab", "t", .validation), ("https://github.com/a/b", nil, nil, .unauthorized),
      ("file:///a/b", nil, "t", .validation),
    ] as [(String, String?, String?, GitHostError.Code)] {
      let error = await gitError {
        try await directory.location(of: url, provider: provider, token: token.map { Secret($0) })
      }
      #expect(error?.code == code, "\(url)")
    }
    #expect(transport.requests.isEmpty)
  }

  /// A limit that one caller met holds for the next one with the same token, and for nobody else.
  @Test func rateLimitsAreShared() async throws {
    let server = FakeServer(FakeGitHub())
    let directory = ProviderDirectory(
      transport: server, settings: GitHostSettings(clock: InstantClock(), wallClock: ManualWallClock()))
    func host(_ token: String) async throws -> any GitHost {
      try await directory.location(of: "https://github.com/acme/fleet", provider: nil, token: Secret(token)).host
    }
    let one = try #require(try await host("TOKEN") as? GitHubHost)
    let same = try #require(try await host("TOKEN") as? GitHubHost)
    let other = try #require(try await host("OTHER") as? GitHubHost)
    #expect(one.client === same.client && one.client !== other.client)
    // More tokens than are kept: still answers.
    for number in 0..<200 { _ = try await host("token-\(number)") }
    #expect(try await host("TOKEN").validateToken())
  }
}
