/// An IPv4 or IPv6 address.
struct CELAddress: Sendable, Hashable {
  /// Four or sixteen bytes.
  let bytes: [UInt8]

  /// Strict: no leading zeros, no zone, no IPv4 address in IPv6's clothes.
  init?(_ text: String) {
    if text.contains(":") {
      guard let bytes = Self.six(text), !Self.isMapped(bytes) else { return nil }
      self.bytes = bytes
    } else {
      guard let bytes = Self.four(text) else { return nil }
      self.bytes = bytes
    }
  }

  init(bytes: [UInt8]) { self.bytes = bytes }

  private static func isMapped(_ bytes: [UInt8]) -> Bool {
    bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
  }

  private static func four(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        part == "0" || !part.hasPrefix("0"), let byte = UInt8(part)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  private static func six(_ text: String) -> [UInt8]? {
    guard text.utf8.count <= 45 else { return nil }
    func groups(_ text: Substring) -> [UInt8]? {
      if text.isEmpty { return [] }
      var bytes: [UInt8] = []
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      for (index, part) in parts.enumerated() {
        if index == parts.count - 1, part.contains(".") {
          guard let tail = four(String(part)) else { return nil }
          bytes += tail
          continue
        }
        guard (1...4).contains(part.utf8.count), part.allSatisfy({ $0.isASCII && $0.isHexDigit }),
          let value = UInt16(part, radix: 16)
        else { return nil }
        bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
      }
      return bytes
    }
    guard let gap = text.firstRange(of: "::") else {
      guard let bytes = groups(text[...]), bytes.count == 16 else { return nil }
      return bytes
    }
    guard let head = groups(text[..<gap.lowerBound]), let tail = groups(text[gap.upperBound...]),
      head.count + tail.count <= 14, !text[gap.upperBound...].hasPrefix(":")
    else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  var family: Int64 { bytes.count == 4 ? 4 : 6 }
  var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }
  var isLoopback: Bool {
    bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
  }
  var isLinkLocalUnicast: Bool {
    bytes.count == 4 ? bytes[0] == 169 && bytes[1] == 254 : bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
  }
  var isLinkLocalMulticast: Bool {
    bytes.count == 4 ? bytes[0] == 224 && bytes[1] == 0 && bytes[2] == 0 : bytes[0] == 0xFF && bytes[1] & 0x0F == 2
  }
  private var isMulticast: Bool { bytes.count == 4 ? bytes[0] & 0xF0 == 224 : bytes[0] == 0xFF }
  var isGlobalUnicast: Bool {
    !isUnspecified && !isLoopback && !isMulticast && !isLinkLocalUnicast && !bytes.allSatisfy { $0 == 255 }
  }

  /// The canonical text: RFC 5952 for IPv6.
  var text: String {
    if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
    let groups = (0..<8).map { UInt16(bytes[$0 * 2]) << 8 | UInt16(bytes[$0 * 2 + 1]) }
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start >= 2, end - start > best.count { best = start..<end }
      start = max(end, start + 1)
    }
    func hex(_ range: Range<Int>) -> String { groups[range].map { String($0, radix: 16) }.joined(separator: ":") }
    return best.isEmpty ? hex(0..<8) : "\(hex(0..<best.lowerBound))::\(hex(best.upperBound..<8))"
  }
}

/// An address and the length of its prefix.
struct CELNetwork: Sendable, Hashable {
  let address: CELAddress
  let length: Int

  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = CELAddress(String(parts[0])), (1...3).contains(parts[1].utf8.count),
      parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), parts[1] == "0" || !parts[1].hasPrefix("0"),
      let length = Int(parts[1]), length <= address.bytes.count * 8
    else { return nil }
    self.init(address: address, length: length)
  }

  private init(address: CELAddress, length: Int) {
    self.address = address
    self.length = length
  }

  var masked: CELNetwork {
    let bytes = address.bytes.enumerated().map { index, byte -> UInt8 in
      let bits = min(8, max(0, length - index * 8))
      return bits == 0 ? 0 : byte & (0xFF << UInt8(8 - bits))
    }
    return CELNetwork(address: CELAddress(bytes: bytes), length: length)
  }

  func contains(_ other: CELAddress) -> Bool {
    guard other.bytes.count == address.bytes.count else { return false }
    return CELNetwork(address: other, length: length).masked.address == masked.address
  }

  func contains(_ other: CELNetwork) -> Bool { other.length >= length && contains(other.address) }

  var text: String { "\(address.text)/\(length)" }
}
