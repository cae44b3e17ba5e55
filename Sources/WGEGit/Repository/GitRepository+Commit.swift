internal import CWGEGit2
public import WGECore

extension GitRepository {
  /// Writes a commit object; no branch moves.
  ///
  /// The message is cleaned as Git does: carriage returns dropped, trailing white space and outer
  /// blank lines removed.
  func writeCommit(
    tree: GitObjectID, parents: [GitObjectID], message: String, author: GitSignature, committer: GitSignature,
    signer: (any CommitSigner)? = nil
  ) throws(GitHostError) -> GitObjectID {
    let message = try Self.cleaned(message)
    var treeID = tree.oid
    let parentIDs = parents.map(\.oid)
    var result = git_oid()
    if let signer {
      let text = try unsignedCommit(
        tree: tree, parents: parents, message: message, author: author, committer: committer)
      let signature = try signer.armoredSignature(of: Array(text.utf8))
      try git("write the signed commit") {
        git_commit_create_with_signature(&result, repository, text, signature, nil)
      }
      return GitObjectID(result)
    }
    try author.withPointer { author throws(GitHostError) in
      try committer.withPointer { committer throws(GitHostError) in
        _ = try git("write the commit") {
          parentIDs.withUnsafeBufferPointer { ids -> Int32 in
            var pointers: [UnsafePointer<git_oid>?] = ids.indices.map { index in ids.baseAddress?.advanced(by: index) }
            return git_commit_create_from_ids(
              &result, repository, nil, author, committer, nil, message, &treeID, pointers.count, &pointers)
          }
        }
      }
    }
    return GitObjectID(result)
  }

  /// A commit's text, which is what is signed and then stored with the signature in it.
  private func unsignedCommit(
    tree: GitObjectID, parents: [GitObjectID], message: String, author: GitSignature, committer: GitSignature
  ) throws(GitHostError) -> String {
    _ = try lookUpTree(tree)
    var lines = "tree \(tree)\n"
    for parent in parents {
      _ = try lookUpCommit(parent)
      lines += "parent \(parent)\n"
    }
    for (role, signature) in [("author", author), ("committer", committer)] {
      // Checks the names, and trims them as for an unsigned commit.
      let clean = try signature.withPointer { GitSignature($0) }
      let minutes = abs(clean.offsetMinutes)
      func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
      let zone = (clean.offsetMinutes < 0 ? "-" : "+") + pad(minutes / 60) + pad(minutes % 60)
      lines += "\(role) \(clean.name) <\(clean.email)> \(clean.time.seconds) \(zone)\n"
    }
    return lines + "\n" + message
  }

  /// Makes one commit with the request's changes and moves the branch to it, or does nothing.
  ///
  /// The branch moves by compare-and-swap; when it moved meanwhile and ``CommitRequest/expectedHead``
  /// allows it, the changes are applied again on top, ``GitDefaults/commitAttempts`` times.
  /// - Parameters:
  ///   - author: used where the request names nobody.
  ///   - time: the commit's time.
  ///   - signer: signs the commit; nil: it stays unsigned.
  public func commit(
    _ request: CommitRequest, author: GitIdentity, at time: Timestamp, signer: (any CommitSigner)? = nil
  ) throws(GitHostError) -> CommitResult {
    let request = try request.checked()
    _ = try Self.cleaned(request.message)
    for attempt in 1... {
      do {
        return try tryCommit(request, author: author, at: time, signer)
      } catch  where error.code == .staleHead && attempt < GitDefaults.commitAttempts {
        // An expectation that cannot come true again is not retried.
        if case .exactly = request.expectedHead { throw error }
        if error.reason == Self.overlapReason { throw error }
        continue
      } catch  where error.code == .alreadyExists && attempt < GitDefaults.commitAttempts {
        // The branch appeared between our look and our write.
        if request.expectedHead == .absent { throw error }
        guard try head(of: request.branch) != nil else { throw error }
        continue
      }
    }
    throw GitHostError(.staleHead, "the branch \(request.branch) keeps moving", remedy: "try again later")
  }

  private static let overlapReason = "changedSince"

