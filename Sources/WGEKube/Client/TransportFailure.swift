/// Why there was no answer at all.
public struct TransportFailure: Sendable, Hashable, CustomStringConvertible {
  /// What a caller may want to tell apart.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The host name is unknown.
    case cannotResolve
    /// Nobody listens, the network is unreachable, or the proxy refused.
    case cannotConnect
    /// The certificate or the handshake was refused.
    case tls
    /// A time limit passed.
    case timedOut
    /// The connection broke after the request went out.
    case connectionLost
    /// The answer was larger than the limit.
    case tooLarge
    /// The peer does not speak HTTP as it should.
    case protocolViolation
    /// The transport was shut down.
    case closed
    /// The credentials for the connection could not be had: a plugin failed, a file is missing.
    case credentials
    /// The server is not asked at the moment, since it did not answer several times before.
    case circuitOpen
  }

  /// What went wrong.
  public var kind: Kind
  /// For people: names the server and what happened. Holds no credential.
  public var message: String
  /// False only when the server certainly got no byte of the request, so that any call may be
  /// tried again.
  public var mayHaveReachedServer: Bool

  /// With these values; the properties say what they mean.
  public init(_ kind: Kind, message: String, mayHaveReachedServer: Bool? = nil) {
    self.kind = kind
    self.message = message
    self.mayHaveReachedServer =
      mayHaveReachedServer
      ?? {
        switch kind {
        case .cannotResolve, .cannotConnect, .tls, .closed, .credentials, .circuitOpen: false
        case .timedOut, .connectionLost, .tooLarge, .protocolViolation: true
        }
      }()
  }

  /// The ``message``.
  public var description: String { message }
}
