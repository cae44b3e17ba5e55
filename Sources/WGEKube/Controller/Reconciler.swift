public import Logging
public import WGECore

/// What brings the world closer to what one object asks for.
///
/// A reconcile decides from the state it reads, never from the event that woke it; running it twice
/// changes nothing the second time. The controller never runs two reconciles of one key at once.
public protocol Reconciler: Sendable {
  /// Brings the world closer to what the object asks for. The object may be gone.
  ///
  /// Honour cancellation: it comes when the reconcile takes too long or the controller stops.
  /// - Returns: whether to look again without being woken.
  /// - Throws: anything; the key is tried again later, with growing delays. ``TerminalError`` is not
  ///   tried again before something changes.
  func reconcile(_ key: ObjectKey, _ context: ReconcileContext) async throws -> Requeue
}

/// When to look at an object again.
public enum Requeue: Sendable, Hashable {
  /// When something changes, or at the next resync.
  case done
  /// After this time at the latest.
  case after(Duration)
}

/// A failure that trying again does not cure: the object itself must change first.
///
/// The controller logs and counts it and waits for the next event.
public struct TerminalError: Error, CustomStringConvertible {
  /// What is wrong.
  public let underlying: any Error

  /// Wraps the failure.
  public init(_ underlying: any Error) { self.underlying = underlying }

  /// The failure's own.
  public var description: String { "\(underlying)" }
}

/// What a reconcile has at hand.
public struct ReconcileContext: Sendable {
  /// The client of the controller's own cluster.
  public let client: KubeClient
  /// The object as the controller's cache knows it; nil when it is gone. May be a little old:
  /// writes that depend on it carry its resource version.
  public let object: DynamicObject?
  /// All objects of the controller's kind as its cache knows them.
  public let objects: StoreSnapshot<DynamicObject>
  /// Failures in a row before this attempt.
  public let failures: Int
  /// The proof that this process leads, when the controller runs in an election. ``client`` asks it
  /// before every write.
  public let leadership: LeadershipToken?
  /// Names the controller, the object and the attempt in every line.
  public let logger: Logger
  /// What to wait with.
  public let clock: any Clock<Duration>
  /// What to date things with.
  public let wallClock: any WallClock

  /// A context, as a test of a reconciler makes one.
  public init(
    client: KubeClient, object: DynamicObject?, objects: StoreSnapshot<DynamicObject> = .none, failures: Int = 0,
    leadership: LeadershipToken? = nil, logger: Logger = Logger(label: "wge.kube.controller"),
    clock: any Clock<Duration> = ContinuousClock(),
    wallClock: any WallClock = SystemWallClock()
  ) {
    self.client = client
    self.object = object
    self.objects = objects
    self.failures = failures
    self.leadership = leadership
    self.logger = logger
    self.clock = clock
    self.wallClock = wallClock
  }

  /// The object in its Swift type; nil when it is gone.
  /// - Throws: ``TerminalError`` around a `JSONDecodingError` when it does not fit the type.
  public func object<T: KubeObject>(as type: T.Type = T.self) throws -> T? {
    guard let object else { return nil }
    do { return try object.decode(type) } catch { throw TerminalError(error) }
  }
}
