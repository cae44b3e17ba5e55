import WGECore

@testable import WGEGit

/// The one repository of a fake provider: commits, branches and pull requests, without any provider's
/// manners. The fakes speak REST over it.
struct Forge {
  struct File: Equatable {
    var mode = "100644"
    var bytes: [UInt8]

    var id: GitObjectID { GitObjectID(ofFile: bytes) }
  }

  typealias Tree = [String: File]

  struct Commit {
    var id: GitObjectID
    var parents: [GitObjectID]
    var tree: Tree
    var message: String
    var name: String
    var email: String
  }

  struct Pull {
    var number: Int
    var title: String
    var body: String
    var head: String
    var base: String
    var state = PullRequest.State.open
    var isDraft: Bool
    var labels: [String]
    var reviewers: [String]
    var comments: [String] = []
    var mergeCommit: GitObjectID?
    /// Where the head was when it was closed or merged.
    var lastHead: GitObjectID
    /// Counts changes.
    var version = 0
    var updated: Int
    /// Providers that compute mergeability in the background have not done so yet.
    var isComputing = true
  }

  static let defaultBranch = "main"
  static let user = "alice"

  var commits: [GitObjectID: Commit] = [:]
  var branches: [String: GitObjectID] = [:]
  var pulls: [Int: Pull] = [:]
  var statuses: [(commit: GitObjectID, state: String, context: String)] = []
  /// Objects that were written and that nothing may point at.
  var trees: [GitObjectID: Tree] = [:]
  var blobs: [GitObjectID: [UInt8]] = [:]
  private var clock = 0

  var isEmpty: Bool { branches.isEmpty }
  var sortedBranches: [(name: String, head: GitObjectID)] {
    branches.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  mutating func tick() -> Int {
    clock += 1
    return clock
  }

  // MARK: - Commits

  mutating func add(
    _ tree: Tree, parents: [GitObjectID], message: String, name: String = "Alice", email: String = "alice@acme.test"
  ) -> GitObjectID {
    let id = GitObjectID(ofFile: Array("commit \(tick()) \(message)".utf8))
    commits[id] = Commit(id: id, parents: parents, tree: tree, message: message, name: name, email: email)
    return id
  }

  /// The newest commit of a branch.
  func tip(_ branch: String) -> Commit? { branches[branch].flatMap { commits[$0] } }

  /// A commit by its name, an abbreviation of it, or a branch.
  func find(_ revision: String) -> Commit? {
    if let id = GitObjectID(revision) { return commits[id] }
    if let tip = tip(revision.hasPrefix("refs/heads/") ? String(revision.dropFirst(11)) : revision) { return tip }
    return revision.count < 7 ? nil : commits.values.first { $0.id.description.hasPrefix(revision) }
  }

  func ancestors(_ id: GitObjectID) -> Set<GitObjectID> {
    var seen: Set<GitObjectID> = []
    var queue = [id]
    while let next = queue.popLast() {
      if seen.insert(next).inserted { queue += commits[next]?.parents ?? [] }
    }
    return seen
  }

  /// The last commit on the first parents' line that changed a path.
  func lastChange(of path: String, at commit: Commit) -> GitObjectID {
    var commit = commit
    while let parent = commit.parents.first.flatMap({ commits[$0] }), parent.tree[path] == commit.tree[path] {
      commit = parent
    }
    return commit.id
  }

  // MARK: - Trees

  mutating func id(of tree: Tree) -> GitObjectID {
    let text = tree.sorted { $0.key < $1.key }.map { "\($0.value.mode) \($0.key) \($0.value.id)" }.joined(
      separator: "\n")
    let id = GitObjectID(ofFile: Array("tree \(text)".utf8))
    trees[id] = tree
    return id
  }

  static func below(_ folder: String, _ tree: Tree) -> Tree {
    if folder.isEmpty { return tree }
    return Dictionary(
      uniqueKeysWithValues: tree.compactMap { path, file in
        path.hasPrefix(folder + "/") ? (String(path.dropFirst(folder.count + 1)), file) : nil
      })
  }

  /// Files and folders, by path; a folder has no file.
  static func entries(_ tree: Tree, recursive: Bool) -> [(path: String, file: File?)] {
    entries(tree, depth: recursive ? .max : 1)
  }

  /// Those of so many levels.
  static func entries(_ tree: Tree, depth: Int) -> [(path: String, file: File?)] {
    var result: [String: File?] = [:]
    for (path, file) in tree {
      let parts = path.split(separator: "/")
      for count in 1..<max(parts.count, 1) where count <= depth {
        result[parts.prefix(count).joined(separator: "/")] = .some(nil)
      }
      if parts.count <= depth { result[path] = file }
    }
    return result.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  // MARK: - Pull requests

  func head(of pull: Pull) -> GitObjectID {
    pull.state == .open ? branches[pull.head] ?? pull.lastHead : pull.lastHead
  }

  func open(_ head: String, _ base: String) -> Pull? {
    pulls.values.first { $0.state == .open && $0.head == head && $0.base == base }
  }

  func hasNews(_ head: String, _ base: String) -> Bool {
    guard let head = branches[head], let base = branches[base] else { return false }
    return !ancestors(base).contains(head)
  }

  mutating func openPull(
    _ title: String, _ body: String, _ head: String, _ base: String, isDraft: Bool, labels: [String] = [],
    reviewers: [String] = []
  ) -> Pull {
    let pull = Pull(
      number: (pulls.keys.max() ?? 0) + 1, title: title, body: body, head: head, base: base, isDraft: isDraft,
      labels: labels, reviewers: reviewers, lastHead: branches[head] ?? .zero, updated: tick())
    pulls[pull.number] = pull
    return pull
  }

  mutating func change(_ number: Int, _ body: (inout Pull) -> Void) {
    guard var pull = pulls[number] else { return }
    pull.lastHead = head(of: pull)
    body(&pull)
    pull.version += 1
    pull.updated = tick()
    pulls[number] = pull
  }

  /// Newest number first.
  func list(state: PullRequest.State?, head: String?, base: String?) -> [Pull] {
    pulls.values.filter {
      (state == nil || $0.state == state) && (head == nil || $0.head == head) && (base == nil || $0.base == base)
    }.sorted { $0.number > $1.number }
  }

  /// The merged tree; nil when the two sides changed a file in different ways.
  func merged(_ pull: Pull) -> Tree? {
    guard let base = branches[pull.base].flatMap({ commits[$0] }), let head = commits[head(of: pull)] else {
      return nil
    }
    let common = ancestors(base.id)
    var queue = [head.id]
    var root: Tree = [:]
    while !queue.isEmpty {
      let next = queue.removeFirst()
      if common.contains(next) {
        root = commits[next]?.tree ?? [:]
        break
      }
      queue += commits[next]?.parents ?? []
    }
    var result = base.tree
    for path in Set(root.keys).union(head.tree.keys) where head.tree[path] != root[path] {
      guard base.tree[path] == root[path] || base.tree[path] == head.tree[path] else { return nil }
      result[path] = head.tree[path]
    }
    return result
  }

  /// Merges; false when there are conflicts.
  mutating func merge(_ number: Int, squash: Bool, message: String, deleteBranch: Bool) -> Bool {
    guard let pull = pulls[number], let tree = merged(pull), let base = branches[pull.base] else { return false }
    let head = head(of: pull)
    let commit = add(tree, parents: squash ? [base] : [base, head], message: message)
    branches[pull.base] = commit
    change(number) { pull in
      pull.state = .merged
      pull.mergeCommit = commit
    }
    if deleteBranch { branches[pull.head] = nil }
    return true
  }
}
