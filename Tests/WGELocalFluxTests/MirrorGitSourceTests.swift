import Testing
import WGECore
import WGETestSupport

@testable import WGEGit
@testable import WGELocalFlux

@Suite struct MirrorGitSourceTests {
  private func withSource(_ body: (MirrorGitSource, String, GitRepository, GitObjectID) async throws -> Void)
    async throws
  {
    try await withTemporaryDirectory { folder in
      let host = try LocalGitHost(
        folder: folder + "/host",
        user: GitHostUser(login: "alice", identity: GitIdentity(name: "Alice", email: "a@b.c")),
        clock: ManualWallClock())
      let fleet = try RepositoryPath("acme/fleet")
      try await host.createRepository(fleet)
      let commit = try await host.commitFiles(
        CommitRequest(
          branch: BranchName("main"), message: "one", changes: [.put(GitPath("app/a.yaml"), text: "a: 1\n")],
          allowInitial: true), in: fleet
      ).commit
      let remote = try GitRemote(url: host.fileURL(of: fleet))
      let repository = try await GitRepository.open(at: #require(remote.localPath))
      try await body(MirrorGitSource(directory: folder + "/mirrors"), remote.url, repository, commit)
    }
  }

  /// Also one that no branch holds any more, and one that moves.
  @Test func aTagIsFollowed() async throws {
    try await withSource { source, url, repository, first in
      let (tag, full) = (GitSourceReference.tag("v1"), GitSourceReference.name("refs/tags/v1"))
      await #expect(throws: GitSourceError.self) { try await source.fetch(url: url, reference: tag, credentials: nil) }
      try await repository.createTag(TagName("v1"), at: first)
      for reference in [tag, full, .branch("main"), .name("refs/heads/main"), .commit(first.description)] {
        #expect(try await source.fetch(url: url, reference: reference, credentials: nil) == first.description)
      }
      #expect(try await source.files(url: url, commit: first.description, under: "app").map(\.path) == ["app/a.yaml"])
      let alone = try await repository.commit(
        CommitRequest(
          branch: BranchName("gone"), base: .commit(first), message: "two",
          changes: [.put(GitPath("app/b.yaml"), text: "b: 2\n")]),
        author: GitIdentity(name: "Alice", email: "a@b.c"), at: Timestamp(seconds: 1_767_225_600)
      ).commit
      try await repository.deleteTag(TagName("v1"))
      try await repository.createTag(TagName("v1"), at: alone)
      try await repository.deleteBranch(BranchName("gone"))
      #expect(try await source.fetch(url: url, reference: tag, credentials: nil) == alone.description)
      #expect(try await source.files(url: url, commit: alone.description, under: "app").count == 2)
    }
  }

  @Test func referencesThatAreNoneAreSaid() async throws {
    try await withSource { source, url, _, _ in
      for reference in [GitSourceReference.name("refs/notes/x"), .tag("a..b"), .commit("12"), .branch("none")] {
        await #expect(throws: GitSourceError.self, "\(reference)") {
          try await source.fetch(url: url, reference: reference, credentials: nil)
        }
      }
    }
  }

  /// A key goes over ssh, and to no server that nobody knows.
  @Test func aKeyNeedsAKnownServer() async throws {
    try await withTemporaryDirectory { folder in
      let source = MirrorGitSource(directory: folder, knownHosts: SSHKnownHosts(""))
      let key = GitSourceCredentials(identity: Secret("KEY"), passphrase: Secret("open"), knownHosts: nil)
      let remote = try await source.remote(url: "ssh://git@127.0.0.1:1/acme/fleet.git", credentials: key)
      guard case .sshKey(let identity, let passphrase) = try remote.credentials?() else {
        Issue.record("no key")
        return
      }
      #expect(identity.reveal() == "KEY" && passphrase?.reveal() == "open" && remote.knownHosts == SSHKnownHosts(""))
      let line = "git.acme.test ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHP0KPO3mBIgLPE8oMT4nvIoSpdlwbvFsAP5g4bJQtMY"
      let known = GitSourceCredentials(identity: Secret("KEY"), knownHosts: line)
      let other = try await source.remote(url: "ssh://git@git.acme.test/acme/fleet.git", credentials: known)
      #expect(other.knownHosts == SSHKnownHosts(line))
      let token = GitSourceCredentials(username: "bot", password: Secret("TOKEN"))
      guard
        case .basic("bot", let password) = try await source.remote(url: "https://x.test/a/b", credentials: token)
          .credentials?()
      else {
        Issue.record("no password")
        return
      }
      #expect(password.reveal() == "TOKEN")
    }
  }
}
