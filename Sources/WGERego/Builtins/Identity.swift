/// Random numbers and identifiers.
enum Identifiers {
  /// The 16 bytes of a UUID in any of its spellings: with dashes or without, in braces, as a URN.
  static func parse(_ text: String) -> [UInt8]? {
    var text = text.lowercased()
    if text.hasPrefix("urn:uuid:") { text = String(text.dropFirst(9)) }
    if text.count == 38, text.hasPrefix("{"), text.hasSuffix("}") { text = String(text.dropFirst().dropLast()) }
    if text.utf8.count == 36 {
      let bytes = Array(text.utf8)
      guard [8, 13, 18, 23].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }) else { return nil }
      text = text.replacing("-", with: "")
    }
    guard text.utf8.count == 32 else { return nil }
    return Encodings.hexDecoded(text)
  }

  static func text(_ bytes: [UInt8]) -> String {
    let hex = Array(Encodings.hex(bytes))
    guard hex.count == 32 else { return "" }
    return [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]].map { String($0) }.joined(separator: "-")
  }

  static func describe(_ bytes: [UInt8]) -> RegoValue {
    let version = Int(bytes[6] >> 4)
    let variant: String
    switch bytes[8] {
    case 0x80...0xBF: variant = "RFC4122"
    case 0xC0...0xDF: variant = "Microsoft"
    case 0xE0...0xFF: variant = "Future"
    default: variant = "Reserved"
    }
    var pairs: [(RegoValue, RegoValue)] = [("version", .int(version)), ("variant", .string(variant))]
    if version == 1 || version == 2 {
      let low = bytes[0..<4].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let middle = bytes[4..<6].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let high = bytes[6..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } & 0x0FFF
      let ticks = Int64(high << 48 | middle << 32 | low)
      // From 1582-10-15 to 1970, in steps of 100 ns; wraps as the reference does.
      let nanoseconds = (ticks &- 122_192_928_000_000_000) &* 100
      pairs.append(("time", .number(.int(nanoseconds))))
      pairs.append(("nodeid", .string(bytes[10..<16].map { hexadecimal(UInt32($0), 2) }.joined(separator: "-"))))
      let scope = bytes[10] & 2 == 0 ? "global" : "local"
      let cast = bytes[10] & 1 == 0 ? "unicast" : "multicast"
      pairs.append(("macvariables", .string("\(scope):\(cast)")))
      let sequence = (Int(bytes[8]) << 8 | Int(bytes[9])) & 0x3FFF
      pairs.append(("clocksequence", .int(sequence)))
      if version == 2 {
        pairs.append(("id", .int(Int(low))))
        let domains = ["Person", "Group", "Org"]
        let domain = Int(bytes[9])
        pairs.append(("domain", .string(domain < domains.count ? domains[domain] : "Domain\(domain)")))
      }
    }
    return .object(RegoObject(pairs))
  }
}

let identityBuiltins: [Builtin] = [
  Builtin("uuid.rfc4122", 1) { context, o throws(BuiltinFailure) in
    let key = RegoValue.list(["uuid.rfc4122", .string(try o.string(0))])
    if let known = context.stable[key] { return known }
    var bytes: [UInt8] = []
    for _ in 0..<2 {
      let word = context.random.next()
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
    }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let value = RegoValue.string(Identifiers.text(bytes))
    context.stable[key] = value
    return value
  },
  Builtin("uuid.parse", 1) { _, o throws(BuiltinFailure) in
    guard let bytes = Identifiers.parse(try o.string(0)) else { return nil }
    return Identifiers.describe(bytes)
  },
  Builtin("rand.intn", 2) { context, o throws(BuiltinFailure) in
    let name = try o.string(0)
    let limit = try o.integer(1)
    if limit == 0 { return 0 }
    let key = RegoValue.list(["rand.intn", .string(name), .int(limit)])
    if let known = context.stable[key] { return known }
    let value = RegoValue.number(
      .int(Int64(truncatingIfNeeded: UInt64.random(in: 0..<UInt64(limit.magnitude), using: &context.random))))
    context.stable[key] = value
    return value
  },
]
