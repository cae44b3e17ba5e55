public import HTTPTypes

/// A body as a sequence of byte chunks, of a request or of an answer.
///
/// A chunk's boundary means nothing. The body is read once, by one task at a time: iterators of
/// the same body share its position. An answer's body reads from the network only as fast as it
/// is consumed; dropping the body and its iterators before the end, cancelling the task that
/// reads, or ``cancel()`` closes the exchange at once.
public struct HTTPBody: AsyncSequence, Sendable {
  /// A chunk of bytes.
  public typealias Element = [UInt8]
  /// ``HTTPError`` for bodies of ``CurlTransport``.
  public typealias Failure = any Error

  private enum Source: Sendable {
    case bytes([UInt8])
    case network(any NetworkBody)
    case sequence(@Sendable () -> Iterator)
  }

  private let source: Source

  /// A body of these bytes, given as one chunk; none by default.
  public init(_ bytes: [UInt8] = []) { source = .bytes(bytes) }

  /// A body that gives what the sequence gives. Whether it can be read more than once is up to the
  /// sequence.
  public init<S: AsyncSequence & Sendable>(_ sequence: S) where S.Element == [UInt8] {
    source = .sequence { Iterator(ErasedIterator(base: sequence.makeAsyncIterator())) }
  }

  init(network: any NetworkBody) { source = .network(network) }

  /// A reader that goes on where the last one stopped.
  public func makeAsyncIterator() -> Iterator {
    switch source {
    case .bytes(let bytes): Iterator(BytesIterator(bytes: bytes))
    case .network(let body): Iterator(NetworkIterator(body: body))
    case .sequence(let make): make()
    }
  }

  /// The fields that followed the body, empty if there were none; `nil` before it was read to its
  /// end.
  public var trailers: HTTPFields? {
    guard case .network(let body) = source else { return nil }
    return body.trailers
  }

  /// Gives up the rest of the body and closes the exchange. A read that waits, and every later
  /// one, throws ``HTTPError/cancelled``. No effect after the end, or on a body that is not an
  /// answer's.
  public func cancel() {
    if case .network(let body) = source { body.cancel() }
  }

  /// The whole body in memory.
  ///
  /// - Throws: ``HTTPError/bodyTooLarge(target:limit:)`` when it is larger than `limit` bytes, and
  ///   what reading throws.
  public func collect(upTo limit: Int = HTTPDefaults.collectBytes) async throws -> [UInt8] {
    var all: [UInt8] = []
    // A large answer would be copied each time that the array grows. What the server promises is
    // believed only so far.
    var expected = 0
    if case .network(let body) = source, let length = body.expectedLength, length <= limit {
      expected = Swift.min(length, HTTPDefaults.reservedBytes)
    }
    for try await chunk in self {
      guard chunk.count <= limit - all.count else {
        cancel()
        throw HTTPError.bodyTooLarge(target: target, limit: limit)
      }
      if all.isEmpty {
        all = chunk
      } else {
        if all.capacity < expected { all.reserveCapacity(expected) }
        all.append(contentsOf: chunk)
      }
    }
    return all
  }

  /// Reads and forgets the rest, so that the connection can be reused; closes the exchange instead
  /// when more than `limit` bytes come.
  public func discard(upTo limit: Int) async throws {
    var count = 0
    for try await chunk in self {
      count += chunk.count
      if count > limit {
        cancel()
        return
      }
    }
  }

  private var target: String {
    guard case .network(let body) = source else { return "HTTP body" }
    return body.target
  }

  /// Reads a body; see ``HTTPBody`` for what iterators share.
  public struct Iterator: AsyncIteratorProtocol {
    private var base: any AsyncIteratorProtocol<[UInt8], any Error>

    fileprivate init(_ base: any AsyncIteratorProtocol<[UInt8], any Error>) { self.base = base }

    /// The next chunk, never empty; `nil` at the end. Throws what ended the body before its end.
    public mutating func next() async throws -> [UInt8]? { try await next(isolation: nil) }

    /// The next chunk, never empty; `nil` at the end. Throws what ended the body before its end.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
      try await base.next(isolation: actor)
    }
  }
}

/// The reading side of an answer's body that is still on the network.
protocol NetworkBody: AnyObject, Sendable {
  var target: String { get }
  /// What the server says how many bytes there are; nil where it does not say.
  var expectedLength: Int? { get }
  var trailers: HTTPFields? { get }
  func next() async throws -> [UInt8]?
  func cancel()
}

private struct BytesIterator: AsyncIteratorProtocol {
  var bytes: [UInt8]

  mutating func next() async throws -> [UInt8]? { try await next(isolation: nil) }

  mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
    guard !bytes.isEmpty else { return nil }
    defer { bytes = [] }
    return bytes
  }
}

private struct NetworkIterator: AsyncIteratorProtocol {
  let body: any NetworkBody

  mutating func next() async throws -> [UInt8]? { try await body.next() }

  mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? { try await body.next() }
}

private struct ErasedIterator<Base: AsyncIteratorProtocol>: AsyncIteratorProtocol where Base.Element == [UInt8] {
  var base: Base

  mutating func next() async throws -> [UInt8]? { try await next(isolation: nil) }

  mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
    try await base.next(isolation: actor)
  }
}
