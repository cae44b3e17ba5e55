internal import WGECore

/// The events of one watch, decoded as they arrive.
///
/// Ends when the server closes it. An `ERROR` event throws ``KubeError/status(_:)``; a broken
/// connection, or a body that ends in the middle of an event, throws ``KubeError/transport(_:)``.
/// Iterate once; leaving the loop closes the connection.
public struct WatchStream<Object: Sendable>: AsyncSequence, Sendable {
  /// One event.
  public typealias Element = WatchEvent<Object>

  let body: AsyncThrowingStream<[UInt8], any Error>
  let resource: ResourceType
  let maximumEventBytes: Int
  let transform: @Sendable (DynamicObject) throws -> Object

  /// Reads the events. Only one iterator gets them.
  public func makeAsyncIterator() -> Iterator {
    Iterator(
      chunks: body.makeAsyncIterator(), decoder: WatchEventDecoder(resource: resource),
      splitter: LineSplitter(limit: maximumEventBytes), transform: transform)
  }

  /// See ``WatchStream``.
  public struct Iterator: AsyncIteratorProtocol {
    var chunks: AsyncThrowingStream<[UInt8], any Error>.Iterator
    let decoder: WatchEventDecoder
    var splitter: LineSplitter
    let transform: @Sendable (DynamicObject) throws -> Object
    var finished = false

    /// Waits for the next event; nil when the server closed the watch.
    /// - Throws: ``KubeError`` or `CancellationError`; the stream has then ended.
    public mutating func next() async throws -> WatchEvent<Object>? {
      if finished { return nil }
      do {
        while true {
          while let line = try splitter.next() {
            if let event = try decoder.decode(line) { return try event.map(transform) }
          }
          guard let chunk = try await chunks.next() else {
            finished = true
            // AsyncThrowingStream ends instead of throwing when its consumer is cancelled.
            try Task.checkCancellation()
            return try decoder.decodeEnd(splitter.remainder)?.map(transform)
          }
          splitter.append(chunk)
        }
      } catch {
        finished = true
        if let error = error as? LineSplitter.LineTooLong {
          throw KubeError.decoding(
            what: decoder.what, problem: "an event is longer than the limit of \(error.limit) bytes")
        }
        throw error
      }
    }
  }
}

/// Turns one line of a watch into an event.
struct WatchEventDecoder: Sendable {
  let resource: ResourceType

  var what: String { "watch of \(resource.groupResource)" }

  /// - Returns: Nil for a blank line.
  func decode(_ line: [UInt8]) throws -> WatchEvent<DynamicObject>? {
    if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { return nil }
    let json: JSON
    do {
      json = try JSON(parsing: line, options: JSONParseOptions(maximumBytes: line.count))
    } catch {
      throw KubeError.decoding(what: what, problem: "an event is not JSON: \(error)")
    }
    return try decode(json)
  }

  /// What was left when the stream ended: nothing, or an event that lacks only its line feed.
  func decodeEnd(_ rest: [UInt8]) throws -> WatchEvent<DynamicObject>? {
    do {
      return try decode(rest)
    } catch let error as KubeError {
      if case .decoding = error {
        throw KubeError.transport(
          TransportFailure(.connectionLost, message: "\(what): the connection ended in the middle of an event"))
      }
      throw error
    }
  }

  private func decode(_ json: JSON) throws -> WatchEvent<DynamicObject> {
    guard let type = json["type"]?.stringValue, let value = json["object"] else {
      throw KubeError.decoding(what: what, problem: "an event lacks its type or object")
    }
    if type == "ERROR" {
      throw KubeError.status(
        KubeStatus(value)
          ?? KubeStatus(
            code: 500, reason: .internalError, message: "\(what): the server sent an error without a Status"))
    }
    guard var object = DynamicObject(value) else {
      throw KubeError.decoding(what: what, problem: "the object of an event is \(value.typeName)")
    }
    object.completeTypeMeta(resource)
    switch type {
    case "ADDED": return .added(object)
    case "MODIFIED": return .modified(object)
    case "DELETED": return .deleted(object)
    case "BOOKMARK":
      guard let version = object.resourceVersion, !version.isEmpty else {
        throw KubeError.decoding(what: what, problem: "a bookmark lacks its resource version")
      }
      return .bookmark(
        Bookmark(
          resourceVersion: version,
          endsInitialEvents: object.annotations["k8s.io/initial-events-end"] == "true"))
    default: throw KubeError.decoding(what: what, problem: "unknown event type \"\(type.prefix(32))\"")
    }
  }
}
