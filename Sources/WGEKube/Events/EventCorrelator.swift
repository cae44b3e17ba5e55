internal import WGECore

/// Decides whether an event is a new one, one more of an old one, or one too many. A value without
/// I/O.
///
/// The problem: an object in trouble makes the same event again and again, or one with a slightly
/// different message each time, and each is a write that everybody who watches events sees.
///
/// The idea, in three steps, as client-go has them:
/// 1. ``combine(_:now:)``: when an object had several messages for one reason within the window,
///    further ones become one combined event that shows the latest of them.
/// 2. ``admits(_:now:)``: each object has a bucket of tokens that refills slowly.
/// 3. ``decide(_:now:date:)``: equal events within the window of the last one are one Event object
///    whose count rises.
///
/// Memory is bounded: of each kind of memory, past the capacity, the eighth that was used least
/// recently is forgotten, which costs only that a later repetition makes a new Event.
struct EventCorrelator: Sendable {
  /// What makes two events equal.
  struct Identity: Sendable, Hashable {
    var regarding: ObjectReference
    var type: EventType
    var reason: String
    /// Empty when combined.
    var message: String
    var isCombined = false

    init(regarding: ObjectReference, type: EventType, reason: String, message: String) {
      self.regarding = regarding
      // The same trouble in a newer state of the object is the same trouble.
      self.regarding.resourceVersion = nil
      self.type = type
      self.reason = reason
      self.message = message
    }
  }

  enum Decision: Sendable, Hashable {
    /// Create an Event of this name.
    case create(name: String)
    /// Set count and last time of the Event.
    case raise(ObjectKey, count: Int64)
  }

  /// How much of one object is too much.
  struct Limits: Sendable, Hashable {
    /// Different messages of one reason before they are combined.
    var similar = KubeDefaults.eventSimilarLimit
    /// Events of one object at once.
    var burst = KubeDefaults.eventBurst
    /// The time after which it may have one more.
    var refill = KubeDefaults.eventRefill
  }

  private struct Sent: Sendable, LastUsed {
    var event: ObjectKey
    var count: Int64
    var last: Duration
    var use: UInt64
  }

  private struct Similar: Sendable, LastUsed {
    var messages: Set<String> = []
    var last: Duration
    var use: UInt64
  }

  private struct Bucket: Sendable, LastUsed {
    var tokens: Double
    var last: Duration
    var use: UInt64
  }

  let window: Duration
  let capacity: Int
  let limits: Limits
  private var sent: [Identity: Sent] = [:]
  private var similar: [Identity: Similar] = [:]
  private var buckets: [ObjectReference: Bucket] = [:]
  private var uses: UInt64 = 0

  init(window: Duration, capacity: Int, limits: Limits = Limits()) {
    self.window = window
    self.capacity = max(8, capacity)
    self.limits = limits
  }

  /// The event itself, or the combined one that it is part of.
  mutating func combine(_ identity: Identity, now: Duration) -> Identity {
    uses &+= 1
    var group = identity
    group.message = ""
    group.isCombined = true
    var known = similar[group] ?? Similar(last: now, use: uses)
    if now - known.last >= window { known.messages = [] }
    known.last = now
    known.use = uses
    let fits = known.messages.contains(identity.message) || known.messages.count < limits.similar
    if fits { known.messages.insert(identity.message) }
    similar[group] = known
    Self.evict(&similar, past: capacity)
    return fits ? identity : group
  }

  /// False when the object has had its share.
  mutating func admits(_ identity: Identity, now: Duration) -> Bool {
    uses &+= 1
    let burst = Double(max(1, limits.burst))
    var bucket = buckets[identity.regarding] ?? Bucket(tokens: burst, last: now, use: uses)
    if limits.refill > .zero { bucket.tokens = min(burst, bucket.tokens + (now - bucket.last) / limits.refill) }
    bucket.last = now
    bucket.use = uses
    let isAdmitted = bucket.tokens >= 1
    if isAdmitted { bucket.tokens -= 1 }
    buckets[identity.regarding] = bucket
    Self.evict(&buckets, past: capacity)
    return isAdmitted
  }

  /// - Parameters:
  ///   - now: on any monotonic clock.
  ///   - date: makes the name of a new Event unique.
  mutating func decide(_ identity: Identity, now: Duration, date: Timestamp) -> Decision {
    uses &+= 1
    if var entry = sent[identity], now - entry.last < window {
      entry.count = entry.count < Int64(Int32.max) ? entry.count + 1 : entry.count
      entry.last = now
      entry.use = uses
      sent[identity] = entry
      return .raise(entry.event, count: entry.count)
    }
    let name = Self.name(for: identity.regarding.name, date: date, salt: uses)
    let event = ObjectKey(namespace: Self.namespace(of: identity.regarding), name: name)
    sent[identity] = Sent(event: event, count: 1, last: now, use: uses)
    Self.evict(&sent, past: capacity)
    return .create(name: name)
  }

  /// The Event could not be created or is gone: the next one is a new one.
  mutating func forget(_ identity: Identity) { sent[identity] = nil }

  /// The most that any of its memories holds.
  var count: Int { max(sent.count, similar.count, buckets.count) }

  /// Events about cluster-scoped objects live in `default`, as the server demands.
  static func namespace(of reference: ObjectReference) -> String { reference.namespace ?? "default" }

  private static func evict<Key: Hashable>(_ memory: inout [Key: some LastUsed], past capacity: Int) {
    guard memory.count > capacity else { return }
    let oldest = memory.sorted { $0.value.use < $1.value.use }.prefix(max(1, capacity / 8)).map(\.key)
    for key in oldest { memory[key] = nil }
  }

  /// `<object>.<sixteen hexadecimal digits>`, as client-go names events, within 253 characters.
  private static func name(for object: String, date: Timestamp, salt: UInt64) -> String {
    let nanoseconds =
      UInt64(bitPattern: date.seconds) &* 1_000_000_000 &+ UInt64(UInt32(bitPattern: date.nanoseconds)) &+ salt
    let digits = String(nanoseconds, radix: 16)
    let suffix = String(repeating: "0", count: max(0, 16 - digits.count)) + digits
    // Kubernetes names are ASCII. A cut may leave a separator at the end, which no name may have.
    var base = object.prefix(253 - 17)
    while let last = base.last, last == "." || last == "-" { base.removeLast() }
    return "\(base.isEmpty ? "event" : String(base)).\(suffix)"
  }
}

/// An entry of a memory that forgets what was used least recently.
private protocol LastUsed {
  var use: UInt64 { get }
}
