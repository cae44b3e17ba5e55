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
  private static let known: [PromotionState] = [
    .upToDate, .waitingSource, .gated, .promoting, .pullRequestOpen, .applying, .stalled, .abandoned, .failed,
    .superseded,
  ]

  /// The state of that spelling, which is ``other(_:)`` when unknown.
  public init(rawValue: String) {
    self = Self.known.first { $0.rawValue == rawValue } ?? .other(rawValue)
  }

  /// The spelling in status and API: `UpToDate`, `PullRequestOpen`, ….
  public var rawValue: String {
    // Compares nothing: equality of raw representables asks for the raw value.
    switch self {
    case .upToDate: "UpToDate"
    case .waitingSource: "WaitingSource"
    case .gated: "Gated"
    case .promoting: "Promoting"
    case .pullRequestOpen: "PullRequestOpen"
    case .applying: "Applying"
    case .stalled: "Stalled"
    case .abandoned: "Abandoned"
    case .failed: "Failed"
    case .superseded: "Superseded"
    case .other(let text): text
    }
  }

  /// The spelling in status and API.
  public var description: String { rawValue }
}
