internal import CWGEGit2
internal import Synchronization

/// Calls libgit2 and turns a failure into ``GitHostError``.
///
/// The library's last error is thread-local and survives unrelated calls, so it is cleared before
/// and read right after the call, on the same thread.
/// - Parameter doing: what was tried, for the message: `read the branch "main"`.
@discardableResult
func git(_ doing: @autoclosure () -> String, _ call: () -> Int32) throws(GitHostError) -> Int32 {
  git_error_clear()
  let code = call()
  if code >= 0 { return code }
  throw GitHostError(libgit2: code, doing: doing())
}

/// One C object and the function that frees it.
///
/// Not copyable: whoever holds it owns the object, and it is freed when that variable's scope ends.
/// Borrowed pointers that libgit2 hands out of the object must not outlive it.
struct Owned: ~Copyable {
  let pointer: OpaquePointer
  private let free: @convention(c) (OpaquePointer?) -> Void

  init(
    _ doing: @autoclosure () -> String, _ free: @escaping @convention(c) (OpaquePointer?) -> Void,
    _ make: (inout OpaquePointer?) -> Int32
  ) throws(GitHostError) {
    var made: OpaquePointer?
    git_error_clear()
    let code = make(&made)
    guard code >= 0 else { throw GitHostError(libgit2: code, doing: doing()) }
    guard let made else { throw GitHostError(.corrupt, "could not \(doing()): libgit2 gave no object") }
    pointer = made
    self.free = free
    Self.live.wrappingAdd(1, ordering: .relaxed)
  }

  deinit {
    free(pointer)
    Self.live.wrappingSubtract(1, ordering: .relaxed)
  }

  private static let live = Atomic(0)

  /// How many C objects of this process are not freed: for tests.
  static var liveCount: Int { live.load(ordering: .relaxed) }
}

extension GitHostError {
  /// Maps a libgit2 return code and the thread's last error.
  init(libgit2 code: Int32, doing: String) {
    var detail = ""
    var category = GIT_ERROR_NONE
    if let last = git_error_last() {
      detail = last.pointee.message.map { String(cString: $0) } ?? ""
      category = git_error_t(rawValue: UInt32(bitPattern: last.pointee.klass))
    }
    detail = Self.masked(detail)
    let message = detail.isEmpty ? "could not \(doing)" : "could not \(doing): \(detail)"
    self.init(
      Self.code(for: git_error_code(rawValue: code), category: category, detail: detail), message,
      reason: code == GIT_ELOCKED.rawValue ? Self.lockedReason : nil)
  }

  /// The reason of errors that mean a reference's lock file is held.
  static let lockedReason = "locked"

  private static func code(for code: git_error_code, category: git_error_t, detail: String) -> Code {
    switch code {
    case GIT_ENOTFOUND: return category == GIT_ERROR_ODB ? .corrupt : .notFound
    // EDIRECTORY: a reference where another one needs a folder.
    case GIT_EEXISTS, GIT_EDIRECTORY: return .alreadyExists
    case GIT_EAMBIGUOUS, GIT_EINVALIDSPEC, GIT_EINVALID: return .validation
    case GIT_ENONFASTFORWARD, GIT_EMODIFIED: return .staleHead
    case GIT_ECONFLICT, GIT_EMERGECONFLICT: return .conflict
    case GIT_ELOCKED: return .unavailable
    case GIT_EAUTH: return .unauthorized
    case GIT_ECERTIFICATE: return .tls
    case GIT_EUSER: return .cancelled
    case GIT_EBAREREPO: return .unsupported
    case GIT_EUNBORNBRANCH: return .emptyRepository
    case GIT_EOWNER: return .forbidden
    case GIT_EMISMATCH: return .corrupt
    default: break
    }
    switch category {
    case GIT_ERROR_SSL: return .tls
    case GIT_ERROR_TREE: return .validation
    case GIT_ERROR_ODB, GIT_ERROR_ZLIB, GIT_ERROR_INDEXER, GIT_ERROR_OBJECT: return .corrupt
    case GIT_ERROR_HTTP:
      if detail.contains("status code: 401") { return .unauthorized }
      if detail.contains("status code: 403") { return .forbidden }
      if detail.contains("status code: 404") { return .notFound }
      if detail.contains("status code: 429") { return .rateLimited }
      if detail.contains("status code: 5") { return .unavailable }
      if detail.contains("authentication") { return .unauthorized }
      return detail.contains("status code") || detail.contains("redirect") ? .protocolViolation : .network
    case GIT_ERROR_NET: return .network
    case GIT_ERROR_NOMEMORY: return .tooLarge
    case GIT_ERROR_REPOSITORY: return .corrupt
    default: return .unavailable
    }
  }

  /// Removes `user:password@` from any URL in a text.
  static func withoutUserInfo(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let scheme = rest.firstRange(of: "://") {
      result += rest[..<scheme.upperBound]
      rest = rest[scheme.upperBound...]
      let end = rest.firstIndex { "/ '\"\n".contains($0) } ?? rest.endIndex
      if let at = rest[..<end].lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
    }
    return result + rest
  }
}
