import CWGECurl
import HTTPTypes
import WGECore

/// Says to an easy handle all that a request and a configuration ask for.
///
/// libcurl copies every value but lists, which must live as long as the handle. Its own defaults
/// that surprise (environment variables, Expect: 100-continue, a Content-Type of its own, signals)
/// are switched off, so that a request is what the caller wrote.
struct TransferOptions {
  let handle: UnsafeMutableRawPointer
  let request: PreparedRequest
  let configuration: CurlTransport.Configuration

  /// Answers the lists to be freed after the handle.
  func apply() throws(HTTPError) -> [UnsafeMutablePointer<curl_slist>] {
    var lists: [UnsafeMutablePointer<curl_slist>] = []
    do {
      try setProcess()
      try setTarget(&lists)
      try setMethodAndBody()
      try setFields(&lists)
      if request.url.origin.scheme == "https" { try setTLS() }
      try setProxy()
      return lists
    } catch {
      for list in lists { curl_slist_free_all(list) }
      throw error
    }
  }

  private func setProcess() throws(HTTPError) {
    try set(CURLOPT_NOSIGNAL, 1)
    // Without it, giving up during a name look-up waits for the resolver's thread to end.
    try set(CURLOPT_QUICK_EXIT, 1)
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_TCP_KEEPALIVE, 1)
    try set(CURLOPT_TCP_KEEPIDLE, HTTPDefaults.keepAliveIdleSeconds)
    try set(CURLOPT_TCP_KEEPINTVL, HTTPDefaults.keepAliveIntervalSeconds)
    try set(
      CURLOPT_HTTP_VERSION,
      configuration.versions == .automatic ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1)
    if let connect = request.options.timeouts.connect {
      try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, connect.wholeMilliseconds))
    } else {
      // Zero would mean libcurl's default of five minutes.
      try set(CURLOPT_CONNECTTIMEOUT_MS, Int(Int32.max))
    }
    if request.options.decompressesBody {
      // Not what libcurl can at most: these two bound how much a packet can unfold to.
      try set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate")
    }
  }

  private var tlsServerName: String? {
    guard request.isCallersOrigin, request.url.origin.scheme == "https", let name = configuration.tls.serverName,
      name.lowercased() != request.url.origin.host
    else { return nil }
    return name
  }

  /// libcurl takes the name for SNI and for the certificate from the URL. Another name is had by
  /// putting that name into the URL and connecting it to the true host.
  private func setTarget(_ lists: inout [UnsafeMutablePointer<curl_slist>]) throws(HTTPError) {
    try set(CURLOPT_PATH_AS_IS, 1)
    guard let name = tlsServerName else { return try set(CURLOPT_URL, request.url.text) }
    try set(CURLOPT_URL, request.url.text(withHost: name))
    let origin = request.url.origin
    let bracketed = name.contains(":") ? "[\(name)]" : name
    var list: UnsafeMutablePointer<curl_slist>?
    try append("\(bracketed):\(origin.port):\(origin.host):\(origin.port)", to: &list)
    if let list { lists.append(list) }
    try check(wge_easy_set_list(handle, CURLOPT_CONNECT_TO, list))
  }

  private func setMethodAndBody() throws(HTTPError) {
    if request.method == "HEAD" {
      try set(CURLOPT_NOBODY, 1)
    } else if request.hasBody || ["POST", "PUT", "PATCH"].contains(request.method) {
      try set(CURLOPT_UPLOAD, 1)
      try check(wge_easy_set_offset(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(request.bodyLength ?? -1)))
    } else {
      try set(CURLOPT_HTTPGET, 1)
    }
    try set(CURLOPT_CUSTOMREQUEST, request.method)
  }

  private func setFields(_ lists: inout [UnsafeMutablePointer<curl_slist>]) throws(HTTPError) {
    var list: UnsafeMutablePointer<curl_slist>?
    defer { if let list { lists.append(list) } }
    if tlsServerName != nil { try append("Host: \(request.url.origin.authority)", to: &list) }
    var names: Set<String> = []
    for (name, value) in request.fieldLines {
      names.insert(name.lowercased())
      // libcurl's way to say that a field is empty.
      try append(value.isEmpty ? "\(name);" : "\(name): \(value)", to: &list)
    }
    if !names.contains("user-agent") { try append("User-Agent: \(configuration.userAgent)", to: &list) }
    // A name with nothing after the colon keeps libcurl from sending its own.
    if !names.contains("accept") { try append("Accept: */*", to: &list) }
    if !names.contains("content-type") { try append("Content-Type:", to: &list) }
    try append("Expect:", to: &list)
    try check(wge_easy_set_list(handle, CURLOPT_HTTPHEADER, list))
  }

  private func setTLS() throws(HTTPError) {
    let tls = configuration.tls
    try set(CURLOPT_SSL_VERIFYPEER, tls.verifiesServer ? 1 : 0)
    try set(CURLOPT_SSL_VERIFYHOST, tls.verifiesServer ? 2 : 0)
    try set(
      CURLOPT_SSLVERSION,
      tls.minimumVersion == .v1_3 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2)
    if case .pem(let bytes) = tls.trustRoots {
      try set(CURLOPT_CAINFO_BLOB, blob: bytes)
      // Else the system's directory of authorities would still be trusted, too.
      try check(wge_easy_set_string(handle, CURLOPT_CAPATH, nil))
    }
    if request.isCallersOrigin, let identity = tls.clientIdentity {
      try set(CURLOPT_SSLCERTTYPE, "PEM")
      try set(CURLOPT_SSLCERT_BLOB, blob: identity.certificateChain)
      try set(CURLOPT_SSLKEYTYPE, "PEM")
      try set(CURLOPT_SSLKEY_BLOB, blob: identity.privateKey.reveal())
    }
  }

  /// Always said, even when there is none: libcurl would else read the environment itself.
  private func setProxy() throws(HTTPError) {
    let proxy = configuration.proxy.proxy(for: request.url.origin)
    try check(
      wge_easy_set_string(handle, CURLOPT_PROXY, proxy ?? ""), or: "the proxy's URL cannot be used")
    try set(CURLOPT_NOPROXY, "")
    try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    // What is meant for the server must not reach the proxy that only opens the tunnel.
    try set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
    if proxy != nil, configuration.tls.trustRoots != .system, case .pem(let bytes) = configuration.tls.trustRoots {
      try set(CURLOPT_PROXY_CAINFO_BLOB, blob: bytes)
    }
  }

  // MARK: Setters

  private func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
    try check(wge_easy_set_long(handle, option, value))
  }

  private func set(_ option: CURLoption, _ value: String) throws(HTTPError) {
    try check(wge_easy_set_string(handle, option, value))
  }

  private func set(_ option: CURLoption, blob bytes: [UInt8]) throws(HTTPError) {
    try check(bytes.withUnsafeBytes { wge_easy_set_blob(handle, option, $0.baseAddress, $0.count) })
  }

  private func append(_ line: String, to list: inout UnsafeMutablePointer<curl_slist>?) throws(HTTPError) {
    guard let longer = curl_slist_append(list, line) else { throw .invalidRequest("out of memory") }
    list = longer
  }

  private func check(_ code: CURLcode, or text: String? = nil) throws(HTTPError) {
    guard code == CURLE_OK else {
      throw .invalidRequest(text ?? "libcurl cannot do this: \(String(cString: curl_easy_strerror(code)))")
    }
  }
}

extension Duration {
  /// Rounded up; at most some 24 days.
  fileprivate var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    guard seconds < 2_000_000 else { return 2_000_000_000 }
    guard seconds >= 0 else { return 0 }
    return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
