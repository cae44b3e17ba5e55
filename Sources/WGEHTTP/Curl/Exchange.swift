import HTTPTypes
import Synchronization

/// One request and its answer, seen from both sides: the tasks of the host, and the event loop.
///
/// Everything that both sides touch is behind one lock, which is never held while a continuation
/// is resumed or a command is posted. The exchange ends once: the first of the transfer's end, a
/// cancellation and a shutdown decides how.
final class Exchange: Sendable {
  let id: UInt64
  let request: PreparedRequest
  private let loop: CurlLoop
  private let state: Mutex<State>

  private struct State {
    var head: Result<ResponseHead, any Error>?
    var headReader: CheckedContinuation<ResponseHead, any Error>?
    var inbox: ResponseInbox
    var upload: UploadQueue
    var pump: Task<Void, Never>?
    var trailers: HTTPFields?
  }

  init(id: UInt64, request: PreparedRequest, loop: CurlLoop, responseBufferBytes: Int) {
    self.id = id
    self.request = request
    self.loop = loop
    state = Mutex(
      State(
        inbox: ResponseInbox(capacity: responseBufferBytes),
        upload: UploadQueue(capacity: HTTPDefaults.uploadBufferBytes)))
  }

  var isOver: Bool { state.withLock { $0.inbox.end != nil } }
  var trailers: HTTPFields? { state.withLock { $0.inbox.wasReadToEnd ? $0.trailers : nil } }

  // MARK: The host's side

  /// Starts the exchange and waits for the head of the answer.
  func head() async throws -> ResponseHead {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let known = state.withLock { state in
          if state.head == nil { state.headReader = continuation }
          return state.head
        }
        if let known { continuation.resume(with: known) } else { loop.post(.start(self)) }
      }
    } onCancel: {
      cancel()
    }
  }

  /// The next chunk of the body; `nil` at its end.
  func next() async throws -> [UInt8]? {
    try await withTaskCancellationHandler {
      // Reading without a continuation when something is there saves its allocation.
      if let chunk = try poll() { return chunk }
      return try await withCheckedThrowingContinuation { continuation in
        let read = state.withLock { state in
          let read = state.inbox.read()
          if case .waits = read { state.inbox.wait(continuation) }
          return read
        }
        switch read {
        case .waits: break
        case .chunk(let chunk, let resumes):
          if resumes { loop.post(.resumeReceiving(id)) }
          continuation.resume(returning: chunk)
        case .end(let result): continuation.resume(with: result.map { nil })
        case .occupied: continuation.resume(throwing: Self.occupied)
        }
      }
    } onCancel: {
      cancel()
    }
  }

  /// The next chunk if it is here already.
  private func poll() throws -> [UInt8]? {
    switch state.withLock({ $0.inbox.read() }) {
    case .chunk(let chunk, let resumes):
      if resumes { loop.post(.resumeReceiving(id)) }
      return chunk
    case .end(.failure(let error)): throw error
    case .end(.success), .waits: return nil
    case .occupied: throw Self.occupied
    }
  }

  private static let occupied = HTTPError.invalidRequest("two tasks read the same body at once")

  func cancel() {
    if finish(.failure(HTTPError.cancelled), droppingBuffer: true) { loop.post(.drop(id)) }
  }

  // MARK: The event loop's side

  func deliver(_ head: ResponseHead) {
    let reader = state.withLock { state in
      guard state.head == nil else { return nil as CheckedContinuation<ResponseHead, any Error>? }
      state.head = .success(head)
      defer { state.headReader = nil }
      return state.headReader
    }
    reader?.resume(returning: head)
  }

  /// False when the consumer is too slow: the transfer must pause and offer the chunk again.
  func offer(_ chunk: UnsafeRawBufferPointer) -> Bool {
    guard let delivery = state.withLock({ $0.inbox.offer(chunk) }) else { return false }
    delivery.perform()
    return true
  }

  /// The turn in which chunks were offered ends.
  func flush() { state.withLock { $0.inbox.flush() }.perform() }

  /// Ends the exchange. Answers whether it had not ended before.
  @discardableResult
  func finish(_ result: Result<Void, any Error>, trailers: HTTPFields = [:], droppingBuffer: Bool = false) -> Bool {
    let ended = state.withLock { state in
      guard state.inbox.end == nil else { return nil as Ending? }
      if case .success = result { state.trailers = trailers }
      var ending = Ending(body: state.inbox.finish(result, droppingBuffer: droppingBuffer))
      ending.writer = state.upload.close()
      ending.pump = state.pump
      state.pump = nil
      if state.head == nil {
        let failure: any Error =
          if case .failure(let error) = result { error } else {
            HTTPError.protocolError(target: request.url.target, detail: "the answer has no head")
          }
        state.head = .failure(failure)
        ending.headReader = state.headReader.map { ($0, failure) }
        state.headReader = nil
      }
      return ending
    }
    guard let ended else { return false }
    ended.body.perform()
    if let (reader, error) = ended.headReader { reader.resume(throwing: error) }
    ended.writer?.resume()
    ended.pump?.cancel()
    return true
  }

  private struct Ending {
    var body: ResponseInbox.Delivery
    var headReader: (CheckedContinuation<ResponseHead, any Error>, any Error)?
    var writer: UploadQueue.Writer?
    var pump: Task<Void, Never>?
  }

  // MARK: A streaming request body

  /// Moves bytes of the body to the connection; asks its sequence for the first time when the
  /// connection asks for the first time.
  func takeUpload(into target: UnsafeMutableRawBufferPointer) -> UploadQueue.Take {
    let (take, starts) = state.withLock { state in
      let take = state.upload.take(into: target)
      guard case .starved = take, state.pump == nil, state.inbox.end == nil else { return (take, false) }
      return (take, true)
    }
    if case .bytes(_, let writer?) = take { writer.resume() }
    if starts { startPump() }
    return take
  }

  /// Called by the event loop only, and so once.
  private func startPump() {
    guard case .stream(let body, let length) = request.body else { return }
    let pump = Task { await self.pump(body, length: length) }
    let isOver = state.withLock { state in
      guard state.inbox.end == nil else { return true }
      state.pump = pump
      return false
    }
    if isOver { pump.cancel() }
  }

  private func pump(_ body: HTTPBody, length: Int?) async {
    do {
      var sent = 0
      for try await chunk in body {
        sent += chunk.count
        if let length, sent > length { throw Self.wrongLength(length) }
        if state.withLock({ $0.upload.push(chunk) }) { loop.post(.resumeSending(id)) }
        try await withCheckedThrowingContinuation { continuation in
          if state.withLock({ $0.upload.waitForRoom(continuation) }) { continuation.resume() }
        }
        if isOver { return }
      }
      if Task.isCancelled { return }
      if let length, sent < length { throw Self.wrongLength(length) }
      if state.withLock({ $0.upload.end() }) { loop.post(.resumeSending(id)) }
    } catch {
      // Ending the body here would make what was sent look whole: the exchange fails instead.
      if finish(.failure(error)) { loop.post(.drop(id)) }
    }
  }

  private static func wrongLength(_ length: Int) -> HTTPError {
    .invalidRequest("the body's sequence does not give the \(length) bytes that were promised")
  }
}
