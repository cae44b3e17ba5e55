#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The parts of a URL that decide whether a kubeconfig may use it. Deliberately strict: what it
/// does not take apart with certainty it refuses.
struct URLParts {
  let scheme: String
  /// Lower case, without brackets or a dot at the end.
  let host: String
  let port: Int?
  let hasUserInfo: Bool

  init?(_ text: String) {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
    guard let separator = text.firstRange(of: "://") else { return nil }
    scheme = text[..<separator.lowerBound].lowercased()
    guard !scheme.isEmpty, scheme.allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) }) else { return nil }
    var authority = text[separator.upperBound...].prefix { !"/?#".contains($0) }
    if let at = authority.lastIndex(of: "@") {
      hasUserInfo = true
      authority = authority[authority.index(after: at)...]
    } else {
      hasUserInfo = false
    }
    let portText: Substring
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[..<end].dropFirst().lowercased()
      portText = authority[authority.index(after: end)...]
      guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || ":.%".contains($0) }) else { return nil }
    } else {
      let colon = authority.firstIndex(of: ":") ?? authority.endIndex
      var name = authority[..<colon].lowercased()
      if name.hasSuffix(".") { name.removeLast() }
      host = name
      portText = authority[colon...]
      guard !host.isEmpty, host.allSatisfy({ $0.isLetter || $0.isNumber || "-._".contains($0) }) else { return nil }
    }
    if portText.isEmpty {
      port = nil
    } else {
      guard portText.first == ":", let number = Int(portText.dropFirst()), (1...65_535).contains(number) else {
        return nil
      }
      port = number
    }
  }

  /// True for this machine in every spelling that a resolver takes: names, IPv4 in its short,
  /// octal, hexadecimal and numeric forms, IPv6 and IPv4 mapped into it.
  var isLoopback: Bool {
    if host == "localhost" || host.hasSuffix(".localhost") { return true }
    if host.contains(":") {
      var address = in6_addr()
      guard inet_pton(AF_INET6, String(host.prefix { $0 != "%" }), &address) == 1 else { return false }
      let bytes = withUnsafeBytes(of: &address) { Array($0) }
      let leading = bytes[..<10].allSatisfy { $0 == 0 }
      guard leading else { return false }
      let isMapped = bytes[10] == 0xFF && bytes[11] == 0xFF
      let isCompatible = bytes[10] == 0 && bytes[11] == 0
      // ::, ::1, and the mapped and compatible forms of 127.0.0.0/8 and 0.0.0.0/8.
      return (isMapped || isCompatible) && (bytes[12] == 127 || bytes[12] == 0)
    }
    var address = in_addr()
    guard inet_aton(host, &address) == 1 else { return false }
    let first = withUnsafeBytes(of: &address) { $0[0] }
    // 0.0.0.0 reaches this machine too.
    return first == 127 || first == 0
  }
}
