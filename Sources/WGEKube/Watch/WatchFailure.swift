/// Why a list or a watch did not go on, sorted by what a watcher does about it.
public struct WatchFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What the failure asks for.
  public enum Kind: String, Sendable, Hashable {
    /// The resource version or continue token is too old (410 Gone, Expired): list again.
    case expired
    /// The server has not yet reached the resource version that was asked for: list without one.
    case versionAhead
    /// The server does not know this form of request (a streaming list, say): use another.
    case unsupported
    /// The resource does not exist here, perhaps because its definition was removed: list again, later.
    case notFound
    /// The caller may not do this: the same again, later.
    case refused
    /// The answer does not make sense: a torn line, JSON of the wrong shape.
    case malformed
    /// Anything that time may cure: no connection, too many requests, a server in trouble.
    case transient
  }

  /// What the failure asks for.
  public var kind: Kind
  /// What went wrong, for logs.
  public var message: String
  /// How long the server asked to be left alone.
  public var retryAfter: Duration?

  /// A failure of a kind.
  public init(_ kind: Kind, _ message: String, retryAfter: Duration? = nil) {
    self.kind = kind
    self.message = message
    self.retryAfter = retryAfter
  }

  /// The message.
  public var description: String { message }
}
