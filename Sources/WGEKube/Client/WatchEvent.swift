/// One event of a watch. An `ERROR` event is not among them: it ends the watch as an error.
public enum WatchEvent<Object: Sendable>: Sendable {
  case added(Object)
  case modified(Object)
  /// The last state of an object that is gone, or that no longer fits the selector.
  case deleted(Object)
  /// Nothing changed up to this resource version.
  case bookmark(Bookmark)

  /// The object of the event; nil for a bookmark.
  public var object: Object? {
    switch self {
    case .added(let object), .modified(let object), .deleted(let object): object
    case .bookmark: nil
    }
  }

  /// The same event with another form of the object.
  public func map<New: Sendable>(_ transform: (Object) throws -> New) rethrows -> WatchEvent<New> {
    switch self {
    case .added(let object): .added(try transform(object))
    case .modified(let object): .modified(try transform(object))
    case .deleted(let object): .deleted(try transform(object))
    case .bookmark(let bookmark): .bookmark(bookmark)
    }
  }
}

extension WatchEvent: Equatable where Object: Equatable {}
extension WatchEvent: Hashable where Object: Hashable {}

/// What a bookmark event says.
public struct Bookmark: Sendable, Hashable {
  /// Everything up to this one was seen.
  public var resourceVersion: String
  /// True on the bookmark that ends the initial events of a streaming list.
  public var endsInitialEvents: Bool

  /// With these values; the properties say what they mean.
  public init(resourceVersion: String, endsInitialEvents: Bool = false) {
    self.resourceVersion = resourceVersion
    self.endsInitialEvents = endsInitialEvents
  }
}
