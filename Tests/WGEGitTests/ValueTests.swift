import Testing

@testable import WGEGit

@Suite struct ValueTests {
  @Test(arguments: [
    "main", "feature/x", "promotion-delivery-shop-prod", "v1.2", "a@b", "ünïcode", "x{y}", "a-", "HEADs",
  ])
  func acceptsBranch(_ name: String) throws {
    #expect(try BranchName(name).reference == "refs/heads/" + name)
    #expect(BranchName(reference: "refs/heads/" + name)?.value == name)
  }

  @Test(arguments: [
    "", "HEAD", "head", "@", "a..b", "a@{b", "-x", "/x", "x/", "a//b", "x.", ".x", "a/.b", "x.lock", "a.lock/b", "a b",
    "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a\nb", "a\u{7f}b", "a\0b", String(repeating: "x", count: 245),
  ])
  func refusesBranch(_ name: String) {
    let error = #expect(throws: GitHostError.self) { try BranchName(name) }
    #expect(error?.code == .validation)
    #expect(error?.field == "branch")
  }

  @Test func branchRulesAreThoseOfGit() throws {
    for name in [
      "a..b", "a@{b", "/x", "x/", "a//b", "x.", ".x", "a/.b", "x.lock", "a b", "a~b", "a\\b", "a", "x/y", "@x", "-y",
    ] {
      let isGood = (try? GitCLI(folder: "/")("check-ref-format", "--branch", name)) != nil
      #expect(((try? BranchName(name)) != nil) == isGood, "\(name)")
    }
  }

  @Test(arguments: ["a", "a/b/c.yaml", ".github/x", "git", ".gitignore", "a.git", "x..y", "ü", "a b", "git~2", "...x"])
  func acceptsPath(_ text: String) throws {
    #expect(try GitPath(text).value == text)
  }

  @Test(arguments: [
    "", "/abs", "dir/", "a//b", ".", "..", "../x", "a/../b", "a/./b", "a\\b", "a\nb", "a\0", ".git", ".git/config",
    "x/.GIT/y", ".gi\u{200c}t/x", "\u{feff}.git", "git~1/x", "GIT~1", ".git./x", ".git /x", ".git. ./x",
    ".git::$INDEX/x",
    ".git:x", "a/.. /b", "...", String(repeating: "x", count: 256), String(repeating: "a/", count: 300) + "b",
    String(repeating: "abcdefg/", count: 513) + "x",
  ])
  func refusesPath(_ text: String) {
    let error = #expect(throws: GitHostError.self) { try GitPath(text) }
    #expect(error?.code == .validation)
    #expect(error?.field == "path")
  }

  @Test(arguments: [
    ("one", "one\n\nA: b\n"), ("A: c", "A: c\n\nA: b\n"), ("one\n\ntext: and more\nof it", nil),
    ("one\n\nC-d: e", "one\n\nC-d: e\nA: b\n"), ("one\n\ntext\n\nC: d\nE: f\n\n", "one\n\ntext\n\nC: d\nE: f\nA: b\n"),
    ("  \n one \n \t\n C: d", nil), ("one\n\n: d", nil),
  ])
  func trailersGoWhereGitPutsThem(_ message: String, _ expected: String?) throws {
    let result = CommitTrailer("A", "b").appended(to: message)
    #expect(result == expected ?? message.trimmed + "\n\nA: b\n")
    #expect(CommitTrailer("A", "b").isIn(result))
    #expect(!CommitTrailer("A", "c").isIn(result) && !CommitTrailer("A", "b").isIn(result + "\nmore"))
    // Git reads the same.
    let parsed = try GitCLI(folder: "/")("interpret-trailers", "--parse", input: result)
    #expect(parsed.split(separator: "\n").contains("A: b"))
  }

  @Test func pathsAreComparedByByte() throws {
    let composed = try GitPath("caf\u{e9}")
    let decomposed = try GitPath("cafe\u{301}")
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
  }

  @Test func objectIDs() throws {
    let text = "0123456789abcdef0123456789abcdef01234567"
    let id = try #require(GitObjectID(text.uppercased()))
    #expect(id.description == text)
    #expect(id.abbreviated == "0123456")
    #expect(GitObjectID(id.oid) == id)
    for bad in ["", "0123", text + "0", String(text.dropLast()) + "g", String(text.dropLast()) + "é"] {
      #expect(GitObjectID(bad) == nil)
    }
    #expect(GitObjectID.zero.description == String(repeating: "0", count: 40))
  }

