/// Where to read: the head of a branch or one commit.
///
/// Git's revision expressions (`HEAD~2`, `:/text`) are deliberately not accepted.
public enum GitRevision: Sendable, Hashable, CustomStringConvertible {
  case branch(BranchName)
  case commit(GitObjectID)

  /// The branch or the commit.
  public var description: String {
    switch self {
    case .branch(let name): name.value
    case .commit(let id): id.description
    }
  }
}
