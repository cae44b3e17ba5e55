import Foundation
import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct MirrorTests {
  private func withRemote(
    _ body: (LocalGitHost, GitRemote, GitMirrors, String) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let host = try LocalGitHost(folder: folder + "/host", user: alice, clock: ManualWallClock())
      let fleet = try RepositoryPath("acme/fleet")
      try await host.createRepository(fleet)
      try await put(host, "1")
      let remote = try GitRemote(url: host.fileURL(of: fleet))
      try await body(host, remote, GitMirrors(folder: folder + "/mirrors"), folder)
    }
  }

  @discardableResult
  private func put(_ host: LocalGitHost, _ text: String) async throws -> GitObjectID {
    try await host.commitFiles(
      CommitRequest(
        branch: BranchName("main"), message: "change", changes: [.put(GitPath("a"), text: text)], allowInitial: true),
      in: RepositoryPath("acme/fleet")
    ).commit
  }

  private func text(_ mirrors: GitMirrors, _ remote: GitRemote, freshness: Duration = .zero) async throws -> String? {
    try await mirrors.withMirror(of: remote, freshness: freshness) { mirror in
      try await mirror.file(GitPath("a"), at: .branch(BranchName("main"))).text
    }
  }

  @Test func aMirrorFollowsItsRemote() async throws {
    try await withRemote { host, remote, mirrors, folder in
      #expect(try await text(mirrors, remote) == "1")
      try await put(host, "2")
      #expect(try await text(mirrors, remote, freshness: .seconds(3600)) == "1")
      #expect(try await text(mirrors, remote) == "2")
      // Another handle, as after a restart.
      #expect(try await text(GitMirrors(folder: folder + "/mirrors"), remote) == "2")
    }
  }

  @Test func manyUseOneMirrorAtOnce() async throws {
    try await withRemote { host, remote, mirrors, folder in
      let other = try GitMirrors(folder: folder + "/mirrors")
      try await withThrowingTaskGroup(of: String?.self) { group in
        for index in 0..<12 { group.addTask { try await text(index % 2 == 0 ? mirrors : other, remote) } }
        for try await found in group { #expect(found == "1") }
      }
    }
  }

  @Test func aDamagedMirrorIsClonedAnew() async throws {
    try await withRemote { host, remote, mirrors, folder in
      #expect(try await text(mirrors, remote) == "1")
      let path = mirrors.path(ofMirror: remote.url)
      for name in try FileManager.default.contentsOfDirectory(atPath: path + "/objects/pack") {
        try FileManager.default.removeItem(atPath: path + "/objects/pack/" + name)
      }
      #expect(try await text(GitMirrors(folder: folder + "/mirrors"), remote) == "1")
      try FileManager.default.removeItem(atPath: path + "/HEAD")
      #expect(try await text(GitMirrors(folder: folder + "/mirrors"), remote) == "1")
    }
  }

  /// Damage that no branch's newest commit shows is met where the commit is read.
  @Test func aDamagedOldCommitIsClonedAnew() async throws {
    try await withRemote { host, remote, mirrors, folder in
      let old = try await host.branch(branch("main"), in: RepositoryPath("acme/fleet")).head
      let new = try await put(host, "2")
      #expect(try await text(mirrors, remote) == "2")
      let path = mirrors.path(ofMirror: remote.url)
      // Loose, so that one of them can be another.
      for name in try FileManager.default.contentsOfDirectory(atPath: path + "/objects/pack") {
        let pack = folder + "/" + name
        try FileManager.default.moveItem(atPath: path + "/objects/pack/" + name, toPath: pack)
        guard name.hasSuffix(".pack") else { continue }
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: pack)))
        _ = try await Program("/usr/bin/env", ["git", "unpack-objects", "-q"], in: path, input: .bytes(bytes)).run()
          .get()
      }
      func file(_ id: GitObjectID) -> String {
        "\(path)/objects/\(id.description.prefix(2))/\(id.description.dropFirst(2))"
      }
      try FileManager.default.removeItem(atPath: file(old))
      try FileManager.default.copyItem(atPath: file(new), toPath: file(old))
      let parents = try await GitMirrors(folder: folder + "/mirrors").withMirror(of: remote) { mirror in
        try await mirror.commit(old).parents
      }
      #expect(parents.isEmpty)
    }
  }

  @Test func leftoversOfAKilledFetchAreRemoved() async throws {
    try await withRemote { host, remote, mirrors, folder in
      #expect(try await text(mirrors, remote) == "1")
      let path = mirrors.path(ofMirror: remote.url)
      let left = ["/objects/pack/pack_git2_abc", "/refs/heads/main.lock", "/packed-refs.lock", "/HEAD.lock"]
      for name in left { _ = FileManager.default.createFile(atPath: path + name, contents: Data("x".utf8)) }
      try FileManager.default.createDirectory(atPath: path + ".new/objects", withIntermediateDirectories: true)
      try await put(host, "2")
      #expect(try await text(mirrors, remote) == "2")
      for name in left { #expect(!FileManager.default.fileExists(atPath: path + name), "\(name)") }
    }
  }

  @Test func aMissingRemoteIsSaidAndLeavesNothing() async throws {
    try await withTemporaryDirectory { folder in
      let mirrors = try GitMirrors(folder: folder + "/mirrors")
      let remote = try GitRemote(url: "file://\(folder)/none.git")
      #expect(await gitError { try await text(mirrors, remote) }?.code == .notFound)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/mirrors")
      #expect(names.isEmpty, "\(names)")
      #expect(await mirrors.knownCounts.entries == 0)
    }
  }

  /// Neither memory nor the folder grows with what was asked for once.
  @Test func whatIsGoneIsForgotten() async throws {
    try await withRemote { host, remote, _, folder in
      let mirrors = try GitMirrors(folder: folder + "/small", maximumBytes: 1)
      for _ in 0..<3 { #expect(try await text(mirrors, remote) == "1") }
      for number in 0..<20 {
        let none = try GitRemote(url: "file://\(folder)/none-\(number).git")
        #expect(await gitError { try await text(mirrors, none) }?.code == .notFound)
      }
      #expect(await mirrors.knownCounts.entries == 0)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/small") == [])
    }
  }

  /// Many at once make, lose and take away one mirror's locks, in several handles as in several processes.
  @Test func locksThatComeAndGoKeepOthersOut() async throws {
    try await withRemote { host, remote, _, folder in
      let handles = try (0..<4).map { _ in try GitMirrors(folder: folder + "/small", maximumBytes: 1) }
      try await withThrowingTaskGroup(of: String?.self) { group in
        for index in 0..<40 { group.addTask { try await text(handles[index % 4], remote) } }
        for try await found in group { #expect(found == "1") }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/small") == [])
    }
  }

  @Test func aLockWhoseFileWasRemovedIsNone() async throws {
    try await withTemporaryDirectory { folder in
      let path = folder + "/x.lock"
      let first = try #require(try HeldFileLock.tryAcquire(path))
      #expect(try HeldFileLock.tryAcquire(path) == nil)
      first.remove()
      #expect(!FileManager.default.fileExists(atPath: path))
      let second = try #require(try HeldFileLock.tryAcquire(path))
      // Once more does not take the next holder's file.
      first.remove()
      #expect(FileManager.default.fileExists(atPath: path))
      #expect(try HeldFileLock.tryAcquire(path) == nil)
      second.release()
    }
  }

  /// What was closed for others is opened again, and not fetched again within its freshness.
  @Test func onlySomeMirrorsStayOpen() async throws {
    try await withRemote { host, remote, mirrors, _ in
      let count = GitDefaults.maximumOpenMirrors + 3
      for number in 0..<count {
        try await mirrors.withMirror(of: remote, identity: "mirror \(number)") { _ in }
      }
      #expect(await mirrors.knownCounts.entries == count)
      #expect(await mirrors.knownCounts.open == GitDefaults.maximumOpenMirrors)
      try await put(host, "2")
      let seen = try await mirrors.withMirror(of: remote, identity: "mirror 0", freshness: .seconds(3600)) {
        try await $0.file(GitPath("a"), at: .branch(BranchName("main"))).text
      }
      #expect(seen == "1")
    }
  }

  /// A mirror is no way around the repository's own door.
  @Test func freshnessHoldsForTheSameCredentialOnly() async throws {
    try await withRemote { host, _, mirrors, _ in
      let good = "Basic " + Base64.encode("alice:good".utf8)
      let other = "Basic " + Base64.encode("bob:fine".utf8)
      let server = try SmallHTTPServer.git(host) { $0 == good || $0 == other }
      func remote(_ user: String, _ password: String?) throws -> GitRemote {
        let url = server.url + "/git/acme/fleet.git"
        guard let password else { return try GitRemote(url: url) }
        return try GitRemote(url: url, credentials: { .basic(username: user, password: Secret(password)) })
      }
      #expect(try await text(mirrors, remote("alice", "good")) == "1")
      let day = Duration.seconds(86_400)
      let count = server.requests.count
      #expect(try await text(mirrors, remote("alice", "good"), freshness: day) == "1")
      #expect(server.requests.count == count)
      for (user, password) in [("alice", "wrong"), ("bob", "good"), ("alice", nil)] as [(String, String?)] {
        let error = await gitError { try await text(mirrors, remote(user, password), freshness: day) }
        #expect(error?.code == .unauthorized, "\(user) \(password ?? "nobody")")
      }
      // Another good one asks once, and the first is not asked again for it.
      #expect(try await text(mirrors, remote("bob", "fine"), freshness: day) == "1")
      let asked = server.requests.count
      #expect(try await text(mirrors, remote("bob", "fine"), freshness: day) == "1")
      #expect(try await text(mirrors, remote("alice", "good"), freshness: day) == "1")
      #expect(server.requests.count == asked)
      struct Leaky: Error { var secret = "s3cret" }
      let failing = try GitRemote(url: server.url + "/git/acme/fleet.git", credentials: { throw Leaky() })
      let error = await gitError { try await text(mirrors, failing, freshness: day) }
      #expect(error?.code == .unauthorized && error?.description.contains("s3cret") == false)
    }
  }

  /// Another repository of the host, with a file `a` that says `s`.
  private func secondRemote(of host: LocalGitHost) async throws -> (RepositoryPath, GitRemote) {
    let second = try RepositoryPath("acme/second")
    try await host.createRepository(second)
    _ = try await host.commitFiles(
      CommitRequest(
        branch: BranchName("main"), message: "m", changes: [.put(GitPath("a"), text: "s")], allowInitial: true),
      in: second)
    return (second, try GitRemote(url: host.fileURL(of: second)))
  }

  @Test func mirrorsThatNobodyUsesAreEvicted() async throws {
    try await withRemote { host, remote, _, folder in
      let (_, other) = try await secondRemote(of: host)
      let mirrors = try GitMirrors(folder: folder + "/small", maximumBytes: 1)
      try await mirrors.withMirror(of: remote) { mirror in
        #expect(try await text(mirrors, other) == "s")
        // The one in use is still there, the other went.
        #expect(FileManager.default.fileExists(atPath: mirrors.path(ofMirror: remote.url)))
        #expect(!FileManager.default.fileExists(atPath: mirrors.path(ofMirror: other.url)))
        _ = try await mirror.branches()
      }
      #expect(!FileManager.default.fileExists(atPath: mirrors.path(ofMirror: remote.url)))
      #expect(try await text(mirrors, remote) == "1")
    }
  }

  /// What was measured once is measured again when it is fetched.
  @Test func aMirrorThatGrowsPushesOthersOut() async throws {
    try await withRemote { host, remote, _, folder in
      let (second, other) = try await secondRemote(of: host)
      let mirrors = try GitMirrors(folder: folder + "/small", maximumBytes: 300_000)
      _ = try await text(mirrors, remote)
      #expect(try await text(mirrors, other) == "s")
      let small = mirrors.path(ofMirror: remote.url)
      #expect(FileManager.default.fileExists(atPath: small))
      var generator = SystemRandomNumberGenerator()
      let noise = (0..<400_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
      _ = try await host.commitFiles(
        CommitRequest(branch: BranchName("main"), message: "big", changes: [.put(GitPath("noise"), bytes: noise)]),
        in: second)
      // Within its freshness nothing is fetched, and nothing is known of the growth.
      _ = try await text(mirrors, other, freshness: .seconds(3600))
      #expect(FileManager.default.fileExists(atPath: small))
      let beside = try await mirrors.withMirror(of: other) { _ in
        try await text(mirrors, remote, freshness: .seconds(3600))
      }
      #expect(beside == "1")
      #expect(!FileManager.default.fileExists(atPath: small))
    }
  }

  @Test func tagsAreBroughtWhenAskedFor() async throws {
    try await withRemote { host, remote, mirrors, folder in
      let path = try #require(remote.localPath)
      let there = try await GitRepository.open(at: path)
      let head = try #require(try await there.head(of: BranchName("main")))
      try await there.createTag(TagName("v1"), at: head)
      let name = try TagName("v1")
      #expect(try await mirrors.withMirror(of: remote) { try await $0.tag(name) } == nil)
      // A fresh mirror that was fetched without them is fetched again.
      for _ in 0..<2 {
        let tag = try await mirrors.withMirror(of: remote, freshness: .seconds(3600), tags: true) {
          try await $0.tag(name)
        }
        #expect(tag?.target == head)
      }
    }
  }

  @Test func whoWaitsForAFetchGoesWhenCancelled() async throws {
    try await withTemporaryDirectory { folder in
      let server = try SmallHTTPServer { _ in .silence }
      let mirrors = try GitMirrors(folder: folder + "/mirrors")
      let remote = try GitRemote(url: server.url + "/fleet.git")
      let fetching = Task { await gitError { try await text(mirrors, remote) } }
      try await eventually { server.requests.count == 1 }
      let waiting = Task { await gitError { try await text(mirrors, remote) } }
      try await eventually { await mirrors.waitingCount(remote.url) == 1 }
      waiting.cancel()
      #expect(await waiting.value?.code == .cancelled)
      // The other still asks.
      #expect(server.requests.count == 1)
      fetching.cancel()
      #expect(await fetching.value?.code == .cancelled)
    }
  }

  @Test func commitsArePushedFromAMirror() async throws {
    try await withRemote { host, remote, mirrors, _ in
      let fleet = try RepositoryPath("acme/fleet")
      let main = try BranchName("main")
      let head = try await host.branch(main, in: fleet).head
      var plan = CommitPlan(
        request: CommitRequest(branch: main, message: "two", changes: [.put(try GitPath("b"), text: "2")]),
        repository: fleet, parent: head, head: head)
      func push() async throws -> CommitResult {
        try await mirrors.push(
          PushedCommit(cloneURL: remote.url, plan: plan, author: alice.identity), credentials: nil,
          allowsPlainHTTP: false, at: someTime)
      }
      let made = try await push()
      #expect(try await host.branch(main, in: fleet).head == made.commit && made.parents == [head])
      // The plan is stale now.
      plan.request.changes = [.put(try GitPath("c"), text: "3")]
      #expect(await gitError { try await push() }?.code == .staleHead)
      // A branch of its own, and once more.
      plan.request.branch = try BranchName("topic")
      plan.head = nil
      #expect(try await push().createdBranch)
      #expect(await gitError { try await push() }?.code == .alreadyExists)
    }
  }

  private func plan(_ host: LocalGitHost, _ file: String, _ text: String) async throws -> CommitPlan {
    let fleet = try RepositoryPath("acme/fleet")
    let main = try BranchName("main")
    let head = try await host.branch(main, in: fleet).head
    return CommitPlan(
      request: CommitRequest(branch: main, message: "two", changes: [.put(try GitPath(file), text: text)]),
      repository: fleet, parent: head, head: head)
  }

  private func push(
    _ mirrors: GitMirrors, _ url: String, _ plan: CommitPlan, author: GitIdentity = alice.identity
  ) async throws -> CommitResult {
    try await mirrors.push(
      PushedCommit(cloneURL: url, plan: plan, author: author), credentials: nil, allowsPlainHTTP: false, at: someTime)
  }

  @Test func usersWithoutAnAddressPush() async throws {
    try await withRemote { host, remote, mirrors, _ in
      let nobody = GitIdentity(name: "Bot", email: "")
      var plan = try await plan(host, "b", "2")
      plan.request.committer = nobody
      let made = try await push(mirrors, remote.url, plan, author: nobody)
      let commit = try await host.commit(made.commit, in: RepositoryPath("acme/fleet"))
      #expect(commit.author.name == "Bot" && commit.author.email == "noreply@localhost")
      #expect(commit.committer.email == "noreply@localhost")
    }
  }

  @Test func aRebuiltBranchMovesThoughTheBaseHasTheContent() async throws {
    try await withRemote { host, remote, mirrors, _ in
      let fleet = try RepositoryPath("acme/fleet")
      let topic = try BranchName("topic")
      var plan = try await plan(host, "a", "1")
      let base = plan.parent
      let old = try await host.commitFiles(
        CommitRequest(
          branch: topic, base: .branch(BranchName("main")), message: "old", changes: [.put(GitPath("x"), text: "x")]),
        in: fleet)
      plan.request.branch = topic
      plan.request.rebuild = true
      plan.head = old.commit
      let made = try await push(mirrors, remote.url, plan)
      #expect(!made.unchanged && made.commit != old.commit && made.parents == base.map { [$0] })
      #expect(try await host.branch(topic, in: fleet).head == made.commit)
      #expect(try await host.commit(made.commit, in: fleet).parents == made.parents)
      #expect(try await host.tree(at: .branch(topic), under: nil, recursive: true, in: fleet).map(\.path) == ["a"])
    }
  }

  @Test func aParentThatIsGoneIsStale() async throws {
    try await withRemote { host, remote, mirrors, _ in
      var plan = try await plan(host, "b", "2")
      plan.parent = GitObjectID("0123456789012345678901234567890123456789")
      #expect(await gitError { try await push(mirrors, remote.url, plan) }?.code == .staleHead)
    }
  }

  @Test func aPushWhoseAnswerIsLostIsFound() async throws {
    try await withRemote { host, _, mirrors, _ in
      let fleet = try RepositoryPath("acme/fleet")
      let backend = LocalGitHTTPBackend(host: host)
      let server = try SmallHTTPServer { request in
        let response = await backend.respond(to: request)
        if request.method == "POST", request.path.hasSuffix("git-receive-pack") {
          // The server acts; its answer does not come.
          do { for try await _ in response.body {} } catch { return .text(500) }
          return .text(502)
        }
        return SmallHTTPServer.Answer(status: response.status, headers: response.headers, body: response.body)
      }
      let plan = try await plan(host, "b", "2")
      let made = try await push(mirrors, server.url + "/git/acme/fleet.git", plan)
      #expect(try await host.branch(BranchName("main"), in: fleet).head == made.commit)
      #expect(made.parents == plan.parent.map { [$0] })
    }
  }

  // MARK: - A process that is killed

  static let childURL = ProcessInfo.processInfo.environment["WGE_TEST_MIRROR_URL"]

  /// Run by ``aKilledFetchIsRepaired()`` in a process of its own, which is killed while it fetches.
  @Test(.enabled(if: MirrorTests.childURL != nil)) func childFetches() async throws {
    let folder = ProcessInfo.processInfo.environment["WGE_TEST_MIRROR_FOLDER"] ?? ""
    let mirrors = try GitMirrors(folder: folder)
    _ = try await text(mirrors, GitRemote(url: Self.childURL ?? ""))
  }

  @Test(.enabled(if: MirrorTests.childURL == nil)) func aKilledFetchIsRepaired() async throws {
    guard FileManager.default.isReadableFile(atPath: "/proc/self/exe") else {
      print("skipped: a test cannot start itself here")
      return
    }
    try await withRemote { host, _, _, folder in
      let stalling = Stall()
      let backend = LocalGitHTTPBackend(host: host)
      let server = try SmallHTTPServer { request in
        let response = await backend.respond(to: request)
        if request.path.hasSuffix("git-upload-pack"), stalling.isOn {
          // Half of the pack, then silence until the client is gone.
          var bytes: [UInt8] = []
          do { for try await piece in response.body { bytes += piece } } catch { return .silence }
          stalling.sent()
          return SmallHTTPServer.Answer(
            status: response.status, headers: response.headers,
            body: HalfThenSilence(first: Array(bytes.prefix(bytes.count / 2))))
        }
        return SmallHTTPServer.Answer(status: response.status, headers: response.headers, body: response.body)
      }
      let url = server.url + "/git/acme/fleet.git"
      let mirrorFolder = folder + "/killed"
      let mirrors = try GitMirrors(folder: mirrorFolder)
      let remote = try GitRemote(url: url)
      for round in 0..<2 {
        stalling.turn(on: true)
        let before = stalling.count
        let child = try Program(
          FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
          ["--testing-library", "swift-testing", "--filter", "childFetches"],
          environment: ProcessInfo.processInfo.environment.merging(
            ["WGE_TEST_MIRROR_URL": url, "WGE_TEST_MIRROR_FOLDER": mirrorFolder]) { $1 }
        ).start()
        try await eventually("the child fetches") { stalling.count > before || !child.isRunning }
        #expect(child.isRunning)
        child.kill()
        _ = try await child.end()
        stalling.turn(on: false)
        let unfinished = mirrors.path(ofMirror: url) + ".new"
        #expect(FileManager.default.fileExists(atPath: unfinished) == (round == 0))
        if round == 0 {
          // Whoever uses another mirror clears it away.
          let (_, other) = try await secondRemote(of: host)
          #expect(try await text(mirrors, other) == "s")
          #expect(!FileManager.default.fileExists(atPath: unfinished))
          #expect(try FileManager.default.contentsOfDirectory(atPath: mirrorFolder).count == 3)
        }
        // First a killed clone, then a killed fetch into a mirror that is there.
        #expect(try await text(mirrors, remote) == String(round + 1))
        try await put(host, String(round + 2))
      }
      #expect(try await text(mirrors, remote) == "3")
      let path = mirrors.path(ofMirror: url)
      _ = try await offPool { try GitCLI(folder: path).run(["fsck", "--full", "--strict"]) }
    }
  }
}

/// Whether the server stalls, and how often it did.
private final class Stall: @unchecked Sendable {
  // Every access holds the lock.
  private let lock = NSLock()
  private var on = false
  private var number = 0

  var isOn: Bool { lock.withLock { on } }
  var count: Int { lock.withLock { number } }
  func turn(on: Bool) { lock.withLock { self.on = on } }
  func sent() { lock.withLock { number += 1 } }
}

/// Some bytes, then nothing for a long time.
private struct HalfThenSilence: AsyncSequence, Sendable {
  var first: [UInt8]

  struct Iterator: AsyncIteratorProtocol {
    var first: [UInt8]?
    mutating func next() async throws -> [UInt8]? {
      if let bytes = first {
        first = nil
        return bytes
      }
      try await Task.sleep(for: .seconds(600))
      return nil
    }
  }
  func makeAsyncIterator() -> Iterator { Iterator(first: first) }
}
