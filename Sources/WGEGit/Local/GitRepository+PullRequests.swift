internal import WGECore

// The pull requests of a local repository, worked on by the repository's own thread. Records are in
// PullRequestStore, decisions about them in PullRequestRecord; here is what reads and moves branches.

extension GitRepository {
  /// Looks at the branches of a pull request and saves what changed.
  func refresh(_ number: Int, in store: PullRequestStore, now: Timestamp) throws(GitHostError) -> PullRequestRecord {
    let record = try store.load(number)
    guard record.state == .open, record.refreshed(by: try observe(record), now: now) != record else { return record }
    return try store.lock.withLock { () throws(GitHostError) in try refreshLocked(number, in: store, now: now) }
  }

  /// The record as it was saved.
  func load(_ number: Int, in store: PullRequestStore) throws(GitHostError) -> PullRequestRecord {
    try store.load(number)
  }

  /// Those that a filter admits, as their branches are now, newest number first.
  func pullRequests(
    _ filter: PullRequestFilter, in store: PullRequestStore, now: Timestamp
  ) throws(GitHostError) -> [PullRequestRecord] {
    var result: [PullRequestRecord] = []
    for number in try store.numbers() {
      if result.count >= filter.limit { break }
      try Task.checkCancellation(naming: "the listing")
      // What never changes is looked at first, so that most records cost no look at their branches.
      let stored = try store.load(number)
      if let head = filter.head, stored.head != head { continue }
      if let base = filter.base, stored.base != base { continue }
      if filter.state == .open, stored.state != .open { continue }
      if !filter.labels.isSubset(of: stored.labels) { continue }
      let record = try refresh(number, in: store, now: now)
      if let state = filter.state, record.state != state { continue }
      result.append(record)
    }
    return result
  }

  /// ``refresh(_:in:now:)`` by a caller that holds the lock.
  private func refreshLocked(
    _ number: Int, in store: PullRequestStore, now: Timestamp
  ) throws(GitHostError) -> PullRequestRecord {
    let record = try store.load(number)
    guard record.state == .open else { return record }
    let seen = try observe(record)
    let next = record.refreshed(by: seen, now: now)
    if next == record { return record }
    if let pending = record.pendingMerge, next.state == .merged, pending.deleteBranch {
      try deleteMergedBranch(record.head, at: pending.head)
    }
    try store.save(next, step: "save refreshed pull request")
    return next
  }

  private func observe(_ record: PullRequestRecord) throws(GitHostError) -> PullRequestObservation {
    var seen = PullRequestObservation(head: try head(of: record.head), base: try head(of: record.base))
    guard let base = seen.base else { return seen }
    if let pending = record.pendingMerge {
      seen.hasPendingLanded = try contains(base, pending.commit)
    }
    let head = seen.head ?? record.headCommit
    if head == record.headCommit, base == record.baseCommit { return seen }
    if try contains(base, head), try !contains(record.baseCommit, head) {
      seen.landing = try landing(of: head, in: base, after: record.baseCommit)
    }
    return seen
  }

  /// Whether `commit` is reachable from `head`; false also when garbage collection took one of them.
  private func contains(_ head: GitObjectID, _ commit: GitObjectID) throws(GitHostError) -> Bool {
    do {
      _ = try lookUpCommit(commit)
      _ = try lookUpCommit(head)
    } catch  where error.code == .notFound {
      return false
    }
    return try isAncestor(commit, of: head)
  }

  /// The first commit on the base's own line that contains the head.
  private func landing(
    of head: GitObjectID, in base: GitObjectID, after old: GitObjectID
  ) throws(GitHostError) -> PullRequestObservation.Landing {
    var found = try commit(base)
    for _ in 0..<10_000 {
      guard found.id != head, let parent = found.parents.first, parent != old, try contains(parent, head) else { break }
      found = try commit(parent)
    }
    return PullRequestObservation.Landing(
      commit: found.id, actor: found.committer.name, at: found.committer.time)
  }

