/// What went wrong with a repository or a Git host, and what to do about it. The one error of this module.
///
/// Messages name the object, the field and the fix. They never hold a token, a password or a URL's
/// user info.
public struct GitHostError: Error, Sendable, CustomStringConvertible {
  /// What the caller can do about it decides the code; see the case comments.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// The credential is missing, wrong or dead: sign in again.
    case unauthorized
    /// The credential is good but may not do this; ``GitHostError/reason`` says why when known.
    case forbidden
    case notFound
    /// The branch, repository or open pull request is there already.
    case alreadyExists
    /// The two sides changed the same lines or files; ``GitHostError/paths`` lists them.
    case conflict
    /// The branch moved since it was read: read again and decide again.
    case staleHead
    /// The request changes nothing.
    case noChanges
    /// The pull request cannot be merged now: draft, closed, or blocked by a rule.
    case notMergeable
    /// A field of the request breaks a rule; ``GitHostError/field`` names it.
    case validation
    /// The repository has no commit yet.
    case emptyRepository
    /// Above a limit of ``GitDefaults`` or of the host.
    case tooLarge
    /// Try again after ``GitHostError/retryAfter``.
    case rateLimited
    /// The host failed or is busy: try again later.
    case unavailable
    case timeout
    case network
    /// Certificate or host key not trusted.
    case tls
    /// The other side broke the protocol.
    case protocolViolation
    /// The host or library cannot do this.
    case unsupported
    case cancelled
    /// A device or authorisation code ran out.
    case expired
    /// The user refused to grant access.
    case accessDenied
    /// Stored data is damaged.
    case corrupt
  }

  /// What kind of failure.
  public var code: Code
  /// One sentence that says what happened to which object.
  public var message: String
  /// What the person or program can do; empty when the code says it all.
  public var remedy: String
  /// The request's field at fault, for `validation`: `branch`, `path`, `title`, ...
  public var field: String?
  /// A word the host gives for `forbidden` and `notMergeable`: `protectedBranch`, `archived`, `draft`, ...
  public var reason: String?
  /// Paths at fault, for `conflict`, `staleHead` and `validation`; at most 100.
  public var paths: [String]
  /// How long to wait before the next try.
  public var retryAfter: Duration?
  /// The pull request that is open already, for `alreadyExists`.
  public var existingPullRequest: PullRequest?
  /// The host's HTTP status, when there was one.
  public var status: Int?
  /// The host's name for the request, for its support.
  public var requestID: String?

  /// An error; the message is cut at 2000 bytes.
  public init(
    _ code: Code, _ message: String, remedy: String = "", field: String? = nil, reason: String? = nil,
    paths: [String] = [], retryAfter: Duration? = nil, existingPullRequest: PullRequest? = nil
  ) {
    self.code = code
    self.message = String(decoding: message.utf8.prefix(Self.maximumMessageBytes), as: UTF8.self)
    self.remedy = remedy
    self.field = field
    self.reason = reason
    self.paths = Array(paths.prefix(100))
    self.retryAfter = retryAfter
    self.existingPullRequest = existingPullRequest
  }

  /// A field that breaks a rule.
  public static func validation(field: String, _ message: String, remedy: String = "") -> GitHostError {
    GitHostError(.validation, message, remedy: remedy, field: field)
  }

  /// Code, message and remedy in one line.
  public var description: String {
    remedy.isEmpty ? "\(code.rawValue): \(message)" : "\(code.rawValue): \(message); \(remedy)"
  }

  /// Whether the same request may succeed later without anybody changing anything.
  public var isTransient: Bool {
    switch code {
    case .rateLimited, .unavailable, .timeout, .network: true
    default: false
    }
  }

  private static let maximumMessageBytes = 2000

  /// A piece of outside text for a message: quoted, without control characters, cut at 120 bytes.
  static func quote(_ text: String) -> String {
    let visible = text.unicodeScalars.prefix(120).map { $0.value < 0x20 || $0.value == 0x7f ? "\u{FFFD}" : $0 }
    return "\"" + String(String.UnicodeScalarView(visible)) + (text.unicodeScalars.count > 120 ? "…" : "") + "\""
  }
}
