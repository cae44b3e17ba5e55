import Foundation
import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

/// Repositories that somebody built to harm: errors, never a crash, a hang or a write elsewhere.
@Suite struct HostileRepositoryTests {
  /// A bare repository that the git command fills with what no client would write.
  private struct Forgery {
    let git: GitCLI
    var folder: String { git.folder }

    init(in parent: String) throws {
      try GitCLI(folder: parent)("init", "--quiet", "--bare", "--initial-branch=main", "evil.git")
      git = GitCLI(folder: parent + "/evil.git")
    }

    func object(_ type: String, _ bytes: [UInt8]) throws -> GitObjectID {
      let outcome = try Program(
        "/usr/bin/env", ["git", "hash-object", "-w", "--literally", "-t", type, "--stdin"], in: folder,
        input: .bytes(bytes)
      ).runBlocking()
      return try #require(GitObjectID(String(decoding: outcome.get(), as: UTF8.self).trimmed))
    }

    func tree(_ entries: [(mode: String, name: [UInt8], id: GitObjectID)]) throws -> GitObjectID {
      var bytes: [UInt8] = []
      for entry in entries {
        bytes += Array("\(entry.mode) ".utf8) + entry.name + [0]
        let digits = Array(entry.id.description.utf8)
        for index in stride(from: 0, to: digits.count, by: 2) {
          bytes.append(UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) ?? 0)
        }
      }
      return try object("tree", bytes)
    }

