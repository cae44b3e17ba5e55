/// The outcome of a check of one commit, shown beside it by the host.
public struct CommitStatus: Sendable, Hashable {
  /// How it went.
  public enum State: String, Sendable, Hashable, CaseIterable { case pending, success, failure, error }

  /// How it went.
  public var state: State
  /// Which check: `wge/promotion`. A later status of the same context replaces an earlier one.
  public var context: String
  /// One line for people; cut where the host's limit is lower.
  public var summary: String
  /// Where to read more.
  public var targetURL: String?

  /// A status.
  public init(_ state: State, context: String, summary: String = "", targetURL: String? = nil) {
    self.state = state
    self.context = context
    self.summary = summary
    self.targetURL = targetURL
  }
}
