internal import Foundation
internal import WGECore
internal import WGEGit

extension Workload {
  /// Twenty changed files committed to a branch of a repository of 10,000: by the host in process, and
  /// as a person would with the git command. Both end with the commit on the host's branch.
  static func gitCommit() throws -> Workload {
    let fixture = Lazily { try await GitFixture() }
    let counter = Counter()
    return Workload(
      "git: commit 20 files to a repository of 10,000",
      peer: (
        "git clone --depth 1, commit, push",
        { try await fixture.value().commitByCommand(round: await counter.next()) }
      ), cleanUp: { try await fixture.made()?.remove() }
    ) { try await fixture.value().commitByHost(round: await counter.next()) }
  }

  /// Twenty changed files pushed to a remote repository of so many, from a mirror of it that is there already, and
  /// as a person would who has nothing yet. The mirror is fetched each time, as anybody may have pushed meanwhile.
  static func gitPush(files: Int) throws -> Workload {
    let fixture = Lazily { try await PushFixture(files: files) }
    let counter = Counter()
    return Workload(
      "git: push 20 files to a repository of \(files)",
      peer: (
        "git clone --depth 1, commit, push",
        { try await fixture.value().pushByCommand(round: await counter.next()) }
      ), cleanUp: { try await fixture.made()?.remove() }
    ) { try await fixture.value().pushFromMirror(round: await counter.next()) }
  }
}

/// A bare repository in a temporary folder, packed as `git fast-import` packs it, and a mirror of it.
private struct PushFixture: Sendable {
  let folder: String
  let mirrors: GitMirrors
  let remote: GitRemote
  let main: BranchName
  let author = GitIdentity(name: "Bench", email: "bench@example.org")
  /// Twenty files in twenty folders.
  let changed: [String]

  init(files: Int) async throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("wge-bench-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    main = try BranchName("main")
    changed = (0..<20).map { Self.path($0 * (files / 20)) }
    try git(["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"], in: folder)
    try Self.writeHistory(of: files, to: folder + "/history")
    try git(["fast-import", "--quiet"], in: folder + "/remote.git", reading: folder + "/history")
    remote = try GitRemote(url: "file://\(folder)/remote.git")
    mirrors = try GitMirrors(folder: folder + "/mirrors")
  }

  private static func path(_ index: Int) -> String {
    "apps/a\(index / 1000)/b\(index / 10 % 100)/f\(index % 10).yaml"
  }
  private static func content(_ mark: String) -> String { "\(mark)\n" + String(repeating: "key: value\n", count: 20) }

  /// Piece by piece, so that this process stays as small as its work is.
  private static func writeHistory(of files: Int, to place: String) throws {
    try Data().write(to: URL(fileURLWithPath: place))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: place))
    defer { try? file.close() }
    for start in stride(from: 0, to: files, by: 500) {
      var text = ""
      for index in start..<min(start + 500, files) {
        let content = content("index: \(index)")
        text += "blob\nmark :\(index + 1)\ndata \(content.utf8.count)\n\(content)\n"
      }
      try file.write(contentsOf: Data(text.utf8))
    }
    try file.write(
      contentsOf: Data(
        "commit refs/heads/main\ncommitter Bench <bench@example.org> 1767225600 +0000\ndata 6\nStart\n\n".utf8))
    for index in 0..<files { try file.write(contentsOf: Data("M 100644 :\(index + 1) \(path(index))\n".utf8)) }
  }

  func pushFromMirror(round: Int) async throws {
    let changes = try changed.map { try FileChange.put(GitPath($0), text: Self.content("round: \(round)")) }
    let (main, remote, author) = (main, remote, author)
    try await mirrors.withMirror(of: remote) { mirror in
      let head = try await mirror.resolve(.branch(main))
      let scratch = try await GitRepository.scratch(borrowingObjectsOf: mirror.path)
      let made = try await scratch.commit(
        CommitRequest(branch: main, base: .commit(head), message: "Round \(round)", changes: changes), author: author,
        at: SystemWallClock().now())
      try WorkloadFailure.check(!made.unchanged, "nothing was committed")
      try await scratch.push(made.commit, to: main, at: remote, lease: .exactly(head))
    }
  }

  func pushByCommand(round: Int) throws {
    let clone = folder + "/clone"
    defer { try? FileManager.default.removeItem(atPath: clone) }
    try git(["clone", "--quiet", "--depth", "1", "file://\(folder)/remote.git", clone], in: folder)
    for path in changed {
      try Data(Self.content("round: \(round)").utf8).write(to: URL(fileURLWithPath: clone + "/" + path))
    }
    try git(["commit", "--quiet", "--all", "--message", "Round \(round)"], in: clone)
    try git(["push", "--quiet", "origin", "HEAD:main"], in: clone)
  }

  func remove() throws { try FileManager.default.removeItem(atPath: folder) }
}

