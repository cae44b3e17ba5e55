internal import WGERegex

extension GoFormatter {
  /// Widths and precisions past this are refused, as in Go.
  private static let largestNumber = 1_000_000

  /// Go's fmt.Sprintf: `values[0]` is not the format but the first operand.
  mutating func printf(_ format: [UInt8], _ operands: TemplateArguments) {
    format.withUnsafeBufferPointer { printf($0, operands) }
  }

  private mutating func printf(_ format: UnsafeBufferPointer<UInt8>, _ operands: TemplateArguments) {
    var position = 0
    var operand = 0
    var reordered = false
    let end = format.count
    while position < end, !overflowed {
      let start = position
      while position < end, format[position] != UInt8(ascii: "%") { position += 1 }
      out.append(contentsOf: format[start..<position])
      if position >= end { break }
      position += 1
      flags = Flags()
      var afterIndex = false
      var goodIndex = true

      flags: while position < end {
        switch format[position] {
        case UInt8(ascii: "#"): flags.sharp = true
        case UInt8(ascii: "0"): flags.zero = true
        case UInt8(ascii: "+"): flags.plus = true
        case UInt8(ascii: "-"): flags.minus = true
        case UInt8(ascii: " "): flags.space = true
        default: break flags
        }
        position += 1
      }

      readIndex(format, &position, &operand, operands.count, &afterIndex, &goodIndex, &reordered)
      if position < end, format[position] == UInt8(ascii: "*") {
        position += 1
        if let width = integer(operands, &operand) {
          flags.width = width
          if width < 0 {
            flags.width = -width
            flags.minus = true
            flags.zero = false
          }
        } else {
          put("%!(BADWIDTH)")
        }
        afterIndex = false
      } else if let width = number(format, &position) {
        flags.width = width
        if afterIndex { goodIndex = false }
      }

      if position + 1 < end, format[position] == UInt8(ascii: ".") {
        position += 1
        if afterIndex { goodIndex = false }
        readIndex(format, &position, &operand, operands.count, &afterIndex, &goodIndex, &reordered)
        if position < end, format[position] == UInt8(ascii: "*") {
          position += 1
          if let precision = integer(operands, &operand) {
            flags.precision = precision < 0 ? nil : precision
            if precision < 0 { put("%!(BADPREC)") }
          } else {
            put("%!(BADPREC)")
          }
          afterIndex = false
        } else {
          flags.precision = number(format, &position) ?? 0
        }
      }

      if !afterIndex { readIndex(format, &position, &operand, operands.count, &afterIndex, &goodIndex, &reordered) }
      if position >= end {
        put("%!(NOVERB)")
        break
      }
      let (verb, length) = UTF8Scalar.decode(format, position)
      position += length
      if verb == 0x25 {
        out.append(0x25)
      } else if !goodIndex {
        bad(verb, "BADINDEX")
      } else if operand >= operands.count {
        bad(verb, "MISSING")
      } else {
        let value = operands[operand]
        operand += 1
        if verb == UInt32(UInt8(ascii: "v")) {
          flags.sharpV = flags.sharp
          flags.plusV = flags.plus
          if flags.sharp { flags.sharp = false }
          flags.plus = false
        }
        if verb < 0x80 { print(value, UInt8(verb)) } else { badVerb(scalar: verb, value) }
      }
    }
    if !reordered, operand < operands.count, !overflowed {
      flags = Flags()
      put("%!(EXTRA ")
      for index in operand..<operands.count {
        if index > operand { put(", ") }
        let value = operands[index]
        if value.isNilOrNone {
          put("<nil>")
        } else {
          put(value.typeName)
          out.append(UInt8(ascii: "="))
          print(value, UInt8(ascii: "v"))
        }
      }
      out.append(UInt8(ascii: ")"))
    }
  }

  private mutating func bad(_ verb: UInt32, _ what: String) {
    put("%!")
    GoQuote.append(verb, to: &out)
    put("(\(what))")
  }

  private mutating func badVerb(scalar: UInt32, _ value: GoValue) {
    put("%!")
    GoQuote.append(scalar, to: &out)
    if value.isNilOrNone {
      put("(<nil>)")
      return
    }
    put("(\(value.typeName)=")
    print(value, UInt8(ascii: "v"))
    put(")")
  }

  /// Digits at the position; nil when there are none, or too many: then the rest of the format is passed over.
  private func number(_ format: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Int? {
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

  private func integer(_ operands: TemplateArguments, _ operand: inout Int) -> Int? {
    guard operand < operands.count else { return nil }
    let value = operands[operand].intValue
    operand += 1
    guard let value, value >= -Self.largestNumber, value <= Self.largestNumber else { return nil }
    return value
  }

  /// `[n]`
  private func readIndex(
    _ format: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ operand: inout Int, _ count: Int,
    _ afterIndex: inout Bool, _ goodIndex: inout Bool, _ reordered: inout Bool
  ) {
    guard position < format.count, format[position] == UInt8(ascii: "[") else {
      afterIndex = false
      return
    }
    reordered = true
    guard position + 2 < format.count, let close = format[position...].firstIndex(of: UInt8(ascii: "]")) else {
      goodIndex = false
      afterIndex = false
      position += 1
      return
    }
    var digits = position + 1
    let value = number(format, &digits)
    position = close + 1
    guard let value, digits == close else {
      goodIndex = false
      afterIndex = false
      return
    }
    afterIndex = true
    if value >= 1, value <= count { operand = value - 1 } else { goodIndex = false }
  }
}
