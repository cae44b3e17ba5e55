internal import CWGESystem
internal import Synchronization
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A child process with its input and output at hand, for ``LocalGitHTTPBackend``.
///
/// Reads and writes block threads of their own queues, never the cooperative pool. The child is killed
/// and reaped when the value goes or ``kill()`` is called; its id is used only while it is not reaped,
/// so no other process can be hit.
final class GitSubprocess: Sendable {
  private struct State {
    var isReaped = false
    var isInputOpen = true
  }

  private let pid: pid_t
  private let input: Int32
  private let output: Int32
  private let state = Mutex(State())
  private let reading = GitExecutor()
  private let writing = GitExecutor()

  /// - Throws: ``GitHostError`` with code `unsupported` when the program is missing.
  init(_ program: String, _ arguments: [String], environment: [String]) throws(GitHostError) {
    // A socket pair as the child's input: writing to a dead child is then an error, not a signal. No other child
    // inherits these descriptors: it would keep them open for as long as it runs.
    var sockets: (Int32, Int32) = (-1, -1)
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let made = withUnsafeMutablePointer(to: &sockets) {
      $0.withMemoryRebound(to: Int32.self, capacity: 2) { socketpair(AF_UNIX, stream, 0, $0) }
    }
    guard made == 0 else { throw systemError("make a socket pair") }
    var pipes: (Int32, Int32) = (-1, -1)
    let piped = withUnsafeMutablePointer(to: &pipes) {
      $0.withMemoryRebound(to: Int32.self, capacity: 2) { wge_pipe($0) }
    }
    guard piped == 0 else {
      let error = systemError("make a pipe")
      closeDescriptor(sockets.0)
      closeDescriptor(sockets.1)
      throw error
    }
    #if canImport(Darwin)
      for descriptor in [sockets.0, sockets.1] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
      var on: Int32 = 1
      setsockopt(sockets.0, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, sockets.1, 0)
    posix_spawn_file_actions_adddup2(&actions, pipes.1, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    var child: pid_t = 0
    let status = posix_spawnp(&child, program, &actions, nil, &argv, &envp)
    for copy in argv + envp { free(copy) }
    posix_spawn_file_actions_destroy(&actions)
    closeDescriptor(sockets.1)
    closeDescriptor(pipes.1)
    guard status == 0 else {
      closeDescriptor(sockets.0)
      closeDescriptor(pipes.0)
      throw GitHostError(
        .unsupported, "the program \(program) cannot be run: \(String(cString: strerror(status)))",
        remedy: "install git")
    }
    pid = child
    input = sockets.0
    output = pipes.0
  }

  deinit {
    kill()
    closeInput()
    closeDescriptor(output)
    state.withLock { state in
      if !state.isReaped { waitpid(pid, nil, 0) }
    }
  }

  /// Stops the child at once; its output then ends.
  func kill() {
    state.withLock { state in
      if !state.isReaped { _ = sendSignal(pid, SIGKILL) }
    }
  }

  /// The next piece of output; empty at its end.
  func read() async throws -> [UInt8] {
    try await withTaskCancellationHandler {
      try await reading.run {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
          let count = buffer.withUnsafeMutableBytes { systemRead(self.output, $0.baseAddress, $0.count) }
          if count < 0, errno == EINTR { continue }
          guard count >= 0 else { throw systemError("read from git") }
          return Array(buffer[..<count])
        }
      }
    } onCancel: {
      kill()
    }
  }

  /// Writes all of it, waiting for the child to take it.
  func write(_ bytes: [UInt8]) async throws {
    try await withTaskCancellationHandler {
      try await writing.run {
        var offset = 0
        while offset < bytes.count {
          #if canImport(Darwin)
            let flags: Int32 = 0
          #else
            let flags = Int32(MSG_NOSIGNAL)
          #endif
          let count = bytes[offset...].withUnsafeBytes { send(self.input, $0.baseAddress, $0.count, flags) }
          if count < 0, errno == EINTR { continue }
          guard count > 0 else { throw systemError("write to git") }
          offset += count
        }
      }
    } onCancel: {
      kill()
    }
  }

  /// Tells the child that its input ends.
  func closeInput() {
    state.withLock { state in
      if state.isInputOpen { closeDescriptor(input) }
      state.isInputOpen = false
    }
  }

  /// Waits for the child and gives its exit code, 128 + signal when a signal ended it. When the task is cancelled
  /// the child is killed.
  func wait() async throws -> Int32 {
    try await withTaskCancellationHandler {
      try await reap()
    } onCancel: {
      kill()
    }
  }

  private func reap() async throws -> Int32 {
    try await reading.run {
      var pause = 1
      var status: Int32 = 0
      func isReaped() -> Bool {
        self.state.withLock { state in
          // Reaped under the lock that sending signals takes: afterwards another process may have the id.
          if !state.isReaped { state.isReaped = waitpid(self.pid, &status, WNOHANG) != 0 }
          return state.isReaped
        }
      }
      while !isReaped() {
        sleepMilliseconds(pause)
        pause = min(pause * 2, 50)
      }
      return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }
  }
}

private func sendSignal(_ pid: pid_t, _ signal: Int32) -> Int32 { kill(pid, signal) }
