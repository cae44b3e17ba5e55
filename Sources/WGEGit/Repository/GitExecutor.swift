internal import Dispatch

/// The serial executor of one open repository.
///
/// libgit2 blocks on disks and sockets and allows one thread at a time per repository, so its calls
/// run on a serial dispatch queue, away from the cooperative pool. Idle queues hold no thread.
final class GitExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "wge.git")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  /// Runs a blocking piece of work on the queue.
  func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result(catching: body)) }
    }
  }
}
