internal import WGECore

/// A local pull request as it stands on disk.
///
/// The branches are the truth about commits; the record remembers what was last seen of them so that
/// a merge by plain `git push` can be told from a branch that was reset. Invariant while open:
/// ``headCommit`` was not reachable from ``baseCommit`` when the two were recorded together, unless
/// the head was moved onto its base by a person.
struct PullRequestRecord: Codable, Hashable, Sendable {
  struct Comment: Codable, Hashable, Sendable {
    var author: String
    var body: String
    var createdAt: Timestamp
  }

  /// A merge that is being done: written before the base moves, so that a crash in between can be told
  /// from a merge that never began.
  struct PendingMerge: Codable, Hashable, Sendable {
    /// What the base will move to.
    var commit: GitObjectID
    /// The head that it merges.
    var head: GitObjectID
    var actor: String
    var at: Timestamp
    var deleteBranch: Bool
  }

  var number: Int
  var title: String
  var body: String
  var state: PullRequest.State
  var isDraft: Bool
  var head: BranchName
  var base: BranchName
  var headCommit: GitObjectID
  var baseCommit: GitObjectID
  var mergeCommit: GitObjectID?
  var labels: [String]
  /// Nil in records of before there were reviewers.
  var reviewers: [String]?
  var author: String
  var mergedBy: String?
  var createdAt: Timestamp
  var updatedAt: Timestamp
  var mergedAt: Timestamp?
  var closedAt: Timestamp?
  var pendingMerge: PendingMerge?
  var comments: [Comment]
}

/// What the branches of an open pull request look like now.
struct PullRequestObservation: Hashable, Sendable {
  /// How the head came into the base, when it did.
  struct Landing: Hashable, Sendable {
    var commit: GitObjectID
    var actor: String
    var at: Timestamp
  }

  /// Nil: the branch is gone.
  var head: GitObjectID?
  var base: GitObjectID?
  /// The base contains the commit of the pending merge.
  var hasPendingLanded = false
  /// The newest known head is in the base and was not in the base recorded last.
  var landing: Landing?
}

extension PullRequestRecord {
  /// The record after looking at the branches. Pure: everything about the life of a pull request
  /// that nobody asked for is decided here.
  func refreshed(by seen: PullRequestObservation, now: Timestamp) -> PullRequestRecord {
    guard state == .open else { return self }
    var next = self
    next.pendingMerge = nil
    if let pending = pendingMerge, seen.hasPendingLanded {
      next.headCommit = pending.head
      next.merge(commit: pending.commit, by: pending.actor, at: pending.at, base: seen.base)
    } else if let landing = seen.landing {
      next.headCommit = seen.head ?? headCommit
      next.merge(commit: landing.commit, by: landing.actor, at: landing.at, base: seen.base)
    } else if let head = seen.head {
      if head != headCommit { next.updatedAt = now }
      next.headCommit = head
      next.baseCommit = seen.base ?? baseCommit
    } else {
      next.state = .closed
      next.closedAt = now
      next.updatedAt = now
    }
    return next
  }

  private mutating func merge(commit: GitObjectID, by actor: String, at time: Timestamp, base: GitObjectID?) {
    state = .merged
    mergeCommit = commit
    mergedBy = actor
    mergedAt = time
    updatedAt = time
    baseCommit = base ?? baseCommit
  }
}
