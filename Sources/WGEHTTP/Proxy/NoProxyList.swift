#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The hosts that are reached without a proxy: the value of `no_proxy`, commas or blanks between
/// entries.
struct NoProxyList: Sendable, Hashable {
  private let patterns: [HostPattern]

  init(_ text: String) {
    patterns = text.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map { HostPattern(String($0)) }
  }

  func contains(_ host: HostPattern.Host, port: UInt16) -> Bool {
    patterns.contains { $0.matches(host, port: port) }
  }
}

/// One entry of ``NoProxyList``.
enum HostPattern: Sendable, Hashable {
  case everything
  /// The name itself (unless only names below it are meant) and all names below it.
  case name(String, onlyBelow: Bool, port: UInt16?)
  case range(Address, prefix: Int, port: UInt16?)

  /// An IP address as its 4 or 16 bytes.
  struct Address: Sendable, Hashable {
    var bytes: [UInt8]

    init?(_ text: String) {
      var v4 = in_addr()
      var v6 = in6_addr()
      if inet_pton(AF_INET, text, &v4) == 1 {
        bytes = withUnsafeBytes(of: &v4) { Array($0) }
      } else if inet_pton(AF_INET6, text, &v6) == 1 {
        bytes = withUnsafeBytes(of: &v6) { Array($0) }
        // ::ffff:a.b.c.d is a.b.c.d
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff { bytes = Array(bytes[12...]) }
      } else {
        return nil
      }
    }

    func isWithin(_ network: Address, prefix: Int) -> Bool {
      guard bytes.count == network.bytes.count else { return false }
      for index in bytes.indices {
        let bits = min(max(prefix - index * 8, 0), 8)
        let mask = UInt8(truncatingIfNeeded: 0xff00 >> bits)
        if (bytes[index] ^ network.bytes[index]) & mask != 0 { return false }
      }
      return true
    }
  }

  /// A host of a URL, ready to be compared.
  struct Host {
    var name: String
    var address: Address?

    /// - Parameter text: lower case; an IPv6 address in brackets.
    init(_ text: String) {
      name = text
      if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
      if name.hasSuffix(".") { name.removeLast() }
      address = Address(name)
    }

    var isLoopback: Bool {
      guard let address else { return name == "localhost" }
      return address.bytes.count == 4
        ? address.bytes[0] == 127 : address.bytes.dropLast().allSatisfy { $0 == 0 } && address.bytes.last == 1
    }
  }

  init(_ text: String) {
    var host = text.lowercased()
    if host == "*" {
      self = .everything
      return
    }
    var port: UInt16?
    if host.hasPrefix("["), let end = host.lastIndex(of: "]") {
      port = UInt16(host[end...].dropFirst(2))
      host = String(host[..<end].dropFirst())
    } else if host.filter({ $0 == ":" }).count == 1, let colon = host.firstIndex(of: ":"),
      let number = UInt16(host[colon...].dropFirst())
    {
      port = number
      host = String(host[..<colon])
    }
    if let slash = host.firstIndex(of: "/"), let network = Address(String(host[..<slash])),
      let prefix = Int(host[slash...].dropFirst()), (0...(network.bytes.count * 8)).contains(prefix)
    {
      self = .range(network, prefix: prefix, port: port)
    } else if let address = Address(host) {
      self = .range(address, prefix: address.bytes.count * 8, port: port)
    } else {
      if host.hasPrefix("*.") { host.removeFirst() }
      let onlyBelow = host.hasPrefix(".")
      if onlyBelow { host.removeFirst() }
      if host.hasSuffix(".") { host.removeLast() }
      self = .name(host, onlyBelow: onlyBelow, port: port)
    }
  }

  func matches(_ host: Host, port: UInt16) -> Bool {
    switch self {
    case .everything: true
    case .name(let name, let onlyBelow, let wanted):
      (wanted == nil || wanted == port) && !name.isEmpty
        && (host.name.hasSuffix(".\(name)") || (!onlyBelow && host.name == name))
    case .range(let network, let prefix, let wanted):
      (wanted == nil || wanted == port) && host.address?.isWithin(network, prefix: prefix) == true
    }
  }
}
