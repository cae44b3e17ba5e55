extension JSON {
  /// The value as compact JSON text in UTF-8, members in key order. Equal values give equal bytes.
  public func serialized() -> [UInt8] {
    var bytes: [UInt8] = []
    serialize(into: &bytes)
    return bytes
  }

  /// Appends the value as compact JSON text in UTF-8, as ``serialized()`` writes it.
  public func serialize(into bytes: inout [UInt8]) {
    var writer = JSONWriter(bytes: bytes, indent: nil)
    // The writer owns the buffer while it works, so that appending never copies it.
    bytes = []
    writer.write(self, level: 0)
    bytes = writer.bytes
  }

  /// The value as JSON text over several lines.
  /// - Parameter indent: spaces per level, at least 1. Default 2.
  public func serializedPretty(indent: Int = 2) -> [UInt8] {
    var writer = JSONWriter(bytes: [], indent: max(1, indent))
    writer.write(self, level: 0)
    return writer.bytes
  }
}

private struct JSONWriter {
  var bytes: [UInt8]
  let indent: Int?

  mutating func write(_ value: JSON, level: Int) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(.int(let value)): write(value)
    case .number(let value): bytes.append(contentsOf: value.description.utf8)
    case .string(let value): write(value)
    case .array(let elements): write(elements, level: level)
    case .object(let members): write(members, level: level)
    }
  }

  private mutating func write(_ elements: [JSON], level: Int) {
    bytes.append(UInt8(ascii: "["))
    var first = true
    for element in elements {
      if !first { bytes.append(UInt8(ascii: ",")) }
      first = false
      newLine(level + 1)
      write(element, level: level + 1)
    }
    if !elements.isEmpty { newLine(level) }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func write(_ members: JSONObject, level: Int) {
    bytes.append(UInt8(ascii: "{"))
    var first = true
    for member in members {
      if !first { bytes.append(UInt8(ascii: ",")) }
      first = false
      newLine(level + 1)
      write(member.key)
      bytes.append(UInt8(ascii: ":"))
      if indent != nil { bytes.append(UInt8(ascii: " ")) }
      write(member.value, level: level + 1)
    }
    if !members.isEmpty { newLine(level) }
    bytes.append(UInt8(ascii: "}"))
  }

  private mutating func newLine(_ level: Int) {
    guard let indent else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(0x20, count: indent * level))
  }

  private mutating func write(_ value: Int64) {
    if (0...9).contains(value) {
      bytes.append(UInt8(ascii: "0") + UInt8(value))
    } else {
      bytes.append(contentsOf: String(value).utf8)
    }
  }

  private mutating func write(_ string: String) {
    bytes.append(UInt8(ascii: "\""))
    let done: Void? = string.utf8.withContiguousStorageIfAvailable { writeEscaped($0) }
    if done == nil { Array(string.utf8).withUnsafeBufferPointer { writeEscaped($0) } }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Copies runs that need no escape as a whole.
  private mutating func writeEscaped(_ text: UnsafeBufferPointer<UInt8>) {
    var start = 0
    for index in text.indices {
      let byte = text[index]
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
      writeEscape(byte)
      start = index + 1
    }
    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
  }

  private mutating func writeEscape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    default:
      bytes.append(contentsOf: "u00".utf8)
      for digit in [byte >> 4, byte & 15] {
        bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }
}
