internal import AsyncAlgorithms
internal import WGECore

/// A collection of objects and everything that happens to it, as an endless sequence.
///
/// Lists the collection, then watches it; survives dropped connections, expired resource versions
/// and servers in trouble by itself, with growing, jittered delays. Never ends and never throws:
/// trouble is reported as ``WatcherEvent/interrupted(_:)``.
///
/// ```swift
/// for await event in Watcher(Pipeline.self, client: client, namespace: "shop") {
///   switch event {
///   case .applied(let map): print("changed", map.key)
///   case .deleted(let map): print("gone", map.key)
///   default: break
///   }
/// }
/// ```
/// A relist is reported as `restarting`, pages of `listed`, `restarted`; what was known before and
/// not listed has been deleted. ``Informer`` does that comparison and is what most programs want.
///
/// The server is read at the consumer's pace. Each iterator is a watch of its own; it ends when
/// the iterator is let go or its task is cancelled.
public struct Watcher<Object: Sendable>: AsyncSequence, Sendable {
  /// What happened.
  public typealias Element = WatcherEvent<Object>

  private let engine: WatcherEngine
  private let decode: @Sendable (DynamicObject) throws -> Object

  init(engine: WatcherEngine, decode: @escaping @Sendable (DynamicObject) throws -> Object) {
    self.engine = engine
    self.decode = decode
  }

  /// Starts nothing yet; each iterator watches for itself.
  public func makeAsyncIterator() -> Iterator { Iterator(engine: engine, decode: decode) }

  /// The position in one watch.
  public struct Iterator: AsyncIteratorProtocol {
    private let feed: Feed

    init(engine: WatcherEngine, decode: @escaping @Sendable (DynamicObject) throws -> Object) {
      feed = Feed(engine: engine, decode: decode)
    }

    /// The next event; nil only when the task was cancelled.
    public func next() async -> WatcherEvent<Object>? {
      if Task.isCancelled { return nil }
      return await feed.next()
    }

    /// The next event; nil only when the task was cancelled.
    public func next(isolation actor: isolated (any Actor)?) async throws(Never) -> WatcherEvent<Object>? {
      if Task.isCancelled { return nil }
      return await feed.next()
    }
  }

  /// The engine's task; ends with the iterator that holds it.
  private final class Feed: Sendable {
    private let channel = AsyncChannel<WatcherEvent<Object>>()
    private let task: Task<Void, Never>

    init(engine: WatcherEngine, decode: @escaping @Sendable (DynamicObject) throws -> Object) {
      task = Task { [channel] in
        await engine.run { event in
          for part in event.decoded(by: decode) { await channel.send(part) }
        }
        channel.finish()
      }
    }

    deinit { task.cancel() }

    func next() async -> WatcherEvent<Object>? {
      var iterator = channel.makeAsyncIterator()
      return await iterator.next()
    }
  }
}

extension WatcherEvent where Object == DynamicObject {
  /// The event with its objects in another form; those that do not fit become reports.
  func decoded<New>(by decode: (DynamicObject) throws -> New) -> [WatcherEvent<New>] {
    switch self {
    case .restarting: return [.restarting]
    case .restarted: return [.restarted]
    case .watching: return [.watching]
    case .undecodable(let report): return [.undecodable(report)]
    case .interrupted(let interruption): return [.interrupted(interruption)]
    case .applied(let object):
      return [Self.attempt(object, isDeleted: false, decode).mapEvent(WatcherEvent<New>.applied)]
    case .deleted(let object):
      return [Self.attempt(object, isDeleted: true, decode).mapEvent(WatcherEvent<New>.deleted)]
    case .listed(let objects):
      var decoded: [New] = []
      decoded.reserveCapacity(objects.count)
      var reports: [WatcherEvent<New>] = []
      for object in objects {
        switch Self.attempt(object, isDeleted: false, decode) {
        case .success(let value): decoded.append(value)
        case .failure(let report): reports.append(.undecodable(report))
        }
      }
      return [.listed(decoded)] + reports
    }
  }

  private static func attempt<New>(
    _ object: DynamicObject, isDeleted: Bool, _ decode: (DynamicObject) throws -> New
  ) -> Result<New, UndecodableObject> {
    do { return .success(try decode(object)) } catch {
      return .failure(UndecodableObject(object, isDeleted: isDeleted, problem: "\(error)"))
    }
  }
}

extension Result where Failure == UndecodableObject, Success: Sendable {
  fileprivate func mapEvent(_ transform: (Success) -> WatcherEvent<Success>) -> WatcherEvent<Success> {
    switch self {
    case .success(let value): transform(value)
    case .failure(let report): .undecodable(report)
    }
  }
}

extension UndecodableObject {
  init(_ object: DynamicObject, isDeleted: Bool, problem: String) {
    self.init(
      key: object.key, kind: object.kind, resourceVersion: object.resourceVersion, isDeleted: isDeleted,
      problem: problem)
  }
}
