import Testing
import WGECore

@testable import WGEGit

/// What every ``GitHost`` must do, whatever is behind it.
///
/// - Parameters:
///   - host: a host whose user may write.
///   - repository: an existing repository with no commit yet, used by nobody else.
///
/// What a host has no place for (labels, drafts, reviewers) is asked only where its capabilities name it.
func checkGitHostContract(_ host: any GitHost, _ repository: RepositoryPath) async throws {
  let can = host.capabilities
  let main = try await host.repository(repository).defaultBranch
  #expect(try await host.repository(repository).isEmpty)
  #expect(try await host.branches(in: repository).isEmpty)
  #expect(try await host.validateToken())

  // Commits
  func put(
    _ files: [String: String], on branch: BranchName, base: GitRevision? = nil, expecting: ExpectedHead = .any,
    initial: Bool = false
  ) async throws -> CommitResult {
    let changes = try files.sorted { $0.key < $1.key }.map { FileChange.put(try GitPath($0.key), text: $0.value) }
    return try await host.commitFiles(
      CommitRequest(
        branch: branch, base: base, message: "change \(files.keys.sorted())", changes: changes, expectedHead: expecting,
        allowInitial: initial), in: repository)
  }
  #expect(await gitError { try await put(["a": "1"], on: main) }?.code == .emptyRepository)
  let first = try await put(["a.yaml": "1", "dir/b.yaml": "2"], on: main, initial: true)
  #expect(first.createdBranch)
  #expect(try await host.repository(repository).isEmpty == false)
  #expect(try await host.branch(main, in: repository).head == first.commit)
  #expect(try await host.branch(main, in: repository).isDefault)
  let topic = try BranchName("topic/one")
  let made = try await put(["a.yaml": "one"], on: topic, base: .branch(main), expecting: .absent)
  #expect(made.parents == [first.commit])
  #expect(
    await gitError { try await put(["x": "1"], on: topic, base: .branch(main), expecting: .absent) }?.code
      == .alreadyExists)
  #expect(
    await gitError { try await put(["x": "1"], on: topic, expecting: .exactly(first.commit)) }?.code == .staleHead)
  #expect(try await put(["a.yaml": "one"], on: topic).unchanged)

  // One commit
  let seen = try await host.commit(made.commit, in: repository)
  #expect(seen.parents == [first.commit] && seen.summary.hasPrefix("change"))
  #expect(await gitError { try await host.commit(.zero, in: repository) }?.code == .notFound)

  // A branch made anew, only from a head that the caller names
  let scratch = try BranchName("scratch")
  func rebuild(_ text: String, _ expected: ExpectedHead, base: GitRevision? = .branch(main)) async throws
    -> CommitResult
  {
    try await host.commitFiles(
      CommitRequest(
        branch: scratch, base: base, message: "rebuilt", changes: [.put(GitPath("s"), text: text)],
        expectedHead: expected, rebuild: true), in: repository)
  }
  let built = try await rebuild("1", .absent)
  #expect(await gitError { try await rebuild("2", .any) }?.code == .validation)
  #expect(await gitError { try await rebuild("2", .exactly(built.commit), base: nil) }?.code == .validation)
  #expect(await gitError { try await rebuild("2", .exactly(first.commit)) }?.code == .staleHead)
  let rebuilt = try await rebuild("2", .exactly(built.commit))
  #expect(rebuilt.parents == [first.commit] && !rebuilt.createdBranch)
  #expect(try await host.branch(scratch, in: repository).head == rebuilt.commit)
  // Rebuilt to what the base holds already: the branch leaves where it was, and the answer names where it is.
  let level = try await host.commitFiles(
    CommitRequest(
      branch: scratch, base: .branch(main), message: "as the base", changes: [.put(GitPath("a.yaml"), text: "1")],
      expectedHead: .exactly(rebuilt.commit), rebuild: true), in: repository)
  #expect(!level.unchanged && !level.createdBranch)
  #expect(try await host.branch(scratch, in: repository).head == level.commit)
  #expect(try await host.commit(level.commit, in: repository).parents == level.parents)
  #expect(
    try await host.tree(at: .branch(scratch), under: nil, recursive: true, in: repository).map(\.path)
      == ["a.yaml", "dir/b.yaml"])
  try await host.deleteBranch(scratch, expectedHead: nil, in: repository)

  // A request with a name is carried out once, however often and in whatever state of the branch it comes
  let named = CommitRequest(
    branch: scratch, base: .branch(main), message: "named\n\nSigned-off-by: Alice <alice@acme.test>",
    changes: [.put(try GitPath("n"), text: "1")], expectedHead: .absent, requestID: "5b1f6a4e")
  let carriedOut = try await host.commitFiles(named, in: repository)
  let repeated = try await host.commitFiles(named, in: repository)
  #expect(carriedOut.createdBranch && repeated.commit == carriedOut.commit && repeated.parents == [first.commit])
  #expect(
    try await host.commit(carriedOut.commit, in: repository).message.trimmed
      == "named\n\nSigned-off-by: Alice <alice@acme.test>\nWGE-Request: 5b1f6a4e")
  var other = named
  other.requestID = "5b1f6a4f"
  #expect(await gitError { try await host.commitFiles(other, in: repository) }?.code == .alreadyExists)
  other.requestID = "two words"
  #expect(await gitError { try await host.commitFiles(other, in: repository) }?.field == "requestID")
  try await host.deleteBranch(scratch, expectedHead: carriedOut.commit, in: repository)

  // Reading
  #expect(try await host.file(GitPath("a.yaml"), at: .branch(topic), in: repository).text == "one")
  #expect(try await host.file(GitPath("a.yaml"), at: .commit(first.commit), in: repository).text == "1")
  #expect(await gitError { try await host.file(GitPath("none"), at: .branch(main), in: repository) }?.code == .notFound)
  #expect(
    await gitError { try await host.file(GitPath("a"), at: .branch(BranchName("none")), in: repository) }?.code
      == .notFound)
  #expect(
    try await host.tree(at: .branch(main), under: nil, recursive: true, in: repository).map(\.path) == [
      "a.yaml", "dir/b.yaml",
    ])
  #expect(
    try await host.tree(at: .branch(main), under: nil, recursive: false, in: repository).map(\.kind) == [
      .file, .folder,
    ])

  // Branches
  let extra = try BranchName("extra")
  try await host.createBranch(extra, at: .branch(main), in: repository)
  #expect(
    await gitError { try await host.createBranch(extra, at: .branch(main), in: repository) }?.code == .alreadyExists)
  #expect(try await host.branches(in: repository).map(\.name) == [extra, main, topic])
  #expect(
    await gitError { try await host.deleteBranch(extra, expectedHead: made.commit, in: repository) }?.code == .staleHead
  )
  try await host.deleteBranch(extra, expectedHead: first.commit, in: repository)
  #expect(await gitError { try await host.deleteBranch(extra, expectedHead: nil, in: repository) }?.code == .notFound)
  #expect(await gitError { try await host.deleteBranch(main, expectedHead: nil, in: repository) }?.code == .forbidden)

  // Pull requests
  let draft = PullRequestDraft(title: "One", body: "body\n\nkey", head: topic, base: main, labels: ["b", "a"])
  #expect(try await host.findPullRequest(head: topic, base: main, in: repository) == nil)
  let opened = try await host.createPullRequest(draft, in: repository)
  #expect(opened.state == .open && opened.headCommit == made.commit && opened.body == "body\n\nkey")
  #expect(Set(opened.labels) == (can.hasLabels ? ["a", "b"] : []))
  let duplicate = await gitError { try await host.createPullRequest(draft, in: repository) }
  #expect(duplicate?.code == .alreadyExists)
  #expect(duplicate?.existingPullRequest?.number == opened.number)
  #expect(try await host.findPullRequest(head: topic, base: main, in: repository)?.number == opened.number)
  #expect(
    await gitError {
      try await host.createPullRequest(
        PullRequestDraft(title: "x", head: BranchName("none"), base: main), in: repository)
    }?.code == .notFound)
  #expect(
    await gitError {
      try await host.createPullRequest(PullRequestDraft(title: " ", head: topic, base: main), in: repository)
    }?
    .field == "title")
  let pushed = try await put(["c.yaml": "3"], on: topic)
  #expect(try await host.pullRequest(opened.number, in: repository).headCommit == pushed.commit)
  // Bitbucket Cloud tells nobody before it merges.
  let isTold = host.provider != "bitbucket-cloud"
  #expect(
    try await host.pullRequest(opened.number, in: repository).mergeability == (isTold ? .mergeable : .unknown))
  let updated = try await host.updatePullRequest(
    opened.number, PullRequestUpdate(title: "Two", labels: can.hasLabels ? ["c"] : nil), in: repository)
  #expect(updated.title == "Two" && updated.body == "body\n\nkey")
  if can.hasLabels {
    #expect(updated.labels == ["c"])
  } else {
    let error = await gitError {
      try await host.updatePullRequest(opened.number, PullRequestUpdate(labels: ["c"]), in: repository)
    }
    #expect(error?.code == .unsupported && error?.field == "labels")
  }
  try await host.commentPullRequest(opened.number, "looks good", in: repository)
  if can.hasLabels {
    let labelled = try await host.listPullRequests(PullRequestFilter(labels: ["c"]), in: repository)
    #expect(labelled.map(\.number) == [opened.number])
    #expect(try await host.listPullRequests(PullRequestFilter(labels: ["a"]), in: repository).isEmpty)
  }
  if can.hasCommitStatuses {
    try await host.setStatus(
      CommitStatus(.success, context: "wge/promotion", summary: "fine"), of: pushed.commit, in: repository)
    for (bad, field) in [
      (CommitStatus(.error, context: " "), "context"), (CommitStatus(.error, context: "a\nb"), "context"),
      (CommitStatus(.error, context: "x", summary: "a\0"), "summary"),
      (CommitStatus(.error, context: "x", targetURL: "javascript:x"), "targetURL"),
      (CommitStatus(.error, context: "x", targetURL: "https://user:pw@acme.test/"), "targetURL"),
    ] {
      let error = await gitError { try await host.setStatus(bad, of: pushed.commit, in: repository) }
      #expect(error?.code == .validation && error?.field == field)
    }
  }
  #expect(
    await gitError {
      try await host.mergePullRequest(opened.number, MergeRequest(expectedHead: made.commit), in: repository)
    }?.code == .staleHead)
  let merged = try await host.mergePullRequest(
    opened.number, MergeRequest(expectedHead: pushed.commit, deleteBranch: true), in: repository)
  #expect(merged.state == .merged && merged.mergedAt != nil)
  #expect(try await host.branch(main, in: repository).head == merged.mergeCommit)
  #expect(await gitError { try await host.branch(topic, in: repository) }?.code == .notFound)
  #expect(try await host.file(GitPath("c.yaml"), at: .branch(main), in: repository).text == "3")
  let again = try await host.mergePullRequest(opened.number, MergeRequest(), in: repository)
  #expect(again.mergeCommit == merged.mergeCommit)
  #expect(await gitError { try await host.pullRequest(4711, in: repository) }?.code == .notFound)

  // Conflict and close
  let left = try BranchName("left")
  let right = try BranchName("right")
  _ = try await put(["a.yaml": "left"], on: left, base: .branch(main))
  _ = try await put(["a.yaml": "right"], on: right, base: .branch(main))
  let one = try await host.createPullRequest(PullRequestDraft(title: "left", head: left, base: main), in: repository)
  let two = try await host.createPullRequest(PullRequestDraft(title: "right", head: right, base: main), in: repository)
  #expect(two.number > one.number)
  _ = try await host.mergePullRequest(one.number, MergeRequest(), in: repository)
  let before = try await host.branch(main, in: repository).head
  let conflict = await gitError { try await host.mergePullRequest(two.number, MergeRequest(), in: repository) }
  #expect(conflict?.code == .conflict)
  #expect(try await host.branch(main, in: repository).head == before)
  switch try await host.pullRequest(two.number, in: repository).mergeability {
  // Providers do not name the files.
  case .conflicting(let paths): #expect(paths == ["a.yaml"] || paths.isEmpty && host.provider != "local")
  case let other: #expect(other == .unknown && !isTold)
  }
  #expect(try await host.closePullRequest(two.number, in: repository).state == .closed)
  #expect(try await host.closePullRequest(two.number, in: repository).state == .closed)
  #expect(
    await gitError { try await host.mergePullRequest(two.number, MergeRequest(), in: repository) }?.code
      == .notMergeable)
  let states = try await host.listPullRequests(PullRequestFilter(state: nil), in: repository).map(\.state)
  #expect(states == [.closed, .merged, .merged])
  #expect(
    try await host.listPullRequests(PullRequestFilter(state: .merged, limit: 1), in: repository).map(\.number) == [
      one.number
    ])
  #expect(try await host.listPullRequests(PullRequestFilter(), in: repository).isEmpty)
  // A closed one does not stand in the way of a new one.
  let third = try await host.createPullRequest(
    PullRequestDraft(title: "again", head: right, base: main), in: repository)
  #expect(third.number > two.number)
  if can.hasDrafts {
    let four = try BranchName("four")
    _ = try await put(["d.yaml": "4"], on: four, base: .branch(main))
    let draft = PullRequestDraft(title: "later", head: four, base: main, isDraft: true)
    #expect(try await host.createPullRequest(draft, in: repository).isDraft)
    #expect(try await host.findPullRequest(head: four, base: main, in: repository)?.isDraft == true)
  }
  if can.hasReviewers {
    let five = try BranchName("five")
    _ = try await put(["e.yaml": "5"], on: five, base: .branch(main))
    let asked = try await host.createPullRequest(
      PullRequestDraft(title: "look", head: five, base: main, reviewers: ["bob"]), in: repository)
    #expect(asked.reviewers == ["bob"])
  }

  // All pages
  let names = try (0..<8).map { try BranchName("page/\($0)") }
  for name in names { try await host.createBranch(name, at: .branch(main), in: repository) }
  let all = try await host.branches(in: repository).map(\.name)
  #expect(Set(names).isSubset(of: all) && all == all.sorted() && Set(all).count == all.count)
  #expect(try await host.branches(in: repository, limit: 2).count == 2)
  #expect(try await host.branch(names[0], in: repository).head == host.branch(main, in: repository).head)

  // Deleting, adding and replacing in one commit; what is not named stays.
  let many = try BranchName("many")
  let before1 = try await host.branch(main, in: repository).head
  let mixed = try await host.commitFiles(
    CommitRequest(
      branch: many, base: .branch(main), message: "mixed",
      changes: [
        .delete(GitPath("dir/b.yaml")), .put(GitPath("a.yaml"), text: "ü\n"), .put(GitPath("new/é.txt"), text: "new"),
        .delete(GitPath("never/was")),
      ]), in: repository)
  #expect(mixed.parents == [before1] && mixed.createdBranch)
  #expect(
    try await host.tree(at: .branch(many), under: nil, recursive: true, in: repository).map(\.path)
      == ["a.yaml", "c.yaml", "new/é.txt"])
  #expect(
    try await host.tree(at: .branch(many), under: GitPath("new"), recursive: true, in: repository).map(\.path)
      == ["new/é.txt"])
  #expect(try await host.file(GitPath("new/é.txt"), at: .branch(many), in: repository).text == "new")
  #expect(try await host.file(GitPath("a.yaml"), at: .branch(many), in: repository).text == "ü\n")
  #expect(
    await gitError {
      try await host.commitFiles(
        CommitRequest(branch: many, message: "m", changes: [.delete(GitPath("never/was"))], strictDeletes: true),
        in: repository)
    }?.code == .notFound)
  // Decided from a commit that is old: on top where the paths are untouched, refused where they are not.
  _ = try await put(["a.yaml": "theirs"], on: many)
  #expect(try await put(["c.yaml": "ours"], on: many, expecting: .basedOn(mixed.commit)).unchanged == false)
  #expect(
    await gitError { try await put(["a.yaml": "ours"], on: many, expecting: .basedOn(mixed.commit)) }?.code
      == .staleHead)
  #expect(await gitError { try await put(["x": "1"], on: BranchName("nowhere")) }?.code == .notFound)
  #expect(
    await gitError { try await host.repository(RepositoryPath("\(repository.owner)/nothing")) }?.code == .notFound)
}
