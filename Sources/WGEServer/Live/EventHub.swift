#if Server
  internal import Synchronization
  internal import WGECore

  /// News that objects of a topic changed.
  public struct LiveEvent: Sendable, Hashable {
    /// Counts up by one with every event of a hub.
    public let sequence: UInt64
    /// Such as `pipelines`.
    public let topic: String
    /// Which object, for listeners inside the server; streams to callers leave it out, since not
    /// every caller may know that an object exists.
    public let key: String?
  }

  /// Hands news to any number of listeners, and never waits for one.
  ///
  /// The hub keeps one ring of the last events; a listener keeps only its place in it. So a listener
  /// that is slow costs nothing, and what it missed it finds in the ring, or it learns that it
  /// missed something and has to read everything again. Safe to use from any task.
  public final class EventHub: Sendable {
    /// What a listener finds when it looks.
    public enum News: Sendable, Hashable {
      /// Events since its place, oldest first; may be empty.
      case events([LiveEvent])
      /// Events may have been missed: read everything again.
      case gap
      /// The server stops.
      case closed
    }

    private struct State {
      var ring: [LiveEvent] = []
      /// Position in ``ring`` of the oldest event once it is full.
      var start = 0
      var next: UInt64 = 1
      var closed = false
      var listeners: [UInt64: AsyncStream<Void>.Continuation] = [:]
      var nextListener: UInt64 = 0
    }

    /// Differs for every hub, so that places in another server's ring are not taken for this one's.
    public let epoch: String

    private let capacity: Int
    private let listenerLimit: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: events kept.
    ///   - listenerLimit: listeners at the same time.
    public init(capacity: Int = ServerDefaults.eventRing, listenerLimit: Int = ServerDefaults.eventStreams) {
      self.capacity = max(1, capacity)
      self.listenerLimit = max(1, listenerLimit)
      epoch = String(UInt64.random(in: .min ... .max), radix: 36)
    }

    /// Tells everybody. Never waits.
    ///
    /// - Parameter key: which object, such as `namespace/name`.
    public func publish(_ topic: String, key: String? = nil) {
      state.withLock { state in
        guard !state.closed else { return }
        let event = LiveEvent(sequence: state.next, topic: topic, key: key)
        state.next += 1
        if state.ring.count < capacity {
          state.ring.append(event)
        } else {
          state.ring[state.start] = event
          state.start = (state.start + 1) % capacity
        }
        for listener in state.listeners.values { listener.yield() }
      }
    }

    /// The place after the last event.
    public var position: UInt64 { state.withLock { $0.next - 1 } }

    /// How many listen.
    public var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// What came after a place, for some topics; all topics when the set is empty.
    public func news(after position: UInt64, topics: Set<String> = []) -> News {
      state.withLock { state in
        if state.closed { return .closed }
        guard position < state.next else { return .gap }  // a place that this hub has not reached
        let oldest = state.next - UInt64(state.ring.count)
        guard position + 1 >= oldest else { return .gap }
        let missed = Int(state.next - 1 - position)
        let events = (state.ring.count - missed..<state.ring.count).map { index in
          state.ring[(state.start + index) % state.ring.count]
        }
        return .events(topics.isEmpty ? events : events.filter { topics.contains($0.topic) })
      }
    }

    /// A signal for each time that there may be news; signals that nobody took count as one.
    ///
    /// - Returns: nil when there are too many listeners, or the hub is closed. The place is given
    ///   back when the sequence is dropped or its task is cancelled.
    public func listen() -> AsyncStream<Void>? {
      let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
      let id: UInt64? = state.withLock { state in
        guard !state.closed, state.listeners.count < listenerLimit else { return nil }
        state.nextListener += 1
        state.listeners[state.nextListener] = continuation
        return state.nextListener
      }
      guard let id else { return nil }
      continuation.onTermination = { [weak self] _ in
        guard let self else { return }
        self.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
      }
      return stream
    }

    /// Ends all listening.
    public func close() {
      let listeners = state.withLock { state in
        state.closed = true
        defer { state.listeners = [:] }
        return Array(state.listeners.values)
      }
      for listener in listeners {
        listener.yield()
        listener.finish()
      }
    }
  }
#endif
