internal import WGECore

/// What a Lease object says: who leads, since when, and for how long the others wait.
struct LeaseRecord: Sendable, Hashable {
  /// Empty when nobody leads.
  var holder: String
  var duration: Duration
  var acquired: Timestamp?
  var renewed: Timestamp?
  /// How often leadership went from one to another: rises with each leader.
  var transitions: Int64

  init(holder: String, duration: Duration, acquired: Timestamp?, renewed: Timestamp?, transitions: Int64) {
    self.holder = holder
    self.duration = duration
    self.acquired = acquired
    self.renewed = renewed
    self.transitions = transitions
  }

  /// Reads a `coordination.k8s.io/v1` Lease. What is missing or malformed reads as absent, since a
  /// lease that somebody wrote by hand must not stop an election for good.
  init(_ lease: DynamicObject) {
    let spec = lease["spec"]
    func time(_ field: String) -> Timestamp? {
      spec?[field]?.stringValue.flatMap { try? Timestamp(parsing: $0) }
    }
    let seconds = spec?["leaseDurationSeconds"]?.intValue ?? 0
    self.init(
      holder: spec?["holderIdentity"]?.stringValue ?? "", duration: .seconds(min(max(0, seconds), 86_400)),
      acquired: time("acquireTime"), renewed: time("renewTime"),
      // 32 bits in the API; one less, so that the next leader can count on.
      transitions: min(max(0, spec?["leaseTransitions"]?.intValue ?? 0), Int64(Int32.max) - 1))
  }

  /// The record written into a lease; everything else in the object stays.
  func written(into lease: DynamicObject) -> DynamicObject {
    var lease = lease
    lease.setValue(.string(holder), at: ["spec", "holderIdentity"])
    // At least 1: the server refuses 0.
    lease.setValue(.number(.int(max(1, duration.components.seconds))), at: ["spec", "leaseDurationSeconds"])
    lease.setValue(acquired.map { .string($0.rfc3339Micro) }, at: ["spec", "acquireTime"])
    lease.setValue(renewed.map { .string($0.rfc3339Micro) }, at: ["spec", "renewTime"])
    lease.setValue(.number(.int(transitions)), at: ["spec", "leaseTransitions"])
    return lease
  }
}