/// Runs git, cut off from the machine's configuration.
private func git(_ arguments: [String], in folder: String, reading input: String? = nil) throws {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["git"] + arguments
  process.currentDirectoryURL = URL(fileURLWithPath: folder)
  if let input { process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input)) }
  process.environment = [
    "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_AUTHOR_NAME": "Bench",
    "GIT_AUTHOR_EMAIL": "bench@example.org", "GIT_COMMITTER_NAME": "Bench",
    "GIT_COMMITTER_EMAIL": "bench@example.org",
  ]
  try process.run()
  process.waitUntilExit()
  try WorkloadFailure.check(process.terminationStatus == 0, "git \(arguments.joined(separator: " ")) failed")
}

/// A host in a temporary folder with one repository of 10,000 files.
private struct GitFixture: Sendable {
  let folder: String
  let host: LocalGitHost
  let fleet: RepositoryPath
  let main: BranchName

  init() async throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("wge-bench-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    fleet = try RepositoryPath("acme/fleet")
    main = try BranchName("main")
    let user = GitHostUser(login: "bench", identity: GitIdentity(name: "Bench", email: "bench@example.org"))
    host = try LocalGitHost(folder: folder + "/host", user: user)
    try await host.createRepository(fleet, defaultBranch: main)
    let files = try (0..<10_000).map { index in
      try FileChange.put(GitPath(Self.path(index)), text: "index: \(index)\n" + Self.filler)
    }
    _ = try await host.commitFiles(
      CommitRequest(branch: main, message: "Start", changes: files, allowInitial: true), in: fleet)
    // As a host keeps a repository; a clone from loose objects would make the peer slower than it is.
    try git(["gc", "--quiet"], in: host.diskPath(of: fleet))
  }

  private static let filler = String(repeating: "key: value\n", count: 20)
  private static func path(_ index: Int) -> String { "apps/a\(index / 100)/f\(index % 100).yaml" }
  /// Twenty files in twenty folders.
  private static let changed = (0..<20).map { path($0 * 499) }
  private static func content(_ round: Int) -> String { "round: \(round)\n" + filler }

  func commitByHost(round: Int) async throws {
    let changes = try Self.changed.map { try FileChange.put(GitPath($0), text: Self.content(round)) }
    let result = try await host.commitFiles(
      CommitRequest(branch: main, message: "Round \(round)", changes: changes), in: fleet)
    try WorkloadFailure.check(!result.unchanged, "nothing was committed")
  }

  func commitByCommand(round: Int) throws {
    let clone = folder + "/clone"
    defer { try? FileManager.default.removeItem(atPath: clone) }
    try git(["clone", "--quiet", "--depth", "1", "file://" + host.diskPath(of: fleet), clone], in: folder)
    for path in Self.changed { try Data(Self.content(round).utf8).write(to: URL(fileURLWithPath: clone + "/" + path)) }
    try git(["commit", "--quiet", "--all", "--message", "Round \(round)"], in: clone)
    try git(["push", "--quiet", "origin", "HEAD:main"], in: clone)
  }

  func remove() throws { try FileManager.default.removeItem(atPath: folder) }
}
