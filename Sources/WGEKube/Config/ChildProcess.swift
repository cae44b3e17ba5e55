internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Runs a command and collects what it prints, within limits.
///
/// Problem: waiting for a process blocks a thread, must end on time-out and on cancellation, and
/// must leave neither a process, a descriptor nor a zombie. Idea: a thread of its own per run does
/// everything in one place: spawns the command as leader of a new process group with nothing on
/// standard input, polls its two pipes and one more that cancellation writes to, kills the group
/// when the command did not end by itself, and reaps the child.
enum ChildProcess {
  struct Outcome: Sendable {
    /// Nil when a signal ended it.
    var exitCode: Int32?
    var output: [UInt8]
    /// The beginning of standard error.
    var errorText: [UInt8]
  }

  enum Failure: Error, Hashable {
    /// The command does not exist or may not be run.
    case cannotStart(Int32)
    case timedOut
    case outputTooLarge
  }

  /// - Parameter environment: The whole environment of the command.
  /// - Throws: ``Failure`` or `CancellationError`.
  static func run(
    _ command: String, _ arguments: [String], environment: [String: String], timeout: Duration, outputLimit: Int
  ) async throws -> Outcome {
    let run = ChildRun(
      command: command, arguments: arguments, environment: environment, timeout: timeout, outputLimit: outputLimit)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        DetachedThread.start { continuation.resume(with: Result { try run.perform() }) }
      }
    } onCancel: {
      run.cancel()
    }
  }
}

/// A thread that runs one closure and ends: for work that blocks, which the cooperative pool must
/// not do.
enum DetachedThread {
  private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  static func start(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Box(body))
    #if canImport(Darwin)
      var thread: pthread_t?
      let result = pthread_create(
        &thread, nil,
        {
          Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body(); return nil
        }, box.toOpaque())
      if result == 0, let thread { pthread_detach(thread) }
    #else
      var thread = pthread_t()
      let result = pthread_create(
        &thread, nil,
        { context in
          if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
          return nil
        }, box.toOpaque())
      if result == 0 { pthread_detach(thread) }
    #endif
    // Out of threads: do the work here rather than never.
    if result != 0 { box.takeRetainedValue().body() }
  }
}

private final class ChildRun: Sendable {
  private let command: String
  private let arguments: [String]
  private let environment: [String: String]
  private let timeout: Duration
  private let outputLimit: Int
  private static let errorLimit = 4096

  private enum Cancellation {
    case none
    /// The write end of the pipe that wakes the thread.
    case armed(Int32)
    case requested
  }

  private let cancellation = Mutex(Cancellation.none)

  init(command: String, arguments: [String], environment: [String: String], timeout: Duration, outputLimit: Int) {
    self.command = command
    self.arguments = arguments
    self.environment = environment
    self.timeout = timeout
    self.outputLimit = outputLimit
  }

  func cancel() {
    cancellation.withLock { state in
      if case .armed(let descriptor) = state {
        var byte: UInt8 = 1
        _ = write(descriptor, &byte, 1)
      }
      state = .requested
    }
  }

  /// Blocks until the command has ended.
  func perform() throws -> ChildProcess.Outcome {
    let output = try Pipe()
    defer { output.close() }
    let errors = try Pipe()
    defer { errors.close() }
    let wake = try Pipe()
    defer {
      cancellation.withLock { if case .armed = $0 { $0 = .none } }
      wake.close()
    }
    let isCancelled = cancellation.withLock { state in
      if case .requested = state { return true }
      state = .armed(wake.writeEnd.descriptor)
      return false
    }
    if isCancelled { throw CancellationError() }

    let child = try spawn(output: output, errors: errors)
    output.writeEnd.close()
    errors.writeEnd.close()
    let result = Result { try collect(child, output: output, errors: errors, wake: wake) }
    if case .failure = result {
      // The group too: a plugin's own children hold its pipes open. The child is not reaped yet,
      // so both ids are still its own. One that ended well may leave an agent behind.
      kill(-child, SIGKILL)
      kill(child, SIGKILL)
    }
    var status: Int32 = 0
    var reaped: pid_t
    repeat { reaped = waitpid(child, &status, 0) } while reaped < 0 && errno == EINTR
    var outcome = try result.get()
    // Where the host ignores SIGCHLD nobody learns the status; what was printed has to do.
    outcome.exitCode = reaped != child ? 0 : status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    return outcome
  }

