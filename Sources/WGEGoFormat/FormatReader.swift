internal import WGERegex

/// Reads a format of Go's fmt.Printf, directive by directive.
///
/// What needs no operand (text, and complaints such as `%!d(MISSING)`) goes straight to the writer; for what does,
/// ``next(_:integer:)`` says which operand and which verb, and leaves the flags in the writer. So the values that
/// are formatted can be of any type.
///
/// ```swift
/// var reader = FormatReader(format, count: operands.count)
/// while let (operand, verb) = reader.next(&writer, integer: { Int(operands[$0]) }) { write(operands[operand], verb) }
/// ```
package struct FormatReader {
  /// Widths and precisions past this are refused, as in Go.
  private static let largestNumber = 1_000_000

  private let format: UnsafeBufferPointer<UInt8>
  private let count: Int
  private var position = 0
  private var operand = 0
  private var isReordered = false
  private var isAfterIndex = false
  private var isGoodIndex = true

  /// - Parameters:
  ///   - format: must stay valid while the reader is in use.
  ///   - count: the number of operands.
  package init(_ format: UnsafeBufferPointer<UInt8>, count: Int) {
    self.format = format
    self.count = count
  }

  /// Once the format is read: the operands that it did not use; nil when there are none.
  package var extra: Range<Int>? { isReordered || operand >= count ? nil : operand..<count }

  /// The next operand to write and its verb; nil at the end of the format.
  /// - Parameter integer: the value of an operand that is an integer, for `*`; else nil.
  package mutating func next(
    _ writer: inout FormatWriter, integer: (_ operand: Int) -> Int?
  ) -> (operand: Int, verb: UInt32)? {
    while position < format.count {
      let start = position
      while position < format.count, format[position] != UInt8(ascii: "%") { position += 1 }
      writer.out.append(contentsOf: format[start..<position])
      if position >= format.count { return nil }
      position += 1
      readFlags(&writer)
      readIndex()
      readWidth(&writer, integer)
      readPrecision(&writer, integer)
      if !isAfterIndex { readIndex() }
      guard position < format.count else {
        writer.put("%!(NOVERB)")
        return nil
      }
      let (verb, length) = UTF8Scalar.decode(format, position)
      position += length
      if verb == 0x25 {
        writer.out.append(0x25)
      } else if !isGoodIndex {
        writer.complain(verb, "BADINDEX")
      } else if operand >= count {
        writer.complain(verb, "MISSING")
      } else {
        operand += 1
        if verb == UInt32(UInt8(ascii: "v")) || verb == UInt32(UInt8(ascii: "w")) {
          writer.flags.sharpV = writer.flags.sharp
          writer.flags.plusV = writer.flags.plus
          if writer.flags.sharp { writer.flags.sharp = false }
          writer.flags.plus = false
        }
        return (operand - 1, verb)
      }
    }
    return nil
  }

  private mutating func readFlags(_ writer: inout FormatWriter) {
    writer.flags = FormatFlags()
    isAfterIndex = false
    isGoodIndex = true
    while position < format.count {
      switch format[position] {
      case UInt8(ascii: "#"): writer.flags.sharp = true
      case UInt8(ascii: "0"): writer.flags.zero = true
      case UInt8(ascii: "+"): writer.flags.plus = true
      case UInt8(ascii: "-"): writer.flags.minus = true
      case UInt8(ascii: " "): writer.flags.space = true
      default: return
      }
      position += 1
    }
  }

  private mutating func readWidth(_ writer: inout FormatWriter, _ integer: (Int) -> Int?) {
    if position < format.count, format[position] == UInt8(ascii: "*") {
      position += 1
      if let width = star(integer) {
        writer.flags.width = abs(width)
        if width < 0 {
          writer.flags.minus = true
          writer.flags.zero = false
        }
      } else {
        writer.put("%!(BADWIDTH)")
      }
      isAfterIndex = false
    } else if let width = number() {
      writer.flags.width = width
      if isAfterIndex { isGoodIndex = false }
    }
  }

  private mutating func readPrecision(_ writer: inout FormatWriter, _ integer: (Int) -> Int?) {
    guard position + 1 < format.count, format[position] == UInt8(ascii: ".") else { return }
    position += 1
    if isAfterIndex { isGoodIndex = false }
    readIndex()
    if position < format.count, format[position] == UInt8(ascii: "*") {
      position += 1
      let precision = star(integer)
      if let precision, precision >= 0 { writer.flags.precision = precision } else { writer.put("%!(BADPREC)") }
      isAfterIndex = false
    } else {
      writer.flags.precision = number() ?? 0
    }
  }

  /// Digits at the position; nil when there are none, or too many: then the rest of the format is passed over.
  private mutating func number() -> Int? {
    var value = 0
    let start = position
    while position < format.count, format[position] &- 0x30 < 10 {
      if value > Self.largestNumber {
        position = format.count
        return nil
      }
      value = value * 10 + Int(format[position] - 0x30)
      position += 1
    }
    return position == start ? nil : value
  }

  private mutating func star(_ integer: (Int) -> Int?) -> Int? {
    guard operand < count else { return nil }
    operand += 1
    guard let value = integer(operand - 1), value >= -Self.largestNumber, value <= Self.largestNumber else {
      return nil
    }
    return value
  }

  /// `[n]`
  private mutating func readIndex() {
    isAfterIndex = false
    guard position < format.count, format[position] == UInt8(ascii: "[") else { return }
    isReordered = true
    guard position + 2 < format.count, let close = format[position...].firstIndex(of: UInt8(ascii: "]")) else {
      isGoodIndex = false
      position += 1
      return
    }
    position += 1
    let value = number()
    let isNumber = position == close
    position = close + 1
    guard let value, isNumber else {
      isGoodIndex = false
      return
    }
    isAfterIndex = true
    if value >= 1, value <= count { operand = value - 1 } else { isGoodIndex = false }
  }
}
