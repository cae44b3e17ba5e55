public import WGECore

/// What a watcher reports, in the order in which it happened.
///
/// A consumer that keeps a copy of the collection treats `restarting ... restarted` as a
/// transaction: what was in its copy and was not listed in between has been deleted. A new
/// `restarting` before `restarted` begins the transaction anew.
public enum WatcherEvent<Object: Sendable>: Sendable {
  /// A list of the whole collection begins, the first one or one after the watcher lost its place.
  case restarting
  /// Objects of the list, a page at a time.
  case listed([Object])
  /// The list is complete.
  case restarted
  /// The server accepted a watch: changes arrive as they happen.
  case watching
  /// An object was created or changed.
  case applied(Object)
  /// An object is gone; this is its last state.
  case deleted(Object)
  /// An object arrived that does not fit the Swift type. The stream goes on.
  case undecodable(UndecodableObject)
  /// The connection failed; the watcher tries again by itself. For logs and metrics.
  case interrupted(WatchInterruption)
}

extension WatcherEvent: Equatable where Object: Equatable {}

/// An object that the server has but that does not fit the Swift type asked for.
public struct UndecodableObject: Error, Sendable, Hashable, CustomStringConvertible {
  /// Namespace and name.
  public var key: ObjectKey
  /// The object's kind, as it says itself.
  public var kind: String
  /// The version that does not fit.
  public var resourceVersion: String?
  /// True when this was the object's deletion.
  public var isDeleted: Bool
  /// Which field does not fit and why.
  public var problem: String

  /// `Widget shop/a cannot be read: spec.size: …`.
  public var description: String { "\(kind) \(key) cannot be read: \(problem)" }
}

/// A watcher's connection failed, and when it tries again.
public struct WatchInterruption: Sendable, Hashable {
  /// What happened.
  public var failure: WatchFailure
  /// The time until the next attempt.
  public var delay: Duration
  /// True when the watcher lost its place and lists the collection anew.
  public var relists: Bool
}
