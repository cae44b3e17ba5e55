internal import CWGEGit2
internal import WGECore

// The history of one path, as `git log -- path` tells it.
//
// Git simplifies: a commit that left the path as one of its parents had it is not shown, and of a merge only
// the first such parent is followed, for the other sides contributed nothing to the path's present state. So
// commits of a branch whose change to the path was thrown away at the merge do not appear. The order is Git's
// too: of all commits that are known to come, the newest first.

extension GitRepository {
  func pathLog(
    _ path: GitPath, from start: GitObjectID, excluding: [GitObjectID], limit: Int, scanLimit: Int
  ) throws(GitHostError) -> [GitCommit] {
    var hidden: Set<GitObjectID> = []
    if !excluding.isEmpty { hidden = try ancestors(of: excluding, limit: scanLimit) }
    var waiting = CommitQueue()
    var seen: Set<GitObjectID> = []
    var contents: [GitObjectID: PathContent] = [:]
    var result: [GitCommit] = []

    func content(of commit: GitCommit) throws(GitHostError) -> PathContent {
      if let known = contents.removeValue(forKey: commit.id) { return known }
      let tree = try lookUpTree(commit.tree)
      return PathContent(try entry(at: path.value, in: tree.pointer))
    }
    func enqueue(_ commit: GitCommit) {
      if !hidden.contains(commit.id), seen.insert(commit.id).inserted { waiting.insert(commit) }
    }
    enqueue(try commit(start))
    var scanned = 0
    while result.count < limit, scanned < scanLimit, let commit = waiting.popNewest() {
      if Task.isCancelled { throw GitHostError(.cancelled, "reading the history was cancelled") }
      scanned += 1
      let here = try content(of: commit)
      if commit.parents.isEmpty {
        if here != .missing { result.append(commit) }
        continue
      }
      var parents: [GitCommit] = []
      var same: GitCommit?
      for id in commit.parents {
        let parent = try self.commit(id)
        let there = try content(of: parent)
        if !seen.contains(id) { contents[id] = there }
        if there == here {
          same = parent
          break
        }
        parents.append(parent)
      }
      if let same {
        enqueue(same)
      } else {
        result.append(commit)
        for parent in parents { enqueue(parent) }
      }
    }
    return result
  }

  private func ancestors(of commits: [GitObjectID], limit: Int) throws(GitHostError) -> Set<GitObjectID> {
    let walk = try Owned("walk the history", git_revwalk_free) { git_revwalk_new(&$0, repository) }
    for id in commits {
      var oid = id.oid
      try git("walk the history") { git_revwalk_push(walk.pointer, &oid) }
    }
    var result: Set<GitObjectID> = []
    while true {
      if Task.isCancelled { throw GitHostError(.cancelled, "reading the history was cancelled") }
      var oid = git_oid()
      git_error_clear()
      let code = git_revwalk_next(&oid, walk.pointer)
      if code == GIT_ITEROVER.rawValue { break }
      guard code >= 0 else { throw GitHostError(libgit2: code, doing: "walk the history") }
      // What is not known to be hidden would be shown.
      guard result.count < limit else {
        throw GitHostError(
          .tooLarge, "the commits to leave out have more than \(limit) ancestors", remedy: "look at more commits",
          field: "excluding")
      }
      result.insert(GitObjectID(oid))
    }
    return result
  }
}

private enum PathContent: Equatable {
  case missing
  case entry(GitObjectID, TreeEntry.Kind)

  init(_ entry: (id: GitObjectID, kind: TreeEntry.Kind)?) {
    self = entry.map { .entry($0.id, $0.kind) } ?? .missing
  }
}

/// Commits, the newest first; of equal times the one that came first.
private struct CommitQueue {
  private var heap: [(commit: GitCommit, order: Int)] = []
  private var count = 0

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    let (left, right) = (heap[a], heap[b])
    let (one, two) = (left.commit.committer.time.seconds, right.commit.committer.time.seconds)
    return one == two ? left.order < right.order : one > two
  }

  mutating func insert(_ commit: GitCommit) {
    heap.append((commit, count))
    count += 1
    var child = heap.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popNewest() -> GitCommit? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if heap.isEmpty { return first.commit }
    heap[0] = last
    var parent = 0
    while true {
      var best = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, best) { best = child }
      if best == parent { return first.commit }
      heap.swapAt(best, parent)
      parent = best
    }
  }
}
