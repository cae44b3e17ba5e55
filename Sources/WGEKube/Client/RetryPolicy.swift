/// When a call is tried again, and after how long.
///
/// Only where it is safe: the server refused the call before it did anything (429 with
/// `Retry-After`, a connection that was never made), or the call changes nothing by being done
/// twice (reads, server-side apply, dry runs, deletion of one identity), when 429, 5xx with
/// `Retry-After`, 502, 503, 504, `ServerTimeout` and lost connections are tried again. A watch that
/// breaks later is not the client's business but its reader's.
public struct RetryPolicy: Sendable, Hashable {
  /// Attempts in all; 1 never retries.
  public var maximumAttempts: Int
  /// The pause before the second attempt when the server names none. Doubles with each attempt.
  public var initialDelay: Duration
  /// The longest pause that the client chooses by itself.
  public var maximumDelay: Duration
  /// A longer `Retry-After` is not waited for: the error goes to the caller, who knows better.
  public var maximumRetryAfter: Duration
  /// How much a pause is lengthened at random, as a share of it, 0 to 1.
  public var jitter: Double

  /// With these values; the properties say what they mean.
  public init(
    maximumAttempts: Int = KubeDefaults.maximumAttempts, initialDelay: Duration = KubeDefaults.initialRetryDelay,
    maximumDelay: Duration = KubeDefaults.maximumRetryDelay,
    maximumRetryAfter: Duration = KubeDefaults.maximumRetryAfter, jitter: Double = KubeDefaults.retryJitter
  ) {
    self.maximumAttempts = maximumAttempts
    self.initialDelay = initialDelay
    self.maximumDelay = maximumDelay
    self.maximumRetryAfter = maximumRetryAfter
    self.jitter = jitter
  }

  /// One attempt only.
  public static let none = RetryPolicy(maximumAttempts: 1)

  /// The pause before the next attempt, or nil when there shall be none.
  /// - Parameters:
  ///   - attempt: How many attempts were made, from 1.
  ///   - random: 0 to 1.
  func pause(after error: KubeError, attempt: Int, isIdempotent: Bool, random: Double) -> Duration? {
    guard attempt < maximumAttempts, isSafe(after: error, isIdempotent: isIdempotent) else { return nil }
    let base: Duration
    if let asked = error.retryAfter {
      guard asked <= maximumRetryAfter else { return nil }
      base = max(asked, initialDelay)
    } else {
      base = min(maximumDelay, initialDelay * (1 << min(max(attempt - 1, 0), 20)))
    }
    return base + base * (jitter * random)
  }

  private func isSafe(after error: KubeError, isIdempotent: Bool) -> Bool {
    switch error {
    case .status(let status):
      switch status.code {
      case 429 where status.retryAfter != nil: true
      case 429, 502, 503, 504: isIdempotent
      case 500...599 where status.retryAfter != nil: isIdempotent
      default: isIdempotent && status.reason == .serverTimeout
      }
    case .transport(let failure):
      switch failure.kind {
      case .cannotConnect, .cannotResolve: isIdempotent || !failure.mayHaveReachedServer
      case .connectionLost: isIdempotent || !failure.mayHaveReachedServer
      case .tls, .timedOut, .tooLarge, .protocolViolation, .closed, .credentials, .circuitOpen: false
      }
    case .decoding, .config, .request: false
    }
  }
}

/// What a retry observer is told: attempt `attempt` failed, and the next follows after `pause`.
public struct RetryNotice: Sendable {
  /// The method and the path.
  public var request: String
  /// How many attempts were made, from 1.
  public var attempt: Int
  /// What the last one failed with.
  public var error: KubeError
  /// How long the call waits now.
  public var pause: Duration
}
