#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import NIOCore

  /// A request body that stops at a limit.
  struct LimitedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let base: RequestBody
    let limit: Int

    struct Iterator: AsyncIteratorProtocol {
      var base: RequestBody.AsyncIterator
      var left: Int

      mutating func next() async throws -> ByteBuffer? {
        guard let chunk = try await base.next() else { return nil }
        left -= chunk.readableBytes
        guard left >= 0 else { throw AnswerError(.refusal(.contentTooLarge, "the body is too large")) }
        return chunk
      }
    }

    func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator(), left: limit) }
  }

  extension Request {
    /// The whole body.
    ///
    /// - Throws: 413 past the limit, 408 when it takes too long to arrive.
    func wholeBody(upTo limit: Int, within timeout: Duration) async throws -> [UInt8] {
      if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
        throw AnswerError(.refusal(.contentTooLarge, "the body is too large"))
      }
      let body = self.body
      return try await withDeadline(timeout, or: { AnswerError(.refusal(.requestTimeout, "the body takes too long")) })
      {
        var bytes: [UInt8] = []
        for try await chunk in LimitedBody(base: body, limit: limit) {
          bytes.append(contentsOf: chunk.readableBytesView)
        }
        return bytes
      }
    }

    /// Refuses bodies that are not JSON by their type. A request without a body needs no type.
    func requireJSON() throws {
      let hasBody = headers[.contentLength].map { $0 != "0" } ?? (headers[.transferEncoding] != nil)
      guard let type = headers[.contentType] else {
        if hasBody { throw AnswerError(.refusal(.unsupportedMediaType, "the body must be application/json")) }
        return
      }
      let essence = type.prefix { $0 != ";" && $0 != " " }.lowercased()
      guard essence == "application/json" else {
        throw AnswerError(.refusal(.unsupportedMediaType, "the body must be application/json"))
      }
    }
  }

  /// Runs a piece of work, and cancels it when it takes too long.
  func withDeadline<T: Sendable>(
    _ limit: Duration, or failure: @escaping @Sendable () -> any Error, _ work: @escaping @Sendable () async throws -> T
  ) async throws -> T {
    try await withThrowingTaskGroup(of: T?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        try await Task.sleep(for: limit)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let value = first else { throw failure() }
      return value
    }
  }
#endif