    /// A folder of so many files that are all the same, in Git's order.
    func folder(of count: Int, _ blob: GitObjectID) throws -> GitObjectID {
      let digits = Array(blob.description.utf8)
      let id = stride(from: 0, to: digits.count, by: 2).map { index in
        UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) ?? 0
      }
      var name = Array("f0000000".utf8)
      let mode = Array("100644 ".utf8)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(count * (mode.count + name.count + 1 + id.count))
      for _ in 0..<count {
        bytes += mode
        bytes += name
        bytes.append(0)
        bytes += id
        var place = name.count - 1
        while name[place] == UInt8(ascii: "9") {
          name[place] = UInt8(ascii: "0")
          place -= 1
        }
        name[place] += 1
      }
      return try object("tree", bytes)
    }

    /// A commit on a branch.
    @discardableResult
    func commit(_ tree: GitObjectID, on branch: String = "main", parents: [GitObjectID] = []) throws -> GitObjectID {
      let head = "tree \(tree)\n" + parents.map { "parent \($0)\n" }.joined()
      let who = "Eve <eve@evil.test> 1767225600 +0000"
      let id = try object("commit", Array("\(head)author \(who)\ncommitter \(who)\n\nevil\n".utf8))
      let file = folder + "/refs/heads/" + branch
      try FileManager.default.createDirectory(
        atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try Data("\(id)\n".utf8).write(to: URL(fileURLWithPath: file))
      return id
    }
  }

  private func withForgery(_ body: (Forgery, GitRepository, String) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      let forgery = try Forgery(in: folder)
      try await body(forgery, GitRepository.open(at: forgery.folder), folder)
    }
  }

  private var main: GitRevision { get throws { .branch(try BranchName("main")) } }

  private func put(
    _ repository: GitRepository, _ name: String, on target: String = "main"
  ) async throws -> GitObjectID {
    try await repository.commit(
      CommitRequest(branch: branch(target), message: "m", changes: [.put(path(name), text: "x")]),
      author: alice.identity, at: someTime
    ).commit
  }

  /// Names that lead out of a work tree, or into its repository, on some system.
  @Test func namesThatLeadElsewhere() async throws {
    try await withForgery { forgery, repository, folder in
      let blob = try forgery.object("blob", Array("evil".utf8))
      let below = try forgery.tree([("100644", Array("config".utf8), blob)])
      let names: [[UInt8]] = [
        Array("..".utf8), Array(".".utf8), Array(".git".utf8), Array(".GIT".utf8), Array("git~1".utf8),
        Array(".git ".utf8), Array("a/b".utf8), Array("../../x".utf8), Array("/etc".utf8), Array("a\\b".utf8),
        Array(".g\u{200C}it".utf8), [0xff, 0xfe], Array("a\nb".utf8), Array("C:".utf8), [], Array("x\u{1b}[31m".utf8),
      ]
      let outside = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      for (index, name) in names.enumerated() {
        for entry in [("100644", name, blob), ("40000", name, below)] {
          let target = "b\(index)"
          try forgery.commit(try forgery.tree([entry]), on: target)
          let revision = GitRevision.branch(try branch(target))
          // What can be listed is told as it is; whoever wants to write it elsewhere asks GitPath.
          let entries = (try? await repository.tree(at: revision)) ?? []
          for found in entries where name != [0xff, 0xfe] && !["C:", "a\\b", "git~1"].contains(found.path) {
            if (try? GitPath(found.path)) != nil {
              #expect(found.path.hasPrefix(String(decoding: name, as: UTF8.self)))
            }
          }
          // A commit beside it neither follows the name nor takes it for a good one.
          _ = try? await put(repository, "fine", on: target)
          _ = try? await repository.difference(from: nil, to: repository.resolve(revision))
          let mirrors = try GitMirrors(folder: folder + "/mirrors")
          _ = try? await mirrors.withMirror(of: GitRemote(url: "file://" + forgery.folder)) {
            try await $0.tree(at: revision)
          }
        }
      }
      let now = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(now == (outside + ["mirrors"]).sorted())
    }
  }

  /// Links are text: nothing follows them.
  @Test func symbolicLinksAreNotFollowed() async throws {
    try await withForgery { forgery, repository, folder in
      try Data("secret".utf8).write(to: URL(fileURLWithPath: folder + "/secret"))
      let link = try forgery.object("blob", Array("\(folder)/secret".utf8))
      let up = try forgery.object("blob", Array("../../../../../../../..\(folder)".utf8))
      try forgery.commit(
        try forgery.tree([("120000", Array("link".utf8), link), ("120000", Array("up".utf8), up)]))
      let revision = try main
      #expect(try await repository.tree(at: revision).allSatisfy { $0.kind == .symbolicLink })
      #expect(try await repository.file(path("link"), at: revision).text == folder + "/secret")
      #expect(await gitError { try await repository.file(path("up/secret"), at: revision) } != nil)
      _ = try? await put(repository, "up/secret")
      _ = try? await put(repository, "up/new")
      #expect(try String(contentsOfFile: folder + "/secret", encoding: .utf8) == "secret")
      #expect(!FileManager.default.fileExists(atPath: folder + "/new"))
    }
  }

  @Test func namesThatDifferInCaseOnlyStayApart() async throws {
    try await withForgery { forgery, repository, _ in
      let (one, two) = (try forgery.object("blob", [49]), try forgery.object("blob", [50]))
      try forgery.commit(
        try forgery.tree([("100644", Array("README".utf8), one), ("100644", Array("readme".utf8), two)]))
      _ = try await put(repository, "Readme")
      let revision = try main
      #expect(try await repository.tree(at: revision).map(\.path) == ["README", "Readme", "readme"])
      #expect(try await repository.file(path("readme"), at: revision).text == "2")
      try forgery.git("fsck", "--strict")
    }
  }

  /// A tree may name one below it a hundred times, and that one another: ten thousand million files of one byte.
  @Test func treesThatMultiply() async throws {
    try await withForgery { forgery, repository, folder in
      let blob = try forgery.object("blob", [49])
      let names = (0..<100).map { Array("f\($0 < 10 ? "0" : "")\($0)".utf8) }
      // With files, and with nothing but folders.
      for leaf in [try forgery.tree(names.map { ("100644", $0, blob) }), try forgery.tree([])] {
        var tree = leaf
        for _ in 0..<5 {
          let below = tree
          tree = try forgery.tree(names.map { ("40000", $0, below) })
        }
        let commit = try forgery.commit(tree)
        let revision = try main
        #expect(await gitError { try await repository.tree(at: revision) }?.code == .tooLarge)
        #expect(await gitError { try await repository.difference(from: nil, to: commit) }?.code == .tooLarge)
        let other = try forgery.commit(leaf, on: "other")
        #expect(await gitError { try await repository.merge(other, commit) }?.code == .tooLarge)
        #expect(try await repository.tree(at: revision, recursive: false).count == 100)
        // One folder of it changes without a walk over the others.
        let made = try await put(repository, "f00/f00/new")
        #expect(try await repository.file(path("f00/f00/new"), at: .commit(made)).text == "x")
        let mirrors = try GitMirrors(folder: folder + "/mirrors")
        let count = try await mirrors.withMirror(of: GitRemote(url: "file://" + forgery.folder)) {
          try await $0.tree(at: .commit(made), recursive: false).count
        }
        #expect(count == 100)
      }
    }
  }

  /// As many entries as a listing may have, and one more: the listing says so, all else works.
  @Test func aFolderOfAMillionFiles() async throws {
    try await withForgery { forgery, repository, folder in
      let blob = try forgery.object("blob", [49])
      let revision = try main
      let limit = GitDefaults.maximumTreeEntries
      let full = try forgery.commit(try forgery.folder(of: limit, blob))
      #expect(try await repository.tree(at: revision).count == limit)
      try forgery.commit(try forgery.folder(of: limit + 1, blob), parents: [full])
      #expect(await gitError { try await repository.tree(at: revision) }?.code == .tooLarge)
      #expect(await gitError { try await repository.tree(at: revision, recursive: false) }?.code == .tooLarge)
      let changed = try await repository.difference(from: full, to: repository.resolve(revision))
      #expect(changed.map(\.path) == ["f1000000"])
      let made = try await put(repository, "f0500000")
      #expect(try await repository.file(path("f0500000"), at: .commit(made)).text == "x")
      #expect(try await repository.file(path("f0999999"), at: .commit(made)).text == "1")
      let mirrors = try GitMirrors(folder: folder + "/mirrors")
      let text = try await mirrors.withMirror(of: GitRemote(url: "file://" + forgery.folder)) {
        try await $0.file(path("f0500000"), at: .branch(branch("main"))).text
      }
      #expect(text == "x")
      try forgery.git("fsck", "--strict")
    }
  }

  /// A gibibyte of zeros is a mebibyte on disk.
  @Test func aFileThatGrowsWhenItIsRead() async throws {
    try await aFileOfZeros(bytes: 256 << 20)
  }

  @Test(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) func aFileOfAGibibyte() async throws {
    try await aFileOfZeros(bytes: 1 << 30)
  }

  private func aFileOfZeros(bytes: Int) async throws {
    try await withForgery { forgery, repository, folder in
      #expect(FileManager.default.createFile(atPath: folder + "/zeros", contents: nil))
      #expect(truncate(folder + "/zeros", bytes) == 0)
      // Above the limit of what is held in memory, so that it goes into a pack as it is read.
      let git = forgery.git
      let line = try await offPool {
        try git.line(
          "-c", "core.bigFileThreshold=1m", "-c", "core.compression=1", "hash-object", "-w", folder + "/zeros")
      }
      let blob = try #require(GitObjectID(line))
      try forgery.commit(try forgery.tree([("100644", Array("zeros".utf8), blob)]))
      let revision = try main
      let error = await gitError { try await repository.file(path("zeros"), at: revision) }
      #expect(error?.code == .tooLarge && error?.field == "path")
      #expect(try await repository.tree(at: revision, recursive: false).first?.size == Int64(bytes))
      // Beside it a commit costs nothing of it.
      let made = try await put(repository, "small")
      // A mirror fetches it and serves the rest.
      let mirrors = try GitMirrors(folder: folder + "/mirrors")
      try await mirrors.withMirror(of: GitRemote(url: "file://" + forgery.folder)) { mirror async throws in
        #expect(try await mirror.file(GitPath("small"), at: .commit(made)).text == "x")
        #expect(await gitError { try await mirror.file(GitPath("zeros"), at: .commit(made)) }?.code == .tooLarge)
      }
    }
  }

  @Test func referencesThatMeanNothing() async throws {
    try await withForgery { forgery, repository, _ in
      let blob = try forgery.object("blob", [49])
      let good = try forgery.commit(try forgery.tree([("100644", [97], blob)]))
      let heads = URL(fileURLWithPath: forgery.folder + "/refs/heads")
      let values = [
        "blob": blob.description, "missing": String(repeating: "1", count: 40), "loop": "ref: refs/heads/loop",
        "out": "ref: ../../../etc/passwd", "empty": "", "noise": String(repeating: "\u{0}", count: 41),
        "long": String(repeating: "f", count: 100_000), "short": "abc",
      ]
      for (name, text) in values { try Data("\(text)\n".utf8).write(to: heads.appendingPathComponent(name)) }
      try Data("nonsense \u{0}\n\(good) refs/heads/packed\n^^^^\n".utf8).write(
        to: URL(fileURLWithPath: forgery.folder + "/packed-refs"))
      for name in values.keys {
        #expect(await gitError { try await repository.tree(at: .branch(branch(name))) } != nil, "\(name)")
        _ = try? await put(repository, "x", on: name)
      }
      _ = try? await repository.branches()
      #expect(try await repository.tree(at: .commit(good)).map(\.path) == ["a"])
    }
  }

  // MARK: - Damage

  /// A packed repository of a few commits.
  private static func withPacked(_ body: (String) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      do {
        let repository = try await GitRepository.create(at: folder + "/a.git", defaultBranch: branch("main"))
        for round in 0..<3 { try await repository.put(["a/\(round)": "\(round)", "b": "\(round)"], on: "main") }
        try await repository.createTag(TagName("v1"), at: repository.resolve(.branch(branch("main"))))
      }
      _ = try await Program("/usr/bin/env", ["git", "gc", "--quiet", "--prune=now"], in: folder + "/a.git").run().get()
      try await body(folder + "/a.git")
    }
  }

  /// Changes bytes of a repository's files, then does all that can be done with it.
  ///
  /// Packs are all that a remote can send. Loose objects are left out: libgit2 1.5 reads one that was cut off for
  /// ever (its issue 7342), and writes past the end for one that lies about its size (7177).
  private static func damage(_ original: String, _ seed: UInt64) async throws {
    try await withTemporaryDirectory { folder in
      var random = SeededGenerator(seed: seed)
      let place = folder + "/a.git"
      try FileManager.default.copyItem(atPath: original, toPath: place)
      let names = (FileManager.default.enumerator(atPath: place)?.compactMap { $0 as? String } ?? []).sorted()
      let files = names.filter { name in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: place + "/" + name, isDirectory: &isFolder) && !isFolder.boolValue
      }
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        guard let victim = files.randomElement(using: &random) else { continue }
        let url = URL(fileURLWithPath: place + "/" + victim)
        try? FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: url.path)
        guard var bytes = try? [UInt8](Data(contentsOf: url)) else { continue }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        case 1: bytes.append(contentsOf: (0..<8).map { _ in UInt8.random(in: 0...255, using: &random) })
        default:
          for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
          }
        }
        try Data(bytes).write(to: url)
      }
      await use(place, folder)
    }
  }

  /// Only errors of our own may come out.
  private static func use(_ place: String, _ folder: String) async {
    func attempt(_ what: String, _ body: () async throws -> Void) async {
      do { try await body() } catch is GitHostError {} catch { Issue.record("\(what): \(error)") }
    }
    guard let repository = try? await GitRepository.open(at: place), let main = try? branch("main") else { return }
    let revision = GitRevision.branch(main)
    await attempt("branches") { _ = try await repository.branches() }
    await attempt("tags") { _ = try await repository.tags() }
    await attempt("tree") { _ = try await repository.tree(at: revision) }
    await attempt("file") { _ = try await repository.file(path("a/0"), at: revision) }
    await attempt("difference") {
      _ = try await repository.difference(from: nil, to: repository.resolve(revision))
    }
    await attempt("merge") {
      let head = try await repository.resolve(revision)
      _ = try await repository.merge(head, head)
    }
    await attempt("commit") { try await repository.put(["c": "1"], on: "main") }
    await attempt("push") {
      let copy = try await GitRepository.create(at: folder + "/copy.git", defaultBranch: main)
      let remote = try GitRemote(url: "file://" + copy.path)
      try await repository.push(repository.resolve(revision), to: main, at: remote)
    }
    await attempt("mirror") {
      let mirrors = try GitMirrors(folder: folder + "/mirrors")
      _ = try await mirrors.withMirror(of: GitRemote(url: "file://" + place)) { try await $0.tree(at: revision) }
    }
  }

  @Test func damagedRepositoriesGiveErrors() async throws {
    try await Self.withPacked { original in
      for seed in 1...60 as ClosedRange<UInt64> { try await Self.damage(original, seed) }
    }
  }

  @Test(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) func damageFuzz() async throws {
    try await Self.withPacked { original in
      try await Fuzzing.run("Fuzz: damaged repositories") { try await Self.damage(original, $0) }
    }
  }
}
