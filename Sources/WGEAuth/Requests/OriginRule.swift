public import HTTPTypes
internal import WGEHTTP

/// Refuses calls that another site makes a signed-in browser send.
///
/// It applies to methods that change something when the caller is known by a cookie: a browser adds
/// the cookie to whatever a page of any site asks for. Callers who send a token cannot be used that
/// way. Attributes of the cookie already stop most of it; sibling hosts are the rest.
public struct OriginRule: Sendable, Hashable {
  /// Carried by callers that are no browsers, with the value `1`. Other sites cannot send it
  /// without being asked first, and are not allowed to.
  public static let headerName = "X-WGE-CSRF"

  private static let fetchSite = HTTPField.Name.wellKnown("Sec-Fetch-Site")
  private static let ownHeader = HTTPField.Name.wellKnown("X-WGE-CSRF")

  private let origins: Set<String>

  /// - Parameter origins: how browsers address the server, such as `https://wge.example.com`.
  public init(origins: some Sequence<String>) { self.origins = Set(origins.map { $0.lowercased() }) }

  /// Whether a method may change something.
  public static func isUnsafe(_ method: HTTPRequest.Method) -> Bool {
    ![.get, .head, .options, .trace].contains(method)
  }

  /// Whether a request may have been sent by another site's page.
  ///
  /// - Parameter host: the request's own host and port, taken for the origin where none was
  ///   configured.
  public func refuses(_ method: HTTPRequest.Method, _ headers: HTTPFields, host: String?) -> Bool {
    guard Self.isUnsafe(method) else { return false }
    if let site = headers[Self.fetchSite] {
      return site != "same-origin" && site != "none"
    }
    if let origin = headers[.origin] { return !isOwn(origin, host) }
    if let referer = headers[.referer] { return !isOwn(Self.origin(of: referer), host) }
    return headers[Self.ownHeader] != "1"
  }

  private func isOwn(_ origin: String, _ host: String?) -> Bool {
    let origin = origin.lowercased()
    if !origins.isEmpty { return origins.contains(origin) }
    // Browsers alone write both headers, and no page can make them differ from the truth.
    guard let host = host?.lowercased() else { return false }
    return origin == "http://\(host)" || origin == "https://\(host)"
  }

  private static func origin(of url: String) -> String {
    guard let scheme = url.range(of: "://") else { return "" }
    return String(url[..<scheme.upperBound] + url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" })
  }
}

extension StringProtocol {
  /// The first occurrence of a text; the standard library alone has this only for collections.
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
