internal import Crypto
internal import WGECore

/// One try of a ``CommitRequest``: what was decided from the branch as it was seen.
struct CommitPlan: Sendable {
  /// Checked.
  var request: CommitRequest
  var repository: RepositoryPath
  /// What the commit goes on top of; nil for the first commit of an empty repository.
  var parent: GitObjectID?
  /// Where the branch is; nil: it is to be made.
  var head: GitObjectID?

  var message: String { request.message }

  /// The outcome when the commit was made.
  func result(_ commit: GitObjectID) -> CommitResult {
    CommitResult(
      branch: request.branch, commit: commit, parents: parent.map { [$0] } ?? [], createdBranch: head == nil,
      unchanged: false)
  }

  /// The outcome when there was nothing to do.
  func unchanged(_ parent: GitObjectID) -> CommitResult {
    CommitResult(branch: request.branch, commit: parent, parents: [], createdBranch: false, unchanged: true)
  }
}

/// Decides what a commit goes on top of, and tries again when the branch moved meanwhile and the
/// request allows it. The same for every provider; only the writing differs.
enum CommitEngine {
  private static let overlapReason = "changedSince"

  static func commit(
    _ request: CommitRequest, in repository: RepositoryPath, through route: some RESTHost
  ) async throws -> CommitResult {
    let request = try request.checked()
    for attempt in 0... {
      do {
        if let made = try await madeBefore(request, repository, route) { return made }
        let plan = try await plan(request, repository, route)
        if let excess = request.apiExcess { return try await route.pushed(plan, otherwise: excess) }
        return try await route.write(plan)
      } catch let error as GitHostError {
        guard attempt + 1 < 4, mayTryAgain(error, request) else { throw error }
        do {
          try await route.client.settings.clock.sleep(
            for: .milliseconds(100) * (1 << attempt) * Double.random(in: 0.5...1))
        } catch {
          throw GitHostError(.cancelled, "the commit was cancelled")
        }
      }
    }
    throw GitHostError(.staleHead, "the branch \(request.branch) keeps moving", remedy: "try again later")
  }

  private static func mayTryAgain(_ error: GitHostError, _ request: CommitRequest) -> Bool {
    if error.reason == overlapReason { return false }
    switch (error.code, request.expectedHead) {
    case (.staleHead, .any), (.staleHead, .basedOn): return true
    // The branch appeared between our look and our write.
    case (.alreadyExists, .any): return true
    default: return false
    }
  }

  /// The outcome of an earlier go at the same request, by its name.
  private static func madeBefore(
    _ request: CommitRequest, _ repository: RepositoryPath, _ route: some RESTHost
  ) async throws -> CommitResult? {
    guard request.requestID != nil else { return nil }
    do {
      guard let head = try await route.head(of: request.branch, in: repository) else { return nil }
      let commit = try await route.commit(head, in: repository)
      return request.made(commit) ? request.result(madeBefore: commit) : nil
    } catch let error as GitHostError where error.code == .emptyRepository || error.code == .notFound {
      return nil
    }
  }

  private static func plan(
    _ request: CommitRequest, _ repository: RepositoryPath, _ route: some RESTHost
  ) async throws -> CommitPlan {
    var plan = CommitPlan(request: request, repository: repository)
    do throws(GitHostError) {
      // A branch that must not exist is not looked for: the host refuses to make it twice.
      if request.expectedHead != .absent || request.base == nil {
        plan.head = try await route.head(of: request.branch, in: repository)
      }
      if let head = plan.head {
        try await checkExpectation(request, repository, head, route)
        if !request.rebuild {
          plan.parent = head
          return plan
        }
      } else if case .exactly(let expected) = request.expectedHead {
        throw stale(request, expected)
      } else if case .basedOn(let expected) = request.expectedHead {
        throw stale(request, expected)
      }
      switch request.base {
      case .commit(let id): plan.parent = id
      case .branch(let name):
        guard let base = try await route.head(of: name, in: repository) else {
          throw GitHostError(.notFound, "there is no branch \(GitHostError.quote(name.value))", field: "base")
        }
        plan.parent = base
      case nil:
        throw GitHostError(
          .notFound, "there is no branch \(GitHostError.quote(request.branch.value))",
          remedy: "name a base to start it from", field: "branch")
      }
      return plan
    } catch {
      guard error.code == .emptyRepository || error.code == .notFound else { throw error }
      let isEmpty = error.code == .emptyRepository ? true : try await route.repository(repository).isEmpty
      guard isEmpty else { throw error }
      guard request.allowInitial else {
        throw GitHostError(
          .emptyRepository, "the repository \(repository) has no commit yet",
          remedy: "make the first commit with allowInitial")
      }
      plan.head = nil
      plan.parent = nil
      return plan
    }
  }

