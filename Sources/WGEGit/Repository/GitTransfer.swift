internal import CWGEGit2
internal import Synchronization
internal import WGECore

/// One exchange with a remote: its bounds, and what libgit2's callbacks learn during it.
///
/// C callbacks cannot throw. They store the reason here and return GIT_EUSER; after the call,
/// ``run(_:_:)`` throws the stored reason in place of libgit2's unrelated last message.
/// Cancellation of the task and the deadline are looked at in every callback and while a wire waits.
final class GitTransfer: Sendable {
  let remote: GitRemote
  let limits: GitTransferLimits
  private let end: ContinuousClock.Instant
  private let state = Mutex(State())

  struct State {
    var failure: GitHostError?
  }

  init(_ remote: GitRemote, _ limits: GitTransferLimits) {
    self.remote = remote
    self.limits = limits
    end = .now + limits.deadline
  }

  /// Runs a C call whose callbacks may stop it.
  func run(_ doing: String, _ call: () -> Int32) throws(GitHostError) {
    let result = Result { () throws(GitHostError) in _ = try git(doing, call) }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    do {
      try result.get()
    } catch  where error.code == .notFound {
      throw GitHostError(.notFound, error.message, remedy: "check the URL and that the credential may see it")
    }
  }

  /// Why the exchange must stop, or nil.
  func reasonToStop() -> GitHostError? {
    if Task.isCancelled { return GitHostError(.cancelled, "the exchange with \(place) was cancelled") }
    if ContinuousClock.now >= end {
      return GitHostError(.timeout, "the exchange with \(place) took longer than \(limits.deadline)")
    }
    return nil
  }

  /// Stores a failure for ``run(_:_:)``, the first one wins, and gives the code that stops libgit2.
  @discardableResult
  func stop(_ failure: GitHostError) -> Int32 {
    state.withLock { if $0.failure == nil { $0.failure = failure } }
    return GIT_EUSER.rawValue
  }

  /// 0 to go on.
  func checkpoint() -> Int32 { reasonToStop().map(stop) ?? 0 }

  var place: String { remote.reference.host.isEmpty ? remote.url : remote.reference.host }

  func withState<T: Sendable>(_ body: (inout State) -> T) -> T { state.withLock { body(&$0) } }

  /// Asks the remote's provider for a credential: nil when the remote has none.
  func credential() throws(GitHostError) -> GitCredential? {
    guard let provider = remote.credentials else { return nil }
    do {
      return try provider()
    } catch let error as GitHostError {
      throw error
    } catch {
      // The provider's own error might hold the secret.
      throw GitHostError(.unauthorized, "no credential could be had for \(place)")
    }
  }

  // MARK: - Callbacks

  /// The callbacks with this object as payload, which the caller keeps alive over the C call.
  func install(in callbacks: inout git_remote_callbacks) {
    callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
    callbacks.sideband_progress = { _, _, payload in GitTransfer.of(payload)?.checkpoint() ?? 0 }
    callbacks.transfer_progress = { progress, payload in
      guard let transfer = GitTransfer.of(payload), let progress = progress?.pointee else { return 0 }
      let limits = transfer.limits
      if Int(progress.total_objects) > limits.objects {
        return transfer.stop(
          GitHostError(
            .tooLarge, "\(transfer.place) sends \(progress.total_objects) objects, more than \(limits.objects)"))
      }
      if Int64(clamping: progress.received_bytes) > limits.bytes {
        return transfer.stop(GitHostError(.tooLarge, "\(transfer.place) sends more than \(limits.bytes) bytes"))
      }
      return transfer.checkpoint()
    }
    callbacks.pack_progress = { _, _, _, payload in GitTransfer.of(payload)?.checkpoint() ?? 0 }
    if remote.localPath == nil {
      callbacks.transport = { GitSubtransport.make($0, $1, $2) }
    }
  }

  private static func of(_ payload: UnsafeMutableRawPointer?) -> GitTransfer? {
    payload.map { Unmanaged<GitTransfer>.fromOpaque($0).takeUnretainedValue() }
  }
}
