import CWGECurl
import Synchronization

/// The mailbox of the event loop's thread, and the only way to it.
///
/// libcurl's handles belong to one thread (``CurlLoopRunner``). Everyone else posts commands here;
/// the first command in an empty mailbox wakes the thread. The multi handle is here only so that
/// `curl_multi_wakeup`, the one call that may come from any thread, has its argument; the thread
/// takes it away, under the lock, before it frees it.
final class CurlLoop: Sendable {
  enum Command: Sendable {
    case start(Exchange)
    /// The exchange is over on the host's side: free its handle.
    case drop(UInt64)
    case resumeReceiving(UInt64)
    case resumeSending(UInt64)
  }

  private struct Mailbox {
    var commands: [Command] = []
    var multi: UnsafeMutableRawPointer?
    var isStopping = false
    var hasStopped = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let mailbox = Mutex(Mailbox())
  private let nextID = Atomic<UInt64>(1)

  /// Starts the thread.
  init(_ configuration: CurlTransport.Configuration) throws(HTTPError) {
    guard Self.isLibraryReady, let multi = curl_multi_init() else {
      throw .invalidRequest("libcurl cannot be initialised")
    }
    let start = Start(loop: self, configuration: configuration, multi: multi)
    mailbox.withLock { [address = UInt(bitPattern: multi)] in $0.multi = UnsafeMutableRawPointer(bitPattern: address) }
    let argument = Unmanaged.passRetained(start)
    let code = wge_start_thread(
      { raw in
        guard let raw else { return }
        let start = Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
        CurlLoopRunner(loop: start.loop, configuration: start.configuration, multi: start.multi).run()
      }, argument.toOpaque())
    guard code == 0 else {
      argument.release()
      mailbox.withLock {
        $0.multi = nil
        $0.hasStopped = true
      }
      curl_multi_cleanup(multi)
      throw .invalidRequest("the thread of the HTTP transport cannot be started (errno \(code))")
    }
  }

  func makeID() -> UInt64 { nextID.wrappingAdd(1, ordering: .relaxed).oldValue }

  func post(_ command: Command) {
    let refused = mailbox.withLock { mailbox in
      if mailbox.isStopping || mailbox.hasStopped { return true }
      mailbox.commands.append(command)
      if mailbox.commands.count == 1, let multi = mailbox.multi { curl_multi_wakeup(multi) }
      return false
    }
    if refused, case .start(let exchange) = command { exchange.finish(.failure(HTTPError.shutDown)) }
  }

  /// Ends the thread soon, failing what is in flight.
  func stop() {
    mailbox.withLock { mailbox in
      mailbox.isStopping = true
      if let multi = mailbox.multi { curl_multi_wakeup(multi) }
    }
  }

  /// Returns when every connection is closed.
  func stopped() async {
    await withCheckedContinuation { continuation in
      let already = mailbox.withLock { mailbox in
        if !mailbox.hasStopped { mailbox.waiting.append(continuation) }
        return mailbox.hasStopped
      }
      if already { continuation.resume() }
    }
  }

  // MARK: The thread's side

  func takeCommands() -> (commands: [Command], isStopping: Bool) {
    mailbox.withLock { mailbox in
      let commands = mailbox.commands
      mailbox.commands = []
      return (commands, mailbox.isStopping)
    }
  }

  /// From here on nobody wakes the multi handle.
  func forgetMulti() {
    mailbox.withLock { $0.multi = nil }
  }

  func didStop() {
    let waiting = mailbox.withLock { mailbox in
      mailbox.hasStopped = true
      defer { mailbox.waiting = [] }
      return mailbox.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  /// What the new thread is given.
  private final class Start {
    let loop: CurlLoop
    let configuration: CurlTransport.Configuration
    let multi: UnsafeMutableRawPointer

    init(loop: CurlLoop, configuration: CurlTransport.Configuration, multi: UnsafeMutableRawPointer) {
      self.loop = loop
      self.configuration = configuration
      self.multi = multi
    }
  }

  /// Once per process; never undone, as others in the process may use libcurl too.
  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

/// Keeps the loop running: whoever may still need the network holds it, and the loop ends with the
/// last of them.
final class LoopLease: Sendable {
  let loop: CurlLoop

  init(_ loop: CurlLoop) { self.loop = loop }

  deinit { loop.stop() }
}
