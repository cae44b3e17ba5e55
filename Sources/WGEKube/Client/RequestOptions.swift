/// Which objects a list returns and how.
public struct ListOptions: Sendable, Hashable {
  /// `app=shop,tier!=web`; nil for all.
  public var labelSelector: String?
  /// `metadata.name=shop`; nil for all.
  public var fieldSelector: String?
  /// Objects per page. Nil leaves it to the server, which then sends all; the paging calls use
  /// ``KubeDefaults/pageSize``.
  public var limit: Int?
  /// From the page before.
  public var continueToken: String?
  /// Nil reads the newest state. `0` takes whatever the server has at hand, which may be old.
  public var resourceVersion: String?
  /// How ``resourceVersion`` is meant; nil leaves it to the server.
  public var resourceVersionMatch: ResourceVersionMatch?
  /// The server gives up after this; whole seconds.
  public var timeout: Duration?

  /// With these values; the properties say what they mean.
  public init(
    labelSelector: String? = nil, fieldSelector: String? = nil, limit: Int? = nil, continueToken: String? = nil,
    resourceVersion: String? = nil, resourceVersionMatch: ResourceVersionMatch? = nil, timeout: Duration? = nil
  ) {
    self.labelSelector = labelSelector
    self.fieldSelector = fieldSelector
    self.limit = limit
    self.continueToken = continueToken
    self.resourceVersion = resourceVersion
    self.resourceVersionMatch = resourceVersionMatch
    self.timeout = timeout
  }

  func query() -> [(name: String, value: String)] {
    var query = QueryItems()
    query.add("labelSelector", labelSelector)
    query.add("fieldSelector", fieldSelector)
    query.add("limit", limit.map(String.init))
    query.add("continue", continueToken)
    if continueToken == nil {
      // Servers refuse a resource version beside a token, which carries its own.
      query.add("resourceVersion", resourceVersion)
      query.add("resourceVersionMatch", resourceVersionMatch?.rawValue)
    }
    query.add("timeoutSeconds", timeout.map(QueryItems.wholeSeconds))
    return query.items
  }
}

/// How a resource version in a list or watch is meant.
public enum ResourceVersionMatch: String, Sendable, Hashable {
  case notOlderThan = "NotOlderThan"
  case exact = "Exact"
}

/// Which changes a watch reports and from where.
public struct WatchOptions: Sendable, Hashable {
  /// Which labels objects must have, `app=shop,tier!=web`; nil for all.
  public var labelSelector: String?
  /// Which fields objects must have, `metadata.name=shop`; nil for all.
  public var fieldSelector: String?
  /// Changes after this one. Nil or `0` begins with an `added` event for each object there is.
  public var resourceVersion: String?
  /// How ``resourceVersion`` is meant; nil leaves it to the server.
  public var resourceVersionMatch: ResourceVersionMatch?
  /// Lets the server send bookmarks, which keep ``resourceVersion`` young on quiet resources.
  public var allowBookmarks: Bool
  /// Streaming list (KEP-3157): the objects there are, then a bookmark that says so.
  public var sendInitialEvents: Bool?
  /// The server ends the watch after this; whole seconds. Nil leaves it to the server, 30 to 60
  /// minutes.
  public var timeout: Duration?

  /// With these values; the properties say what they mean.
  public init(
    labelSelector: String? = nil, fieldSelector: String? = nil, resourceVersion: String? = nil,
    resourceVersionMatch: ResourceVersionMatch? = nil, allowBookmarks: Bool = true, sendInitialEvents: Bool? = nil,
    timeout: Duration? = nil
  ) {
    self.labelSelector = labelSelector
    self.fieldSelector = fieldSelector
    self.resourceVersion = resourceVersion
    self.resourceVersionMatch = resourceVersionMatch
    self.allowBookmarks = allowBookmarks
    self.sendInitialEvents = sendInitialEvents
    self.timeout = timeout
  }

  func query() -> [(name: String, value: String)] {
    var query = QueryItems()
    query.add("watch", "true")
    query.add("labelSelector", labelSelector)
    query.add("fieldSelector", fieldSelector)
    query.add("resourceVersion", resourceVersion)
    query.add("resourceVersionMatch", resourceVersionMatch?.rawValue)
    query.add("allowWatchBookmarks", allowBookmarks ? "true" : nil)
    query.add("sendInitialEvents", sendInitialEvents.map { $0 ? "true" : "false" })
    query.add("timeoutSeconds", timeout.map(QueryItems.wholeSeconds))
    return query.items
  }
}

/// How the server treats fields that the kind does not have.
public enum FieldValidation: String, Sendable, Hashable {
  /// Drops them silently.
  case ignore = "Ignore"
  /// Drops them and warns. What servers do by default.
  case warn = "Warn"
  /// Refuses the object.
  case strict = "Strict"
}

/// How an object is written.
public struct WriteOptions: Sendable, Hashable {
  /// The server does everything but store the result.
  public var dryRun: Bool
  /// Who owns the fields that are written. Nil takes the client's name.
  public var fieldManager: String?
  /// Nil leaves it to the server.
  public var fieldValidation: FieldValidation?

  /// With these values; the properties say what they mean.
  public init(dryRun: Bool = false, fieldManager: String? = nil, fieldValidation: FieldValidation? = nil) {
    self.dryRun = dryRun
    self.fieldManager = fieldManager
    self.fieldValidation = fieldValidation
  }

  func query(defaultManager: String) -> [(name: String, value: String)] {
    var query = QueryItems()
    query.add("dryRun", dryRun ? "All" : nil)
    let manager = fieldManager ?? defaultManager
    query.add("fieldManager", manager.isEmpty ? nil : manager)
    query.add("fieldValidation", fieldValidation?.rawValue)
    return query.items
  }
}

/// What happens to an object's dependents when it is deleted.
public enum PropagationPolicy: String, Sendable, Hashable {
  /// They stay, without an owner.
  case orphan = "Orphan"
  /// They go after the object.
  case background = "Background"
  /// They go before the object.
  case foreground = "Foreground"
}

/// How an object is deleted.
public struct DeleteOptions: Sendable, Hashable {
  /// Nil takes the kind's default; whole seconds.
  public var gracePeriod: Duration?
  /// Nil takes the kind's default, mostly background.
  public var propagation: PropagationPolicy?
  /// Delete only the object with this identity; a conflict otherwise.
  public var uid: String?
  /// Delete only this state of the object; a conflict otherwise.
  public var resourceVersion: String?
  /// The server does everything but delete.
  public var dryRun: Bool

  /// With these values; the properties say what they mean.
  public init(
    gracePeriod: Duration? = nil, propagation: PropagationPolicy? = nil, uid: String? = nil,
    resourceVersion: String? = nil, dryRun: Bool = false
  ) {
    self.gracePeriod = gracePeriod
    self.propagation = propagation
    self.uid = uid
    self.resourceVersion = resourceVersion
    self.dryRun = dryRun
  }
}

/// Query parameters in a fixed order, the absent ones left out.
struct QueryItems {
  private(set) var items: [(name: String, value: String)] = []

  mutating func add(_ name: String, _ value: String?) {
    if let value { items.append((name, value)) }
  }

  /// Whole seconds, rounded up, at least 1: zero would mean "no limit" to the server.
  static func wholeSeconds(_ duration: Duration) -> String {
    let (seconds, rest) = duration.components
    return String(max(1, rest > 0 ? seconds &+ 1 : seconds))
  }
}
