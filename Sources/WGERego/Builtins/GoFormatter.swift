internal import BigInt
internal import WGEGoFormat

/// `sprintf`: Go's fmt verbs for what OPA hands to Go: integers of any size, floats, and texts.
///
/// Everything that is neither a number nor a string arrives as its text, as in OPA; a verb that does not fit says so in
/// Go's way (`%!d(string=x)`).
struct GoFormatter {
  enum Argument {
    case integer(Int)
    case big(BigInt)
    case double(Double)
    case text(String)

    init(_ value: RegoValue) {
      switch value {
      case .number(let number):
        if case .int(let small) = number {
          self = .integer(Int(small))
        } else if number.text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 || $0 == UInt8(ascii: "-") }),
          let whole = number.exactInteger
        {
          self = Int(exactly: whole).map { .integer($0) } ?? .big(whole)
        } else if number.double.isFinite {
          self = .double(number.double)
        } else {
          self = .text(number.text)
        }
      case .string(let text): self = .text(text)
      default: self = .text(value.text)
      }
    }

    var typeName: String {
      switch self {
      case .integer: "int"
      case .big: "*big.Int"
      case .double: "float64"
      case .text: "string"
      }
    }
  }

  private let format: String
  private let arguments: [Argument]
  private var writer = FormatWriter()

  init(_ format: String, _ arguments: [Argument]) {
    self.format = format
    self.arguments = arguments
  }

  mutating func run(_ context: BuiltinContext) throws(BuiltinFailure) -> String {
    let bytes = Array(format.utf8)
    let arguments = arguments
    let result = bytes.withUnsafeBufferPointer { bytes in
      Result { () throws(BuiltinFailure) in
        var reader = FormatReader(bytes, count: arguments.count)
        while let (operand, verb) = reader.next(
          &writer,
          integer: {
            if case .integer(let value) = arguments[$0] { return value }
            return nil
          })
        {
          write(arguments[operand], verb)
          // Widths make long texts of short formats.
          try context.reserve(bytes: writer.out.count >> 6)
        }
        if let extra = reader.extra { writeExtra(extra) }
      }
    }
    try result.get()
    try context.reserve(bytes: writer.out.count)
    return String(decoding: writer.out, as: UTF8.self)
  }

  private mutating func writeExtra(_ extra: Range<Int>) {
    writer.flags = FormatFlags()
    writer.put("%!(EXTRA ")
    for index in extra {
      if index > extra.lowerBound { writer.put(", ") }
      writer.put("\(arguments[index].typeName)=")
      write(arguments[index], UInt32(UInt8(ascii: "v")))
    }
    writer.put(")")
  }

  private mutating func write(_ argument: Argument, _ scalar: UInt32) {
    let verb = UInt8(exactly: scalar) ?? 0
    if verb == UInt8(ascii: "T") {
      _ = writer.write(string: argument.typeName, UInt8(ascii: "s"))
      return
    }
    let isGood =
      switch argument {
      case .integer(let value): writer.write(integer: UInt64(bitPattern: Int64(value)), isSigned: true, verb)
      case .big(let value):
        writer.write(big: { String(value.magnitude, radix: $0) }, isNegative: value < 0, verb)
      case .double(let value): writer.write(float: value, verb)
      case .text(let text): writer.write(string: text, verb)
      }
    if isGood { return }
    // A big integer formats itself and calls itself by its type, not by the pointer.
    writer.beginBadVerb(scalar, type: argument.typeName.hasPrefix("*") ? "big.Int" : argument.typeName)
    if case .big = argument { writer.flags = FormatFlags() }
    write(argument, UInt32(UInt8(ascii: "v")))
    writer.put(")")
  }
}
