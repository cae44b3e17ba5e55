import Foundation
import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

@Suite struct RepositoryTests {
  @Test func writesWhatGitReads() async throws {
    try await withRepository { repository, git, _ in
      let result = try await repository.commit(
        CommitRequest(
          branch: branch("main"), message: "\n\nFirst\r\n\r\nbody  \n\n\n",
          changes: [
            .put(path("a.txt"), text: "one\r\ntwo"), .put(path("bin/run"), text: "#!/bin/sh\n", executable: true),
            .put(path("deep/er/file"), bytes: [0, 255, 10]), .put(path("empty"), text: ""),
          ], author: GitIdentity(name: "Zoë", email: "z@example.org"), committer: bob.identity, allowInitial: true),
        author: alice.identity, at: someTime)
      #expect(result.createdBranch && !result.unchanged && result.parents.isEmpty)
      try git("fsck", "--strict", "--full")
      #expect(try git.line("rev-parse", "main") == result.commit.description)
      let modes = try git("ls-tree", "-r", "--format=%(objectmode) %(path)", "main")
      #expect(modes == "100644 a.txt\n100755 bin/run\n100644 deep/er/file\n100644 empty\n")
      #expect(try git("show", "main:a.txt") == "one\r\ntwo")
      #expect(
        try git("log", "-1", "--format=%an|%ae|%cn|%ce|%at|%B", "main").hasPrefix(
          "Zoë|z@example.org|Bob|bob@example.org|1767225600|First\n\nbody\n"))
      let file = try await repository.file(path("deep/er/file"), at: .branch(branch("main")))
      #expect(file.bytes == [0, 255, 10] && file.isExecutable == false && file.text == nil)
      #expect(try await repository.file(path("bin/run"), at: .commit(result.commit)).isExecutable == true)
    }
  }

  @Test func readsWhatGitWrote() async throws {
    try await withRepository { repository, git, folder in
      let work = try GitCLI.clone("file://\(folder)/a.git", to: folder + "/work")
      try work("checkout", "--quiet", "-b", "main")
      try work.write("x/y.txt", "hello")
      try work.write("x/z/w.txt", "deep")
      try work.write("top", "t")
      try work("add", "-A")
      try work("update-index", "--chmod=+x", "top")
      try work(
        "update-index", "--add", "--cacheinfo",
        "120000,\(try work("hash-object", "-w", "--stdin", input: "x/y.txt").prefix(40)),link")
      try work("commit", "--quiet", "-m", "cli\n\nbody")
      try work("push", "--quiet", "origin", "main")
      let listing = try await repository.tree(at: .branch(branch("main")))
      #expect(listing.map(\.path) == ["link", "top", "x/y.txt", "x/z/w.txt"])
      #expect(listing.map(\.kind) == [.symbolicLink, .executable, .file, .file])
      let folderListing = try await repository.tree(at: .branch(branch("main")), under: path("x"), recursive: false)
      #expect(folderListing.map(\.path) == ["x/y.txt", "x/z"])
      #expect(folderListing.map(\.size) == [5, nil])
      let head = try await repository.resolve(.branch(branch("main")))
      let commit = try await repository.commit(head)
      #expect(commit.summary == "cli" && commit.author.name == "Cli")
      // Updating a symbolic link and an executable keeps their modes.
      try await repository.put(["link": "top", "top": "changed"], on: "main")
      #expect(try git("ls-tree", "--format=%(objectmode) %(path)", "main") == "120000 link\n100755 top\n040000 x\n")
    }
  }

  @Test func editsAndRefusals() async throws {
    try await withRepository { repository, git, _ in
      let main = try branch("main")
      try await repository.put(["dir/a": "1", "dir/b": "2", "file": "3", "run": "4"], on: "main")
      func attempt(_ changes: [FileChange], strict: Bool = false) async throws -> CommitResult {
        try await repository.commit(
          CommitRequest(branch: main, message: "m", changes: changes, strictDeletes: strict), author: alice.identity,
          at: someTime)
      }
      let before = try await repository.resolve(.branch(main))
      let refused: [([FileChange], GitHostError.Code)] = [
        ([.put(try path("dir"), text: "x")], .validation), ([.put(try path("file/below"), text: "x")], .validation),
        ([.put(try path("file/below/deep"), text: "x")], .validation), ([.delete(try path("dir"))], .validation),
        ([.move(from: try path("missing"), to: try path("x"))], .notFound),
        ([.move(from: try path("file"), to: try path("run"))], .validation),
        ([FileChange(try path("missing"), .setExecutable(true))], .notFound),
        ([FileChange(try path("dir"), .setExecutable(true))], .validation),
      ]
      for (changes, code) in refused {
        #expect(await gitError { try await attempt(changes) }?.code == code, "\(changes)")
      }
      #expect(await gitError { try await attempt([.delete(try path("missing"))], strict: true) }?.code == .notFound)
      #expect(try await repository.resolve(.branch(main)) == before)

      #expect(try await attempt([.put(path("file"), text: "3"), .delete(path("gone"))]).unchanged)
      #expect(try await repository.resolve(.branch(main)) == before)

      _ = try await attempt([.move(from: path("dir/a"), to: path("new/place")), .delete(path("dir/b"))])
      _ = try await attempt([FileChange(path("run"), .setExecutable(true))])
      #expect(
        try git("ls-tree", "-r", "--format=%(objectmode) %(path)", "main")
          == "100644 file\n100644 new/place\n100755 run\n")
      _ = try await attempt([.delete(path("file")), .delete(path("new/place")), .delete(path("run"))])
      #expect(try git("ls-tree", "-r", "main") == "")
      try git("fsck", "--strict")
    }
  }

  @Test func messagesAndAuthorsAreChecked() async throws {
    try await withRepository { repository, _, _ in
      for (message, name) in [("", "A"), (" \n\t", "A"), ("a\0b", "A"), ("m", ""), ("m", "A <b>"), ("m", "A\nB")] {
        let error = await gitError {
          try await repository.commit(
            CommitRequest(
              branch: branch("main"), message: message, changes: [.put(path("a"), text: "")],
              author: GitIdentity(name: name, email: "x@example.org"), allowInitial: true), author: alice.identity,
            at: someTime)
        }
        #expect(error?.code == .validation, "\(message) \(name)")
      }
    }
  }

  @Test func expectations() async throws {
    try await withRepository { repository, _, _ in
      let main = try branch("main")
      func commit(
        _ name: String, _ text: String, on target: BranchName, _ expected: ExpectedHead, base: GitRevision? = nil,
        initial: Bool = false
      )
        async throws -> CommitResult
      {
        try await repository.commit(
          CommitRequest(
            branch: target, base: base, message: "m", changes: [.put(path(name), text: text)], expectedHead: expected,
            allowInitial: initial), author: alice.identity, at: someTime)
      }
      #expect(await gitError { try await commit("a", "1", on: main, .any) }?.code == .emptyRepository)
      let first = try await commit("a", "1", on: main, .absent, initial: true).commit
      #expect(await gitError { try await commit("a", "2", on: main, .absent) }?.code == .alreadyExists)
      #expect(await gitError { try await commit("a", "2", on: branch("other"), .any) }?.code == .notFound)
      let second = try await commit("a", "2", on: main, .exactly(first)).commit
      #expect(await gitError { try await commit("a", "3", on: main, .exactly(first)) }?.code == .staleHead)
      // Based on an older commit: another path is fine, the same path is not.
      let third = try await commit("b", "1", on: main, .basedOn(first))
      #expect(third.parents == [second])
      let error = await gitError { try await commit("a", "3", on: main, .basedOn(first)) }
      #expect(error?.code == .staleHead)
      #expect(error?.paths == ["a"])
      let topic = try await commit("c", "1", on: branch("topic"), .absent, base: .branch(main))
      #expect(topic.createdBranch && topic.parents == [third.commit])
      // Nothing to change on a new branch: no branch.
      let nothing = try await commit("a", "2", on: branch("none"), .absent, base: .branch(main))
      #expect(nothing.unchanged && nothing.commit == third.commit)
      #expect(try await repository.head(of: branch("none")) == nil)
    }
  }

  @Test func references() async throws {
    try await withRepository { repository, git, _ in
      let one = try await repository.put(["a": "1"], on: "main")
      let two = try await repository.put(["a": "2"], on: "main")
      let name = try branch("feature/x")
      try await repository.createBranch(name, at: one)
      #expect(await gitError { try await repository.createBranch(name, at: one) }?.code == .alreadyExists)
      #expect(await gitError { try await repository.createBranch(branch("feature"), at: one) }?.code == .alreadyExists)
      #expect(await gitError { try await repository.createBranch(branch("y"), at: .zero) }?.code == .notFound)
      #expect(await gitError { try await repository.updateBranch(name, from: two, to: two) }?.code == .staleHead)
      try await repository.updateBranch(name, from: one, to: two)
      #expect(
        await gitError { try await repository.updateBranch(branch("none"), from: one, to: two) }?.code == .staleHead)
      try git("pack-refs", "--all")
      #expect(await gitError { try await repository.deleteBranch(name, expected: one) }?.code == .staleHead)
      try await repository.deleteBranch(name, expected: two)
      #expect(await gitError { try await repository.deleteBranch(name) }?.code == .notFound)
      #expect(try await repository.branches().map(\.name.value) == ["main"])
      #expect(try git("for-each-ref", "--format=%(refname)") == "refs/heads/main\n")
    }
  }

  @Test func graphMergeAndDifference() async throws {
    try await withRepository { repository, git, _ in
      let base = try await repository.put(["a": "1\n2\n3\n4\n5\n", "b": "b", "c/d": "d"], on: "main")
      let left = try await repository.put(["a": "1\n2\n3\n4\nfive\n"], on: "main")
      let right = try await repository.put(["a": "one\n2\n3\n4\n5\n", "e": "e"], on: "right", base: "main")
      _ = right
      try await repository.createBranch(branch("topic"), at: base)
      let topic = try await repository.put(["a": "one\n2\n3\n4\n5\n", "e": "e"], on: "topic")
      #expect(try await repository.mergeBase(left, topic) == base)
      let (ahead, behind) = try await repository.aheadBehind(topic, left)
      #expect(ahead == 1 && behind == 1)
      #expect(try await repository.isAncestor(base, of: topic))
      #expect(try await !repository.isAncestor(left, of: topic))
      guard case .clean(let tree) = try await repository.merge(left, topic) else {
        Issue.record("the merge has conflicts")
        return
      }
      try git("cat-file", "-e", tree.description)
      #expect(try git("show", "\(tree):a") == "one\n2\n3\n4\nfive\n")
      try await repository.createBranch(branch("clash"), at: base)
      let clash = try await repository.put(["a": "1\n2\n3\n4\nFIVE\n"], on: "clash")
      guard case .conflicts(let conflicts) = try await repository.merge(left, clash) else {
        Issue.record("the merge is clean")
        return
      }
      #expect(conflicts.map(\.path) == ["a"] && conflicts.first?.kind == .bothModified)
      #expect(try await repository.mergeConflicts(left, clash).map(\.path) == ["a"])

      let differences = try await repository.difference(from: base, to: topic)
      #expect(differences.map(\.path) == ["a", "e"])
      #expect(differences.map(\.kind) == [.modified, .added])
      #expect(try await repository.difference(from: topic, to: base, under: [path("e")]).map(\.kind) == [.deleted])
      #expect(try await repository.difference(from: nil, to: base).count == 3)

      let log = try await repository.log(from: .branch(branch("topic")))
      #expect(log.map(\.id) == [topic, base])
      #expect(try await repository.log(from: .branch(branch("topic")), path: path("c")).map(\.id) == [base])
      #expect(try await repository.log(from: .branch(branch("topic")), limit: 1).map(\.id) == [topic])
      #expect(try await repository.log(from: .commit(topic), excluding: [base]).map(\.id) == [topic])
    }
  }

  @Test func unrelatedHistories() async throws {
    try await withRepository { repository, git, _ in
      let one = try await repository.put(["a": "1"], on: "main")
      let tree = try git.line("rev-parse", "main^{tree}")
      let other = try #require(GitObjectID(try git.line("commit-tree", "-m", "root", tree)))
      #expect(try await repository.mergeBase(one, other) == nil)
    }
  }

  @Test func openingWhatIsNotThere() async throws {
    try await withTemporaryDirectory { folder in
      #expect(await gitError { try await GitRepository.open(at: folder + "/none.git") }?.code == .notFound)
      #expect(await gitError { try await GitRepository.open(at: folder) }?.code == .notFound)
      _ = try await GitRepository.create(at: folder + "/x/y/a.git", defaultBranch: branch("trunk"))
      #expect(
        await gitError { try await GitRepository.create(at: folder + "/x/y/a.git", defaultBranch: branch("main")) }?
          .code == .alreadyExists)
      let opened = try await GitRepository.open(at: folder + "/x/y/a.git")
      #expect(try await opened.defaultBranch().value == "trunk")
      #expect(try await opened.isEmpty())
      #expect(await gitError { try await opened.resolve(.branch(branch("trunk"))) }?.code == .notFound)
    }
  }

  @Test func limitsOfReading() async throws {
    try await withRepository { repository, _, _ in
      try await repository.put(["big": String(repeating: "x", count: 1000), "a/b": "1", "a/c": "2"], on: "main")
      let main = GitRevision.branch(try branch("main"))
      #expect(await gitError { try await repository.file(path("big"), at: main, maximumBytes: 999) }?.code == .tooLarge)
      #expect(await gitError { try await repository.tree(at: main, limit: 2) }?.code == .tooLarge)
      #expect(await gitError { try await repository.file(path("a"), at: main) }?.code == .validation)
      #expect(await gitError { try await repository.file(path("a/b/c"), at: main) }?.code == .notFound)
      #expect(await gitError { try await repository.tree(at: main, under: path("big")) }?.code == .notFound)
    }
  }

  @Test func concurrentCommittersLoseNothing() async throws {
    try await withTemporaryDirectory { folder in
      let first = try await GitRepository.create(at: folder + "/a.git", defaultBranch: branch("main"))
      try await first.put(["start": ""], on: "main")
      let writers = 4
      let each = 8
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<writers {
          group.addTask {
            let own = try await GitRepository.open(at: folder + "/a.git")
            for round in 0..<each {
              while true {
                do {
                  try await own.put(["w\(writer)/r\(round)": "x"], on: "main", message: "w\(writer) r\(round)")
                  break
                } catch let error as GitHostError where error.code == .staleHead {
                  continue
                }
              }
            }
          }
        }
        try await group.waitForAll()
      }
      let git = GitCLI(folder: folder + "/a.git")
      #expect(try git.line("rev-list", "--count", "main") == "\(writers * each + 1)")
      #expect(try git("ls-tree", "-r", "--name-only", "main").split(separator: "\n").count == writers * each + 1)
      try git("fsck", "--strict")
    }
  }

  /// Random edits in memory give the very tree that the same edits give in a work tree.
  @Test(arguments: 1...8 as ClosedRange<UInt64>) func randomEditsEqualGit(_ seed: UInt64) async throws {
    try await checkRandomEdits(seed)
  }

  @Test(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) func randomEditsFuzz() async throws {
    try await Fuzzing.run("Fuzz: random tree edits") { try await checkRandomEdits($0) }
  }

  private func checkRandomEdits(_ seed: UInt64) async throws {
    try await withRepository { repository, _, folder in
      var random = SeededGenerator(seed: seed)
      let work = GitCLI(folder: folder + "/work")
      try GitCLI(folder: folder)("init", "--quiet", "work")
      var files: [String: String] = [:]
      let names = ["a", "b", "a-b", "a.b", "ab", "é", "dir", "x y"]
      for round in 0..<12 {
        var changes: [FileChange] = []
        var touched: Set<String> = []
        func isFree(_ candidate: String) -> Bool {
          !touched.contains { $0 == candidate || $0.hasPrefix(candidate + "/") || candidate.hasPrefix($0 + "/") }
        }
        for _ in 0..<Int.random(in: 1...8, using: &random) {
          let depth = Int.random(in: 1...4, using: &random)
          let name = (0..<depth).map { _ in names[Int.random(in: 0..<names.count, using: &random)] }.joined(
            separator: "/")
          guard isFree(name) else { continue }
          let isBlocked = files.keys.contains { ($0.hasPrefix(name + "/") || name.hasPrefix($0 + "/")) }
          if !isBlocked, Bool.random(using: &random) || files.isEmpty {
            let text = "\(round) \(Int.random(in: 0..<5, using: &random))"
            let executable = Bool.random(using: &random)
            changes.append(.put(try path(name), text: text, executable: executable))
            touched.insert(name)
            files[name] = text
            let blob = try work("hash-object", "-w", "--stdin", input: text).prefix(40)
            try work("update-index", "--add", "--cacheinfo", "\(executable ? "100755" : "100644"),\(blob),\(name)")
          } else if let victim = files.keys.sorted().randomElement(using: &random), isFree(victim) {
            touched.insert(victim)
            if !isBlocked, isFree(name), files[name] == nil, Bool.random(using: &random) {
              changes.append(.move(from: try path(victim), to: try path(name)))
              touched.insert(name)
              files[name] = files.removeValue(forKey: victim)
              let entry = try work.line("ls-files", "-s", "--", victim)
              try work("update-index", "--force-remove", "--", victim)
              try work(
                "update-index", "--add", "--cacheinfo", "\(entry.prefix(6)),\(entry.dropFirst(7).prefix(40)),\(name)")
            } else {
              changes.append(.delete(try path(victim)))
              files[victim] = nil
              try work("update-index", "--force-remove", "--", victim)
            }
          }
        }
        if changes.isEmpty { continue }
        let result = try await repository.commit(
          CommitRequest(
            branch: branch("main"), message: "round \(round)", changes: changes.shuffled(using: &random),
            allowInitial: true),
          author: alice.identity, at: someTime)
        let tree = try await repository.commit(result.commit).tree
        #expect(tree.description == (try work.line("write-tree")), "seed \(seed) round \(round): \(changes)")
      }
      try GitCLI(folder: folder + "/a.git")("fsck", "--strict")
    }
  }

  @Test func scratchWritesNothingToItsLender() async throws {
    try await withRepository { repository, git, folder in
      let base = try await repository.put(["a": "1"], on: "main")
      let before = try git("count-objects", "-v")
      let scratch = try await GitRepository.scratch(borrowingObjectsOf: folder + "/a.git")
      let commit = try await scratch.commit(
        CommitRequest(branch: branch("job"), base: .commit(base), message: "m", changes: [.put(path("b"), text: "2")]),
        author: alice.identity, at: someTime
      ).commit
      #expect(try git("count-objects", "-v") == before)
      let remote = try GitRemote(url: "file://\(folder)/a.git")
      try await scratch.push(commit, to: branch("main"), at: remote, lease: .exactly(base))
      #expect(try git("show", "main:b") == "2")
      try git("fsck", "--strict")
    }
  }

  /// A writer killed while it moved a branch leaves the lock; it must not hold the branch for ever.
  @Test func locksLeftBehind() async throws {
    try await withRepository { repository, _, folder in
      try await repository.put(["a": "1"], on: "main")
      let lock = folder + "/a.git/refs/heads/main.lock"
      try AtomicFile.write([], to: lock)
      #expect(await gitError { try await repository.put(["a": "2"], on: "main") }?.code == .unavailable)
      #expect(AtomicFile.version(of: lock) != nil)
      try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: lock)
      try await repository.put(["a": "2"], on: "main")
      #expect(try AtomicFile.names(in: folder + "/a.git/refs/heads") == ["main"])
    }
  }
}
