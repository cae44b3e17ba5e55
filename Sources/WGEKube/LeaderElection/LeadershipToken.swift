internal import Synchronization

/// Proof of leadership, for as long as it lasts.
///
/// Ask ``isValid`` right before every write that only a leader may make, or give writers a client
/// that does: ``KubeClient/fenced(by:)``. The token is judged by the leader's own clock alone: a
/// process that was paused finds it invalid when it wakes, before anybody tells it anything.
public struct LeadershipToken: Sendable {
  private final class State: Sendable {
    /// Until when, on the elector's timeline; nil when leadership has ended.
    let until: Mutex<Duration?>
    init(until: Duration) { self.until = Mutex(until) }
  }

  private let state: State
  private let timeline: Timeline
  /// The candidate that leads.
  public let identity: String
  /// The number of this leadership: greater than that of every leader before. Systems that can
  /// compare it refuse writers with a smaller one.
  public let term: Int64

  init(identity: String, term: Int64, until: Duration, timeline: Timeline) {
    self.identity = identity
    self.term = term
    self.timeline = timeline
    state = State(until: until)
  }

  /// True while this candidate certainly leads.
  public var isValid: Bool { remaining > .zero }

  /// How long leadership lasts unless it is renewed; zero when it has ended.
  public var remaining: Duration {
    let now = timeline.now
    return state.until.withLock { until in until.map { max(.zero, $0 - now) } ?? .zero }
  }

  /// - Throws: ``LeaderElectionError/notLeading(identity:)``.
  public func check() throws {
    guard isValid else { throw LeaderElectionError.notLeading(identity: identity) }
  }

  /// Leadership that lapsed once stays lost: nobody knows what others did meanwhile.
  func extend(until time: Duration) {
    let now = timeline.now
    state.until.withLock { until in
      guard let current = until, now < current else {
        until = nil
        return
      }
      until = time
    }
  }

  func revoke() { state.until.withLock { $0 = nil } }

  /// The time of the elector's clock at which leadership ends.
  var validUntil: Duration? { state.until.withLock { $0 } }
}

/// Why a leader election did not go on.
public enum LeaderElectionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The settings cannot keep two leaders apart; the text says which to change.
  case invalidSettings(String)
  /// The candidate does not lead, or not any more. Whatever it was about to do is another's now.
  case notLeading(identity: String)

  /// The candidate and the problem.
  public var description: String {
    switch self {
    case .invalidSettings(let problem): "leader election: \(problem)"
    case .notLeading(let identity): "\(identity) does not lead (any more); nothing was written"
    }
  }
}
