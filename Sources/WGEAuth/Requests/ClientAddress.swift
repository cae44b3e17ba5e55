#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The IP address that a request comes from.
public struct ClientAddress: Sendable, Hashable, CustomStringConvertible {
  /// 4 or 16 bytes; IPv4 in IPv6 clothes is IPv4. Empty when the address is not known.
  public let bytes: [UInt8]

  /// An address that is not known, such as a test's.
  public static let unknown = ClientAddress(bytes: [])

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads an address without port; brackets around IPv6 are fine.
  public init?(_ text: some StringProtocol) {
    var text = String(text)
    if text.hasPrefix("["), text.hasSuffix("]") { text = String(text.dropFirst().dropLast()) }
    if let zone = text.firstIndex(of: "%") { text = String(text[..<zone]) }
    guard text.utf8.count < 64 else { return nil }
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: &four) { Array($0) }
      return
    }
    var six = in6_addr()
    guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
    let all = withUnsafeBytes(of: &six) { Array($0) }
    let isMapped = all[..<10].allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
    bytes = isMapped ? Array(all[12...]) : all
  }

  /// What counts as one client for limits: the address, or the /64 of an IPv6 address, which is
  /// what one customer has.
  public var bucket: String {
    let significant = bytes.count == 16 ? bytes[..<8] : bytes[...]
    return "\(bytes.count):" + significant.map { String($0, radix: 16) }.joined(separator: ".")
  }

  /// The address as text; every group of IPv6 is written.
  public var description: String {
    switch bytes.count {
    case 4: return bytes.map { String($0) }.joined(separator: ".")
    case 16:
      let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
      return groups.map { String($0, radix: 16) }.joined(separator: ":")
    default: return "unknown"
    }
  }

  /// The client of a request: the peer, or, when the peer is a trusted proxy, the last hop of
  /// `X-Forwarded-For` that is not one.
  public static func resolve(peer: ClientAddress, forwardedFor: [String], trusted: [AddressRange]) -> ClientAddress {
    guard trusted.contains(where: { $0.contains(peer) }) else { return peer }
    var client = peer
    for hop in forwardedFor.joined(separator: ",").split(separator: ",").reversed().prefix(32) {
      let text = hop.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      guard let address = ClientAddress(String(text)) else { return client }
      client = address
      if !trusted.contains(where: { $0.contains(address) }) { return address }
    }
    return client
  }
}

/// A block of addresses, such as `10.0.0.0/8`.
public struct AddressRange: Sendable, Hashable {
  private let prefix: [UInt8]
  private let length: Int

  /// Reads `ADDRESS/LENGTH`, or one address.
  ///
  /// - Throws: ``AuthError/configuration(_:)``.
  public init(parsing text: String) throws(AuthError) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = ClientAddress(parts[0]) else {
      throw .configuration("\(text.debugDescription) is no address range; write it like 10.0.0.0/8")
    }
    let bits = address.bytes.count * 8
    guard let length = parts.count == 1 ? bits : Int(parts[1]), (0...bits).contains(length) else {
      throw .configuration("\(text.debugDescription) is no address range; write it like 10.0.0.0/8")
    }
    prefix = address.bytes
    self.length = length
  }

  /// Whether an address lies in the block.
  public func contains(_ address: ClientAddress) -> Bool {
    guard address.bytes.count == prefix.count else { return false }
    for bit in 0..<length where (address.bytes[bit / 8] ^ prefix[bit / 8]) & (0x80 >> UInt8(bit % 8)) != 0 {
      return false
    }
    return true
  }
}
