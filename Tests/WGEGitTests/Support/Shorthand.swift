import Testing
import WGECore

@testable import WGEGit

let alice = GitHostUser(login: "alice", identity: GitIdentity(name: "Alice", email: "alice@example.org"))
let bob = GitHostUser(login: "bob", identity: GitIdentity(name: "Bob", email: "bob@example.org"))
let someTime = Timestamp(seconds: 1_767_225_600)

func branch(_ name: String) throws -> BranchName { try BranchName(name) }
func path(_ name: String) throws -> GitPath { try GitPath(name) }

extension GitRepository {
  /// Commits texts on a branch, starting it from `base` or as the first commit.
  @discardableResult
  func put(
    _ files: [String: String], on name: String, base: String? = nil, message: String = "change"
  ) throws -> GitObjectID {
    let changes = try files.sorted { $0.key < $1.key }.map { FileChange.put(try GitPath($0.key), text: $0.value) }
    return try commit(
      CommitRequest(
        branch: BranchName(name), base: base.map { .branch(try BranchName($0)) }, message: message, changes: changes,
        allowInitial: true), author: alice.identity, at: someTime
    ).commit
  }
}

/// The error that an operation throws; records an issue when it throws none.
func gitError(
  _ operation: () async throws -> Any, sourceLocation: SourceLocation = #_sourceLocation
) async -> GitHostError? {
  do {
    _ = try await operation()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    return nil
  } catch let error as GitHostError {
    return error
  } catch {
    Issue.record("not a GitHostError: \(error)", sourceLocation: sourceLocation)
    return nil
  }
}
