internal import Synchronization
internal import WGECore
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// An advisory lock on a file, held across suspension points. The system frees it when its holder dies.
///
/// The file may be removed by who holds it alone. Whoever opened it before and locks it afterwards has a lock
/// that keeps nobody out, because the next one makes a new file; so a lock counts only if the path still leads
/// to the file that was locked.
final class HeldFileLock: Sendable {
  private let path: String
  private let descriptor: Mutex<Int32?>

  private init(_ path: String, _ descriptor: Int32) {
    self.path = path
    self.descriptor = Mutex(descriptor)
  }

  deinit { release() }

  /// Frees the lock at once, and not when the last reference goes; may be called again.
  func release() {
    let open = descriptor.withLock { descriptor in
      defer { descriptor = nil }
      return descriptor
    }
    // Closing the descriptor frees the lock.
    if let open { closeDescriptor(open) }
  }

  /// Removes the file and frees the lock, which must be one that is held alone.
  func remove() {
    descriptor.withLock { descriptor in
      if descriptor != nil { AtomicFile.remove(path) }
    }
    release()
  }

  /// Waits for the lock without holding a thread.
  /// - Throws: `unavailable` after `timeout`, `cancelled`.
  static func acquire(
    _ path: String, timeout: Duration = GitDefaults.networkDeadline
  ) async throws(GitHostError) -> HeldFileLock {
    try await wait(path, LOCK_EX, timeout)
  }

  /// Waits for the lock as one of several that hold it at once, and keep out who wants it alone.
  static func shared(
    _ path: String, timeout: Duration = GitDefaults.networkDeadline
  ) async throws(GitHostError) -> HeldFileLock {
    try await wait(path, LOCK_SH, timeout)
  }

  private static func wait(
    _ path: String, _ kind: Int32, _ timeout: Duration
  ) async throws(GitHostError) -> HeldFileLock {
    let end = ContinuousClock.now + timeout
    while true {
      if let lock = try tryAcquire(path, kind) { return lock }
      if ContinuousClock.now >= end {
        throw GitHostError(.unavailable, "\(path) is locked by another process", remedy: "try again later")
      }
      do { try await Task.sleep(for: .milliseconds(10)) } catch {
        throw GitHostError(.cancelled, "waiting for \(path) was cancelled")
      }
    }
  }

  /// The lock, or nil when somebody has it.
  static func tryAcquire(_ path: String) throws(GitHostError) -> HeldFileLock? { try tryAcquire(path, LOCK_EX) }

  private static func tryAcquire(_ path: String, _ kind: Int32) throws(GitHostError) -> HeldFileLock? {
    let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw systemError("open the lock \(path)") }
    if flock(descriptor, kind | LOCK_NB) == 0 {
      if AtomicFile.isAt(path, descriptor) { return HeldFileLock(path, descriptor) }
      closeDescriptor(descriptor)
      return nil
    }
    let problem = errno
    closeDescriptor(descriptor)
    guard problem == EWOULDBLOCK || problem == EINTR else { throw systemError("lock \(path)") }
    return nil
  }
}

/// Bytes of all files below a folder.
func sizeOfTree(_ path: String) -> Int64 {
  var total: Int64 = 0
  var folders = [path]
  while let folder = folders.popLast() {
    for name in (try? AtomicFile.names(in: folder)) ?? [] {
      let child = folder + "/" + name
      var status = stat()
      guard lstat(child, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR { folders.append(child) } else { total += Int64(status.st_size) }
    }
  }
  return total
}
