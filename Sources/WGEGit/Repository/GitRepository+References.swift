internal import CWGEGit2

extension GitRepository {
  /// The commit of a branch, or the commit itself when it is in the repository.
  /// - Throws: `notFound`.
  public func resolve(_ revision: GitRevision) throws(GitHostError) -> GitObjectID {
    switch revision {
    case .commit(let id):
      _ = try lookUpCommit(id)
      return id
    case .branch(let name):
      guard let head = try head(of: name) else {
        throw GitHostError(.notFound, "there is no branch \(GitHostError.quote(name.value))")
      }
      return head
    }
  }

  /// The commit of a branch; nil when there is no such branch.
  public func head(of branch: BranchName) throws(GitHostError) -> GitObjectID? {
    var oid = git_oid()
    git_error_clear()
    let code = git_reference_name_to_id(&oid, repository, branch.reference)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    guard code >= 0 else {
      throw GitHostError(libgit2: code, doing: "read the branch \(GitHostError.quote(branch.value))")
    }
    return GitObjectID(oid)
  }

  /// The branch that HEAD names, whether it exists or not; `main` when HEAD is detached.
  public func defaultBranch() throws(GitHostError) -> BranchName {
    let head = try Owned("read HEAD", git_reference_free) { git_reference_lookup(&$0, repository, "HEAD") }
    if let target = git_reference_symbolic_target(head.pointer),
      let name = BranchName(reference: String(cString: target))
    {
      return name
    }
    return try BranchName("main")
  }

  /// Makes HEAD name another branch.
  public func setDefaultBranch(_ branch: BranchName) throws(GitHostError) {
    try git("set HEAD to \(branch)") { git_repository_set_head(repository, branch.reference) }
  }

  /// All branches whose names follow the rules, ordered by name.
  /// - Throws: `tooLarge` when there are more than `limit`.
  public func branches(limit: Int = GitDefaults.maximumTreeEntries) throws(GitHostError) -> [(
    name: BranchName, head: GitObjectID
  )] {
    let iterator = try Owned("list the branches", git_reference_iterator_free) {
      git_reference_iterator_glob_new(&$0, repository, "refs/heads/*")
    }
    var result: [(name: BranchName, head: GitObjectID)] = []
    while true {
      var next: OpaquePointer?
      git_error_clear()
      let code = git_reference_next(&next, iterator.pointer)
      if code == GIT_ITEROVER.rawValue { break }
      guard code >= 0 else { throw GitHostError(libgit2: code, doing: "list the branches") }
      defer { git_reference_free(next) }
      guard let id = GitObjectID(git_reference_target(next)), let text = git_reference_name(next),
        let name = BranchName(reference: String(cString: text))
      else { continue }
      guard result.count < limit else {
        throw GitHostError(.tooLarge, "the repository has more than \(limit) branches")
      }
      result.append((name, id))
    }
    return result.sorted { $0.name < $1.name }
  }

  /// - Throws: `alreadyExists`, `notFound` when there is no such commit.
  public func createBranch(_ name: BranchName, at commit: GitObjectID) throws(GitHostError) {
    _ = try lookUpCommit(commit)
    // libgit2 has no error of its own for a branch below another one.
    for folder in name.value.split(separator: "/").indices.dropLast().map({
      name.value.split(separator: "/").prefix($0 + 1).joined(separator: "/")
    }) {
      guard let above = try? BranchName(folder), try head(of: above) != nil else { continue }
      throw GitHostError(
        .alreadyExists, "the branch \(GitHostError.quote(folder)) leaves no room for \(GitHostError.quote(name.value))")
    }
    try createReference(name.reference, at: commit, called: "the branch \(GitHostError.quote(name.value))")
  }

  /// Moves a branch, if it is still where the caller thinks; nothing is said about ancestry.
  /// - Throws: `staleHead` when it moved or is gone.
  public func updateBranch(
    _ name: BranchName, from expected: GitObjectID, to commit: GitObjectID
  ) throws(GitHostError) {
    _ = try lookUpCommit(commit)
    var old = expected.oid
    var new = commit.oid
    do {
      try retryingLocks(path, name.reference) { () throws(GitHostError) in
        _ = try Owned("move the branch \(GitHostError.quote(name.value))", git_reference_free) {
          git_reference_create_matching(&$0, repository, name.reference, &new, 1, &old, "update")
        }
      }
    } catch  where error.code == .staleHead || error.code == .notFound {
      throw staleHead(name, expected: expected)
    }
  }

  /// - Throws: `notFound`, `staleHead` when it is not at `expected`.
  public func deleteBranch(_ name: BranchName, expected: GitObjectID? = nil) throws(GitHostError) {
    try retryingLocks(path, name.reference) { () throws(GitHostError) in
      // Says not-found in our words; the look-up below is the one that the delete compares with.
      _ = try resolve(.branch(name))
      let reference = try Owned("read the branch \(GitHostError.quote(name.value))", git_reference_free) {
        git_reference_lookup(&$0, repository, name.reference)
      }
      let found = GitObjectID(git_reference_target(reference.pointer))
      if let expected, found != expected { throw staleHead(name, expected: expected) }
      do throws(GitHostError) {
        // libgit2 deletes only while the value is the one just read.
        try git("delete the branch \(GitHostError.quote(name.value))") { git_reference_delete(reference.pointer) }
      } catch  where error.code == .staleHead {
        throw staleHead(name, expected: expected)
      }
    }
  }

  func createReference(_ name: String, at id: GitObjectID, called what: String) throws(GitHostError) {
    var oid = id.oid
    do {
      try retryingLocks(path, name) { () throws(GitHostError) in
        _ = try Owned("create \(what)", git_reference_free) {
          git_reference_create(&$0, repository, name, &oid, 0, "create")
        }
      }
    } catch  where error.code == .alreadyExists {
      throw GitHostError(.alreadyExists, "\(what) exists already, or a branch above or below it does")
    }
  }

  func staleHead(_ name: BranchName, expected: GitObjectID?) -> GitHostError {
    let expectation = expected.map { " from \($0.abbreviated)" } ?? ""
    return GitHostError(
      .staleHead, "the branch \(GitHostError.quote(name.value)) moved\(expectation)",
      remedy: "read it again and decide again")
  }
}
