// A reference is moved under its lock file (`refs/heads/main.lock`), held for the time of one small
// write. Another writer waits. A writer that was killed leaves the file behind for ever, so one that is
// older than any write takes is removed: moved aside first, so that of two cleaners none removes the
// fresh lock that the other one has just made.

/// Tries an update of a reference again while its lock is held, and breaks a lock that was left behind.
/// - Parameters:
///   - repository: the bare folder.
///   - reference: the full name.
/// - Throws: what `body` throws; `unavailable` when the lock stays held.
func retryingLocks(
  _ repository: String, _ reference: String, _ body: () throws(GitHostError) -> Void
) throws(GitHostError) {
  for attempt in 1... {
    do {
      return try body()
    } catch  where error.reason == GitHostError.lockedReason && attempt < 100 {
      for name in [reference, "packed-refs", "HEAD"] {
        AtomicFile.removeAbandoned(
          "\(repository)/\(name).lock", olderThan: GitDefaults.abandonedLockAge, aside: repository)
      }
      if Task.isCancelled { throw GitHostError(.cancelled, "waiting for the lock of \(reference) was cancelled") }
      sleepMilliseconds(attempt < 20 ? 2 : 20)
    }
  }
}
