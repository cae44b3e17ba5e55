import CWGECurl
import HTTPTypes

/// One easy handle of libcurl and what its callbacks need. Lives on the event loop's thread.
///
/// libcurl is given an unretained pointer to this object: the runner keeps it alive until
/// ``close(_:)``, after which no callback comes.
final class Transfer {
  let exchange: Exchange
  let handle: UnsafeMutableRawPointer
  private let notes: TransferNotes
  private let errorBuffer: UnsafeMutablePointer<CChar>
  private var lists: [UnsafeMutablePointer<curl_slist>] = []
  private var parser: ResponseHeadParser
  /// Whether the multi handle has it.
  var isAdded = false

  /// Why a callback made libcurl give up; more exact than libcurl's own code.
  private var failure: (any Error)?
  private var isReceivingPaused = false
  private var isSendingPaused = false
  private var bodyBytes = 0
  private var uploaded = 0
  /// How often libcurl began to send the request: more than once when a reused connection broke.
  private var attempts = 0
  /// When a callback last ran.
  private(set) var lastActivity = ContinuousClock.now {
    didSet { notes.hasActivity = true }
  }

  var hasHead: Bool { parser.head != nil }
  var hasConnected: Bool { attempts > 0 }
  var isPaused: Bool { isReceivingPaused || isSendingPaused }
  var trailers: HTTPFields { parser.trailers }

  init(exchange: Exchange, configuration: CurlTransport.Configuration, notes: TransferNotes) throws(HTTPError) {
    guard let handle = curl_easy_init() else { throw .invalidRequest("libcurl has no handle to give") }
    self.exchange = exchange
    self.handle = handle
    self.notes = notes
    errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    parser = ResponseHeadParser(limit: exchange.request.options.limits.headerBytes)
    setCallbacks()
    lists = try TransferOptions(handle: handle, request: exchange.request, configuration: configuration).apply()
  }

  deinit {
    curl_easy_cleanup(handle)
    for list in lists { curl_slist_free_all(list) }
    errorBuffer.deallocate()
  }

  /// Takes the handle from the multi handle. A connection in the middle of an answer is closed, an
  /// HTTP/2 stream reset.
  func close(_ multi: UnsafeMutableRawPointer) {
    if isAdded { curl_multi_remove_handle(multi, handle) }
    isAdded = false
  }

  func resumeReceiving() {
    isReceivingPaused = false
    resume()
  }

  func resumeSending() {
    isSendingPaused = false
    resume()
  }

  /// May call the write callback at once, which may pause again.
  private func resume() {
    lastActivity = .now
    let pauses = (isReceivingPaused ? CURLPAUSE_RECV : 0) | (isSendingPaused ? CURLPAUSE_SEND : 0)
    curl_easy_pause(handle, pauses)
  }

  /// What libcurl's code means for the host.
  func result(of code: CURLcode) -> Result<Void, any Error> {
    if let failure { return .failure(failure) }
    if code == CURLE_OK {
      guard hasHead else {
        return .failure(
          HTTPError.protocolError(target: exchange.request.url.target, detail: "the answer has no final head"))
      }
      return .success(())
    }
    var verification = 0
    wge_easy_get_long(handle, CURLINFO_SSL_VERIFYRESULT, &verification)
    var head = 0
    wge_easy_get_long(handle, CURLINFO_REQUEST_SIZE, &head)
    var body: curl_off_t = 0
    wge_easy_get_offset(handle, CURLINFO_SIZE_UPLOAD_T, &body)
    return .failure(
      CurlFailure(
        code: code, text: String(cString: errorBuffer), verification: verification, requestWasBegun: hasConnected,
        hasHead: hasHead, bytesSent: Int64(head) + Int64(body), headerLimit: parser.limit
      ).error(target: exchange.request.url.target))
  }

  // MARK: Callbacks

