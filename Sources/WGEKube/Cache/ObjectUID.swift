/// A uid as caches keep it: in 16 bytes in place when it is the canonical text of a UUID, as servers
/// make them, else as the text it is. A string of that length would be an allocation of 80 bytes for
/// each object.
struct ObjectUID: Sendable, Hashable {
  private enum Form: Sendable, Hashable {
    case uuid(UInt64, UInt64)
    case text(String)
  }

  private let form: Form

  init(_ text: String) { form = Self.uuid(text).map(Form.uuid) ?? .text(text) }

  /// Only lower case with hyphens in their places: equal numbers must mean equal texts.
  private static func uuid(_ text: String) -> (UInt64, UInt64)? {
    var digits = 0
    var words: (UInt64, UInt64) = (0, 0)
    guard text.utf8.count == 36 else { return nil }
    for (index, byte) in text.utf8.enumerated() {
      if index == 8 || index == 13 || index == 18 || index == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      default: return nil
      }
      if digits < 16 { words.0 = words.0 << 4 | UInt64(digit) } else { words.1 = words.1 << 4 | UInt64(digit) }
      digits += 1
    }
    return words
  }
}
