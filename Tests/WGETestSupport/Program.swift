internal import CWGESystem
internal import Foundation
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A program of this machine: what to run, where, and what it may see.
///
/// Foundation's `Process` learns of an end by a descriptor that the child inherits. A child that closes it (sshd,
/// ssh-agent) makes it forget all others, and some are never reaped; the exit tests of Swift Testing wait for any
/// child and then spin on that one for ever. Here each child has a thread that reads what it prints and reaps it.
public struct Program: Sendable {
  /// What the program reads.
  public enum Input: Sendable {
    /// Nothing: it is at its end.
    case none
    /// These bytes, then the end.
    case bytes([UInt8])
    /// Nothing, and no end before this process ends or the program's value goes.
    case open
  }

  /// What became of it.
  public struct Outcome: Sendable {
    /// The exit code; 128 and the signal's number when a signal ended it.
    public var code: Int32
    /// Standard output.
    public var output: [UInt8]
    /// Standard error.
    public var errors: [UInt8]

    /// Standard output as text.
    public var text: String { String(decoding: output, as: UTF8.self) }

    /// Standard output of a program that succeeded.
    ///
    /// - Throws: ``ProgramFailure``.
    public func get() throws -> [UInt8] {
      guard code == 0 else {
        throw ProgramFailure(code: code, message: String(decoding: errors, as: UTF8.self) + text)
      }
      return output
    }
  }

  /// The program's absolute path.
  public var path: String
  /// Its arguments, without its name.
  public var arguments: [String]
  /// Its working folder; nil for this process's.
  public var folder: String?
  /// Its whole environment; nil for this process's.
  public var environment: [String: String]?
  /// What it reads.
  public var input: Input

  /// The path of a program of this package, which lies beside the tests; nil when it was not built.
  public static func ofThisPackage(_ name: String) -> String? {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    var folder = URL(fileURLWithPath: bundle)
    while folder.pathComponents.count > 1 {
      folder.deleteLastPathComponent()
      let program = folder.appendingPathComponent(name)
      if FileManager.default.isExecutableFile(atPath: program.path) { return program.path }
      if folder.lastPathComponent == "debug" || folder.lastPathComponent == "release" { break }
    }
    return nil
  }

  /// Describes a program; ``run()`` and ``start()`` run it.
  public init(
    _ path: String, _ arguments: [String] = [], in folder: String? = nil, environment: [String: String]? = nil,
    input: Input = .none
  ) {
    self.path = path
    self.arguments = arguments
    self.folder = folder
    self.environment = environment
    self.input = input
  }

  /// Runs it to its end, off the cooperative pool.
  ///
  /// - Throws: ``ProgramFailure`` when it cannot be started.
  public func run() async throws -> Outcome { try await offPool { try runBlocking() } }

  /// Runs it to its end on this thread, which must not be one of the cooperative pool.
  ///
  /// - Throws: ``ProgramFailure`` when it cannot be started.
  public func runBlocking() throws -> Outcome { try Child(self).collect() }

  /// Starts it.
  ///
  /// - Throws: ``ProgramFailure`` when it cannot be started.
  public func start() throws -> RunningProgram { RunningProgram(try Child(self)) }
}

/// A program did not start, or ended with another code than 0.
public struct ProgramFailure: Error, CustomStringConvertible {
  /// The exit code; -1 when it did not start, or did not say what it should.
  public var code: Int32
  /// What it printed.
  public var message: String

  /// A failure with what the program said of it.
  public init(code: Int32, message: String) {
    self.code = code
    self.message = message
  }

  /// `exit 1: message`.
  public var description: String { "exit \(code): \(message)" }
}

/// A program that runs; it is killed, with all that it started, when the value goes.
public final class RunningProgram: Sendable {
  private let child: Child
  private let outcome: Task<Program.Outcome, any Error>

  fileprivate init(_ child: Child) {
    self.child = child
    outcome = Task.detached { try await offPool { child.collect() } }
  }

  deinit { child.signal(SIGKILL) }

  /// Its number, valid until it has ended.
  public var processIdentifier: Int32 { child.number }
  /// Whether it has not ended.
  public var isRunning: Bool { child.isRunning }
  /// What it has printed on standard output so far.
  public var output: [UInt8] { child.output }

  /// Kills it and all that it started; nothing when it has ended.
  public func kill() { child.signal(SIGKILL) }

  /// Stops it, and all that it started, where it stands: none of its threads runs until ``resume()``.
  public func pause() { child.signal(SIGSTOP) }

  /// Lets it go on after ``pause()``.
  public func resume() { child.signal(SIGCONT) }

  /// Waits for its end.
  public func end() async throws -> Program.Outcome { try await outcome.value }

  /// Waits for the first line that it prints.
  ///
  /// - Throws: ``ProgramFailure`` when it ends before.
  public func firstLine() async throws -> String {
    var line: String?
    try await eventually("the program prints a line") {
      let isRunning = child.isRunning
      line = child.output.firstIndex(of: 0x0A).map { String(decoding: child.output[..<$0], as: UTF8.self) }
      return line != nil || !isRunning
    }
    if let line { return line }
    let outcome = try await end()
    throw ProgramFailure(code: outcome.code, message: String(decoding: outcome.errors, as: UTF8.self))
  }
}

/// Runs what blocks on a thread of its own, for the cooperative pool has as many threads as the machine has cores:
/// where two tests block them, a server of this process that both wait for never answers.
public func offPool<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
  }
}

