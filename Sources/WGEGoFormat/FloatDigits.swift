#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Decimal digits of a float and where the point stands: 0.d1d2d3... x 10^point.
package struct FloatDigits {
  /// Without leading zeros; empty for zero.
  package var digits: [UInt8] = []
  package var point = 0
  package var isNegative = false

  /// The fewest digits that read back as the same value.
  package init(shortest description: String) {
    var exponent = 0
    var seenPoint = false
    var bytes = description.utf8.makeIterator()
    while let byte = bytes.next() {
      switch byte {
      case UInt8(ascii: "-"): isNegative = true
      case UInt8(ascii: "."): seenPoint = true
      case UInt8(ascii: "e"):
        var isNegative = false
        while let digit = bytes.next() {
          if digit == UInt8(ascii: "-") {
            isNegative = true
          } else if digit &- 0x30 < 10 {
            exponent = exponent * 10 + Int(digit - 0x30)
          }
        }
        if isNegative { exponent = -exponent }
      default:
        if byte == 0x30, digits.isEmpty {
          if seenPoint { point -= 1 }
        } else {
          digits.append(byte)
          if !seenPoint { point += 1 }
        }
      }
    }
    point += exponent
    while digits.last == 0x30 { digits.removeLast() }
    if digits.isEmpty { point = 0 }
  }

  /// Rounded to so many significant digits.
  package init(_ value: Double, significant count: Int) {
    self.init(shortest: Self.exponential(value, precision: max(0, count - 1)))
  }

  /// The C library rounds exactly, as Go does.
  package static func exponential(_ value: Double, precision: Int) -> String { print(value, "%.*e", precision) }

  package static func positional(_ value: Double, precision: Int) -> String { print(value, "%.*f", precision) }

  private static func print(_ value: Double, _ format: String, _ precision: Int) -> String {
    let arguments: [any CVarArg] = [Int32(clamping: precision), value]
    var buffer = [CChar](repeating: 0, count: precision + 400)
    let length = withVaList(arguments) { vsnprintf(&buffer, buffer.count, format, $0) }
    return String(decoding: buffer.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  // MARK: Layouts

  package func scientific(_ mark: UInt8, into out: inout [UInt8]) {
    if isNegative { out.append(0x2D) }
    out.append(digits.first ?? 0x30)
    if digits.count > 1 {
      out.append(0x2E)
      out.append(contentsOf: digits.dropFirst())
    }
    let exponent = digits.isEmpty ? 0 : point - 1
    out.append(mark)
    out.append(exponent < 0 ? 0x2D : 0x2B)
    if exponent.magnitude < 10 { out.append(0x30) }
    out.append(contentsOf: String(exponent.magnitude).utf8)
  }

  package func positional(into out: inout [UInt8]) {
    if isNegative { out.append(0x2D) }
    if point <= 0 {
      out.append(0x30)
      if digits.isEmpty { return }
      out.append(0x2E)
      out.append(contentsOf: repeatElement(0x30, count: -point))
      out.append(contentsOf: digits)
    } else if digits.count <= point {
      out.append(contentsOf: digits)
      out.append(contentsOf: repeatElement(0x30, count: point - digits.count))
    } else {
      out.append(contentsOf: digits[..<point])
      out.append(0x2E)
      out.append(contentsOf: digits[point...])
    }
  }
}