  private func tryCommit(
    _ request: CommitRequest, author: GitIdentity, at time: Timestamp, _ signer: (any CommitSigner)?
  ) throws(GitHostError) -> CommitResult {
    let head = try head(of: request.branch)
    if let head, request.requestID != nil {
      let newest = try commit(head)
      if request.made(newest) { return request.result(madeBefore: newest) }
    }
    try checkExpectation(request, head: head)
    let parent: GitObjectID?
    if let head, !request.rebuild { parent = head } else { parent = try startingPoint(request) }
    var baseTree: GitObjectID?
    if let parent { baseTree = try treeID(ofCommit: parent) }
    let tree = try editTree(baseTree, request.changes, strictDeletes: request.strictDeletes)
    if let parent, tree == baseTree, !request.rebuild || head == nil {
      return CommitResult(
        branch: request.branch, commit: parent, parents: [], createdBranch: false, unchanged: true)
    }
    let who = request.author ?? author
    let commit = try writeCommit(
      tree: tree, parents: parent.map { [$0] } ?? [], message: request.message, author: who.signature(at: time),
      committer: (request.committer ?? who).signature(at: time), signer: signer)
    if let head {
      try updateBranch(request.branch, from: head, to: commit)
    } else {
      try createBranch(request.branch, at: commit)
    }
    return CommitResult(
      branch: request.branch, commit: commit, parents: parent.map { [$0] } ?? [], createdBranch: head == nil,
      unchanged: false)
  }

  private func checkExpectation(_ request: CommitRequest, head: GitObjectID?) throws(GitHostError) {
    switch request.expectedHead {
    case .any: return
    case .absent:
      if head != nil {
        throw GitHostError(.alreadyExists, "the branch \(GitHostError.quote(request.branch.value)) exists already")
      }
    case .exactly(let expected):
      if head != expected { throw staleHead(request.branch, expected: expected) }
    case .basedOn(let expected):
      guard let head else { throw staleHead(request.branch, expected: expected) }
      if head == expected { return }
      let touched = request.changes.flatMap(\.touchedPaths)
      let before = try lookUpTree(ofCommit: expected)
      let now = try lookUpTree(ofCommit: head)
      var moved: [String] = []
      for path in touched {
        let old = try entry(at: path.value, in: before.pointer)
        let new = try entry(at: path.value, in: now.pointer)
        if old?.id != new?.id || old?.kind != new?.kind { moved.append(path.value) }
      }
      if !moved.isEmpty {
        var error = staleHead(request.branch, expected: expected)
        error.message += " and changed \(GitHostError.quote(moved[0]))"
        error.reason = Self.overlapReason
        error.paths = Array(moved.prefix(100))
        throw error
      }
    }
  }

  /// The commit that a new branch starts from; nil for the first commit of an empty repository.
  private func startingPoint(_ request: CommitRequest) throws(GitHostError) -> GitObjectID? {
    do {
      if let base = request.base { return try resolve(base) }
    } catch  where error.code == .notFound {
      if try !isEmpty() { throw error }
    }
    if try isEmpty() {
      if request.allowInitial { return nil }
      throw GitHostError(
        .emptyRepository, "the repository has no commit yet", remedy: "make the first commit with allowInitial")
    }
    throw GitHostError(
      .notFound, "there is no branch \(GitHostError.quote(request.branch.value))",
      remedy: "name a base to start it from",
      field: "branch")
  }

  /// There is no branch at all.
  public func isEmpty() throws(GitHostError) -> Bool {
    let iterator = try Owned("list the branches", git_reference_iterator_free) {
      git_reference_iterator_glob_new(&$0, repository, "refs/heads/*")
    }
    var first: OpaquePointer?
    defer { git_reference_free(first) }
    return git_reference_next(&first, iterator.pointer) == GIT_ITEROVER.rawValue
  }

  func treeID(ofCommit id: GitObjectID) throws(GitHostError) -> GitObjectID {
    let commit = try lookUpCommit(id)
    guard let tree = GitObjectID(git_commit_tree_id(commit.pointer)) else {
      throw GitHostError(.corrupt, "the commit \(id) has no tree")
    }
    return tree
  }

  static func cleaned(_ message: String) throws(GitHostError) -> String {
    let bytes = message.utf8.filter { $0 != UInt8(ascii: "\r") }
    if bytes.contains(0) { throw .validation(field: "message", "the commit message contains a NUL byte") }
    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    try git("clean the message") { git_message_prettify(&buffer, String(decoding: bytes, as: UTF8.self), 0, 0) }
    let text = buffer.ptr.map { String(cString: $0) } ?? ""
    if text.trimmed.isEmpty { throw .validation(field: "message", "the commit message is empty") }
    return text
  }
}
