internal import WGECore

/// The decisions of one candidate in an election by Lease, without its I/O.
///
/// The problem: at most one of several processes may act, clocks differ between machines, any
/// process may be paused for any time, and the server can be away.
///
/// The idea, as in client-go: nobody compares the times in the lease with a clock. Each candidate
/// notes, on its own monotonic clock, when it last saw the lease *change*; only when it has not
/// changed for the whole lease duration may it be taken. A leader counts from the moment *before*
/// it sent a renewal that succeeded and stops leading a renew deadline later. Whoever saw that
/// renewal saw it after that moment, so with `renewDeadline < leaseDuration` the leader has stopped
/// before anyone may start, whatever the network did: the difference is the margin for work under
/// way. Writes carry the resource version that was read, so two candidates cannot both take it.
///
/// A renewal must be a change, or the others do not see it: a write that changed nothing does not
/// count, and dates are moved on so that it does not come to that when a wall clock stands still.
///
/// Times are durations on the candidate's own clock.
struct LeaderElectionState: Sendable {
  let identity: String
  let leaseDuration: Duration
  let renewDeadline: Duration

  /// The newest lease seen, as an object so that a write keeps what it does not know.
  private(set) var lease: DynamicObject?
  /// When ``lease`` was last seen to change.
  private(set) var changedAt: Duration = .zero
  /// Until when this candidate leads; nil when it does not.
  private(set) var leadsUntil: Duration?
  /// Rises with each leader; the one of the present term while leading.
  private(set) var term: Int64 = 0

  init(identity: String, leaseDuration: Duration, renewDeadline: Duration) {
    self.identity = identity
    self.leaseDuration = leaseDuration
    self.renewDeadline = renewDeadline
  }

  /// What to do about the lease now.
  enum Action: Sendable, Hashable {
    /// There is none: create it.
    case create(LeaseRecord)
    /// Replace it, if it is still the one that was seen.
    case replace(LeaseRecord)
    /// Another leads; nothing before this time.
    case wait(until: Duration)
  }

  func isLeading(now: Duration) -> Bool { leadsUntil.map { now < $0 } ?? false }

  /// The lease was read; nil when there is none.
  mutating func observed(_ seen: DynamicObject?, now: Duration) {
    guard let seen else {
      lease = nil
      changedAt = now
      return
    }
    // Any write counts as a sign of life, as the record alone does for client-go; the resource
    // version says it more plainly.
    if lease?.resourceVersion != seen.resourceVersion || lease?.uid != seen.uid { changedAt = now }
    lease = seen
  }

  /// - Parameters:
  ///   - now: on the candidate's clock.
  ///   - date: for people who read the lease; decides nothing.
  func action(now: Duration, date: Timestamp) -> Action {
    guard let lease else {
      return .create(record(acquired: date, date: date, transitions: 0))
    }
    let record = LeaseRecord(lease)
    if record.holder == identity, isLeading(now: now) {
      let isSame = record.renewed?.rfc3339Micro == date.rfc3339Micro
      let renewed = isSame ? date.advanced(by: .microseconds(1)) : date
      return .replace(
        self.record(acquired: record.acquired ?? date, date: renewed, transitions: record.transitions))
    }
    if record.holder.isEmpty || record.holder == identity {
      // Given up, or this identity's own from an earlier life: nobody else acts under it.
      return .replace(self.record(acquired: date, date: date, transitions: record.transitions + 1))
    }
    // The holder's own duration counts, it may be configured otherwise; never less than ours.
    let free = changedAt + max(record.duration, leaseDuration)
    if now < free { return .wait(until: free) }
    return .replace(self.record(acquired: date, date: date, transitions: record.transitions + 1))
  }

  private func record(acquired: Timestamp, date: Timestamp, transitions: Int64) -> LeaseRecord {
    LeaseRecord(
      holder: identity, duration: leaseDuration, acquired: acquired, renewed: date, transitions: transitions)
  }

  /// A write of this candidate's record succeeded.
  /// - Parameter begun: the time before the request was sent.
  mutating func wrote(_ stored: DynamicObject, begun: Duration, now: Duration) {
    if let version = stored.resourceVersion, version == lease?.resourceVersion, stored.uid == lease?.uid { return }
    lease = stored
    changedAt = now
    leadsUntil = begun + renewDeadline
    term = LeaseRecord(stored).transitions
  }

  /// What a leader writes to let another lead at once.
  func release(date: Timestamp) -> LeaseRecord? {
    guard let lease else { return nil }
    let record = LeaseRecord(lease)
    guard record.holder == identity else { return nil }
    return LeaseRecord(
      holder: "", duration: .seconds(1), acquired: date, renewed: date, transitions: record.transitions)
  }

  /// True when the lease says that another leads.
  var isHeldByAnother: Bool {
    guard let lease else { return false }
    let holder = LeaseRecord(lease).holder
    return !holder.isEmpty && holder != identity
  }

  mutating func stoppedLeading() { leadsUntil = nil }
}
