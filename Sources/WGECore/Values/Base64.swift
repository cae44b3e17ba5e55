/// Base64 of RFC 4648, as Secrets, kubeconfigs, certificates and tokens carry bytes.
///
/// Decoding follows Go's `encoding/base64`: line breaks are skipped, nothing else is; padding is required where
/// the variant has it and refused where it has none.
public enum Base64 {
  /// Which letters stand for 62 and 63, and whether the last group is padded.
  public struct Variant: Sendable {
    let letters: [UInt8]
    /// What each byte stands for; 255 when for nothing.
    let values: [UInt8]
    let isPadded: Bool

    private init(_ lastLetters: String, isPadded: Bool) {
      letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(lastLetters)".utf8)
      var values = [UInt8](repeating: 255, count: 256)
      for (value, letter) in letters.enumerated() { values[Int(letter)] = UInt8(value) }
      self.values = values
      self.isPadded = isPadded
    }

    /// Section 4: `+` and `/`, padded.
    public static let standard = Variant("+/", isPadded: true)
    /// Section 5 without padding: `-` and `_`, as tokens have it.
    public static let url = Variant("-_", isPadded: false)
    /// Section 5: `-` and `_`, padded.
    public static let paddedURL = Variant("-_", isPadded: true)
  }

  /// Why a text is not base64.
  public struct Corruption: Error, Equatable {
    /// The first byte that does not fit, as Go counts: where a group stops short, the place where it should have begun.
    public let offset: Int
  }

  /// The bytes that a text stands for; nil when it is not base64.
  public static func decode(_ text: some StringProtocol, as variant: Variant = .standard) -> [UInt8]? {
    try? bytes(of: Array(text.utf8), as: variant)
  }

  /// The bytes that a text stands for, when it is the very text that ``encode(_:as:)`` writes for them; else nil.
  public static func decodeCanonical(_ text: some StringProtocol, as variant: Variant = .standard) -> [UInt8]? {
    guard let bytes = decode(text, as: variant), encode(bytes, as: variant) == text else { return nil }
    return bytes
  }

  /// The bytes that a text stands for.
  /// - Throws: ``Corruption``, which says where it stops to be base64.
  public static func bytes(of text: [UInt8], as variant: Variant = .standard) throws(Corruption) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count / 4 * 3 + 3)
    var position = 0
    while true {
      var group: UInt32 = 0
      var digits = 0
      while digits < 4 {
        skipLineBreaks(text, &position)
        guard position < text.count else {
          guard digits == 0 || !variant.isPadded && digits > 1 else { throw Corruption(offset: position - digits) }
          append(group, digits, to: &result)
          return result
        }
        let value = variant.values[Int(text[position])]
        if value == 255 { break }
        group = group << 6 | UInt32(value)
        digits += 1
        position += 1
      }
      if digits == 4 {
        append(group, digits, to: &result)
        continue
      }
      try readPadding(text, &position, after: digits, variant)
      append(group, digits, to: &result)
      return result
    }
  }

  private static func skipLineBreaks(_ text: [UInt8], _ position: inout Int) {
    while position < text.count, text[position] == 0x0A || text[position] == 0x0D { position += 1 }
  }

  /// What does not stand for a value may only be the padding, and the padding only at the end.
  private static func readPadding(
    _ text: [UInt8], _ position: inout Int, after digits: Int, _ variant: Variant
  ) throws(Corruption) {
    guard variant.isPadded, text[position] == UInt8(ascii: "="), digits >= 2 else {
      throw Corruption(offset: position)
    }
    position += 1
    skipLineBreaks(text, &position)
    if digits == 2 {
      guard position < text.count else { throw Corruption(offset: position) }
      guard text[position] == UInt8(ascii: "=") else { throw Corruption(offset: position - 1) }
      position += 1
      skipLineBreaks(text, &position)
    }
    guard position == text.count else { throw Corruption(offset: position) }
  }

  /// The whole bytes in that many digits.
  private static func append(_ group: UInt32, _ digits: Int, to result: inout [UInt8]) {
    let bits = group << UInt32(6 * (4 - digits))
    if digits > 1 { result.append(UInt8(truncatingIfNeeded: bits >> 16)) }
    if digits > 2 { result.append(UInt8(truncatingIfNeeded: bits >> 8)) }
    if digits > 3 { result.append(UInt8(truncatingIfNeeded: bits)) }
  }

  /// The text for some bytes, on one line.
  public static func encode(_ bytes: some Sequence<UInt8>, as variant: Variant = .standard) -> String {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.underestimatedCount + 2) / 3 * 4)
    var iterator = bytes.makeIterator()
    while let a = iterator.next() {
      let b = iterator.next()
      let c = b == nil ? nil : iterator.next()
      let group = UInt32(a) << 16 | UInt32(b ?? 0) << 8 | UInt32(c ?? 0)
      let digits = c != nil ? 4 : b != nil ? 3 : 2
      for place in 0..<digits { result.append(variant.letters[Int(group >> UInt32(18 - 6 * place) & 63)]) }
      if variant.isPadded { for _ in digits..<4 { result.append(UInt8(ascii: "=")) } }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