  private static func checkExpectation(
    _ request: CommitRequest, _ repository: RepositoryPath, _ head: GitObjectID, _ route: some RESTHost
  ) async throws(GitHostError) {
    switch request.expectedHead {
    case .any: return
    case .absent:
      throw GitHostError(.alreadyExists, "the branch \(GitHostError.quote(request.branch.value)) exists already")
    case .exactly(let expected):
      if head != expected { throw stale(request, expected) }
    case .basedOn(let expected):
      if head == expected { return }
      let paths = request.changes.flatMap(\.touchedPaths)
      let before = try await FileStates.load(paths, at: expected, in: repository, of: route)
      let now = try await FileStates.load(paths, at: head, in: repository, of: route)
      let moved = paths.filter { before[$0]?.id != now[$0]?.id || before[$0]?.kind != now[$0]?.kind }
      if !moved.isEmpty {
        var error = stale(request, expected)
        error.message += " and changed \(GitHostError.quote(moved[0].value))"
        error.reason = overlapReason
        error.paths = moved.prefix(100).map(\.value)
        throw error
      }
    }
  }

  private static func stale(_ request: CommitRequest, _ expected: GitObjectID) -> GitHostError {
    GitHostError(
      .staleHead, "the branch \(GitHostError.quote(request.branch.value)) is not at \(expected.abbreviated) any more",
      remedy: "read again and decide again")
  }
}

/// What stands at a path of one commit.
struct FileState: Sendable, Hashable {
  var id: GitObjectID
  /// Nil where the host does not tell modes.
  var kind: TreeEntry.Kind?
}

enum FileStates {
  /// The states of the paths that exist: few one by one, many from a listing.
  static func load(
    _ paths: [GitPath], at commit: GitObjectID, in repository: RepositoryPath, of host: some GitHost
  ) async throws(GitHostError) -> [GitPath: FileState] {
    do {
      if paths.count > GitDefaults.singleLookups {
        let entries = try await host.tree(at: .commit(commit), under: nil, recursive: true, in: repository)
        let wanted = Set(paths.map(\.value))
        var result: [GitPath: FileState] = [:]
        var isComplete = true
        for entry in entries where wanted.contains(entry.path) && entry.kind.isBlob {
          guard let id = entry.id, let path = try? GitPath(entry.path) else {
            isComplete = false
            continue
          }
          result[path] = FileState(id: id, kind: entry.kind)
        }
        if isComplete { return result }
      }
      return try await Lookups.each(paths) { try await state(of: $0, at: commit, in: repository, of: host) }
    } catch let error as GitHostError {
      throw error
    } catch {
      throw GitHostError(.cancelled, "looking up files was cancelled")
    }
  }

  private static func state(
    of path: GitPath, at commit: GitObjectID, in repository: RepositoryPath, of host: some GitHost
  ) async throws -> FileState? {
    do {
      let file = try await host.file(path, at: .commit(commit), in: repository)
      return FileState(id: file.id, kind: file.isExecutable.map { $0 ? .executable : .file })
    } catch let error as GitHostError where error.code == .notFound {
      return nil
    }
  }
}

extension GitObjectID {
  /// The name that Git gives a file of these bytes.
  init(ofFile bytes: [UInt8]) {
    var hash = Insecure.SHA1()
    hash.update(data: Array("blob \(bytes.count)\u{0}".utf8))
    hash.update(data: bytes)
    let digest = Array(hash.finalize())
    func word(_ range: Range<Int>) -> UInt64 { digest[range].reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(high: word(0..<8), middle: word(8..<16), low: UInt32(truncatingIfNeeded: word(16..<20)))
  }
}