/// A started process, until it is reaped. One thread collects; any may ask and send signals.
private final class Child: Sendable {
  private struct State {
    var output: [UInt8] = []
    var isReaped = false
  }

  let number: pid_t
  /// Write end of its input, read ends of its output and errors; owned by the collecting thread. -1 for none.
  private let input: Int32
  private let reads: (output: Int32, errors: Int32)
  private let bytes: [UInt8]
  private let keepsInput: Bool
  private let state = Mutex(State())

  var isRunning: Bool { state.withLock { !$0.isReaped } }
  var output: [UInt8] { state.withLock { $0.output } }

  init(_ program: Program) throws {
    var owned: [Int32] = []
    var given: [Int32] = []
    defer { for descriptor in given { close(descriptor) } }
    func pair(_ make: (UnsafeMutablePointer<Int32>) -> Int32) throws -> [Int32] {
      var ends: [Int32] = [-1, -1]
      guard make(&ends) == 0 else {
        for descriptor in owned { close(descriptor) }
        throw ProgramFailure(code: -1, message: String(cString: strerror(errno)))
      }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return ends
    }
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if case .none = program.input {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    } else {
      // A socket, since writing to a dead program is then an error and no signal.
      let ends = try pair { socketpair(AF_UNIX, Socket.stream, 0, $0) }
      owned.append(ends[0])
      given.append(ends[1])
      posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
    }
    for target: Int32 in [1, 2] {
      let ends = try pair { wge_pipe($0) }
      owned.append(ends[0])
      given.append(ends[1])
      posix_spawn_file_actions_adddup2(&actions, ends[1], target)
      _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    }
    if let folder = program.folder { wge_spawn_in(&actions, folder) }
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that what it starts can be killed with it; signals as programs expect them.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
    let environment = program.environment ?? ProcessInfo.processInfo.environment
    var argv: [UnsafeMutablePointer<CChar>?] = ([program.path] + program.arguments).map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in argv + envp { free(text) } }
    var number: pid_t = 0
    let status = posix_spawn(&number, program.path, &actions, &attributes, &argv, &envp)
    guard status == 0 else {
      for descriptor in owned { close(descriptor) }
      throw ProgramFailure(code: -1, message: "\(program.path): \(String(cString: strerror(status)))")
    }
    self.number = number
    input = owned.count == 3 ? owned[0] : -1
    reads = (owned[owned.count - 2], owned[owned.count - 1])
    if case .bytes(let bytes) = program.input { self.bytes = bytes } else { bytes = [] }
    if case .bytes = program.input { _ = fcntl(owned[0], F_SETFL, O_NONBLOCK) }
    keepsInput = if case .open = program.input { true } else { false }
  }

  func signal(_ signal: Int32) { state.withLock { if !$0.isReaped { sendSignal(-number, signal) } } }

  /// Feeds and reads it to its end, then reaps it.
  func collect() -> Program.Outcome {
    var errors: [UInt8] = []
    var rest = bytes[...]
    var (input, output, error) = (input, reads.output, reads.errors)
    func end(_ descriptor: inout Int32) {
      if descriptor >= 0 { close(descriptor) }
      descriptor = -1
    }
    func hasEnded(waits: Bool) -> Bool {
      var info = siginfo_t()
      // What is reported stays a zombie, so that its number is still its own when it is signalled.
      return waitid(P_PID, id_t(number), &info, WEXITED | WNOWAIT | (waits ? 0 : WNOHANG)) == 0
        && info.si_signo == SIGCHLD
    }
    while true {
      if rest.isEmpty, !keepsInput { end(&input) }
      // Both ends closed: nothing is left but to wait. Else in turns, for what it started may hold them open.
      let isOver = hasEnded(waits: output < 0 && error < 0 && rest.isEmpty)
      drain(&output) { bytes in state.withLock { $0.output += bytes } }
      drain(&error) { errors += $0 }
      if isOver { break }
      if !rest.isEmpty {
        let count = rest.withUnsafeBytes { send(input, $0.baseAddress, $0.count, Socket.noSignal) }
        if count > 0 { rest.removeFirst(count) } else if errno != EAGAIN { rest = [] }
      }
      var ready = [
        pollfd(fd: output, events: Int16(POLLIN), revents: 0), pollfd(fd: error, events: Int16(POLLIN), revents: 0),
        pollfd(fd: rest.isEmpty ? -1 : input, events: Int16(POLLOUT), revents: 0),
      ]
      _ = poll(&ready, nfds_t(ready.count), output < 0 && error < 0 && rest.isEmpty ? 0 : 50)
    }
    end(&input)
    end(&output)
    end(&error)
    return state.withLock { state in
      var status: Int32 = 0
      while waitpid(number, &status, 0) < 0, errno == EINTR {}
      state.isReaped = true
      let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
      return Program.Outcome(code: code, output: state.output, errors: errors)
    }
  }

  /// Reads what is there; closes the descriptor at its end.
  private func drain(_ descriptor: inout Int32, _ take: (ArraySlice<UInt8>) -> Void) {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while descriptor >= 0 {
      let count = read(descriptor, &chunk, chunk.count)
      if count > 0 {
        take(chunk[..<count])
      } else if count == 0 {
        close(descriptor)
        descriptor = -1
      } else if errno != EINTR {
        return
      }
    }
  }
}

private func sendSignal(_ process: pid_t, _ signal: Int32) { kill(process, signal) }