  private func setCallbacks() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    wge_easy_set_pointer(handle, CURLOPT_ERRORBUFFER, errorBuffer)
    wge_easy_set_pointer(handle, CURLOPT_WRITEDATA, context)
    wge_easy_set_data_callback(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      Transfer.from(context)?.received(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
    }
    wge_easy_set_pointer(handle, CURLOPT_HEADERDATA, context)
    wge_easy_set_data_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      Transfer.from(context)?.receivedHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
    }
    wge_easy_set_pointer(handle, CURLOPT_READDATA, context)
    wge_easy_set_data_callback(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
      Transfer.from(context)?.send(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        ?? Int(CURL_READFUNC_ABORT)
    }
    wge_easy_set_pointer(handle, CURLOPT_SEEKDATA, context)
    wge_easy_set_seek_callback(handle) { context, offset, origin in
      guard origin == SEEK_SET, let transfer = Transfer.from(context) else { return CURL_SEEKFUNC_CANTSEEK }
      return transfer.seek(to: Int(offset))
    }
    wge_easy_set_pointer(handle, CURLOPT_PREREQDATA, context)
    wge_easy_set_prereq_callback(handle) { context, _, _, _, _ in
      Transfer.from(context)?.willSend() ?? CURL_PREREQFUNC_ABORT
    }
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
  }

  /// The connection stands and the request goes out now. libcurl sends a request again when a
  /// reused connection broke before an answer came, whatever the method; a request that is not
  /// idempotent may have been acted on, so that is refused here.
  private func willSend() -> Int32 {
    attempts += 1
    lastActivity = .now
    notes.connected.append(exchange.id)
    if attempts > 1, !exchange.request.isIdempotent {
      failure = HTTPError.connectionLost(
        target: exchange.request.url.target, bytesSent: Int64(uploaded),
        detail: "the server closed a reused connection before it answered")
      return CURL_PREREQFUNC_ABORT
    }
    return mayGoOn() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
  }

  private func mayGoOn() -> Bool {
    do { try exchange.request.beforeSending?() } catch {
      failure = error
      return false
    }
    return true
  }

  /// Any answer but the number of bytes given, or a pause, makes libcurl give up.
  private func receivedHeader(_ line: UnsafeRawBufferPointer) -> Int {
    lastActivity = .now
    do {
      if let head = try parser.take(line) {
        if head.version < .http2 { notes.answeredInHTTP1.append(exchange.id) }
        exchange.deliver(decoded(head))
      }
      return line.count
    } catch {
      let target = exchange.request.url.target
      failure =
        switch error {
        case .tooLarge: HTTPError.headersTooLarge(target: target, limit: parser.limit)
        case .malformed(let detail): HTTPError.protocolError(target: target, detail: detail)
        }
      return 0
    }
  }

  /// The head as it holds for the decoded body.
  private func decoded(_ head: ResponseHead) -> ResponseHead {
    guard exchange.request.options.decompressesBody, head.fields[.contentEncoding] != nil else { return head }
    var head = head
    head.fields[.contentEncoding] = nil
    head.fields[.contentLength] = nil
    return head
  }

  private func received(_ chunk: UnsafeRawBufferPointer) -> Int {
    lastActivity = .now
    if let limit = exchange.request.options.limits.bodyBytes, chunk.count > limit - bodyBytes {
      failure = HTTPError.bodyTooLarge(target: exchange.request.url.target, limit: limit)
      return 0
    }
    guard exchange.offer(chunk) else {
      isReceivingPaused = true
      return Int(CURL_WRITEFUNC_PAUSE)
    }
    bodyBytes += chunk.count
    notes.received.insert(exchange.id)
    return chunk.count
  }

  private func send(_ target: UnsafeMutableRawBufferPointer) -> Int {
    lastActivity = .now
    // The head went out in an earlier turn of the loop; a request without its body's end is none.
    guard mayGoOn() else { return Int(CURL_READFUNC_ABORT) }
    switch exchange.request.body {
    case .none: return 0
    case .bytes(let bytes):
      let count = min(target.count, bytes.count - uploaded)
      guard count > 0 else { return 0 }
      bytes.withUnsafeBytes {
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[uploaded..<(uploaded + count)]))
      }
      uploaded += count
      return count
    case .stream:
      switch exchange.takeUpload(into: target) {
      case .bytes(let count, _):
        uploaded += count
        return count
      case .end: return 0
      case .starved:
        isSendingPaused = true
        return Int(CURL_READFUNC_PAUSE)
      }
    }
  }

  private func seek(to offset: Int) -> Int32 {
    switch exchange.request.body {
    case .none: return offset == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
    case .bytes(let bytes):
      guard (0...bytes.count).contains(offset) else { return CURL_SEEKFUNC_FAIL }
      uploaded = offset
      return CURL_SEEKFUNC_OK
    case .stream: return offset == 0 && uploaded == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
    }
  }
}
