/// Addresses and address blocks.
struct AddressBlock: Hashable {
  var isV6: Bool
  /// The address with its host bits.
  var address: UInt128
  var prefix: Int

  var bits: Int { isV6 ? 128 : 32 }

  /// Lowest and highest address.
  var low: UInt128 { prefix == 0 ? 0 : (address >> UInt128(bits - prefix)) << UInt128(bits - prefix) }
  var high: UInt128 {
    let host = bits - prefix
    let mask: UInt128 = host == 128 ? .max : (1 << UInt128(host)) - 1
    return low | mask
  }

  init(isV6: Bool, address: UInt128, prefix: Int) {
    self.isV6 = isV6
    self.address = address
    self.prefix = prefix
  }

  /// `10.0.0.0/8`.
  init?(block text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = AddressBlock(address: String(parts[0])),
      parts[1].allSatisfy({ $0.isASCII && $0.isNumber }),
      let prefix = Int(parts[1]), prefix <= address.bits, !parts[1].isEmpty, parts[1].count <= 3,
      parts[1] == "0" || !parts[1].hasPrefix("0")
    else { return nil }
    self = address
    self.prefix = prefix
  }

  /// `10.1.2.3` or `fe80::1`, as a block of one.
  init?(address text: String) {
    if text.contains(":") {
      guard let value = Self.v6(text) else { return nil }
      self.init(isV6: true, address: value, prefix: 128)
      // IPv4 in IPv6 is IPv4.
      if value >> 32 == 0xFFFF { self.init(isV6: false, address: value & 0xFFFF_FFFF, prefix: 32) }
    } else {
      guard let value = Self.v4(text) else { return nil }
      self.init(isV6: false, address: UInt128(value), prefix: 32)
    }
  }