  @Test(arguments: [
    ("https://github.com/acme/fleet.git", "acme/fleet"), ("https://github.com/acme/fleet/", "acme/fleet"),
    ("git@github.com:acme/fleet.git", "acme/fleet"), ("ssh://git@host:22/acme/infra/fleet", "acme/infra/fleet"),
    ("http://127.0.0.1:8080/acme/fleet.git", "acme/fleet"), ("file:///srv/git/acme/fleet.git", "srv/git/acme/fleet"),
    ("HTTPS://Example.ORG./a/b%20c.git", "a/b c"), ("https://[::1]:8443/a/b", "a/b"),
  ])
  func parsesURL(_ url: String, _ expected: String) throws {
    let reference = try RepositoryReference(url: url)
    #expect(try reference.repositoryPath().description == expected)
  }

  @Test func partsOfURL() throws {
    let reference = try RepositoryReference(url: "https://Example.org:443/a/b.git")
    #expect(reference.host == "example.org")
    #expect(reference.port == nil)
    #expect(try RepositoryReference(url: "http://x:81/a/b").port == 81)
  }

  @Test(arguments: [
    "", "not-a-url", "ftp://x/a/b", "ext::sh -c x", "javascript://x/a/b", "https:///a/b", "https://x:0/a/b",
    "https://x:70000/a/b",
    "https://x/a//b", "https://x/a/../b", "https://x/a/%2e%2e/b", "https://x/a/b%2fc", "https://x/a/b%zz",
    "https://x/a/b?x=1",
    "https://x/a/b#c", "ssh://-oProxyCommand=x/a/b", "-x", "https://x y/a/b", "https://x/a\\b", "file://other/a/b",
    "https://x/a/b%00", "https://x/a/b%+1", "https://ex%61mple.org/a/b",
  ])
  func refusesURL(_ url: String) {
    let error = #expect(throws: GitHostError.self) { try RepositoryReference(url: url) }
    #expect(error?.code == .validation)
  }

  @Test func passwordInURLIsNotRepeated() {
    let error = #expect(throws: GitHostError.self) {
      try RepositoryReference(url: "https://alice:s3cret@github.com/acme/fleet")
    }
    #expect(error.map { "\($0)".contains("s3cret") } == false)
  }

  @Test(arguments: ["acme", "/acme", "acme/", "a//b", "../x", "a/..", "-a/b", "a/b:c", "a/b\\c", "a\n/b"])
  func refusesRepositoryPath(_ text: String) {
    #expect(throws: GitHostError.self) { try RepositoryPath(text) }
  }

  @Test func repositoryNameHasNoSlash() {
    #expect(throws: GitHostError.self) { try RepositoryPath(owner: "a", name: "b/c") }
  }

  @Test func hostileTextInMessagesIsBounded() {
    let error = #expect(throws: GitHostError.self) { try BranchName(String(repeating: "x\u{1b}[31m", count: 10_000)) }
    #expect(error.map { $0.message.utf8.count < 1000 && !$0.message.contains("\u{1b}") } == true)
  }

  @Test func userInfoIsMasked() {
    #expect(
      GitHostError.withoutUserInfo("failed https://u:p@h/x and 'http://t@h2/y' a@b")
        == "failed https://h/x and 'http://h2/y' a@b")
  }

  @Test func setsOfChanges() throws {
    func check(_ changes: [FileChange]) -> GitHostError.Code? {
      do {
        try changes.validate()
        return nil
      } catch {
        return error.code
      }
    }
    let a = try path("a"), ab = try path("a/b"), c = try path("c")
    #expect(check([]) == .validation)
    #expect(check([.put(a, text: ""), .delete(a)]) == .validation)
    #expect(check([.put(a, text: ""), .put(ab, text: "")]) == .validation)
    #expect(check([.move(from: a, to: ab)]) == .validation)
    #expect(check([.move(from: a, to: c), .put(a, text: "")]) == .validation)
    #expect(check([.put(c, bytes: [UInt8](repeating: 0, count: GitDefaults.maximumFileBytes + 1))]) == .tooLarge)
    #expect(check([.put(ab, text: ""), .delete(c)]) == nil)
    // What an API takes is less.
    let limit = GitDefaults.maximumAPIFileBytes
    func excess(_ changes: [FileChange]) -> Bool { changes.excess(over: .api) != nil }
    func file(_ name: Int, _ size: Int) throws -> FileChange {
      .put(try path("f\(name)"), bytes: [UInt8](repeating: 0, count: size))
    }
    #expect(try !excess([file(0, limit)]) && excess([file(0, limit + 1)]))
    #expect(
      try !excess((0..<5).map { try file($0, limit) }) && excess((0..<5).map { try file($0, limit) } + [file(5, 1)]))
    let many = try (0...GitDefaults.maximumAPIChanges).map { try file($0, 0) }
    #expect(excess(many) && !excess(Array(many.dropLast())))
  }
}