  /// The paths in conflict, or what else stands in the way.
  func mergeability(of record: PullRequestRecord) throws(GitHostError) -> PullRequest.Mergeability {
    guard record.state == .open else { return .unknown }
    if record.isDraft { return .blocked(reason: "draft") }
    guard let base = try head(of: record.base) else { return .blocked(reason: "baseMissing") }
    guard let head = try head(of: record.head) else { return .blocked(reason: "headMissing") }
    if try isAncestor(base, of: head) { return base == head ? .blocked(reason: "noCommits") : .mergeable }
    if try isAncestor(head, of: base) { return .blocked(reason: "noCommits") }
    let paths = try mergeConflicts(base, head).map(\.path)
    return paths.isEmpty ? .mergeable : .conflicting(paths: paths)
  }

  func createPullRequest(
    _ draft: PullRequestDraft, in store: PullRequestStore, author: String, now: Timestamp
  ) throws(GitHostError) -> PullRequestRecord {
    guard draft.head != draft.base else {
      throw .validation(field: "head", "head and base are the same branch \(GitHostError.quote(draft.head.value))")
    }
    return try store.lock.withLock { () throws(GitHostError) in
      try store.removeLeftovers()
      let numbers = try store.numbers()
      for number in numbers {
        let record = try store.load(number)
        guard record.state == .open, record.head == draft.head, record.base == draft.base else { continue }
        let current = try refreshLocked(number, in: store, now: now)
        guard current.state == .open else { continue }
        var error = GitHostError(
          .alreadyExists, "pull request \(number) from \(draft.head) to \(draft.base) is open already",
          remedy: "update that one")
        error.reason = String(number)
        throw error
      }
      let base = try resolve(.branch(draft.base))
      let head = try resolve(.branch(draft.head))
      guard try mergeBase(base, head) != nil else {
        throw .validation(field: "head", "\(draft.head) and \(draft.base) have no common history")
      }
      if try isAncestor(head, of: base) {
        throw GitHostError(.noChanges, "\(draft.head) has no commit that \(draft.base) lacks")
      }
      let record = PullRequestRecord(
        number: (numbers.first ?? 0) + 1, title: draft.title, body: draft.body, state: .open, isDraft: draft.isDraft,
        head: draft.head, base: draft.base, headCommit: head, baseCommit: base, labels: draft.labels,
        reviewers: draft.reviewers, author: author,
        createdAt: now, updatedAt: now, comments: [])
      try store.save(record, step: "save new pull request")
      return record
    }
  }

  /// Changes a record under the lock, after a look at its branches.
  func modify(
    _ number: Int, in store: PullRequestStore, now: Timestamp, step: String,
    _ change: (inout PullRequestRecord) throws(GitHostError) -> Void
  ) throws(GitHostError) -> PullRequestRecord {
    try store.lock.withLock { () throws(GitHostError) in
      var record = try refreshLocked(number, in: store, now: now)
      let before = record
      try change(&record)
      if record == before { return record }
      record.updatedAt = now
      try store.save(record, step: step)
      return record
    }
  }

  /// Merges. Order of writes: intent, base branch, head branch, record; after a crash the next look at
  /// the pull request finishes what began (``PullRequestRecord/PendingMerge``).
  func mergePullRequest(
    _ number: Int, _ request: MergeRequest, in store: PullRequestStore, actor: GitHostUser, now: Timestamp,
    signer: (any CommitSigner)? = nil
  ) throws(GitHostError) -> PullRequestRecord {
    try store.lock.withLock { () throws(GitHostError) in
      for attempt in 1... {
        var record = try refreshLocked(number, in: store, now: now)
        if record.state == .merged { return record }
        let base = try checkMergeable(record, request)
        let commit = try mergeCommit(record, request, onto: base, actor: actor.identity, now: now, signer)
        record.pendingMerge = PullRequestRecord.PendingMerge(
          commit: commit, head: record.headCommit, actor: actor.login, at: now, deleteBranch: request.deleteBranch)
        try store.save(record, step: "save merge intent")
        do throws(GitHostError) {
          try PullRequestStore.willWrite?("move base branch")
          try updateBranch(record.base, from: base, to: commit)
        } catch  where error.code == .staleHead && attempt < GitDefaults.commitAttempts {
          // Someone pushed to the base meanwhile: merge with what is there now.
          continue
        }
        return try refreshLocked(number, in: store, now: now)
      }
      throw GitHostError(.staleHead, "the base of pull request \(number) keeps moving", remedy: "try again later")
    }
  }

