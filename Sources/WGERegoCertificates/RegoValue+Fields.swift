internal import BigInt
#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import WGECore
internal import WGERego

/// Values as Go writes them in JSON.
extension RegoValue {
  static func whole(_ value: Int) -> RegoValue { .number(.int(Int64(value))) }

  static func base64(_ bytes: some Collection<UInt8>) -> RegoValue { .string(Base64.encode(bytes)) }

  /// Nothing is null.
  static func listed(_ values: [RegoValue]) -> RegoValue { values.isEmpty ? .null : .array(RegoArray(values)) }

  static func texts(_ texts: [String]) -> RegoValue { listed(texts.map { .string($0) }) }

  static func arcs(_ arcs: [Int]) -> RegoValue { .array(RegoArray(arcs.map { .whole($0) })) }

  /// A whole number of the bytes of a signed integer; null past ``Certificate/maximumInteger``.
  static func big(_ bytes: some Collection<UInt8>) -> RegoValue {
    // The decimal text takes the square of the length.
    guard bytes.count <= Certificate.maximumInteger + 1 else { return .null }
    var value = BigInt(BigUInt(Data(bytes)))
    if let first = bytes.first, first & 0x80 != 0 { value -= BigInt(1) << (8 * bytes.count) }
    return RegoNumber(decimal: String(value)).map { .number($0) } ?? .null
  }

  /// The same of an unsigned integer.
  static func unsigned(_ bytes: some Collection<UInt8>) -> RegoValue { big([0] + Array(bytes)) }
}
