import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

/// What holds for one provider alone, and so has no place in the contract.
@Suite struct OneProviderTests {
  private let main: BranchName
  private let topic: BranchName

  init() throws {
    main = try BranchName("main")
    topic = try BranchName("topic")
  }

  private func commit(
    _ host: any GitHost, _ branch: BranchName, in repository: RepositoryPath,
    _ expected: ExpectedHead = .any
  ) async throws -> CommitResult {
    try await host.commitFiles(
      CommitRequest(
        branch: branch, base: .branch(main), message: "three",
        changes: [.put(GitPath("b"), text: "3"), .put(GitPath("c"), text: "3")], expectedHead: expected),
      in: repository)
  }

  // MARK: - Bitbucket Server

  /// What goes by push goes by the host's own transport, and only to where the host was configured.
  @Test(arguments: [nil, "https://evil.test"]) func pushesStayAtTheHost(_ elsewhere: String?) async throws {
    try await withTemporaryDirectory { folder in
      let server = FakeServer(
        Altered(provider: FakeBitbucketServer()) { _, text in
          guard let elsewhere else { return text }
          // Slashes may be escaped.
          return text.replacing("https:\\/\\/bitbucket.acme.test", with: elsewhere)
            .replacing("https://bitbucket.acme.test", with: elsewhere)
        })
      server.forge { forge in
        forge.branches["main"] = forge.add(["a": Forge.File(bytes: [49])], parents: [], message: "one")
      }
      let host = BitbucketServerHost(
        webURL: "https://bitbucket.acme.test", credential: .token(Secret("TOKEN")), transport: server,
        mirrors: try GitMirrors(folder: folder + "/mirrors"),
        settings: GitHostSettings(clock: InstantClock(), wallClock: ManualWallClock()))
      let error = await gitError { try await commit(host, main, in: RepositoryPath("WG/config")) }
      let pushes = server.requests.filter { $0.path.contains("/info/refs") }
      if elsewhere == nil {
        #expect(pushes.contains { $0.path == "/scm/wg/config.git/info/refs" })
      } else {
        #expect(error?.code == .protocolViolation && error?.remedy.isEmpty == false && pushes.isEmpty)
      }
      #expect(server.requests.allSatisfy { $0.origin == "https://bitbucket.acme.test" })
    }
  }
}

/// A provider whose answers are not quite what it gives.
private struct Altered: FakeProvider {
  var provider: any FakeProvider
  var change: @Sendable (SeenRequest, String) -> String

  init(provider: any FakeProvider, change: @escaping @Sendable (SeenRequest, String) -> String) {
    self.provider = provider
    self.change = change
  }

  var unauthorized: FakeAnswer { provider.unauthorized }
  func isSignedIn(_ request: SeenRequest) -> Bool { provider.isSignedIn(request) }

  func answer(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer {
    var answer = provider.answer(request, &forge)
    if let text = String(validating: answer.body, as: UTF8.self) { answer.body = Array(change(request, text).utf8) }
    return answer
  }
}