  private static func v4(_ text: String) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard !part.isEmpty, part.count <= 3, part.allSatisfy({ $0.isASCII && $0.isNumber }),
        part == "0" || !part.hasPrefix("0"),
        let byte = UInt8(part)
      else { return nil }
      value = value << 8 | UInt32(byte)
    }
    return value
  }

  private static func v6(_ text: String) -> UInt128? {
    var text = text
    if let dot = text.firstIndex(of: "."), dot > text.startIndex, let colon = text.lastIndex(of: ":") {
      guard let tail = v4(String(text[text.index(after: colon)...])) else { return nil }
      text = String(text[...colon]) + String(tail >> 16, radix: 16) + ":" + String(tail & 0xFFFF, radix: 16)
    }
    func groups(_ part: Substring) -> [UInt128]? {
      if part.isEmpty { return [] }
      var result: [UInt128] = []
      for group in part.split(separator: ":", omittingEmptySubsequences: false) {
        guard !group.isEmpty, group.count <= 4, group.allSatisfy({ $0.isASCII && $0.isHexDigit }),
          let value = UInt128(group, radix: 16)
        else { return nil }
        result.append(value)
      }
      return result
    }
    var all: [UInt128]
    if let gap = text.firstRange(of: "::") {
      guard let head = groups(text[..<gap.lowerBound]), let tail = groups(text[gap.upperBound...]),
        head.count + tail.count < 8
      else {
        return nil
      }
      all = head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
    } else {
      guard let groups = groups(text[...]) else { return nil }
      all = groups
    }
    guard all.count == 8 else { return nil }
    return all.reduce(0) { $0 << 16 | $1 }
  }

  static func text(_ address: UInt128, isV6: Bool) -> String {
    if !isV6 {
      return (0..<4).reversed().map { String(UInt8(truncatingIfNeeded: address >> UInt128(8 * $0))) }.joined(
        separator: ".")
    }
    let groups = (0..<8).reversed().map { UInt16(truncatingIfNeeded: address >> UInt128(16 * $0)) }
    // The longest run of zeros, of at least two, is left out.
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > best.count, end - start > 1 { best = start..<end }
      start = max(end, start + 1)
    }
    func join(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    if best.isEmpty { return join(groups[...]) }
    return join(groups[..<best.lowerBound]) + "::" + join(groups[best.upperBound...])
  }

  func contains(_ other: AddressBlock) -> Bool { isV6 == other.isV6 && low <= other.low && other.high <= high }

  func intersects(_ other: AddressBlock) -> Bool { isV6 == other.isV6 && low <= other.high && other.low <= high }

  static func parse(_ text: String) throws(BuiltinFailure) -> AddressBlock {
    if let block = AddressBlock(block: text) ?? AddressBlock(address: text) { return block }
    throw .failed("invalid CIDR address: \(text)")
  }

  static func parseBlock(_ text: String) throws(BuiltinFailure) -> AddressBlock {
    if let block = AddressBlock(block: text) { return block }
    throw .failed("invalid CIDR address: \(text)")
  }

  /// The fewest blocks that hold exactly the addresses of all.
  static func merged(_ blocks: [AddressBlock]) -> [String] {
    var result: [String] = []
    for isV6 in [false, true] {
      var ranges: [(UInt128, UInt128)] = []
      for block in blocks.filter({ $0.isV6 == isV6 }).sorted(by: { ($0.low, $0.high) < ($1.low, $1.high) }) {
        if let last = ranges.last, block.low <= last.1 || (last.1 != .max && block.low == last.1 + 1) {
          ranges[ranges.count - 1].1 = max(last.1, block.high)
        } else {
          ranges.append((block.low, block.high))
        }
      }
      let bits = isV6 ? 128 : 32
      for (first, last) in ranges {
        var low = first
        while true {
          var size = low == 0 ? bits : min(bits, low.trailingZeroBitCount)
          while size > 0 {
            let mask: UInt128 = size == 128 ? .max : (1 << UInt128(size)) - 1
            if low | mask <= last { break }
            size -= 1
          }
          result.append(text(low, isV6: isV6) + "/\(bits - size)")
          let mask: UInt128 = size == 128 ? .max : (1 << UInt128(size)) - 1
          let end = low | mask
          if end >= last { break }
          low = end + 1
        }
      }
    }
    return result
  }

  /// Texts with what stands for them: elements by index, members by key, tuples by their first element.
  static func each(
    _ value: RegoValue, _ operand: Int, _ visit: (_ key: RegoValue, _ text: RegoValue) throws(BuiltinFailure) -> Void
  ) throws(BuiltinFailure) {
    func text(_ element: RegoValue) throws(BuiltinFailure) -> RegoValue {
      switch element {
      case .string: return element
      case .array(let tuple):
        if let first = tuple.first { return first }
        fallthrough
      default: throw .failed("operand \(operand): element must be string or non-empty array")
      }
    }
    switch value {
    case .string: try visit(value, value)
    case .array(let array): for (index, element) in array.enumerated() { try visit(.int(index), text(element)) }
    case .set(let set): for element in set.elements { try visit(element, text(element)) }
    case .object(let object): for (key, element) in object.pairs { try visit(key, text(element)) }
    default: break
    }
  }
}

