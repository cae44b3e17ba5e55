import Synchronization
import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

@Suite struct LocalGitHostTests {
  private let fleet: RepositoryPath
  private let main: BranchName

  init() throws {
    fleet = try RepositoryPath("acme/fleet")
    main = try BranchName("main")
  }

  private func withHost(_ body: (LocalGitHost, GitCLI, String) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      let host = try LocalGitHost(folder: folder + "/host", user: alice, clock: ManualWallClock())
      try await host.createRepository(fleet)
      try await body(host, GitCLI(folder: host.diskPath(of: fleet)), folder)
    }
  }

  private func put(
    _ host: LocalGitHost, _ files: [String: String], on name: BranchName, base: BranchName? = nil
  ) async throws -> GitObjectID {
    try await host.commitFiles(
      CommitRequest(
        branch: name, base: base.map { .branch($0) }, message: "change",
        changes: files.sorted { $0.key < $1.key }.map { .put(try GitPath($0.key), text: $0.value) }, allowInitial: true),
      in: fleet
    ).commit
  }

  /// A repository with `main` and a branch one commit ahead, and a pull request of it.
  private func withPullRequest(
    _ body: (LocalGitHost, GitCLI, String, PullRequest) async throws -> Void
  ) async throws {
    try await withHost { host, git, folder in
      _ = try await put(host, ["a": "1\n2\n3\n", "b": "b"], on: main)
      let topic = try branch("topic")
      _ = try await put(host, ["c": "c"], on: topic, base: main)
      let pull = try await host.createPullRequest(PullRequestDraft(title: "T", head: topic, base: main), in: fleet)
      try await body(host, git, folder, pull)
    }
  }

  @Test func contract() async throws {
    try await withHost { host, git, _ in
      try await checkGitHostContract(host, fleet)
      try git("fsck", "--strict", "--full")
    }
  }

  /// Executable, plain and linked, empty, binary and large, and many at once.
  @Test func modesAndSizesHold() async throws {
    try await withHost { host, git, folder in
      _ = try await put(host, ["a": "1"], on: main)
      let checkout = try GitCLI.clone(host.diskPath(of: fleet), to: folder + "/checkout")
      try checkout("update-index", "--add", "--cacheinfo", "120000,\(checkout.line("rev-parse", "HEAD:a")),link")
      try checkout("commit", "--quiet", "-m", "link")
      try checkout("push", "--quiet", "origin", "HEAD")
      func commit(_ changes: [FileChange]) async throws -> CommitResult {
        try await host.commitFiles(CommitRequest(branch: main, message: "m", changes: changes), in: fleet)
      }
      func listed(_ path: String) throws -> String { try String(git("ls-tree", "main", path).prefix(6)) }
      let binary = (0...255).map { UInt8($0) }
      _ = try await commit([
        .put(path("run"), text: "1", executable: true), .put(path("link"), text: "run"), .put(path("empty"), bytes: []),
        .put(path("binary"), bytes: binary),
      ])
      #expect(try listed("run") == "100755" && listed("link") == "120000" && listed("empty") == "100644")
      #expect(try git.line("cat-file", "-p", "main:link") == "run")
      #expect(try await host.file(path("binary"), at: .branch(main), in: fleet).bytes == binary)
      _ = try await commit([
        .put(path("run"), text: "2"), .put(path("empty"), text: "x"), .put(path("binary"), bytes: []),
      ])
      #expect(try listed("run") == "100755" && listed("empty") == "100644")
      #expect(try await commit([.put(path("run"), text: "2", executable: true)]).unchanged)
      _ = try await commit([.put(path("run"), text: "2", executable: false)])
      #expect(try listed("run") == "100644")
      var large = try (0..<10_000).map { FileChange.put(try path("many/d\($0 % 100)/f\($0)"), text: "\($0)") }
      large.append(.put(try path("large"), bytes: [UInt8](repeating: 7, count: 11 << 20)))
      _ = try await commit(large)
      #expect(try git("ls-tree", "-r", "--name-only", "main").split(separator: "\n").count == 10_006)
      #expect(try git.line("cat-file", "-s", "main:large") == "\(11 << 20)")
    }
  }

  @Test func statusesSurviveARestart() async throws {
    try await withHost { host, git, folder in
      let first = try await put(host, ["a": "1"], on: main)
      let second = try await put(host, ["a": "2"], on: main)
      let page = "https://acme.test/runs/1"
      try await host.setStatus(
        CommitStatus(.pending, context: "wge/a", summary: "one\ntwo", targetURL: page), of: first, in: fleet)
      try await host.setStatus(CommitStatus(.failure, context: "wge/b"), of: first, in: fleet)
      try await host.setStatus(CommitStatus(.success, context: "wge/a"), of: first, in: fleet)
      let again = try LocalGitHost(folder: folder + "/host", user: bob)
      #expect(
        try await again.statuses(of: first, in: fleet) == [
          CommitStatus(.failure, context: "wge/b"), CommitStatus(.success, context: "wge/a"),
        ])
      #expect(try await again.statuses(of: second, in: fleet).isEmpty)
      try await host.setStatus(
        CommitStatus(.pending, context: "c", summary: "one\ntwo", targetURL: page), of: second, in: fleet)
      #expect(
        try await again.statuses(of: second, in: fleet) == [
          CommitStatus(.pending, context: "c", summary: "one two", targetURL: page)
        ])
      #expect(
        await gitError { try await host.setStatus(CommitStatus(.success, context: "c"), of: .zero, in: fleet) }?.code
          == .notFound)
      for number in 0..<GitDefaults.maximumStatuses {
        _ = try? await host.setStatus(CommitStatus(.success, context: "n\(number)"), of: second, in: fleet)
      }
      #expect(
        await gitError { try await host.setStatus(CommitStatus(.success, context: "more"), of: second, in: fleet) }?
          .code == .tooLarge)
      #expect(try await again.statuses(of: second, in: fleet).count == GitDefaults.maximumStatuses)
      try git("fsck", "--strict")
    }
  }

  @Test func namesThatDoNotSuitAFolder() async throws {
    try await withHost { host, _, _ in
      for name in [
        "acme/fleet.git", "acme/x.GIT", ".acme/x", "acme/.x", "acme/x.lock", "a b/c", "acme/ü", "acme.git/x",
      ] {
        #expect(
          await gitError { try await host.createRepository(RepositoryPath(name)) }?.code == .validation, "\(name)")
      }
      #expect(await gitError { try await host.createRepository(fleet) }?.code == .alreadyExists)
      try await host.createRepository(RepositoryPath("acme/platform/infra"), defaultBranch: branch("trunk"))
      #expect(try host.repositories().map(\.description) == ["acme/fleet", "acme/platform/infra"])
      #expect(try await host.repository(RepositoryPath("acme/platform/infra")).defaultBranch.value == "trunk")
    }
  }

  @Test func aFolderWithUnusualCharacters() async throws {
    try await withTemporaryDirectory { folder in
      let host = try LocalGitHost(folder: folder + "/my git %20ü", user: alice, baseURL: "http://127.0.0.1:1/git")
      try await host.createRepository(fleet)
      _ = try await put(host, ["a": "1"], on: main)
      let url = host.fileURL(of: fleet)
      let directory = LocalGitHostDirectory(host: host)
      #expect(try await directory.location(of: url, provider: "local", token: nil).repository == fleet)
      #expect(try await directory.location(of: host.cloneURL(of: fleet), provider: "", token: nil).repository == fleet)
      #expect(
        await gitError { try await directory.location(of: url, provider: "github", token: nil) }?.field == "provider")
      #expect(
        await gitError { try await directory.location(of: "file:///elsewhere/acme/fleet", provider: nil, token: nil) }?
          .code == .unsupported)
      let copy = try await GitRepository.create(at: folder + "/copy", defaultBranch: main)
      try await copy.fetch(GitRemote(url: url))
      #expect(try await copy.branches().map(\.name) == [main])
    }
  }

  @Test func cloneURLs() async throws {
    try await withHost { host, _, folder in
      let file = try await host.repository(fleet).cloneURL
      #expect(file == "file://\(folder)/host/acme/fleet.git")
      #expect(try host.repositoryPath(ofCloneURL: file) == fleet)
      let served = host.served(at: "http://127.0.0.1:8080/git")
      #expect(try await served.repository(fleet).cloneURL == "http://127.0.0.1:8080/git/acme/fleet.git")
      #expect(try served.repositoryPath(ofCloneURL: "http://127.0.0.1:8080/git/acme/fleet") == fleet)
      #expect(try served.repositoryPath(ofCloneURL: file) == fleet)
      for other in [
        "http://127.0.0.1:8081/git/acme/fleet", "https://127.0.0.1:8080/git/acme/fleet",
        "https://github.com/acme/fleet", "file:///elsewhere/acme/fleet", "http://127.0.0.1:8080/git/fleet",
      ] {
        #expect(try served.repositoryPath(ofCloneURL: other) == nil, "\(other)")
      }
      #expect(try await served.location(of: file, provider: "github", token: nil).repository == fleet)
      #expect(
        await gitError { try await served.location(of: "https://github.com/a/b", provider: nil, token: nil) }?.code
          == .unsupported)
    }
  }

  @Test func personClonesAndPushes() async throws {
    try await withPullRequest { host, git, folder, pull in
      let work = try GitCLI.clone(host.cloneURL(of: fleet), to: folder + "/work")
      try work("checkout", "--quiet", "topic")
      try work.commit("d", "d", message: "by hand")
      try work("push", "--quiet")
      let seen = try await host.pullRequest(pull.number, in: fleet)
      #expect(seen.headCommit?.description == (try work.line("rev-parse", "HEAD")))
      #expect(seen.state == .open && seen.mergeability == .mergeable)
      try git("fsck", "--strict")
    }
  }

  @Test func mergeMethods() async throws {
    for method in MergeMethod.allCases {
      try await withPullRequest { host, git, _, pull in
        let topic = try branch("topic")
        let second = try await put(host, ["a": "1\n2\nthree\n"], on: topic)
        if method != .fastForward { _ = try await put(host, ["a": "one\n2\n3\n"], on: main) }
        let merged = try await host.acting(as: bob).mergePullRequest(
          pull.number, MergeRequest(method: method), in: fleet)
        #expect(merged.state == .merged && merged.mergedBy == "bob" && merged.headCommit == second)
        #expect(try await host.branch(main, in: fleet).head == merged.mergeCommit)
        let expected = method == .fastForward ? "1\n2\nthree\n" : "one\n2\nthree\n"
        #expect(try await host.file(path("a"), at: .branch(main), in: fleet).text == expected, "\(method)")
        let count = try Int(git.line("rev-list", "--count", "main"))
        #expect(count == [.merge: 5, .squash: 3, .rebase: 4, .fastForward: 3][method], "\(method)")
        let parents = try git.line("log", "-1", "--format=%P", "main").split(separator: " ").count
        #expect(parents == (method == .merge ? 2 : 1))
        if method == .rebase { #expect(try git.line("log", "-1", "--format=%an %cn", "main") == "Alice Bob") }
        try git("fsck", "--strict")
      }
    }
  }

  @Test func fastForwardOfADivergedBaseIsRefused() async throws {
    try await withPullRequest { host, _, _, pull in
      _ = try await put(host, ["b": "new"], on: main)
      let error = await gitError {
        try await host.mergePullRequest(pull.number, MergeRequest(method: .fastForward), in: fleet)
      }
      #expect(error?.code == .notMergeable && error?.reason == "notFastForward")
    }
  }

  @Test func mergedByPlainPush() async throws {
    // By a merge commit, by fast-forward, and after further work on the base.
    for style in ["--no-ff", "--ff-only", "--no-ff then more"] {
      try await withPullRequest { host, _, folder, pull in
        let work = try GitCLI.clone(host.cloneURL(of: fleet), to: folder + "/work")
        try work(
          "merge", "--quiet", style.split(separator: " ").map(String.init)[0], "-m", "merge by hand", "origin/topic")
        let landed = try work.line("rev-parse", "HEAD")
        if style.hasSuffix("more") { try work.commit("z", "z") }
        try work("push", "--quiet")
        let seen = try await host.pullRequest(pull.number, in: fleet)
        #expect(seen.state == .merged, "\(style)")
        #expect(seen.mergedBy == (style == "--ff-only" ? "Alice" : "Cli"))
        #expect(seen.mergeCommit?.description == landed, "\(style)")
        #expect(try await host.listPullRequests(PullRequestFilter(), in: fleet).isEmpty)
      }
    }
  }

  @Test func mergedByPushAndBranchDeleted() async throws {
    try await withPullRequest { host, _, folder, pull in
      let work = try GitCLI.clone(host.cloneURL(of: fleet), to: folder + "/work")
      try work("merge", "--quiet", "origin/topic")
      try work("push", "--quiet", "origin", "main", ":topic")
      #expect(try await host.pullRequest(pull.number, in: fleet).state == .merged)
    }
  }

  @Test func deletedBranchClosesAndResetBranchDoesNotMerge() async throws {
    try await withPullRequest { host, git, _, pull in
      try git("update-ref", "refs/heads/topic", "refs/heads/main")
      let reset = try await host.pullRequest(pull.number, in: fleet)
      #expect(reset.state == .open && reset.mergeability == .blocked(reason: "noCommits"))
      let error = await gitError { try await host.mergePullRequest(pull.number, MergeRequest(), in: fleet) }
      #expect(error?.code == .notMergeable && error?.reason == "noCommits")
      try git("update-ref", "-d", "refs/heads/topic")
      #expect(try await host.pullRequest(pull.number, in: fleet).state == .closed)
    }
  }

  @Test func draftsAndEmptyOnes() async throws {
    try await withPullRequest { host, _, _, pull in
      let draft = try await host.updatePullRequest(pull.number, PullRequestUpdate(isDraft: true), in: fleet)
      #expect(draft.mergeability == .blocked(reason: "draft"))
      #expect(
        await gitError { try await host.mergePullRequest(pull.number, MergeRequest(), in: fleet) }?.reason == "draft")
      try await host.createBranch(branch("same"), at: .branch(main), in: fleet)
      #expect(
        await gitError {
          try await host.createPullRequest(PullRequestDraft(title: "x", head: branch("same"), base: main), in: fleet)
        }?
        .code == .noChanges)
      #expect(
        await gitError {
          try await host.createPullRequest(PullRequestDraft(title: "x", head: main, base: main), in: fleet)
        }?.code
          == .validation)
      let tooMany = (0...100).map { "l\($0)" }
      for update in [
        PullRequestUpdate(title: ""), PullRequestUpdate(title: "a\nb"),
        PullRequestUpdate(title: String(repeating: "x", count: 256)),
        PullRequestUpdate(body: String(repeating: "x", count: 65_537)), PullRequestUpdate(body: "\0"),
        PullRequestUpdate(labels: [""]),
        PullRequestUpdate(labels: tooMany),
      ] {
        #expect(
          await gitError { try await host.updatePullRequest(pull.number, update, in: fleet) }?.code == .validation)
      }
      #expect(
        try await host.updatePullRequest(pull.number, PullRequestUpdate(labels: ["x", "x"]), in: fleet).labels == ["x"])
    }
  }

  @Test func comments() async throws {
    try await withPullRequest { host, _, _, pull in
      try await host.commentPullRequest(pull.number, "one", in: fleet)
      try await host.acting(as: bob).commentPullRequest(pull.number, "two", in: fleet)
      let comments = try await host.comments(onPullRequest: pull.number, in: fleet)
      #expect(comments.map(\.author) == ["alice", "bob"] && comments.map(\.body) == ["one", "two"])
    }
  }

  /// Everything is read back by a new host on the same folder.
  @Test func restart() async throws {
    try await withPullRequest { host, _, folder, pull in
      let other = try LocalGitHost(folder: folder + "/host", user: bob, clock: ManualWallClock())
      let seen = try await other.pullRequest(pull.number, in: fleet)
      #expect(seen == (try await host.pullRequest(pull.number, in: fleet)))
      _ = try await other.mergePullRequest(pull.number, MergeRequest(), in: fleet)
      #expect(try await host.pullRequest(pull.number, in: fleet).state == .merged)
    }
  }

  /// Stops a merge before each of its durable steps, then lets a new process look and try again.
  @Test(arguments: MergeMethod.allCases) func crashDuringMerge(_ method: MergeMethod) async throws {
    for crashPoint in 0..<6 {
      try await withPullRequest { host, git, folder, pull in
        let request = MergeRequest(method: method, deleteBranch: true)
        let steps = Mutex(0)
        let crash: @Sendable (String) throws(GitHostError) -> Void = { step throws(GitHostError) in
          let now = steps.withLock { steps in
            defer { steps += 1 }
            return steps
          }
          if now == crashPoint { throw GitHostError(.unavailable, "crashed before: \(step)") }
        }
        let result = await PullRequestStore.$willWrite.withValue(crash) {
          try? await host.mergePullRequest(pull.number, request, in: fleet)
        }
        #expect((result == nil) == (crashPoint < 4), "there are four durable steps: \(crashPoint)")
        let other = try LocalGitHost(folder: folder + "/host", user: bob, clock: ManualWallClock())
        _ = try await other.pullRequest(pull.number, in: fleet)
        let merged = try await other.mergePullRequest(pull.number, request, in: fleet)
        #expect(merged.state == .merged)
        #expect(try await other.branch(main, in: fleet).head == merged.mergeCommit)
        #expect(await gitError { try await other.branch(branch("topic"), in: fleet) }?.code == .notFound)
        // Merged once, whatever happened.
        let expected = method == .merge ? 3 : 2
        #expect(try git.line("rev-list", "--count", "main") == "\(expected)", "\(method) \(crashPoint)")
        try git("fsck", "--strict")
      }
    }
  }

  @Test func crashDuringCreate() async throws {
    try await withHost { host, _, folder in
      _ = try await put(host, ["a": "1"], on: main)
      let topic = try branch("topic")
      _ = try await put(host, ["c": "c"], on: topic, base: main)
      let draft = PullRequestDraft(title: "T", head: topic, base: main)
      let crash: @Sendable (String) throws(GitHostError) -> Void = { step throws(GitHostError) in
        throw GitHostError(.unavailable, step)
      }
      await PullRequestStore.$willWrite.withValue(crash) {
        #expect(await gitError { try await host.createPullRequest(draft, in: fleet) }?.code == .unavailable)
      }
      // A writer that died between writing and renaming leaves a file aside.
      let pulls = try host.diskPath(of: fleet) + "/wge/pulls"
      try AtomicFile.write(Array("half".utf8), to: pulls + "/1.json.123.tmp")
      let other = try LocalGitHost(folder: folder + "/host", user: alice, clock: ManualWallClock())
      #expect(try await other.listPullRequests(PullRequestFilter(state: nil), in: fleet).isEmpty)
      #expect(try await other.createPullRequest(draft, in: fleet).number == 1)
      #expect(try AtomicFile.names(in: pulls) == ["1.json"])
    }
  }

  @Test func manyCreateAtOnce() async throws {
    try await withHost { host, _, folder in
      _ = try await put(host, ["a": "1"], on: main)
      for index in 0..<4 { _ = try await put(host, ["x": "\(index)"], on: branch("t\(index)"), base: main) }
      let folder = folder + "/host"
      let fleet = self.fleet
      let main = self.main
      let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
        for round in 0..<12 {
          group.addTask {
            let own = try LocalGitHost(folder: folder, user: alice, clock: ManualWallClock())
            let draft = PullRequestDraft(title: "T", head: try BranchName("t\(round % 4)"), base: main)
            do {
              return try await own.createPullRequest(draft, in: fleet).number
            } catch let error as GitHostError where error.code == .alreadyExists {
              return try #require(error.existingPullRequest).number
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(numbers) == [1, 2, 3, 4])
      #expect(try await host.listPullRequests(PullRequestFilter(), in: fleet).count == 4)
    }
  }

  /// Merges of many pull requests and pushes by hand on one base at once: every change arrives.
  @Test func concurrentMergesLoseNothing() async throws {
    try await withHost { host, git, folder in
      _ = try await put(host, ["a": "1"], on: main)
      let count = 5
      for index in 0..<count {
        _ = try await put(host, ["x\(index)": "x"], on: branch("t\(index)"), base: main)
        _ = try await host.createPullRequest(
          PullRequestDraft(title: "\(index)", head: branch("t\(index)"), base: main), in: fleet)
      }
      let folder = folder + "/host"
      let fleet = self.fleet
      let main = self.main
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<count {
          group.addTask {
            let own = try LocalGitHost(folder: folder, user: bob, clock: ManualWallClock())
            _ = try await own.mergePullRequest(index + 1, MergeRequest(), in: fleet)
          }
          group.addTask {
            let own = try LocalGitHost(folder: folder, user: alice, clock: ManualWallClock())
            _ = try await own.commitFiles(
              CommitRequest(branch: main, message: "direct", changes: [.put(GitPath("y\(index)"), text: "y")]),
              in: fleet)
          }
        }
        try await group.waitForAll()
      }
      #expect(try git("ls-tree", "--name-only", "main").split(separator: "\n").count == 2 * count + 1)
      #expect(try await host.listPullRequests(PullRequestFilter(state: .merged), in: fleet).count == count)
      try git("fsck", "--strict")
    }
  }

  @Test func damagedRecordIsNamed() async throws {
    try await withPullRequest { host, _, folder, pull in
      let file = try host.diskPath(of: fleet) + "/wge/pulls/1.json"
      try AtomicFile.write(Array("{\"number\": 1".utf8), to: file)
      let other = try LocalGitHost(folder: folder + "/host", user: alice)
      let error = await gitError { try await other.pullRequest(pull.number, in: fleet) }
      #expect(error?.code == .corrupt)
      #expect(error?.message.contains("1.json") == true)
    }
  }
}
