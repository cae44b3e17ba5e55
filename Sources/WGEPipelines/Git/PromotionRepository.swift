/// The Git side of promotions by pull request: what a promotion needs of a repository.
///
/// ``GitHostPromotionRepository`` does it on a Git host; a unit test writes its own in a few lines.
/// Every call may come again with the same request after a crash, and must then find its own earlier
/// work instead of doing it twice. A ``PromotionFailure`` that is thrown says when to try again;
/// other errors count as passing ones.
public protocol PromotionRepository: Sendable {
  /// Opens the pull request of a promotion, or brings the pipeline's open one for that environment
  /// up to it. One that the promotion had already is found in whatever state it is.
  func propose(_ request: PromotionRequest) async throws -> PromotionObservation

  /// How the promotion's pull request stands.
  func observe(_ request: PromotionRequest) async throws -> PromotionObservation

  /// Closes the pull request if it is open, and says how it stands then.
  func close(_ request: PromotionRequest) async throws -> PromotionObservation
}
