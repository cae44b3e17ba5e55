internal import WGECore
internal import WGEGoFormat

/// Texts as bytes and back.
enum Encodings {
  static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      out.append(digits[Int(byte >> 4)])
      out.append(digits[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
  }

  static func hexDecoded(_ text: String) -> [UInt8]? {
    let bytes = Array(text.utf8)
    guard bytes.count % 2 == 0 else { return nil }
    var out: [UInt8] = []
    for index in stride(from: 0, to: bytes.count, by: 2) {
      guard bytes[index] != UInt8(ascii: "+"), bytes[index] != UInt8(ascii: "-"),
        let value = UInt8(String(decoding: bytes[index...index + 1], as: UTF8.self), radix: 16)
      else { return nil }
      out.append(value)
    }
    return out
  }

  /// `application/x-www-form-urlencoded`, spaces as plus signs.
  static func query(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      switch byte {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "~"):
        out.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: " "): out += "+"
      default: out += "%" + hexadecimal(UInt32(byte), 2).uppercased()
      }
    }
    return out
  }

  static func queryDecoded(_ text: String) throws(BuiltinFailure) -> String {
    var out: [UInt8] = []
    let bytes = Array(text.utf8)
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "+"): out.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        let end = min(index + 3, bytes.count)
        let part = String(decoding: bytes[index..<end], as: UTF8.self)
        guard end == index + 3, let decoded = hexDecoded(String(part.dropFirst())), let byte = decoded.first else {
          throw .failed("invalid URL escape \(GoQuote.quote(part))")
        }
        out.append(byte)
        index += 2
      default: out.append(bytes[index])
      }
      index += 1
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// JSON as Go writes it: `<`, `>` and `&` escaped.
  static func json(_ value: RegoValue) -> String {
    var out: [UInt8] = []
    for byte in value.json.serialized() {
      switch byte {
      case UInt8(ascii: "<"): out += Array("\\u003c".utf8)
      case UInt8(ascii: ">"): out += Array("\\u003e".utf8)
      case UInt8(ascii: "&"): out += Array("\\u0026".utf8)
      default: out.append(byte)
      }
    }
    let text = String(decoding: out, as: UTF8.self)
    return text.replacing("\u{2028}", with: "\\u2028").replacing("\u{2029}", with: "\\u2029")
  }

  static func pretty(_ value: RegoValue, prefix: String, indent: String, depth: Int = 0) -> String {
    let lead = "\n" + prefix + String(repeating: indent, count: depth + 1)
    let end = "\n" + prefix + String(repeating: indent, count: depth)
    switch value {
    case .array(let array) where !array.isEmpty:
      return "["
        + array.map { lead + pretty($0, prefix: prefix, indent: indent, depth: depth + 1) }.joined(separator: ",") + end
        + "]"
    case .set(let set) where !set.elements.isEmpty:
      return pretty(.list(set.elements), prefix: prefix, indent: indent, depth: depth)
    case .object(let object) where !object.isEmpty:
      guard case .object(let plain) = RegoValue(value.json) else { return json(value) }
      return "{"
        + plain.pairs.map { lead + json($0.0) + ": " + pretty($0.1, prefix: prefix, indent: indent, depth: depth + 1) }
        .joined(separator: ",") + end + "}"
    default: return json(value)
    }
  }

  static func parseJSON(_ text: String) throws(BuiltinFailure) -> RegoValue {
    do throws(JSONParseError) {
      return RegoValue(try JSON(parsing: text))
    } catch {
      throw .failed(error.description)
    }
  }

  static func parseYAML(_ text: String) throws(BuiltinFailure) -> RegoValue {
    do throws(YAMLParseError) {
      return RegoValue(try YAML.parseFirst(text))
    } catch {
      throw .failed("yaml: line \(error.line): \(error.problem)")
    }
  }
}

private func isValid(_ name: String, _ test: @escaping @Sendable (String) -> Bool) -> Builtin {
  Builtin(name, 1) { context, o throws(BuiltinFailure) in
    guard case .string(let text) = o[0] else { return .bool(false) }
    try context.work(text.utf8.count >> 6)
    return .bool(test(text))
  }
}

private func decoding(_ name: String, _ message: String, _ decode: @escaping @Sendable (String) -> [UInt8]?) -> Builtin
{
  Builtin(name, 1) { context, o throws(BuiltinFailure) in
    let text = try o.string(0)
    try context.work(text.utf8.count >> 6)
    guard let bytes = decode(text) else { throw .failed(message) }
    return .string(String(decoding: bytes, as: UTF8.self))
  }
}