let networkBuiltins: [Builtin] = [
  Builtin("net.cidr_contains", 2) { _, o throws(BuiltinFailure) in
    .bool(try AddressBlock.parseBlock(o.string(0)).contains(AddressBlock.parse(o.string(1))))
  },
  Builtin("net.cidr_overlap", 2, deprecated: true) { _, o throws(BuiltinFailure) in
    .bool(try AddressBlock.parseBlock(o.string(0)).contains(AddressBlock.parse(o.string(1))))
  },
  Builtin("net.cidr_intersects", 2) { _, o throws(BuiltinFailure) in
    .bool(try AddressBlock.parseBlock(o.string(0)).intersects(AddressBlock.parseBlock(o.string(1))))
  },
  Builtin("net.cidr_is_valid", 1) { _, o in
    if case .string(let text) = o[0] { .bool(AddressBlock(block: text) != nil) } else { .bool(false) }
  },
  Builtin("net.cidr_expand", 1) { context, o throws(BuiltinFailure) in
    let block = try AddressBlock.parseBlock(o.string(0))
    let count = block.high - block.low
    guard count < UInt128(context.limits.elements) else { throw .halt(.limit(.memory(context.limits.elements))) }
    try context.reserve(elements: Int(count) + 1)
    return .set(RegoSet((0...count).map { .string(AddressBlock.text(block.low + $0, isV6: block.isV6)) }))
  },
  Builtin("net.cidr_merge", 1) { context, o throws(BuiltinFailure) in
    switch o[0] {
    case .array, .set: break
    default: throw .failed("operand must be an array")
    }
    var blocks: [AddressBlock] = []
    for element in try o.elements(0) {
      guard case .string(let text) = element else {
        throw .type(
          "operand 1 must be \(o[0].typeName) of strings but got \(o[0].typeName) containing \(element.typeName)")
      }
      var block = try AddressBlock.parse(text)
      if !text.contains("/") {
        if block.isV6 { throw .failed("IPv6 invalid: needs prefix length") }
        // A bare address stands for the network of its class, as Go's default mask has it.
        let first = block.address >> 24
        block.prefix = first < 128 ? 8 : first < 192 ? 16 : 24
      }
      blocks.append(block)
    }
    try context.work(blocks.count * 4)
    return .set(RegoSet(AddressBlock.merged(blocks).map { .string($0) }))
  },
  Builtin("net.cidr_contains_matches", 2) { context, o throws(BuiltinFailure) in
    var pairs: [RegoValue] = []
    // What is read last is checked last: operands without elements make no errors.
    try AddressBlock.each(o[0], 1) { (key, block) throws(BuiltinFailure) in
      try AddressBlock.each(o[1], 2) { (other, address) throws(BuiltinFailure) in
        try context.work()
        guard case .string(let first) = block, case .string(let second) = address else {
          throw .type("operand \(block.typeName == "string" ? 2 : 1) must be string")
        }
        guard try AddressBlock.parse(first).contains(AddressBlock.parse(second)) else { return }
        pairs.append(.list([key, other]))
        try context.reserve(elements: 2)
      }
    }
    return .set(RegoSet(pairs))
  },
  Builtin("net.lookup_ip_addr", 1, tier: 3, host: true) { context, o throws(BuiltinFailure) in
    let name = try o.string(0)
    if AddressBlock(address: name) != nil { return .set(RegoSet([.string(name)])) }
    guard let lookUp = context.host.lookUpAddresses else {
      throw .failed("not available: the host has not enabled address lookups (RegoHost.lookUpAddresses)")
    }
    do { return .set(RegoSet(try lookUp(name).map { .string($0) })) } catch { throw .failed("\(error)") }
  },
  Builtin("http.send", 1, tier: 3, host: true) { context, o throws(BuiltinFailure) in
    let request = try o.object(0)
    for key in ["method", "url"] where request[key] == nil {
      throw .type("operand 1 missing required request parameters(s): {\"\(key)\"}")
    }
    let known: Set<String> = [
      "method", "url", "body", "enable_redirect", "force_json_decode", "force_yaml_decode", "headers", "raw_body",
      "tls_use_system_certs", "tls_ca_cert", "tls_ca_cert_file", "tls_ca_cert_env_variable", "tls_client_cert",
      "tls_client_cert_file", "tls_client_cert_env_variable", "tls_client_key", "tls_client_key_file",
      "tls_client_key_env_variable", "tls_insecure_skip_verify", "tls_server_name", "timeout", "cache", "force_cache",
      "force_cache_duration_seconds", "raise_error", "caching_mode", "max_retry_attempts", "cache_ignored_headers",
    ]
    let unknown = request.keys.filter { if case .string(let name) = $0 { !known.contains(name) } else { true } }
    if !unknown.isEmpty {
      throw .type("operand 1 invalid request parameters(s): \(RegoValue.set(RegoSet(unknown)).text)")
    }
    guard let send = context.host.sendHTTP else {
      throw .failed("not available: the host has not enabled HTTP requests (RegoHost.sendHTTP)")
    }
    do { return try send(o[0]) } catch { throw .failed("\(error)") }
  },
  Builtin("opa.runtime", 0, tier: 3, host: true) { context, _ in context.host.runtime },
]
