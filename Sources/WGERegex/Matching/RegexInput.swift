/// Text as bytes, read as UTF-8. A byte that begins no valid sequence reads as U+FFFD, one byte long, as in Go.
struct RegexInput {
  let bytes: UnsafeBufferPointer<UInt8>

  var count: Int { bytes.count }

  /// The character that begins at a position before the end, and its length.
  @inline(__always)
  func scalar(at position: Int) -> (UInt32, Int) {
    let first = bytes[position]
    if first < 0x80 { return (UInt32(first), 1) }
    return UTF8Scalar.decode(bytes, position)
  }

  /// The character that ends at a position; nil at the start.
  func scalar(before position: Int) -> UInt32? {
    guard position > 0 else { return nil }
    if bytes[position - 1] < 0x80 { return UInt32(bytes[position - 1]) }
    var start = position - 1
    while start > 0, position - start < 4, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    let (scalar, length) = self.scalar(at: start)
    return start + length == position ? scalar : 0xFFFD
  }

  func assertions(at position: Int) -> RegexAssertion {
    .holding(before: scalar(before: position), after: position < count ? scalar(at: position).0 : nil)
  }

  /// The first occurrence of a non-empty needle at or after a position.
  func firstIndex(of needle: [UInt8], from start: Int) -> Int? {
    let last = count - needle.count
    guard start <= last else { return nil }
    let first = needle[0]
    var position = start
    while position <= last {
      if bytes[position] == first {
        var offset = 1
        while offset < needle.count, bytes[position + offset] == needle[offset] { offset += 1 }
        if offset == needle.count { return position }
      }
      position += 1
    }
    return nil
  }
}

/// Decoding of UTF-8 as Go does it.
package enum UTF8Scalar {
  /// The character at a position within the bytes, and its length; U+FFFD and 1 for an invalid byte.
  package static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ position: Int) -> (UInt32, Int) {
    let first = UInt32(bytes[position])
    if first < 0x80 { return (first, 1) }
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC2, first <= 0xF4, position + length <= bytes.count else { return (0xFFFD, 1) }
    var value = first & (0x7F >> UInt32(length))
    for offset in 1..<length {
      let byte = bytes[position + offset]
      guard byte & 0xC0 == 0x80 else { return (0xFFFD, 1) }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    let isValid =
      switch length {
      case 3: value >= 0x800 && !(0xD800...0xDFFF).contains(value)
      case 4: value >= 0x10000 && value <= 0x10FFFF
      default: true
      }
    return isValid ? (value, length) : (0xFFFD, 1)
  }
}
