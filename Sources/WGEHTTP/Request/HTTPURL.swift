internal import CWGECurl

/// An absolute http or https URL that was checked and taken apart by libcurl's own parser, so that
/// what was checked is what is connected to.
struct HTTPURL: Sendable, Hashable {
  /// Scheme, host and port: what credentials belong to.
  struct Origin: Sendable, Hashable {
    var scheme: String
    /// Lower case; an IPv6 address in brackets.
    var host: String
    var port: UInt16

    /// What the Host header says: no port when it is the scheme's own.
    var authority: String {
      port == (scheme == "https" ? 443 : 80) ? host : "\(host):\(port)"
    }
  }

  /// Absolute, without fragment.
  let text: String
  let origin: Origin
  let path: String
  let query: String?

  /// What errors say: scheme, host, port and path.
  var target: String { "\(origin.scheme)://\(origin.authority)\(path)" }

  init(_ text: String) throws(HTTPError) {
    try self.init(text, relativeTo: nil)
  }

  /// The URL that a reference (a Location header) means when it is found at this one.
  func resolving(_ reference: String) throws(HTTPError) -> HTTPURL {
    try HTTPURL(reference, relativeTo: self)
  }

  /// The same resource of another host name, for the TLS server name.
  func text(withHost host: String) -> String {
    let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    return "\(origin.scheme)://\(name):\(origin.port)\(path)\(query.map { "?\($0)" } ?? "")"
  }

  private init(_ text: String, relativeTo base: HTTPURL?) throws(HTTPError) {
    guard text.utf8.count <= HTTPDefaults.urlBytes else {
      throw .invalidRequest("the URL is longer than \(HTTPDefaults.urlBytes) bytes")
    }
    guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw .invalidRequest("the URL contains a space, a control or a non-ASCII character: percent-encode it")
    }
    guard let url = curl_url() else { throw .invalidRequest("out of memory") }
    defer { curl_url_cleanup(url) }
    if let base {
      guard curl_url_set(url, CURLUPART_URL, base.text, 0) == CURLUE_OK else {
        throw .invalidRequest("the URL cannot be read")
      }
    } else {
      let scheme = text.prefix(while: { $0 != ":" }).lowercased()
      guard scheme == "http" || scheme == "https", text.dropFirst(scheme.count).hasPrefix("://") else {
        throw .invalidRequest("the URL must begin with http:// or https://")
      }
    }
    // Dot segments are resolved in references only; the caller's own URL is sent as it was given.
    let flags = base == nil ? UInt32(CURLU_PATH_AS_IS) : 0
    let code = curl_url_set(url, CURLUPART_URL, text, flags)
    guard code == CURLUE_OK else {
      throw .invalidRequest("the URL cannot be read: \(String(cString: curl_url_strerror(code)))")
    }
    func part(_ what: CURLUPart, _ flags: Int32 = 0) -> String? {
      var value: UnsafeMutablePointer<CChar>?
      guard curl_url_get(url, what, &value, UInt32(flags)) == CURLUE_OK, let value else { return nil }
      defer { curl_free(value) }
      return String(cString: value)
    }
    guard let scheme = part(CURLUPART_SCHEME), scheme == "http" || scheme == "https" else {
      throw .invalidRequest("the URL must begin with http:// or https://")
    }
    guard part(CURLUPART_USER) == nil, part(CURLUPART_PASSWORD) == nil else {
      throw .invalidRequest("the URL contains user information: send it in an Authorization field")
    }
    guard let host = part(CURLUPART_HOST), !host.isEmpty else { throw .invalidRequest("the URL names no host") }
    guard let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT).flatMap(UInt16.init), port != 0 else {
      throw .invalidRequest("the URL's port must be 1 to 65535")
    }
    guard curl_url_set(url, CURLUPART_FRAGMENT, nil, 0) == CURLUE_OK, let whole = part(CURLUPART_URL) else {
      throw .invalidRequest("the URL cannot be read")
    }
    self.text = whole
    origin = Origin(scheme: scheme, host: host.lowercased(), port: port)
    path = part(CURLUPART_PATH) ?? "/"
    query = part(CURLUPART_QUERY)
  }

  /// Scheme, host, port and path of a URL that may be anything.
  static func redacted(_ text: String) -> String {
    (try? HTTPURL(text))?.target ?? "<invalid URL>"
  }
}
