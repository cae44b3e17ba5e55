internal import CWGEGit2
internal import Synchronization
internal import WGECore

/// One exchange with a remote: its bounds, and what libgit2's callbacks learn during it.
///
/// C callbacks cannot throw. They store the reason here and return GIT_EUSER; after the call,
/// ``run(_:_:)`` throws the stored reason in place of libgit2's unrelated last message.
/// Cancellation of the task and the deadline are looked at in every callback and, through
/// ``current``, while a socket waits.
final class GitTransfer: Sendable {
  /// The exchange that runs on this thread, for ``GitSocketStream``.
  @TaskLocal static var current: GitTransfer?

  let remote: GitRemote
  let limits: GitTransferLimits
  private let end: ContinuousClock.Instant
  private let state: Mutex<State>

  struct State {
    var failure: GitHostError?
    var asked = false
    var rejections: [String: String] = [:]
    var answered: Set<String> = []
    var remoteHeads: [String: GitObjectID] = [:]
    /// What a push must find at the remote; nil: anything.
    var lease: PushLease?
  }

  init(_ remote: GitRemote, _ limits: GitTransferLimits, lease: PushLease? = nil) {
    self.remote = remote
    self.limits = limits
    end = .now + limits.deadline
    state = Mutex(State(lease: lease))
  }

  /// Runs a C call with this exchange as the current one.
  func run(_ doing: String, _ call: () -> Int32) throws(GitHostError) {
    let result: Result<Void, GitHostError> = Self.$current.withValue(self) {
      Result { () throws(GitHostError) in try git(doing, call) }.map { _ in }
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
    do {
      try result.get()
    } catch  where error.code == .unauthorized && remote.credentials == nil {
      throw GitHostError(.unauthorized, error.message, remedy: "give a credential for this repository")
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

  /// The one header that a bearer credential becomes; asked for before the first request.
  func bearerHeader() throws(GitHostError) -> String? {
    guard case .bearer(let token)? = try credential() else { return nil }
    let text = token.reveal()
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw .validation(field: "token", "the token contains white space or bytes outside ASCII")
    }
    return "Authorization: Bearer " + text
  }

  private func credential() throws(GitHostError) -> GitCredential? {
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

  /// Answers libgit2's question for a credential: once, and only for the remote's own place.
  func answer(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?, url: String, allowed: UInt32
  ) -> Int32 {
    let code = checkpoint()
    if code != 0 { return code }
    guard let asked = try? RepositoryReference(url: url), asked.transport == remote.reference.transport,
      asked.host == remote.reference.host, asked.port == remote.reference.port
    else {
      return stop(GitHostError(.protocolViolation, "\(place) led to another host, which gets no credential"))
    }
    let again = state.withLock { state in
      defer { state.asked = true }
      return state.asked
    }
    if again {
      return stop(
        GitHostError(.unauthorized, "\(place) did not accept the credential", remedy: "renew the token"))
    }
    do throws(GitHostError) {
      guard case .basic(let user, let password)? = try credential() else {
        throw GitHostError(.unauthorized, "\(place) asks for a credential", remedy: "give one for this repository")
      }
      guard allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0 else {
        throw GitHostError(.unsupported, "\(place) does not take a user name and password")
      }
      return git_credential_userpass_plaintext_new(out, user, password.reveal())
    } catch {
      return stop(error)
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
    callbacks.push_transfer_progress = { _, _, _, payload in GitTransfer.of(payload)?.checkpoint() ?? 0 }
    callbacks.credentials = { out, url, _, allowed, payload in
      guard let transfer = GitTransfer.of(payload), let url else { return GIT_EAUTH.rawValue }
      return transfer.answer(out, url: String(cString: url), allowed: allowed)
    }
    callbacks.certificate_check = { _, valid, _, payload in
      guard let transfer = GitTransfer.of(payload) else { return GIT_ECERTIFICATE.rawValue }
      if valid == 1 { return 0 }
      return transfer.stop(
        GitHostError(
          .tls, "the certificate of \(transfer.place) is not trusted",
          remedy: "add its authority to the system's trust store or to GitLibrary.trustCertificateAuthorities"))
    }
    callbacks.push_negotiation = { updates, count, payload in
      GitTransfer.of(payload)?.negotiate(UnsafeBufferPointer(start: updates, count: count)) ?? 0
    }
    callbacks.push_update_reference = { name, status, payload in
      guard let transfer = GitTransfer.of(payload), let name else { return 0 }
      let reference = String(cString: name)
      let rejection = status.map { String(cString: $0) }
      transfer.withState {
        $0.answered.insert(reference)
        if let rejection { $0.rejections[reference] = rejection }
      }
      return 0
    }
  }

  private func negotiate(_ updates: UnsafeBufferPointer<UnsafePointer<git_push_update>?>) -> Int32 {
    guard let lease = withState({ $0.lease }) else { return checkpoint() }
    for update in updates {
      guard let update = update?.pointee else { continue }
      let found = GitObjectID(update.src)
      if let failure = lease.failure(found: found == .zero ? nil : found, at: place) { return stop(failure) }
    }
    return checkpoint()
  }

  private static func of(_ payload: UnsafeMutableRawPointer?) -> GitTransfer? {
    payload.map { Unmanaged<GitTransfer>.fromOpaque($0).takeUnretainedValue() }
  }
}
