internal import Dispatch
internal import Synchronization

// Between asynchronous HTTP and libgit2's thread, which may block. Both sides hold one item at most, so a slow
// side slows the other down. The blocking side waits in slices of 50 ms and looks between them whether the
// exchange must stop: a cancelled task leaves that fast.

private let slice = DispatchTimeInterval.milliseconds(50)

/// Items from a task to a thread that may block.
final class Inbound<Item: Sendable>: Sendable {
  private struct State {
    var item: Item?
    var end: Result<Void, GitHostError>?
    var producer: CheckedContinuation<Bool, Never>?
    var isClosed = false
  }

  private let state = Mutex(State())
  private let changed = DispatchSemaphore(value: 0)

  /// Waits until the item was taken; false when nobody will take it or another one any more.
  func push(_ item: Item) async -> Bool {
    await withCheckedContinuation { continuation in
      let isClosed = state.withLock { state in
        if state.isClosed { return true }
        state.item = item
        state.producer = continuation
        return false
      }
      if isClosed { continuation.resume(returning: false) } else { changed.signal() }
    }
  }

  func finish(_ end: Result<Void, GitHostError>) {
    state.withLock { state in
      if state.end == nil { state.end = end }
    }
    changed.signal()
  }

  /// Something waits to be taken, were it the end.
  var isReady: Bool { state.withLock { $0.item != nil || $0.end != nil } }

  /// The next item; nil at the end.
  func take(_ transfer: GitTransfer) throws(GitHostError) -> Item? {
    while true {
      let (item, producer, end) = state.withLock { state in
        defer {
          state.item = nil
          state.producer = nil
        }
        return (state.item, state.producer, state.end)
      }
      producer?.resume(returning: true)
      if let item { return item }
      if let end {
        try end.get()
        return nil
      }
      if let reason = transfer.reasonToStop() { throw reason }
      _ = changed.wait(timeout: .now() + slice)
    }
  }

  /// Nothing more will be taken.
  func close() {
    let producer = state.withLock { state in
      state.isClosed = true
      state.item = nil
      defer { state.producer = nil }
      return state.producer
    }
    producer?.resume(returning: false)
  }
}

/// Bytes from a thread that may block to a task: the body of a request.
final class Outbound: AsyncSequence, Sendable {
  private struct State {
    var chunk: [UInt8]?
    var isFinished = false
    var isAbandoned = false
    var consumer: CheckedContinuation<[UInt8]?, any Error>?
  }

  private let state = Mutex(State())
  private let taken = DispatchSemaphore(value: 0)

  /// Waits until the chunk before was taken.
  /// - Parameter isPointless: whether nobody reads any more; the chunk is then forgotten.
  func push(_ chunk: [UInt8], _ transfer: GitTransfer, unless isPointless: () -> Bool) throws(GitHostError) {
    while true {
      enum Step {
        case wait, stored
        case hand(CheckedContinuation<[UInt8]?, any Error>)
      }
      let step: Step = state.withLock { state in
        if state.chunk != nil { return .wait }
        guard let consumer = state.consumer else {
          state.chunk = chunk
          return .stored
        }
        state.consumer = nil
        return .hand(consumer)
      }
      switch step {
      case .stored: return
      case .hand(let consumer): return consumer.resume(returning: chunk)
      case .wait: break
      }
      if let reason = transfer.reasonToStop() { throw reason }
      if isPointless() { return }
      _ = taken.wait(timeout: .now() + slice)
    }
  }

  /// The body is whole.
  func finish() {
    let consumer = state.withLock { state in
      state.isFinished = true
      defer { state.consumer = nil }
      return state.consumer
    }
    consumer?.resume(returning: nil)
  }

  /// The body will never be whole: the request must fail, not look complete.
  func abandon() {
    let consumer = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
      if state.isFinished { return nil }
      state.isAbandoned = true
      defer { state.consumer = nil }
      return state.consumer
    }
    consumer?.resume(throwing: CancellationError())
  }

  struct Iterator: AsyncIteratorProtocol {
    let body: Outbound
    mutating func next() async throws -> [UInt8]? { try await body.next() }
  }

  func makeAsyncIterator() -> Iterator { Iterator(body: self) }

  private func next() async throws -> [UInt8]? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[UInt8]?, any Error>) in
        let answer: Result<[UInt8]?, any Error>? = state.withLock { state in
          if let chunk = state.chunk {
            state.chunk = nil
            return .success(chunk)
          }
          if state.isAbandoned { return .failure(CancellationError()) }
          if state.isFinished { return .success(nil) }
          state.consumer = continuation
          return nil
        }
        taken.signal()
        if let answer { continuation.resume(with: answer) }
      }
    } onCancel: {
      abandon()
    }
  }
}
