internal import WGECore

/// The times that the engine reckons with.
public struct PromotionPolicy: Sendable, Hashable {
  /// Time between two looks at an open pull request.
  public var pullRequestPollInterval: Duration
  /// How long targets may take after the merge before the environment counts as stalled.
  public var applyDeadline: Duration
  /// First pause after a failed attempt; doubles with each.
  public var backOffBase: Duration
  /// Longest pause after a failed attempt.
  public var backOffLimit: Duration
  /// When to look again at targets that could not be read.
  public var unreadableTargetInterval: Duration

  /// A policy; everything has the value of ``PipelineDefaults`` unless told otherwise.
  public init(
    pullRequestPollInterval: Duration = PipelineDefaults.pullRequestPollInterval,
    applyDeadline: Duration = PipelineDefaults.applyDeadline,
    backOffBase: Duration = PipelineDefaults.backOffBase,
    backOffLimit: Duration = PipelineDefaults.backOffLimit,
    unreadableTargetInterval: Duration = PipelineDefaults.unreadableTargetInterval
  ) {
    self.pullRequestPollInterval = pullRequestPollInterval
    self.applyDeadline = applyDeadline
    self.backOffBase = backOffBase
    self.backOffLimit = backOffLimit
    self.unreadableTargetInterval = unreadableTargetInterval
  }

  /// The pause after a failed attempt: base · 2^(attempt-1), at most the limit, and up to a tenth
  /// longer so that pipelines that failed together do not return together. The same seed gives the
  /// same pause, which keeps the engine a function.
  func pause(after failure: PromotionFailure, attempt: Int, seed: String) -> Duration {
    switch failure.retry {
    case .after(let duration): return min(max(duration, backOffBase), .seconds(24 * 3600))
    case .afterChange: return backOffLimit
    case .backOff:
      let doublings = min(max(attempt, 1) - 1, 30)
      let pause = min(backOffBase * (1 << doublings), backOffLimit)
      return pause + pause * Int(Self.hash(seed + "#\(attempt)") % 100) / 1000
    }
  }

  /// FNV-1a: stable across processes, which Swift's own hash is not.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
  }
}
