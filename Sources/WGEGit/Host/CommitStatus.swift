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

extension CommitStatus {
  /// The status with its summary in one line.
  /// - Throws: `validation` for what no host takes.
  func checked() throws(GitHostError) -> CommitStatus {
    func refuse(_ field: String, _ problem: String, _ remedy: String = "") -> GitHostError {
      .validation(field: field, "the status's \(problem)", remedy: remedy)
    }
    var status = self
    let isControlled = context.utf8.contains { $0 < 0x20 || $0 == 0x7f }
    guard !context.trimmed.isEmpty, context.utf8.count <= 255, !isControlled else {
      throw refuse(
        "context", "context is empty, longer than 255 bytes or not one line", "name the check: wge/promotion")
    }
    if summary.utf8.contains(0) { throw refuse("summary", "summary contains a NUL byte") }
    status.summary = HostInput.cut(
      String(summary.map { $0.isNewline || $0 == "\t" ? " " : $0 }), to: GitDefaults.maximumStatusBytes)
    if let targetURL {
      let isPage = ["https://", "http://"].contains { targetURL.lowercased().hasPrefix($0) }
      let isPlain = targetURL.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
      guard isPage, isPlain, targetURL.utf8.count <= 2048, GitHostError.withoutUserInfo(targetURL) == targetURL else {
        throw refuse("targetURL", "target is no http(s) URL of at most 2048 bytes without user info")
      }
    }
    return status
  }
}
