#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// An advisory lock on a file, held between processes and between handles of one process. The system
/// frees it when its holder dies.
struct FileLock: Sendable {
  let path: String

  /// Runs `body` while holding the lock; blocks the thread until then.
  /// - Throws: `unavailable` when another holder keeps it longer than ``GitDefaults/lockTimeout``,
  ///   `cancelled`.
  func withLock<T>(_ body: () throws(GitHostError) -> T) throws(GitHostError) -> T {
    let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw systemError("open the lock \(path)") }
    // Closing the descriptor frees the lock.
    defer { closeDescriptor(descriptor) }
    let end = ContinuousClock.now + GitDefaults.lockTimeout
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw systemError("lock \(path)") }
      if Task.isCancelled { throw GitHostError(.cancelled, "waiting for \(path) was cancelled") }
      if ContinuousClock.now >= end {
        throw GitHostError(.unavailable, "\(path) is locked by another process", remedy: "try again later")
      }
      sleepMilliseconds(3)
    }
    return try body()
  }
}
