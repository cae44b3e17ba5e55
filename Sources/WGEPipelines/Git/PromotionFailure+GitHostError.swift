internal import WGECore
internal import WGEGit

extension PromotionFailure {
  /// A host's error as a failure: what a person must put right waits for a change, the rest is tried again.
  init(_ error: GitHostError) {
    let retry: Retry
    switch error.code {
    case .unauthorized, .forbidden, .notFound, .validation, .unsupported, .tls, .emptyRepository, .tooLarge, .expired,
      .accessDenied, .corrupt:
      retry = .afterChange
    case .rateLimited: retry = .after(error.retryAfter ?? .seconds(60))
    default: retry = error.retryAfter.map(Retry.after) ?? .backOff
    }
    let name = error.code.rawValue
    let reason = error.code == .conflict ? "BranchConflict" : "GitHost" + name.prefix(1).uppercased() + name.dropFirst()
    self.init(reason, error.description, retry: retry)
  }
}

/// Runs a call on a host and turns its errors into ``PromotionFailure``s.
func translatingErrors<Value>(_ call: () async throws -> Value) async throws -> Value {
  do { return try await call() } catch let error as GitHostError {
    if error.code == .cancelled { throw CancellationError() }
    throw PromotionFailure(error)
  }
}
