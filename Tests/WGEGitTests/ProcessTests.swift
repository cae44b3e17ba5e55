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

/// What takes processes of its own: those that race for one branch, and one whose C objects can be counted.
@Suite struct ProcessTests {
  static let environment = ProcessInfo.processInfo.environment
  static let role = environment["WGE_TEST_GIT_CHILD"]

  /// This test program once more, for one test of it.
  private func child(_ test: String, _ environment: [String: String]) throws -> Program {
    Program(
      try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
      ["--testing-library", "swift-testing", "--filter", test],
      environment: Self.environment.merging(environment.merging(["WGE_TEST_GIT_CHILD": test]) { $1 }) { $1 })
  }

  private var canStartItself: Bool {
    if FileManager.default.isReadableFile(atPath: "/proc/self/exe") { return true }
    print("skipped: a test cannot start itself here")
    return false
  }

  // MARK: - Pushers

  private static let rounds = 6

  /// Run by ``pushersInSeveralProcessesLoseNothing()``: commits by mirror and push, again when it was not the first.
  @Test(.enabled(if: ProcessTests.role == "childPushes")) func childPushes() async throws {
    let name = try #require(Self.environment["WGE_TEST_NAME"])
    let url = try #require(Self.environment["WGE_TEST_URL"])
    // So little that whoever leaves a mirror takes it away, unless another process is at it.
    let mirrors = try GitMirrors(folder: #require(Self.environment["WGE_TEST_MIRRORS"]), maximumBytes: 1)
    let main = try BranchName("main")
    let repository = try RepositoryPath("acme/fleet")
    for round in 0..<Self.rounds {
      while true {
        let head = try await mirrors.withMirror(of: GitRemote(url: url)) { try await $0.resolve(.branch(main)) }
        let request = CommitRequest(
          branch: main, message: "\(name) \(round)", changes: [.put(try GitPath("\(name)/r\(round)"), text: "x")])
        let plan = CommitPlan(
          request: request, repository: repository, parent: head, head: head)
        do {
          _ = try await mirrors.push(
            PushedCommit(cloneURL: url, plan: plan, author: alice.identity), credentials: nil, allowsPlainHTTP: false,
            at: someTime)
          break
        } catch let error as GitHostError where error.code == .staleHead || error.isTransient {
          continue
        }
      }
    }
  }

  /// They share one folder of mirrors, too, which is small enough that each takes it away from the others.
  @Test(.enabled(if: ProcessTests.role == nil)) func pushersInSeveralProcessesLoseNothing() async throws {
    guard canStartItself else { return }
    try await withTemporaryDirectory { folder in
      let host = try LocalGitHost(folder: folder + "/host", user: alice, clock: ManualWallClock())
      let fleet = try RepositoryPath("acme/fleet")
      try await host.createRepository(fleet)
      _ = try await host.commitFiles(
        CommitRequest(
          branch: BranchName("main"), message: "one", changes: [.put(GitPath("a"), text: "1")], allowInitial: true),
        in: fleet)
      let url = host.fileURL(of: fleet)
      let pushers = 4
      try await withThrowingTaskGroup(of: Void.self) { group in
        for pusher in 0..<pushers {
          let program = try child(
            "childPushes",
            ["WGE_TEST_NAME": "p\(pusher)", "WGE_TEST_URL": url, "WGE_TEST_MIRRORS": folder + "/mirrors"])
          group.addTask { _ = try await program.run().get() }
        }
        // This process commits through the host meanwhile.
        for round in 0..<Self.rounds {
          _ = try await host.commitFiles(
            CommitRequest(
              branch: BranchName("main"), message: "host \(round)",
              changes: [.put(GitPath("host/r\(round)"), text: "x")]), in: fleet)
        }
        try await group.waitForAll()
      }
      let git = GitCLI(folder: try host.diskPath(of: fleet))
      let count = (pushers + 1) * Self.rounds + 1
      #expect(try git.line("rev-list", "--count", "main") == "\(count)")
      #expect(try git("ls-tree", "-r", "--name-only", "main").split(separator: "\n").count == count)
      try git("fsck", "--strict")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/mirrors") == [])
    }
  }

  // MARK: - Temporary folders

  /// Run by ``foldersOfKilledProcessesAreSwept()``: has a scratch repository until it is killed.
  @Test(.enabled(if: ProcessTests.role == "childKeepsAFolder")) func childKeepsAFolder() async throws {
    try await withTemporaryDirectory { folder in
      _ = try await GitRepository.create(at: folder + "/a.git", defaultBranch: BranchName("main"))
      let scratch = try await GitRepository.scratch(borrowingObjectsOf: folder + "/a.git")
      FileManager.default.createFile(
        atPath: try #require(Self.environment["WGE_TEST_READY"]), contents: Data(scratch.path.utf8))
      try await Task.sleep(for: .seconds(600))
      withExtendedLifetime(scratch) {}
    }
  }

  @Test(.enabled(if: ProcessTests.role == nil)) func foldersOfKilledProcessesAreSwept() async throws {
    guard canStartItself else { return }
    try await withTemporaryDirectory { folder in
      let ready = folder + "/ready"
      let root = folder + "/tmp"
      try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
      let child = try child("childKeepsAFolder", ["WGE_TEST_READY": ready, "TMPDIR": root]).start()
      try await eventually("the child has a folder") { FileManager.default.fileExists(atPath: ready) }
      let theirs = try String(contentsOfFile: ready, encoding: .utf8)
      let ours = try TemporaryFolder(in: root)
      // A link is not followed, and nothing else is touched.
      let foreign = folder + "/foreign"
      try FileManager.default.createDirectory(atPath: foreign + "/x", withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(atPath: root + "/wge-scratch-link", withDestinationPath: foreign)
      func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
      try await offPool { TemporaryFolder.sweep(root) }
      #expect(theirs.hasPrefix(root + "/") && isThere(theirs) && isThere(ours.path))
      child.kill()
      _ = try await child.end()
      try await offPool { TemporaryFolder.sweep(root) }
      #expect(!isThere(theirs) && isThere(ours.path) && isThere(foreign + "/x"))
    }
  }

  // MARK: - Leaks

  /// Run by ``everyObjectIsFreed()`` and ``nothingLeaks()``.
  @Test(.enabled(if: ProcessTests.role == "childUsesEverything")) func childUsesEverything() async throws {
    for _ in 0..<3 { try await Self.useEverything() }
    // Executors let go of their last job a moment after it was awaited.
    try await eventually("the C objects are freed") { Owned.liveCount == 0 }
    if Self.environment["WGE_TEST_LEAK"] != nil {
      for size in 1...64 { _ = malloc(1000 + size) }
    }
  }

  private static func useEverything() async throws {
    try await withTemporaryDirectory { folder in
      let main = try BranchName("main")
      let topic = try BranchName("topic")
      let repository = try await GitRepository.create(at: folder + "/a.git", defaultBranch: main)
      let first = try await repository.put(["a": "1", "b/c": "2"], on: "main")
      let second = try await repository.put(["a": "2"], on: "main")
      let third = try await repository.put(["b/c": "3"], on: "topic", base: "main")
      _ = try await repository.put(["a": "conflict"], on: "main")
      try await repository.createTag(TagName("v1"), at: first)
      _ = try await repository.tags()
      _ = try await repository.branches()
      _ = try await repository.tree(at: .branch(main))
      _ = try await repository.file(path("a"), at: .branch(main))
      _ = try await repository.difference(from: first, to: second)
      _ = try await repository.merge(second, third)
      _ = try await repository.log(from: .commit(second))
      let remote = try GitRemote(url: "file://\(folder)/a.git")
      let copy = try await GitRepository.clone(remote, into: folder + "/b.git", tags: true)
      let made = try await copy.put(["d": "4"], on: "main")
      try await copy.push(made, to: main, at: remote)
      try await copy.delete(topic, at: remote)
      let mirrors = try GitMirrors(folder: folder + "/mirrors")
      _ = try await mirrors.withMirror(of: remote) { mirror in
        let scratch = try await GitRepository.scratch(borrowingObjectsOf: mirror.path)
        return try await scratch.commit(
          CommitRequest(
            branch: topic, base: .commit(made), message: "m", changes: [.put(path("e"), text: "5"), .delete(path("a"))]),
          author: alice.identity, at: someTime
        ).commit
      }
      // Failures free what was made on the way.
      _ = try? await repository.file(path("none"), at: .branch(main))
      _ = try? await repository.tree(at: .branch(topic))
      _ = try? await repository.push(first, to: main, at: remote, lease: .exactly(first))
      _ = try? await GitRepository.open(at: folder + "/none")
      _ = try? await copy.fetch(GitRemote(url: "file://\(folder)/none.git"))
      let cancelled = Task { try await GitRepository.clone(remote, into: folder + "/c.git") }
      cancelled.cancel()
      _ = try? await cancelled.value
    }
  }

  @Test(.enabled(if: ProcessTests.role == nil)) func everyObjectIsFreed() async throws {
    guard canStartItself else { return }
    let outcome = try await child("childUsesEverything", [:]).run()
    let said = outcome.text + String(decoding: outcome.errors, as: UTF8.self)
    #expect(outcome.code == 0 && said.contains("with 1 test"), "\(said.suffix(2000))")
  }

  /// LeakSanitizer sees what no Swift value of ours owns. It comes with gcc, and is loaded before the test program.
  @Test(.enabled(if: ProcessTests.role == nil)) func nothingLeaks() async throws {
    guard canStartItself, Tool.areThere("gcc") else { return }
    let gcc = Program("/usr/bin/env", ["gcc", "-print-file-name=liblsan.so"])
    let library = String(decoding: try await gcc.run().get(), as: UTF8.self).trimmed
    let leaked: Int32 = 23
    let environment = ["LD_PRELOAD": library, "LSAN_OPTIONS": "exitcode=\(leaked)"]
    // It works where it finds what is leaked on purpose: not under a debugger, for instance.
    guard library.hasPrefix("/"),
      try await child("childUsesEverything", environment.merging(["WGE_TEST_LEAK": "1"]) { $1 }).run().code == leaked
    else {
      print("skipped: LeakSanitizer does not work here")
      return
    }
    let outcome = try await child("childUsesEverything", environment).run()
    #expect(outcome.code == 0, "\(String(decoding: outcome.errors.suffix(4000), as: UTF8.self))")
  }
}