let encodingBuiltins: [Builtin] = [
  Builtin("base64.encode", 1) { _, o throws(BuiltinFailure) in .string(Base64.encode(try o.string(0).utf8)) },
  decoding("base64.decode", "illegal base64 data") { Base64.decode($0) },
  isValid("base64.is_valid") { Base64.decode($0) != nil },
  Builtin("base64url.encode", 1) { _, o throws(BuiltinFailure) in
    .string(Base64.encode(try o.string(0).utf8, as: .paddedURL))
  },
  Builtin("base64url.encode_no_pad", 1) { _, o throws(BuiltinFailure) in
    .string(Base64.encode(try o.string(0).utf8, as: .url))
  },
  decoding("base64url.decode", "illegal base64 data") {
    Base64.decode($0, as: $0.utf8.contains(UInt8(ascii: "=")) ? .paddedURL : .url)
  },
  Builtin("hex.encode", 1) { _, o throws(BuiltinFailure) in .string(Encodings.hex(Array(try o.string(0).utf8))) },
  Builtin("hex.decode", 1) { context, o throws(BuiltinFailure) in
    let text = try o.string(0)
    try context.work(text.utf8.count >> 6)
    if let bytes = Encodings.hexDecoded(text) { return .string(String(decoding: bytes, as: UTF8.self)) }
    if let bad = text.unicodeScalars.first(where: { !$0.properties.isASCIIHexDigit }) {
      throw .failed("encoding/hex: invalid byte: U+\(hexadecimal(bad.value, 4).uppercased()) '\(bad)'")
    }
    throw .failed("encoding/hex: odd length hex string")
  },
  Builtin("urlquery.encode", 1) { _, o throws(BuiltinFailure) in .string(Encodings.query(try o.string(0))) },
  Builtin("urlquery.decode", 1) { _, o throws(BuiltinFailure) in .string(try Encodings.queryDecoded(o.string(0))) },
  Builtin("urlquery.encode_object", 1) { _, o throws(BuiltinFailure) in
    var parts: [String] = []
    for (key, value) in try o.object(0).pairs {
      guard case .string(let name) = key else { throw .type("operand 1 key must be string but got \(key.typeName)") }
      let values: [RegoValue]
      switch value {
      case .string: values = [value]
      case .array(let array): values = array.values
      case .set(let set): values = set.elements
      default: throw .type("operand 1 value must be one of {string, array, set} but got \(value.typeName)")
      }
      for value in values {
        guard case .string(let text) = value else { throw .type("operand 1 must be string but got \(value.typeName)") }
        parts.append(Encodings.query(name) + "=" + Encodings.query(text))
      }
    }
    return .string(parts.joined(separator: "&"))
  },
  Builtin("urlquery.decode_object", 1) { _, o throws(BuiltinFailure) in
    var values: [String: [RegoValue]] = [:]
    for part in try o.string(0).split(separator: "&") {
      if part.contains(";") { throw .failed("invalid semicolon separator in query") }
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = try Encodings.queryDecoded(String(pair[0]))
      values[key, default: []].append(.string(try Encodings.queryDecoded(pair.count > 1 ? String(pair[1]) : "")))
    }
    return .object(RegoObject(values.map { (.string($0.key), .list($0.value)) }))
  },
  Builtin("json.marshal", 1) { context, o throws(BuiltinFailure) in
    let text = Encodings.json(o[0])
    try context.reserve(bytes: text.utf8.count)
    return .string(text)
  },
  Builtin("json.marshal_with_options", 2) { context, o throws(BuiltinFailure) in
    let options = try o.object(1)
    var isPretty = options["indent"] != nil || options["prefix"] != nil
    if let value = options["pretty"] {
      guard case .bool(let flag) = value else {
        throw .type("operand 2 key pretty must be boolean but got \(value.typeName)")
      }
      isPretty = flag
    }
    for (key, value) in options.pairs {
      guard case .string(let name) = key, ["pretty", "indent", "prefix"].contains(name) else {
        throw .type("object contained unknown key \(key.text)")
      }
      if name != "pretty", case .string = value { continue }
      if name != "pretty" { throw .type("key \(name) failed to parse: must be string but got \(value.typeName)") }
    }
    func text(_ key: String, _ fallback: String) -> String {
      if case .string(let text)? = options[key] { text } else { fallback }
    }
    let result =
      isPretty
      ? text("prefix", "") + Encodings.pretty(o[0], prefix: text("prefix", ""), indent: text("indent", "\t"))
      : Encodings.json(o[0])
    try context.reserve(bytes: result.utf8.count)
    return .string(result)
  },
  Builtin("json.unmarshal", 1) { context, o throws(BuiltinFailure) in
    let text = try o.string(0)
    try context.reserve(bytes: text.utf8.count)
    return try Encodings.parseJSON(text)
  },
  isValid("json.is_valid") { (try? JSON(parsing: $0)) != nil },
  Builtin("yaml.marshal", 1) { context, o throws(BuiltinFailure) in
    let text = YAML.serialize(o[0].json)
    try context.reserve(bytes: text.utf8.count)
    return .string(text)
  },
  Builtin("yaml.unmarshal", 1) { context, o throws(BuiltinFailure) in
    let text = try o.string(0)
    try context.reserve(bytes: text.utf8.count)
    return try Encodings.parseYAML(text)
  },
  isValid("yaml.is_valid") { (try? YAML.parseFirst($0)) != nil },
]
