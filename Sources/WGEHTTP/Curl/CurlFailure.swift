import CWGECurl

/// What libcurl says when a transfer failed, turned into what the host can do about it.
struct CurlFailure {
  var code: CURLcode
  /// libcurl's sentence; may be empty.
  var text: String
  /// OpenSSL's X509_V_ERR code of the server's certificate; 0 when it is good or was not seen.
  var verification: Int
  /// Whether the connection stood and the request was begun.
  var requestWasBegun: Bool
  var hasHead: Bool
  var bytesSent: Int64
  var headerLimit: Int

  func error(target: String) -> HTTPError {
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      return .cannotResolve(target: target, detail: detail)
    case CURLE_OPERATION_TIMEDOUT:
      // The only time-out that libcurl is told of.
      return .timedOut(target: target, phase: .connect)
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR:
      return .tls(target: target, verificationFailure)
    case CURLE_SSL_CERTPROBLEM:
      return .tls(target: target, .clientIdentityInvalid(detail: detail))
    case CURLE_SSL_CACERT_BADFILE:
      return .tls(target: target, .trustRootsInvalid(detail: detail))
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED:
      return .tls(target: target, alertFailure ?? .handshake(detail: detail))
    case CURLE_OUT_OF_MEMORY where requestWasBegun && !hasHead,
      CURLcode(rawValue: 100) where !hasHead,  // CURLE_TOO_LARGE, since libcurl 8.6
      CURLE_RECV_ERROR where text.hasPrefix("Too large response headers"):
      // libcurl's own bounds on header lines.
      return .headersTooLarge(target: target, limit: headerLimit)
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2:
      return .protocolError(target: target, detail: detail)
    case CURLE_URL_MALFORMAT:
      return .invalidRequest("the URL cannot be used: \(detail)")
    default:
      // A server that refuses the client's certificate says so in TLS 1.3 only after the handshake.
      if !hasHead, let failure = alertFailure { return .tls(target: target, failure) }
      return requestWasBegun
        ? .connectionLost(target: target, bytesSent: bytesSent, detail: detail)
        : .cannotConnect(target: target, detail: detail)
    }
  }

  /// One line of printable text.
  private var detail: String {
    let text = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(300).map { $0.value < 0x20 ? " " : $0 }))
  }

  private var verificationFailure: TLSFailure {
    switch verification {
    case 9, 10: return .outsideValidity(detail: detail)
    case 62, 63, 64: return .wrongName(detail: detail)
    default:
      // libcurl compares names itself, before it looks at what OpenSSL found; the code then still
      // says "unspecified" (1) or good (0).
      return verification <= 1 && text.contains("match")
        ? .wrongName(detail: detail) : .untrustedAuthority(detail: detail)
    }
  }

  private var alertFailure: TLSFailure? {
    let text = text.lowercased()
    guard text.contains("alert") else { return nil }
    return text.contains("certificate") || text.contains("unknown ca")
      ? .clientCertificateRefused(detail: detail) : nil
  }
}
