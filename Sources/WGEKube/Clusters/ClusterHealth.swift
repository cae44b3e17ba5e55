public import WGECore

/// What is known of the way to a cluster, from the calls that were made to it.
public struct ClusterHealth: Sendable, Hashable {
  /// Whether the last call was answered, whatever the answer; nil before the first call.
  public var isReachable: Bool?
  /// When the cluster answered last; nil for never.
  public var lastSeen: Timestamp?
  /// Why the last call that failed had no answer, and when. Stays after the cluster is back.
  public var lastError: Failure?
  /// Calls in a row without an answer.
  public var failuresInARow: Int
  /// Calls are refused at once until a probe gets an answer.
  public var isCircuitOpen: Bool
  /// What the server says it is, as of the last ``GitopsClusterDirectory/probe(_:deadline:)``.
  public var version: ServerVersion?

  /// A call without an answer.
  public struct Failure: Sendable, Hashable {
    /// Why.
    public var error: ClusterError
    /// When.
    public var time: Timestamp

    /// With these values; the properties say what they mean.
    public init(error: ClusterError, time: Timestamp) {
      self.error = error
      self.time = time
    }
  }

  /// With these values; the properties say what they mean.
  public init(
    isReachable: Bool? = nil, lastSeen: Timestamp? = nil, lastError: Failure? = nil, failuresInARow: Int = 0,
    isCircuitOpen: Bool = false, version: ServerVersion? = nil
  ) {
    self.isReachable = isReachable
    self.lastSeen = lastSeen
    self.lastError = lastError
    self.failuresInARow = failuresInARow
    self.isCircuitOpen = isCircuitOpen
    self.version = version
  }
}
