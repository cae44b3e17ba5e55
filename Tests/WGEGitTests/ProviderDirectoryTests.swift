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
    // More tokens than are kept: who is in use keeps its host, and with it a pause that it met.
    for number in 0..<200 {
      _ = try await host("token-\(number)")
      if number % 32 == 0 { #expect((try await host("TOKEN") as? GitHubHost)?.client === one.client) }
    }
    #expect((try await host("OTHER") as? GitHubHost)?.client !== other.client)
    #expect(try await host("TOKEN").validateToken())
  }

  /// 64 tokens in a row lift nobody's pause.
  @Test func aPauseOutlivesOtherTokens() async throws {
    let server = FakeServer(FakeGitHub())
    let directory = ProviderDirectory(
      transport: server,
      settings: GitHostSettings(clock: InstantClock(), wallClock: ManualWallClock(), patience: .seconds(1)))
    func host(_ token: String) async throws -> any GitHost {
      try await directory.location(of: "https://github.com/acme/fleet", provider: nil, token: Secret(token)).host
    }
    for number in 0..<GitDefaults.maximumKnownHosts { _ = try await host("before-\(number)") }
    let limited = try #require(try await host("TOKEN") as? GitHubHost)
    for number in 0..<GitDefaults.maximumKnownHosts - 1 { _ = try await host("after-\(number)") }
    #expect((try await host("TOKEN") as? GitHubHost)?.client === limited.client)
  }

  /// What is special of a host: its address, API, version, transport and plain http.
  @Test func hostsHaveSettingsOfTheirOwn() async throws {
    try await withTemporaryDirectory { folder in
      let types = try GitHostTypes(
        setting: """
          ghe.acme.test=github,bb.acme.test=bitbucket-server,tools.test=gitlab,tfs.acme.test:8443=azure-devops,\
          plain.test=gitlab,plain-hub.test=github
          """)
      let (usual, special) = (ScriptedTransport([]), FakeServer(FakeBitbucketServer()))
      let directory = ProviderDirectory(
        hostTypes: types, transport: usual, mirrors: try GitMirrors(folder: folder),
        settings: GitHostSettings(clock: InstantClock(), attempts: 1),
        hosts: [
          "GHE.acme.test": ProviderHostSettings(apiURL: "https://api.ghe.acme.test"),
          "bb.acme.test": ProviderHostSettings(webURL: "https://bitbucket.acme.test/", transport: special),
          "tools.test": ProviderHostSettings(webURL: "https://tools.test/gitlab"),
          "tfs.acme.test:8443": ProviderHostSettings(apiVersion: "6.0"),
          "plain.test": ProviderHostSettings(allowsPlainHTTP: true),
          "plain-hub.test": ProviderHostSettings(allowsPlainHTTP: true),
          "bitbucket.org": ProviderHostSettings(apiURL: "https://api.acme.test"),
        ])
      func find(_ url: String) async throws -> (root: String?, path: String, host: any GitHost) {
        let found = try await directory.location(of: url, provider: nil, token: Secret("TOKEN"))
        return ((found.host as? any RESTHost)?.client.root, found.repository.description, found.host)
      }
      for (url, root, path) in [
        ("https://ghe.acme.test/a/b", "https://api.ghe.acme.test", "a/b"),
        ("ssh://git@bb.acme.test:7999/wg/config.git", "https://bitbucket.acme.test", "wg/config"),
        ("https://tools.test/gitlab/a/b/c.git", "https://tools.test/gitlab", "a/b/c"),
        ("git@tools.test:a/b/c.git", "https://tools.test/gitlab", "a/b/c"),
        (
          "https://tfs.acme.test:8443/tfs/acme/platform/_git/config", "https://tfs.acme.test:8443/tfs",
          "acme/platform/config"
        ),
        ("http://plain.test/a/b", "http://plain.test", "a/b"),
        ("http://plain-hub.test/a/b", "http://plain-hub.test/api/v3", "a/b"),
        ("https://bitbucket.org/a/b", "https://api.acme.test", "a/b"),
        ("https://gitlab.com/a/b", "https://gitlab.com", "a/b"),
      ] {
        let found = try await find(url)
        #expect(found.root == root && found.path == path, "\(url)")
      }
      #expect((try await find("https://tfs.acme.test:8443/tfs/a/p/_git/r").host as? AzureDevOpsHost)?.version == "6.0")
      #expect((try await find("https://dev.azure.com/a/p/_git/r").host as? AzureDevOpsHost)?.version == "7.1")
      // Its own transport, and nobody else's.
      let server = try await find("ssh://git@bb.acme.test:7999/WG/config.git").host
      #expect(try await server.validateToken())
      #expect(usual.requests.isEmpty && special.requests.allSatisfy { $0.origin == "https://bitbucket.acme.test" })
      _ = try? await find("http://plain.test/a/b").host.validateToken()
      #expect(usual.requests.first?.origin == "http://plain.test")
      // Plain http is for those that are named.
      #expect(await gitError { try await find("http://tools.test/gitlab/a/b") }?.code == .validation)
    }
  }

  @Test func badAddressesAreRefused() async throws {
    let types = try GitHostTypes(setting: "x.test=gitlab,bb.test=bitbucket-server")
    for address in ["", "x.test", "ssh://x.test", "https://user@x.test", "https://"] {
      let directory = ProviderDirectory(
        hostTypes: types, transport: ScriptedTransport([]), hosts: ["x.test": ProviderHostSettings(webURL: address)])
      let error = await gitError {
        try await directory.location(of: "https://x.test/a/b", provider: nil, token: Secret("t"))
      }
      #expect(error?.code == .validation && error?.field == "webURL", "\(address)")
    }
    let plain = ProviderDirectory(hostTypes: types, transport: ScriptedTransport([]))
    let error = await gitError {
      try await plain.location(of: "ssh://git@bb.test:7999/wg/config", provider: nil, token: Secret("t"))
    }
    #expect(error?.code == .unsupported && error?.remedy.contains("settings") == true)
  }
}
