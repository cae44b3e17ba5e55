internal import WGECore

/// `"%s has %d".format([...])`.
enum CELFormatter {
  static func format(_ text: String, _ values: [CELValue]) throws(CELError) -> String {
    var result = ""
    var scalars = text.unicodeScalars.makeIterator()
    var index = 0
    while let scalar = scalars.next() {
      guard scalar == "%" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      guard var verb = scalars.next() else { throw CELError("unexpected end of format string") }
      if verb == "%" {
        result += "%"
        continue
      }
      var precision: Int?
      if verb == "." {
        var digits = ""
        while let digit = scalars.next() {
          verb = digit
          guard ("0"..."9").contains(digit) else { break }
          digits.unicodeScalars.append(digit)
        }
        precision = Int(digits).map { min($0, 100) }
      }
      guard index < values.count else { throw CELError("index \(index) out of range") }
      result += try one(verb, precision, values[index])
      index += 1
      guard result.utf8.count < 1 << 20 else { throw CELError("the formatted text is too long") }
    }
    return result
  }

  private static func one(_ verb: Unicode.Scalar, _ precision: Int?, _ value: CELValue) throws(CELError) -> String {
    switch (verb, value) {
    case ("s", _): return shown(value, nested: false)
    case ("d", .int(let number)): return "\(number)"
    case ("d", .uint(let number)): return "\(number)"
    case ("x", .int(let number)): return String(number, radix: 16)
    case ("X", .int(let number)): return String(number, radix: 16, uppercase: true)
    case ("x", .string(let text)): return hex(Array(text.utf8))
    case ("X", .string(let text)): return hex(Array(text.utf8)).uppercased()
    case ("x", .bytes(let bytes)): return hex(bytes)
    case ("o", .int(let number)): return String(number, radix: 8)
    case ("b", .int(let number)): return String(number, radix: 2)
    case ("b", .bool(let flag)): return flag ? "1" : "0"
    case ("f", .double(let number)): return fixed(number, precision ?? 6)
    case ("f", .int(let number)): return fixed(Double(number), precision ?? 6)
    case ("d", .double), ("s", .null): return shown(value, nested: false)
    default: throw CELError("error during formatting: %\(verb) clause cannot take a \(value.typeName)")
    }
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func fixed(_ number: Double, _ places: Int) -> String {
    guard number.isFinite, abs(number) < 1e15 else { return "\(number)" }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let rounded = (number * scale).rounded(.toNearestOrEven)
    guard let digits = Int64(exactly: rounded) else { return "\(number)" }
    var text = String(digits.magnitude)
    if places > 0 {
      text = String(repeating: "0", count: max(0, places + 1 - text.count)) + text
      text.insert(".", at: text.index(text.endIndex, offsetBy: -places))
    }
    return (number < 0 ? "-" : "") + text
  }

  private static func shown(_ value: CELValue, nested: Bool) -> String {
    switch value {
    case .null: return "null"
    case .string(let text): return nested ? FieldError.quote(text) : text
    case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
    case .list(let items): return "[\(items.map { shown($0, nested: true) }.joined(separator: ", "))]"
    case .type(let name): return name
    case .object, .map:
      let entries = (value.entries ?? []).map { "\(shown($0.key, nested: true)): \(shown($0.value, nested: true))" }
      return "{\(entries.sorted().joined(separator: ", "))}"
    default: return CELConversions.text(value) ?? value.typeName
    }
  }
}