  private func checkMergeable(_ record: PullRequestRecord, _ request: MergeRequest) throws(GitHostError) -> GitObjectID
  {
    func refuse(_ reason: String, _ message: String, _ remedy: String = "") -> GitHostError {
      GitHostError(.notMergeable, "pull request \(record.number) \(message)", remedy: remedy, reason: reason)
    }
    if record.state == .closed { throw refuse("closed", "is closed", "open a new one") }
    if record.isDraft { throw refuse("draft", "is a draft", "mark it ready first") }
    if let expected = request.expectedHead, expected != record.headCommit {
      throw GitHostError(
        .staleHead,
        "pull request \(record.number) is at \(record.headCommit.abbreviated), not at \(expected.abbreviated)",
        remedy: "look at the new commits, then merge")
    }
    guard let base = try head(of: record.base) else { throw refuse("baseMissing", "has no base branch any more") }
    if try isAncestor(record.headCommit, of: base) {
      throw refuse("noCommits", "has no commit that its base lacks")
    }
    return base
  }

  private func mergeCommit(
    _ record: PullRequestRecord, _ request: MergeRequest, onto base: GitObjectID, actor: GitIdentity, now: Timestamp,
    _ signer: (any CommitSigner)?
  ) throws(GitHostError) -> GitObjectID {
    let signature = actor.signature(at: now)
    switch request.method {
    case .fastForward:
      guard try isAncestor(base, of: record.headCommit) else {
        throw GitHostError(
          .notMergeable, "pull request \(record.number) is not a fast-forward of \(record.base)",
          remedy: "merge with a merge commit, or rebase the branch", reason: "notFastForward")
      }
      return record.headCommit
    case .merge:
      let message =
        request.message ?? "Merge pull request #\(record.number) from \(record.head)\n\n\(record.title)\n"
      return try writeCommit(
        tree: try cleanTree(merge(base, record.headCommit), record), parents: [base, record.headCommit],
        message: message, author: signature, committer: signature, signer: signer)
    case .squash:
      let message = request.message ?? "\(record.title) (#\(record.number))\n\n\(record.body)\n"
      return try writeCommit(
        tree: try cleanTree(merge(base, record.headCommit), record), parents: [base], message: message,
        author: signature, committer: signature, signer: signer)
    case .rebase:
      return try rebase(record, onto: base, committer: signature, signer)
    }
  }

  private func rebase(
    _ record: PullRequestRecord, onto base: GitObjectID, committer: GitSignature, _ signer: (any CommitSigner)?
  ) throws(GitHostError) -> GitObjectID {
    let commits = try log(from: .commit(record.headCommit), excluding: [base], limit: GitDefaults.listLimit + 1)
    guard commits.count <= GitDefaults.listLimit else {
      throw GitHostError(.tooLarge, "pull request \(record.number) has more than \(GitDefaults.listLimit) commits")
    }
    var tip = base
    for commit in commits.reversed() {
      guard commit.parents.count == 1 else {
        throw GitHostError(
          .notMergeable, "pull request \(record.number) contains the merge \(commit.id.abbreviated)",
          remedy: "merge with a merge commit or squash", reason: "mergeCommits")
      }
      let tree = try cleanTree(cherryPick(commit.id, onto: tip), record)
      if try tree == treeID(ofCommit: tip) { continue }
      tip = try writeCommit(
        tree: tree, parents: [tip], message: commit.message, author: commit.author, committer: committer,
        signer: signer)
    }
    return tip
  }

  private func cleanTree(_ outcome: GitMergeOutcome, _ record: PullRequestRecord) throws(GitHostError) -> GitObjectID {
    switch outcome {
    case .clean(let tree): return tree
    case .conflicts(let conflicts):
      let paths = conflicts.map(\.path)
      throw GitHostError(
        .conflict,
        "pull request \(record.number) conflicts with \(record.base) in \(paths.prefix(3).joined(separator: ", "))",
        remedy: "merge \(record.base) into \(record.head), settle the conflicts and push", paths: paths)
    }
  }

  private func deleteMergedBranch(_ branch: BranchName, at commit: GitObjectID) throws(GitHostError) {
    guard try branch != defaultBranch() else { return }
    try PullRequestStore.willWrite?("delete head branch")
    do {
      try deleteBranch(branch, expected: commit)
    } catch  where error.code == .notFound || error.code == .staleHead {
      // Gone already, or somebody went on working on it.
    }
  }
}
