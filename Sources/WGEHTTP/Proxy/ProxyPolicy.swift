#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Whether requests go through a proxy, and which.
///
/// The scheme of a proxy's URL says how it is spoken to: `http`, `https`, `socks5` (names are
/// resolved here) or `socks5h` (by the proxy); no scheme means `http`. User information in it is
/// sent to the proxy alone. The description shows neither.
public struct ProxyPolicy: Sendable, Hashable {
  /// No proxy, whatever the environment says.
  public static let off = ProxyPolicy(http: nil, https: nil, bypass: NoProxyList(""), bypassesLoopback: false)

  /// What the process's environment says when this is called.
  public static var environment: ProxyPolicy {
    let names = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"]
    var variables: [String: String] = [:]
    for name in names.flatMap({ [$0, $0.uppercased()] }) + ["REQUEST_METHOD"] {
      if let value = getenv(name) { variables[name] = String(cString: value) }
    }
    return environment(variables)
  }

  /// What these variables say: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, each also
  /// in capitals; the small spelling wins.
  ///
  /// As in Go's HTTP client, requests to `localhost` and loopback addresses never use a proxy, and
  /// `HTTP_PROXY` is ignored inside a CGI script (`REQUEST_METHOD` is set), where a stranger's
  /// header could have set it.
  public static func environment(_ variables: [String: String]) -> ProxyPolicy {
    func value(_ name: String) -> String? {
      for spelling in [name, name.uppercased()] {
        if spelling == "HTTP_PROXY", variables["REQUEST_METHOD"] != nil { continue }
        if let value = variables[spelling], !value.isEmpty { return value }
      }
      return nil
    }
    let all = value("all_proxy")
    return ProxyPolicy(
      http: value("http_proxy") ?? all, https: value("https_proxy") ?? all,
      bypass: NoProxyList(value("no_proxy") ?? ""), bypassesLoopback: true)
  }

  /// This proxy for every request, except to the hosts that `noProxy` lists: names (with all names
  /// below them), addresses, address ranges (`10.0.0.0/8`), each with an optional port, or `*`.
  public static func url(_ url: String, noProxy: [String] = []) -> ProxyPolicy {
    ProxyPolicy(
      http: url, https: url, bypass: NoProxyList(noProxy.joined(separator: ",")), bypassesLoopback: false)
  }

  private let http: String?
  private let https: String?
  private let bypass: NoProxyList
  private let bypassesLoopback: Bool

  /// The URL of the proxy for a request to this origin; `nil` to connect directly.
  func proxy(for origin: HTTPURL.Origin) -> String? {
    guard let proxy = origin.scheme == "https" ? https : http, !proxy.isEmpty else { return nil }
    let host = HostPattern.Host(origin.host)
    if bypassesLoopback, host.isLoopback { return nil }
    return bypass.contains(host, port: origin.port) ? nil : proxy
  }
}

extension ProxyPolicy: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Whether there is a proxy; never its URL, which may hold a password.
  public var description: String { http == nil && https == nil ? "no proxy" : "proxy configured" }
  /// The same as ``description``.
  public var debugDescription: String { description }
  /// Empty, so that a dump shows no password.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