  /// Reads what the child prints until it has ended, and leaves it to be reaped.
  private func collect(
    _ child: pid_t, output: Pipe, errors: Pipe, wake: Pipe
  ) throws -> ChildProcess.Outcome {
    var collected = ChildProcess.Outcome(exitCode: nil, output: [], errorText: [])
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: timeout)
    while true {
      if clock.now >= deadline { throw ChildProcess.Failure.timedOut }
      // Short turns, since the end of the child itself wakes no descriptor when a grandchild
      // keeps the pipes open.
      var ready = [
        pollfd(fd: output.readEnd.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: errors.readEnd.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wake.readEnd.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      _ = poll(&ready, nfds_t(ready.count), 20)
      if ready[2].revents != 0 { throw CancellationError() }
      // Before the pipes are read, so that what it printed last is read too.
      let hasEnded = hasEnded(child)
      try drain(output.readEnd, into: &collected.output, limit: outputLimit, strict: true)
      try drain(errors.readEnd, into: &collected.errorText, limit: Self.errorLimit, strict: false)
      if hasEnded { return collected }
    }
  }

  private func hasEnded(_ child: pid_t) -> Bool {
    var info = siginfo_t()
    let result = waitid(P_PID, id_t(child), &info, WEXITED | WNOHANG | WNOWAIT)
    return result < 0 ? errno == ECHILD : info.si_signo == SIGCHLD
  }

  /// Reads what is there without waiting. `poll` ignores a closed descriptor, which is negative.
  private func drain(_ end: Descriptor, into bytes: inout [UInt8], limit: Int, strict: Bool) throws {
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while end.descriptor >= 0 {
      let size = chunk.count
      let count = chunk.withUnsafeMutableBytes { read(end.descriptor, $0.baseAddress, size) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { return }
      if count == 0 {
        end.close()
        return
      }
      if strict, count > limit - bytes.count { throw ChildProcess.Failure.outputTooLarge }
      bytes += chunk[..<min(count, max(0, limit - bytes.count))]
    }
  }

  private func spawn(output: Pipe, errors: Pipe) throws -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.writeEnd.descriptor, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors.writeEnd.descriptor, STDERR_FILENO)

    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Servers ignore SIGPIPE and may block signals; the command shall find the usual state.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD] { sigaddset(&defaults, signal) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

    var child: pid_t = 0
    let result = withCStrings([command] + arguments) { argv in
      withCStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
        posix_spawnp(&child, command, &actions, &attributes, argv, envp)
      }
    }
    guard result == 0 else { throw ChildProcess.Failure.cannotStart(result) }
    return child
  }

  private func withCStrings<R>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
    let pointers = texts.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
  }
}

/// A descriptor that is closed once.
private final class Descriptor {
  private(set) var descriptor: Int32
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  func close() {
    guard descriptor >= 0 else { return }
    #if canImport(Darwin)
      _ = Darwin.close(descriptor)
    #elseif canImport(Musl)
      _ = Musl.close(descriptor)
    #else
      _ = Glibc.close(descriptor)
    #endif
    descriptor = -1
  }
}

/// A pipe whose ends no other child inherits, the read end without waiting.
private struct Pipe {
  let readEnd: Descriptor
  let writeEnd: Descriptor

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw ChildProcess.Failure.cannotStart(errno) }
    // Not atomic, so another thread's child may inherit an end. The runner does not wait for the
    // end of the pipe but for the end of the child, so that costs nothing.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK)
    readEnd = Descriptor(ends[0])
    writeEnd = Descriptor(ends[1])
  }

  func close() {
    readEnd.close()
    writeEnd.close()
  }
}
