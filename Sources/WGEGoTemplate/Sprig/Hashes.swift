internal import WGECore
internal import WGEGoFormat
internal import Crypto
internal import WGERegex

extension Sprig {
  private static func hex(_ digest: some Sequence<UInt8>) -> GoValue {
    var out: [UInt8] = []
    for byte in digest { GoQuote.hex(UInt32(byte), width: 2, into: &out) }
    return .text(out)
  }

  static let hashFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("sha1sum", .string) { hex(Insecure.SHA1.hash(data: bytes($1[0]))) })
    all.append(
      Function("sha256sum", .string) { hex(SHA256.hash(data: bytes($1[0]))) })
    all.append(
      Function("sha512sum", .string) { hex(SHA512.hash(data: bytes($1[0]))) })
    all.append(
      Function("adler32sum", .string) { _, arguments in
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes(arguments[0]) {
          a = (a + UInt32(byte)) % 65_521
          b = (b + a) % 65_521
        }
        return .string("\(b << 16 | a)")
      })
    return all
  }()

  static let randomFunctions: [Function] = {
    var all: [Function] = []
    all.append(
      Function("randAlphaNum", .int) {
        try random($0, $1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
      })
    all.append(
      Function("randAlpha", .int) { try random($0, $1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") })
    all.append(
      Function("randNumeric", .int) { try random($0, $1, "0123456789") })
    all.append(
      Function("randAscii", .int) {
        try random($0, $1, String(String.UnicodeScalarView((32..<127).map { UnicodeScalar(UInt8($0)) })))
      })
    all.append(
      Function("randBytes", .int) { context, arguments in
        let count = max(0, arguments[0].intValue ?? 0)
        try context.charge(count.multipliedReportingOverflow(by: 2).overflow ? Int.max : count * 2)
        return .string(Base64.encode(context.environment.randomBytes(count)))
      })
    all.append(
      Function("randInt", .int, .int) { context, arguments in
        let (low, high) = (arguments[0].intValue ?? 0, arguments[1].intValue ?? 0)
        let (width, overflow) = high.subtractingReportingOverflow(low)
        if overflow || width <= 0 { throw TemplateFunctionError("invalid argument to Intn") }
        return .int(low &+ index(context, below: width))
      })
    all.append(
      Function("shuffle", .string) { context, arguments in
        var scalars = TextOperations.scalars(bytes(arguments[0]))
        try context.charge(scalars.count * 16)
        for last in stride(from: scalars.count - 1, to: 0, by: -1) {
          scalars.swapAt(last, index(context, below: last + 1))
        }
        var out: [UInt8] = []
        for scalar in scalars { GoQuote.append(scalar, to: &out) }
        return .text(out)
      })
    all.append(
      Function("uuidv4") { context, _ in
        var bytes = context.environment.randomBytes(16)
        guard bytes.count == 16 else { throw TemplateFunctionError("no random bytes") }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        var out: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
          if [4, 6, 8, 10].contains(index) { out.append(0x2D) }
          GoQuote.hex(UInt32(byte), width: 2, into: &out)
        }
        return .text(out)
      })
    return all
  }()

  /// A number below a bound, without favour.
  private static func index(_ context: RenderContext, below bound: Int) -> Int {
    let bound = UInt64(bound)
    let limit = UInt64.max - UInt64.max % bound
    for _ in 0..<128 {
      let value = context.environment.randomBytes(8).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      if value < limit { return Int(value % bound) }
    }
    return 0
  }

  private static func random(
    _ context: RenderContext, _ arguments: TemplateArguments, _ alphabet: String
  ) throws -> GoValue {
    let count = max(0, arguments[0].intValue ?? 0)
    try context.charge(count.multipliedReportingOverflow(by: 8).overflow ? Int.max : count * 8)
    let letters = Array(alphabet.utf8)
    return .text((0..<count).map { _ in letters[index(context, below: letters.count)] })
  }

  static let pathFunctions: [Function] = {
    var all: [Function] = []
    all += ["base", "osBase"].map { name in
      Function(name, .string) { .text(Path.base(bytes($1[0]))) }
    }
    all += ["dir", "osDir"].map { name in
      Function(name, .string) { .text(Path.directory(bytes($1[0]))) }
    }
    all += ["clean", "osClean"].map { name in
      Function(name, .string) { .text(Path.clean(bytes($1[0]))) }
    }
    all += ["ext", "osExt"].map { name in
      Function(name, .string) { .text(Path.extension(bytes($1[0]))) }
    }
    all += ["isAbs", "osIsAbs"].map { name in
      Function(name, .string) { .bool(bytes($1[0]).first == 0x2F) }
    }
    return all
  }()

  /// Slash-separated paths.
  private enum Path {
    static func base(_ path: [UInt8]) -> [UInt8] {
      if path.isEmpty { return [0x2E] }
      var path = path[...]
      while path.last == 0x2F { path = path.dropLast() }
      if path.isEmpty { return [0x2F] }
      if let slash = path.lastIndex(of: 0x2F) { return Array(path[(slash + 1)...]) }
      return Array(path)
    }

    static func directory(_ path: [UInt8]) -> [UInt8] {
      clean(path.lastIndex(of: 0x2F).map { Array(path[...$0]) } ?? [])
    }

    static func `extension`(_ path: [UInt8]) -> [UInt8] {
      for index in path.indices.reversed() {
        if path[index] == 0x2F { return [] }
        if path[index] == 0x2E { return Array(path[index...]) }
      }
      return []
    }

    static func clean(_ path: [UInt8]) -> [UInt8] {
      let isAbsolute = path.first == 0x2F
      var parts: [[UInt8]] = []
      for part in path.split(separator: 0x2F) where !part.elementsEqual([0x2E]) {
        if part.elementsEqual([0x2E, 0x2E]) {
          if let last = parts.last, last != [0x2E, 0x2E] {
            parts.removeLast()
          } else if !isAbsolute {
            parts.append(Array(part))
          }
        } else {
          parts.append(Array(part))
        }
      }
      let joined = Array(parts.joined(separator: [0x2F]))
      if isAbsolute { return [0x2F] + joined }
      return joined.isEmpty ? [0x2E] : joined
    }
  }
}
