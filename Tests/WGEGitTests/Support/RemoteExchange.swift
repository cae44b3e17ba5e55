import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

/// The same exchange over every transport.
func checkExchange(_ remote: GitRemote, _ folder: String, bare: String) async throws {
  let main = try branch("main")
  let git = GitCLI(folder: bare)
  let clone = try await GitRepository.clone(remote, into: folder + "/clone.git")
  #expect(try await clone.defaultBranch() == main)
  #expect(try await clone.branches().map(\.name.value) == ["main", "topic"])
  #expect(try await clone.file(path("dir/b"), at: .branch(main)).text == "2")

  let old = try await clone.resolve(.branch(main))
  let new = try await clone.put(["d": "x"], on: "main")
  try await clone.push(new, to: main, at: remote, lease: .exactly(old))
  #expect(try git.line("rev-parse", "main") == new.description)
  try await clone.push(new, to: main, at: remote)
  let fresh = try branch("fresh/one")
  #expect(await gitError { try await clone.push(new, to: main, at: remote, lease: .absent) }?.code == .staleHead)
  try await clone.push(new, to: fresh, at: remote, lease: .absent)
  #expect(
    await gitError { try await clone.push(new, to: main, at: remote, lease: .exactly(old)) }?.code == .staleHead)

  // Somebody else moves on; a push from here is no fast-forward until it is fetched.
  let other = try await GitRepository.clone(remote, into: folder + "/other.git")
  let theirs = try await other.put(["e": "x"], on: "main")
  try await other.push(theirs, to: main, at: remote)
  let mine = try await clone.put(["f": "x"], on: "main")
  #expect(await gitError { try await clone.push(mine, to: main, at: remote) }?.code == .staleHead)
  #expect(try git.line("rev-parse", "main") == theirs.description)
  #expect(await gitError { try await clone.push(mine, to: main, at: remote, force: true) }?.code == .validation)
  try await clone.push(mine, to: main, at: remote, lease: .exactly(theirs), force: true)
  #expect(try git.line("rev-parse", "main") == mine.description)

  try await other.delete(fresh, at: remote, lease: .exactly(new))
  #expect(try git("for-each-ref", "refs/heads/fresh") == "")
  try await clone.fetch(remote)
  #expect(try await clone.branches().map(\.name.value) == ["main", "topic"])
  try await clone.fetch(remote, branches: [branch("topic")], into: .tracking(remote: branch("origin")))
  #expect(
    try GitCLI(folder: folder + "/clone.git")("for-each-ref", "refs/remotes", "--format=%(refname)")
      == "refs/remotes/origin/topic\n")
  #expect(try GitCLI(folder: folder + "/clone.git")("for-each-ref", "refs/wge") == "")
  try git("fsck", "--strict")
  try GitCLI(folder: folder + "/clone.git")("fsck", "--strict")
}

/// A host with one repository `acme/fleet` that has two branches.
func withFleet(_ body: (LocalGitHost, RepositoryPath, String) async throws -> Void) async throws {
  try await withTemporaryDirectory { folder in
    let fleet = try RepositoryPath("acme/fleet")
    let host = try LocalGitHost(folder: folder + "/host", user: alice)
    try await host.createRepository(fleet, defaultBranch: branch("main"))
    let git = try await host.open(fleet).git
    try await git.put(["a": "1", "dir/b": "2"], on: "main")
    try await git.put(["c": "3"], on: "topic", base: "main")
    try await body(host, fleet, folder)
  }
}
