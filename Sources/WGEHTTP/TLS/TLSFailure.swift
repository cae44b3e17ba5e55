/// Why a secure connection was not made, named for what to change.
public enum TLSFailure: Error, Sendable, Hashable {
  /// The server's certificate is signed by no authority that is trusted here.
  case untrustedAuthority(detail: String)
  /// The server's certificate is not for the name (or address) that was asked for.
  case wrongName(detail: String)
  /// The server's certificate is past its end or before its begin (or this machine's clock is wrong).
  case outsideValidity(detail: String)
  /// The server wants a client certificate, or does not accept the one it got.
  case clientCertificateRefused(detail: String)
  /// The configured client certificate or key cannot be used.
  case clientIdentityInvalid(detail: String)
  /// The configured trust roots cannot be used.
  case trustRootsInvalid(detail: String)
  /// Any other failure of the handshake: no common version or cipher, not TLS at all, or, before
  /// TLS 1.3, a missing client certificate.
  case handshake(detail: String)
}

extension TLSFailure: CustomStringConvertible {
  /// One sentence: what failed, and what to change.
  public var description: String {
    switch self {
    case .untrustedAuthority(let detail):
      "TLS: the server's certificate is not trusted (\(detail)): add the certificate authority that signed it to the "
        + "trust roots"
    case .wrongName(let detail):
      "TLS: the server's certificate is for another name (\(detail)): use a URL with a name that is in the certificate, "
        + "or set the TLS server name"
    case .outsideValidity(let detail):
      "TLS: the server's certificate is not valid at this time (\(detail)): renew it, or set this machine's clock"
    case .clientCertificateRefused(let detail):
      "TLS: the server did not accept the client (\(detail)): configure a client certificate that it trusts"
    case .clientIdentityInvalid(let detail):
      "TLS: the client certificate or its key cannot be used (\(detail)): give a PEM certificate and its unencrypted "
        + "PEM key"
    case .trustRootsInvalid(let detail):
      "TLS: the trust roots cannot be used (\(detail)): give one or more PEM certificates"
    case .handshake(let detail):
      "TLS: the handshake failed (\(detail)): check that the port speaks TLS, that both sides share a version, and that "
        + "the server does not want a client certificate (before TLS 1.3 it may not say so)"
    }
  }
}
