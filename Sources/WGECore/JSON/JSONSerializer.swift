extension JSON {
  /// The value as compact JSON text in UTF-8, members in key order. Equal values give equal bytes.
  public func serialized() -> [UInt8] {
    var writer = JSONWriter(indent: nil)
    writer.write(self, level: 0)
    return writer.bytes
  }

  /// The value as JSON text over several lines.
  /// - Parameter indent: spaces per level, at least 1. Default 2.
  public func serializedPretty(indent: Int = 2) -> [UInt8] {
    var writer = JSONWriter(indent: max(1, indent))
    writer.write(self, level: 0)
    return writer.bytes
  }
}

private struct JSONWriter {
  var bytes: [UInt8] = []
  let indent: Int?

  mutating func write(_ value: JSON, level: Int) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let value): bytes.append(contentsOf: value.description.utf8)
    case .string(let value): write(value)
    case .array(let elements):
      if elements.isEmpty {
        bytes.append(contentsOf: "[]".utf8)
        return
      }
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        newLine(level + 1)
        write(element, level: level + 1)
      }
      newLine(level)
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      if members.isEmpty {
        bytes.append(contentsOf: "{}".utf8)
        return
      }
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        newLine(level + 1)
        write(member.key)
        bytes.append(UInt8(ascii: ":"))
        if indent != nil { bytes.append(UInt8(ascii: " ")) }
        write(member.value, level: level + 1)
      }
      newLine(level)
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private mutating func newLine(_ level: Int) {
    guard let indent else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(0x20, count: indent * level))
  }

  private mutating func write(_ string: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
      case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
      case 0x08: bytes.append(contentsOf: #"\b"#.utf8)
      case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
      case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
      case 0x0C: bytes.append(contentsOf: #"\f"#.utf8)
      case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
      case 0..<0x20:
        let hex = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: #"\u00"#.utf8)
        bytes.append(hex[Int(byte >> 4)])
        bytes.append(hex[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
