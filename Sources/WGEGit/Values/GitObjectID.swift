/// The SHA-1 name of a Git object.
///
/// SHA-256 repositories are not readable by libgit2 1.5 and are refused when opened.
public struct GitObjectID: Sendable, Hashable, CustomStringConvertible {
  let high: UInt64
  let middle: UInt64
  let low: UInt32

  init(high: UInt64, middle: UInt64, low: UInt32) {
    self.high = high
    self.middle = middle
    self.low = low
  }

  /// Exactly 40 hexadecimal digits in either case; anything else, abbreviations too, is nil.
  public init?(_ hex: some StringProtocol) {
    var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    var count = 0
    for byte in hex.utf8 {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      switch count {
      case 0..<16: words.0 = words.0 << 4 | UInt64(digit)
      case 16..<32: words.1 = words.1 << 4 | UInt64(digit)
      case 32..<40: words.2 = words.2 << 4 | UInt64(digit)
      default: return nil
      }
      count += 1
    }
    guard count == 40 else { return nil }
    self.init(high: words.0, middle: words.1, low: UInt32(truncatingIfNeeded: words.2))
  }

  /// The 40 zeros that Git's protocols use for "no object".
  public static let zero = GitObjectID(high: 0, middle: 0, low: 0)

  /// 40 lower-case hexadecimal digits.
  public var description: String {
    var digits: [UInt8] = []
    digits.reserveCapacity(40)
    for (word, width) in [(high, 16), (middle, 16), (UInt64(low), 8)] {
      for position in (0..<width).reversed() {
        digits.append(Self.alphabet[Int(truncatingIfNeeded: word >> UInt64(position * 4)) & 15])
      }
    }
    return String(decoding: digits, as: UTF8.self)
  }

  /// The first 7 digits, for people.
  public var abbreviated: String { String(description.prefix(7)) }

  private static let alphabet = Array("0123456789abcdef".utf8)
}

extension GitObjectID: Codable {
  /// Reads 40 hexadecimal digits.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = GitObjectID(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a 40-digit object name")
    }
    self = id
  }

  /// Writes 40 hexadecimal digits.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
