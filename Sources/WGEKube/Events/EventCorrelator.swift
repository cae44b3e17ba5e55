internal import WGECore

/// Decides whether an event is a new one or one more of an old one. A value without I/O.
///
/// Equal events (object, type, reason, message) within a window of the last one are one Event
/// object whose count rises. Memory is bounded: past the capacity the eighth that was used least
/// recently is forgotten, which costs only that a later repetition makes a new Event.
struct EventCorrelator: Sendable {
  /// What makes two events equal.
  struct Identity: Sendable, Hashable {
    var regarding: ObjectReference
    var type: EventType
    var reason: String
    var message: String

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

  private struct Entry: Sendable {
    var event: ObjectKey
    var count: Int64
    var last: Duration
    var use: UInt64
  }

  let window: Duration
  let capacity: Int
  private var entries: [Identity: Entry] = [:]
  private var uses: UInt64 = 0

  init(window: Duration, capacity: Int) {
    self.window = window
    self.capacity = max(8, capacity)
  }

  /// - Parameters:
  ///   - now: on any monotonic clock.
  ///   - date: makes the name of a new Event unique.
  mutating func decide(_ identity: Identity, now: Duration, date: Timestamp) -> Decision {
    uses &+= 1
    if var entry = entries[identity], now - entry.last < window {
      entry.count = entry.count < Int64(Int32.max) ? entry.count + 1 : entry.count
      entry.last = now
      entry.use = uses
      entries[identity] = entry
      return .raise(entry.event, count: entry.count)
    }
    let name = Self.name(for: identity.regarding.name, date: date, salt: uses)
    let event = ObjectKey(namespace: Self.namespace(of: identity.regarding), name: name)
    entries[identity] = Entry(event: event, count: 1, last: now, use: uses)
    evict()
    return .create(name: name)
  }

  /// The Event could not be created or is gone: the next one is a new one.
  mutating func forget(_ identity: Identity) { entries[identity] = nil }

  var count: Int { entries.count }

  /// Events about cluster-scoped objects live in `default`, as the server demands.
  static func namespace(of reference: ObjectReference) -> String { reference.namespace ?? "default" }

  private mutating func evict() {
    guard entries.count > capacity else { return }
    let oldest = entries.sorted { $0.value.use < $1.value.use }.prefix(capacity / 8)
    for (identity, _) in oldest { entries[identity] = nil }
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
