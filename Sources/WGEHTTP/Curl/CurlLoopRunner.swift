import CWGECurl
import HTTPTypes

/// The event loop: the one thread on which libcurl's handles are used.
///
/// Each turn takes the mailbox's commands, fires what is due, lets libcurl work, reports what
/// ended, and sleeps until a socket, a timer or the mailbox needs it. Callbacks of libcurl run
/// inside of a turn; they may not start or end transfers (libcurl forbids it), so they leave notes
/// in ``TransferNotes``.
final class CurlLoopRunner {
  private struct Entry {
    let exchange: Exchange
    /// Nil while the exchange waits at the gate.
    var transfer: Transfer?
    var gateKey: DialGate.Key?
  }

  private let loop: CurlLoop
  private let configuration: CurlTransport.Configuration
  private let multi: UnsafeMutableRawPointer
  private let notes = TransferNotes()
  private var entries: [UInt64: Entry] = [:]
  private var gate = DialGate()
  private var deadlines = DeadlineQueue()
  /// Exchanges that were let through the gate and are dialled in the next turn.
  private var toDial: [UInt64] = []
  /// Turns in a row that woke for a socket and moved nothing.
  private var idleTurns = 0
  private var ids: [UnsafeMutableRawPointer: UInt64] = [:]

  init(loop: CurlLoop, configuration: CurlTransport.Configuration, multi: UnsafeMutableRawPointer) {
    self.loop = loop
    self.configuration = configuration
    self.multi = multi
    wge_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionsPerHost)
    wge_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.idleConnections)
    wge_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
  }

  func run() {
    while true {
      let (commands, isStopping) = loop.takeCommands()
      for command in commands { perform(command) }
      if isStopping { break }
      fireDeadlines()
      repeat { turn() } while !toDial.isEmpty
      // Commands that came meanwhile have woken the poll: it returns at once.
      var ready: Int32 = 0
      curl_multi_poll(multi, nil, 0, pollMilliseconds, &ready)
      damp(isSpinning: ready > 0 && commands.isEmpty && !notes.takeActivity())
    }
    for id in Array(entries.keys) { end(id, .failure(HTTPError.shutDown)) }
    loop.forgetMulti()
    curl_multi_cleanup(multi)
    loop.didStop()
  }

  /// libcurl 7.88 asks for a writable socket even while an HTTP/2 upload waits for the peer to open
  /// its window, so that the poll returns at once, for nothing, as long as the peer likes. After
  /// many such turns in a row each costs a millisecond.
  private func damp(isSpinning: Bool) {
    idleTurns = isSpinning ? min(idleTurns + 1, 1000) : 0
    if idleTurns > 200 { wge_sleep_milliseconds(1) }
  }

  private func turn() {
    let dials = toDial
    toDial = []
    for id in dials { dial(id) }
    var running: Int32 = 0
    curl_multi_perform(multi, &running)
    takeNotes()
    reportEnded()
  }

  private func perform(_ command: CurlLoop.Command) {
    switch command {
    case .start(let exchange): start(exchange)
    case .drop(let id): end(id, .failure(HTTPError.cancelled))
    case .resumeReceiving(let id): entries[id]?.transfer?.resumeReceiving()
    case .resumeSending(let id): entries[id]?.transfer?.resumeSending()
    }
  }

  // MARK: Start

  private func start(_ exchange: Exchange) {
    guard !exchange.isOver else { return }
    let request = exchange.request
    var entry = Entry(exchange: exchange)
    if let deadline = request.deadline {
      deadlines.add(DeadlineQueue.Entry(due: deadline, id: exchange.id, kind: .total))
    }
    if let head = request.options.timeouts.head {
      deadlines.add(DeadlineQueue.Entry(due: .now.advanced(by: head), id: exchange.id, kind: .head))
    }
    if request.url.origin.scheme == "https", configuration.versions == .automatic {
      let key = DialGate.Key(
        origin: request.url.origin, connectTimeout: request.options.timeouts.connect,
        isCallersOrigin: request.isCallersOrigin)
      entry.gateKey = key
      entries[exchange.id] = entry
      toDial.append(contentsOf: gate.admit(exchange.id, key))
    } else {
      entries[exchange.id] = entry
      toDial.append(exchange.id)
    }
  }

  private func dial(_ id: UInt64) {
    guard let exchange = entries[id]?.exchange else { return }
    do {
      let transfer = try Transfer(exchange: exchange, configuration: configuration, notes: notes)
      entries[id]?.transfer = transfer
      ids[transfer.handle] = id
      guard curl_multi_add_handle(multi, transfer.handle) == CURLM_OK else {
        throw HTTPError.invalidRequest("libcurl does not accept the transfer")
      }
      transfer.isAdded = true
    } catch {
      end(id, .failure(error))
    }
  }

  /// Acts on what callbacks saw.
  private func takeNotes() {
    defer { notes.clear() }
    for id in notes.received { entries[id]?.exchange.flush() }
    for id in notes.answeredInHTTP1 {
      if let key = entries[id]?.gateKey { toDial.append(contentsOf: gate.speaksHTTP1(key)) }
    }
    for id in notes.connected {
      guard let entry = entries[id] else { continue }
      if let key = entry.gateKey {
        toDial.append(contentsOf: gate.connected(id, key))
      }
      if let idle = entry.exchange.request.options.timeouts.idle {
        deadlines.add(DeadlineQueue.Entry(due: .now.advanced(by: idle), id: id, kind: .idle))
      }
    }
  }

  // MARK: End

  private func reportEnded() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE else { continue }
      // The message dies with the handle: everything is read before the transfer is ended.
      let (handle, code) = (message.pointee.easy_handle, message.pointee.data.result)
      guard let handle, let id = ids[handle], let transfer = entries[id]?.transfer else { continue }
      end(id, transfer.result(of: code))
    }
  }

  /// Ends an exchange, and with it those that would only meet the same failed dial.
  private func end(_ id: UInt64, _ result: Result<Void, any Error>) {
    guard let entry = entries[id] else { return }
    let dialFailed = entry.transfer?.hasConnected == false && result.isDialFailure
    remove(id, result)
    guard dialFailed, let key = entry.gateKey else { return }
    for other in waiting(for: key) {
      guard let target = entries[other]?.exchange.request.url.target else { continue }
      remove(other, result.mapError { ($0 as? HTTPError)?.about(target) ?? $0 })
    }
  }

  private func remove(_ id: UInt64, _ result: Result<Void, any Error>) {
    guard let entry = entries.removeValue(forKey: id) else { return }
    if let transfer = entry.transfer {
      ids[transfer.handle] = nil
      transfer.close(multi)
    }
    entry.exchange.finish(result, trailers: entry.transfer?.trailers ?? [:])
    if let key = entry.gateKey { toDial.append(contentsOf: gate.ended(id, key)) }
  }

  /// Who waits for a dial to this origin, at the gate or inside libcurl; nobody, if some request
  /// is connected to it: then the others still have a way.
  private func waiting(for key: DialGate.Key) -> [UInt64] {
    let same = entries.filter { $0.value.gateKey == key }
    return same.values.contains { $0.transfer?.hasConnected == true } ? [] : Array(same.keys)
  }

  // MARK: Time

  private func fireDeadlines() {
    let now = ContinuousClock.now
    deadlines.prune(unlessAbout: entries.count) { entries[$0] != nil }
    while let entry = deadlines.popDue(at: now) {
      guard let exchange = entries[entry.id]?.exchange else { continue }
      let transfer = entries[entry.id]?.transfer
      let target = exchange.request.url.target
      switch entry.kind {
      case .total: end(entry.id, .failure(HTTPError.timedOut(target: target, phase: .total)))
      case .head:
        if transfer?.hasHead != true { end(entry.id, .failure(HTTPError.timedOut(target: target, phase: .head))) }
      case .idle:
        guard let transfer, let idle = exchange.request.options.timeouts.idle else { continue }
        let due = transfer.isPaused ? now.advanced(by: idle) : transfer.lastActivity.advanced(by: idle)
        if due > now {
          deadlines.add(DeadlineQueue.Entry(due: due, id: entry.id, kind: .idle))
        } else {
          end(
            entry.id, .failure(HTTPError.timedOut(target: target, phase: transfer.hasHead ? .body : .head)))
        }
      }
    }
  }

  /// Rounded up, so that what is waited for is due when the poll returns.
  private var pollMilliseconds: Int32 {
    guard let earliest = deadlines.earliest else { return 60_000 }
    let (seconds, attoseconds) = ContinuousClock.now.duration(to: earliest).components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 60 else { return 60_000 }
    return Int32(seconds) * 1000 + Int32(attoseconds / 1_000_000_000_000_000) + 1
  }
}

extension Result<Void, any Error> {
  /// Whether the same dial would fail for everyone.
  fileprivate var isDialFailure: Bool {
    guard case .failure(let error as HTTPError) = self else { return false }
    switch error {
    case .cannotResolve, .cannotConnect, .tls, .timedOut(_, .connect): return true
    default: return false
    }
  }
}

/// What callbacks of transfers tell the event loop.
final class TransferNotes {
  /// Transfers whose connection stands: their request goes out now.
  var connected: [UInt64] = []
  /// Transfers of whose body something came.
  var received: Set<UInt64> = []
  var hasActivity = false
  /// Transfers whose answer came in HTTP/1.
  var answeredInHTTP1: [UInt64] = []

  /// Whether a callback ran since this was last asked.
  func takeActivity() -> Bool {
    defer { hasActivity = false }
    return hasActivity
  }

  func clear() {
    connected.removeAll(keepingCapacity: true)
    received.removeAll(keepingCapacity: true)
    answeredInHTTP1.removeAll(keepingCapacity: true)
  }
}
