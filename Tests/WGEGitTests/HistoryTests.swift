import Foundation
import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

/// Tags, merges, signatures and the history of paths, as the git command sees them.
@Suite struct HistoryTests {
  @Test func tags() async throws {
    try await withRepository { repository, git, folder in
      let one = try await repository.put(["a": "1"], on: "main")
      let two = try await repository.put(["a": "2"], on: "main")
      try await repository.createTag(TagName("v1"), at: one)
      let object = try await repository.createTag(
        TagName("rel/v2"), at: two, message: "Second\r\n\n\nbody\n\n", tagger: bob.identity, time: someTime)
      try git("tag", "-a", "v3", "-m", "third", "rel/v2")
      #expect(
        try git("for-each-ref", "--format=%(refname) %(objecttype) %(*objectname)", "refs/tags/rel", "refs/tags/v1")
          == "refs/tags/rel/v2 tag \(two)\nrefs/tags/v1 commit \n")
      #expect(try git("tag", "-l", "--format=%(taggername)|%(contents)", "rel/v2").hasPrefix("Bob|Second\n\nbody\n"))
      let tags = try await repository.tags()
      #expect(tags.map(\.name.value) == ["rel/v2", "v1", "v3"])
      #expect(tags.map(\.target) == [two, one, two])
      #expect(tags[0].object == object && tags[0].message == "Second\n\nbody\n" && tags[0].tagger?.name == "Bob")
      #expect(tags[1].object == nil && tags[1].message == nil)
      #expect(try await repository.tag(TagName("none")) == nil)
      #expect(await gitError { try await repository.createTag(TagName("v1"), at: two) }?.code == .alreadyExists)
      #expect(await gitError { try await repository.createTag(TagName("x"), at: .zero) }?.code == .notFound)
      #expect(await gitError { try await repository.deleteTag(TagName("none")) }?.code == .notFound)
      #expect(await gitError { try await repository.push(TagName("none"), to: GitRemote(url: "file:///x")) } != nil)
      for name in ["", "a..b", "-x", "x.lock", "a b", "HEAD"] {
        #expect(throws: GitHostError.self, "\(name)") { try TagName(name) }
      }

      // To a remote over file and HTTP, and back.
      let host = try LocalGitHost(folder: folder + "/host", user: alice)
      let fleet = try RepositoryPath("acme/fleet")
      try await host.createRepository(fleet, defaultBranch: branch("main"))
      let server = try SmallHTTPServer.git(host)
      for url in [host.cloneURL(of: fleet), server.url + "/git/acme/fleet.git"] {
        let remote = try GitRemote(url: url)
        let name = try TagName("rel/v2")
        try await repository.push(name, to: remote)
        try await repository.push(TagName("v1"), to: remote)
        #expect(
          await gitError { try await repository.push(name, to: remote, lease: .exactly(one)) }?.code == .staleHead)
        let clone = try await GitRepository.clone(remote, into: folder + "/clone.git", tags: true)
        #expect(try await clone.tags().map(\.name.value) == ["rel/v2", "v1"])
        #expect(try await clone.tag(name)?.object == object)
        try GitCLI(folder: folder + "/clone.git")("fsck", "--strict")
        try await repository.delete(name, at: remote, lease: .exactly(object))
        #expect(await gitError { try await repository.delete(name, at: remote) }?.code == .notFound)
        try await clone.fetch(remote, tags: true)
        #expect(try await clone.tags().map(\.name.value) == ["v1"])
        try await repository.delete(TagName("v1"), at: remote)
        removeTree(folder + "/clone.git")
      }
      try await repository.deleteTag(TagName("v3"))
      try git("fsck", "--strict")
    }
  }

  @Test func singleBranches() async throws {
    try await withFleet { host, fleet, folder in
      let server = try SmallHTTPServer.git(host)
      for url in [host.cloneURL(of: fleet), server.url + "/git/acme/fleet.git"] {
        let remote = try GitRemote(url: url)
        let topic = try branch("topic")
        let clone = try await GitRepository.clone(remote, into: folder + "/clone.git", branches: [topic])
        #expect(try await clone.branches().map(\.name) == [topic])
        #expect(try await clone.defaultBranch() == topic)
        #expect(
          await gitError { try await clone.fetch(remote, branches: [branch("none")]) }?.code == .notFound)
        removeTree(folder + "/clone.git")
      }
    }
  }

  @Test func mergesIntoBranches() async throws {
    try await withRepository { repository, git, _ in
      let main = try branch("main")
      let base = try await repository.put(["a": "1\n2\n3\n4\n5\n", "b": "b", "c/d": "d", "m": "move me\n"], on: "main")
      func start(_ name: String) async throws { try await repository.createBranch(branch(name), at: base) }
      func merge(_ commit: GitObjectID, _ style: GitMergeStyle = .fastForwardIfPossible) async throws -> GitMergeResult
      {
        try await repository.merge(
          commit, into: main, style: style, message: "Merge", author: alice.identity, at: someTime)
      }
      try await start("forward")
      let forward = try await repository.put(["x": "1"], on: "forward")
      #expect(try await merge(base) == .upToDate(base))
      #expect(try await merge(forward, .fastForwardOnly) == .fastForward(forward))
      #expect(try await merge(forward, .mergeCommit) == .upToDate(forward))
      try await start("side")
      let side = try await repository.put(["a": "1\n2\n3\n4\nfive\n"], on: "side")
      #expect(await gitError { try await merge(side, .fastForwardOnly) }?.code == .notMergeable)
      guard case .merged(let merged) = try await merge(side) else {
        Issue.record("no merge commit")
        return
      }
      #expect(try git.line("rev-parse", "main^1", "main^2") == "\(forward)\n\(side)")
      #expect(try await repository.resolve(.branch(main)) == merged)
      try await start("forward2")
      try await repository.updateBranch(branch("forward2"), from: base, to: merged)
      let next = try await repository.put(["y": "1"], on: "forward2")
      guard case .merged = try await merge(next, .mergeCommit) else {
        Issue.record("no merge commit")
        return
      }
      try git("fsck", "--strict")

      // Every kind of conflict, with both sides.
      try await start("ours")
      try await start("theirs")
      func change(_ name: String, _ changes: [FileChange]) async throws -> GitObjectID {
        try await repository.commit(
          CommitRequest(branch: branch(name), message: name, changes: changes), author: alice.identity, at: someTime
        ).commit
      }
      let ours = try await change(
        "ours",
        [
          .put(path("a"), text: "ours\n"), .delete(path("b")), .put(path("c/d"), text: "o"),
          .put(path("new"), text: "o"),
        ])
      let theirs = try await change(
        "theirs",
        [
          .put(path("a"), text: "theirs\n"), .put(path("b"), text: "t"), .delete(path("c/d")),
          .put(path("new"), text: "t", executable: true),
        ])
      let conflicts = try await repository.mergeConflicts(ours, theirs)
      #expect(conflicts.map(\.path) == ["a", "b", "c/d", "new"])
      #expect(conflicts.map(\.kind) == [.bothModified, .deletedByUs, .deletedByThem, .bothAdded])
      #expect(conflicts[3].theirs?.kind == .executable && conflicts[3].base == nil)
      #expect(conflicts[1].ours == nil)
      let their = try #require(conflicts[0].theirs?.id)
      #expect(try git("cat-file", "blob", their.description) == "theirs\n")
      let error = await gitError {
        try await repository.merge(
          theirs, into: branch("ours"), message: "Merge", author: alice.identity, at: someTime)
      }
      #expect(error?.code == .conflict && error?.paths == ["a", "b", "c/d", "new"])
      #expect(try await repository.resolve(.branch(branch("ours"))) == ours)
    }
  }

  /// Random histories with merges: the log of each path is the command's, in its order.
  @Test(arguments: 1...6 as ClosedRange<UInt64>) func pathLogEqualsGit(_ seed: UInt64) async throws {
    try await withRepository { repository, git, _ in
      var random = SeededGenerator(seed: seed)
      let names = ["a", "b", "dir/c", "dir/d", "dir/sub/e"]
      var heads = [try await repository.put(["a": "start"], on: "main")]
      for round in 0..<30 {
        let time = Timestamp(
          seconds: someTime.seconds + Int64(round / 2) * 60 + Int64.random(in: 0...40, using: &random))
        let signature = alice.identity.signature(at: time)
        let parent = heads[Int.random(in: 0..<heads.count, using: &random)]
        var parents = [parent]
        if round % 3 == 2, let other = heads.randomElement(using: &random), other != parent { parents.append(other) }
        // A merge may take either side whole, or something new, as people do.
        let source = parents.randomElement(using: &random) ?? parent
        var tree = try await repository.treeID(ofCommit: source)
        if parents.count == 1 || Int.random(in: 0..<3, using: &random) == 0 {
          let name = names[Int.random(in: 0..<names.count, using: &random)]
          tree = try await repository.editTree(
            tree, [.put(try path(name), text: "\(Int.random(in: 0..<4, using: &random))")], strictDeletes: false)
        }
        let commit = try await repository.writeCommit(
          tree: tree, parents: parents, message: "\(round)", author: signature, committer: signature)
        heads.append(commit)
        if heads.count > 4 { heads.removeFirst() }
      }
      for (index, head) in heads.enumerated() {
        try await repository.createBranch(branch("h\(index)"), at: head)
        for name in names + ["dir", "dir/sub", "none"] {
          let ours = try await repository.log(from: .commit(head), path: path(name)).map(\.id.description)
          let theirs = try git("log", "--format=%H", head.description, "--", name).split(separator: "\n").map(
            String.init)
          #expect(ours == theirs, "seed \(seed) head \(index) path \(name)")
          let some = try await repository.log(from: .commit(head), path: path(name), limit: 2).map(\.id.description)
          #expect(some == Array(theirs.prefix(2)))
        }
        let base = heads[0]
        let ours = try await repository.log(from: .commit(head), path: path("dir"), excluding: [base]).map(
          \.id.description)
        let theirs = try git("log", "--format=%H", head.description, "^\(base)", "--", "dir").split(separator: "\n")
        #expect(Set(ours) == Set(theirs.map(String.init)), "seed \(seed) head \(index)")
        let bases = try git("merge-base", "--all", head.description, base.description).split(separator: "\n")
        let found = try await repository.mergeBase(head, base)
        #expect(found.map { bases.contains(Substring($0.description)) } == true)
        let differences = try await repository.difference(from: base, to: head)
        let raw = try git("diff-tree", "-r", "--no-renames", "--name-status", base.description, head.description)
        let letters: [GitDifference.Kind: String] = [.added: "A", .deleted: "D", .modified: "M", .typeChanged: "T"]
        #expect(differences.map { "\(letters[$0.kind] ?? "?")\t\($0.path)\n" }.joined() == raw)
      }
      try git("fsck", "--strict")
    }
  }

  @Test func signedCommits() async throws {
    try await withRepository { repository, git, folder in
      guard Tool.areThere("ssh-keygen") else { return }
      for (name, kind, passphrase) in [("key", "ed25519", ""), ("locked", "ed25519", "secret"), ("ecdsa", "ecdsa", "")]
      {
        try await Tool.run("ssh-keygen", ["-q", "-t", kind, "-N", passphrase, "-f", "\(folder)/\(name)"])
      }
      func key(_ name: String) throws -> Secret<String> {
        Secret(try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8))
      }
      let signer = try SSHCommitSigner(privateKey: key("key"))
      #expect(try String(contentsOfFile: folder + "/key.pub", encoding: .utf8).hasPrefix(signer.publicKeyText))
      #expect(!"\(signer)".contains("PRIVATE"))
      let main = try branch("main")
      func commit(_ text: String) async throws -> GitObjectID {
        try await repository.commit(
          CommitRequest(
            branch: main, message: "Signed ünd sealed", changes: [.put(path("a"), text: text)], allowInitial: true),
          author: alice.identity, at: someTime, signer: signer
        ).commit
      }
      let first = try await commit("1")
      let second = try await commit("2")
      try Data("alice@example.org namespaces=\"git\" \(signer.publicKeyText)\n".utf8)
        .write(to: URL(fileURLWithPath: folder + "/allowed"))
      try git("config", "gpg.ssh.allowedSignersFile", folder + "/allowed")
      try git("config", "gpg.format", "ssh")
      for id in [first, second] { try git("verify-commit", id.description) }
      #expect(try git("log", "-1", "--format=%G? %GS %s", "main") == "G alice@example.org Signed ünd sealed\n")
      #expect(try await repository.commit(second).parents == [first])
      try git("fsck", "--strict")
      for (name, code) in [
        ("locked", GitHostError.Code.unsupported), ("ecdsa", .unsupported), ("key.pub", .validation),
      ] {
        let error = #expect(throws: GitHostError.self) { try SSHCommitSigner(privateKey: key(name)) }
        #expect(error?.code == code)
      }
      let text = try key("key").reveal()
      // Damage at any place is refused, never a trap.
      for cut in stride(from: 0, to: text.utf8.count, by: 7) {
        _ = try? SSHCommitSigner(privateKey: Secret(String(text.prefix(cut)) + text.dropFirst(cut + 3)))
      }
    }
  }
}
