internal import WGERego

/// A URI in a certificate, in the parts that Go's JSON has.
struct CertificateURI {
  private(set) var scheme = ""
  private(set) var opaque = ""
  private(set) var host = ""
  private(set) var path = ""
  private(set) var query = ""
  private(set) var fragment = ""
  private var user: String?

  init(_ text: String) {
    var rest = Substring(text)
    if let mark = rest.firstIndex(of: "#") {
      fragment = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    if let mark = rest.firstIndex(of: "?") {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    if let mark = rest.firstIndex(of: ":"), !rest[..<mark].contains("/") {
      scheme = rest[..<mark].lowercased()
      rest = rest[rest.index(after: mark)...]
    }
    guard rest.hasPrefix("//") else {
      if !scheme.isEmpty, !rest.hasPrefix("/") { opaque = String(rest) } else { path = String(rest) }
      return
    }
    rest = rest.dropFirst(2)
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash]
    if let mark = authority.lastIndex(of: "@") {
      user = String(authority[..<mark])
      host = String(authority[authority.index(after: mark)...])
    } else {
      host = String(authority)
    }
    path = String(rest[slash...])
  }

  /// The host without its port.
  var hostName: String {
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[host.startIndex...end]) }
    return host.firstIndex(of: ":").map { String(host[..<$0]) } ?? host
  }

  var value: RegoValue {
    [
      "Scheme": .string(scheme), "Opaque": .string(opaque), "User": user == nil ? .null : [:],
      "Host": .string(host), "Path": .string(path), "RawPath": "", "OmitHost": false, "ForceQuery": false,
      "RawQuery": .string(query), "Fragment": .string(fragment), "RawFragment": "",
    ]
  }
}
