/// Where an environment stands in the promotion of a revision.
///
/// The decision between the states is ``PromotionEngine``'s alone.
public enum PromotionState: Sendable, Hashable {
  /// All targets run the source's revision and are ready.
  case upToDate
  /// The source environment has no single, ready revision to offer.
  case waitingSource
  /// The revision waits for a gate: the approval of a person.
  case gated
  /// The promotion was recorded and is being carried out; a crash in between leaves it here.
  case promoting
  /// The pull request waits to be merged.
  case pullRequestOpen
  /// Merged or announced; the targets are not there yet.
  case applying
  /// Applying takes longer than its deadline.
  case stalled
  /// The pull request was closed or the revision rejected; only a newer revision or an explicit
  /// retry goes on.
  case abandoned
  /// The attempt failed and is repeated after a pause.
  case failed
  /// A newer revision took the place of this one.
  case superseded
  /// A state that a newer release wrote; it is left alone.
  case other(String)
}

extension PromotionState: RawRepresentable, Codable, CustomStringConvertible {
  private static let known: [(PromotionState, String)] = [
    (.upToDate, "UpToDate"), (.waitingSource, "WaitingSource"), (.gated, "Gated"), (.promoting, "Promoting"),
    (.pullRequestOpen, "PullRequestOpen"), (.applying, "Applying"), (.stalled, "Stalled"),
    (.abandoned, "Abandoned"), (.failed, "Failed"), (.superseded, "Superseded"),
  ]

  /// The state of that spelling, which is ``other(_:)`` when unknown.
  public init(rawValue: String) {
    self = Self.known.first { $0.1 == rawValue }?.0 ?? .other(rawValue)
  }

  /// The spelling in status and API: `UpToDate`, `PullRequestOpen`, ….
  public var rawValue: String {
    if case .other(let text) = self { return text }
    return Self.known.first { $0.0 == self }?.1 ?? ""
  }

  /// The spelling in status and API.
  public var description: String { rawValue }
}
