internal import WGECore

/// Sprig's lenient conversions.
extension GoValue {
  /// *int of x*: floats are cut, booleans are 0 or 1, text is read with a base prefix, anything else is 0.
  var lenientInt: Int64 {
    switch self {
    case .int(let value): Int64(value)
    case .integer(let value): value.signed
    case .float(let value): Self.cut(value)
    case .float32(let value): Self.cut(Double(value))
    case .bool(let value): value ? 1 : 0
    case .string(let text): Self.integer(Array(text.utf8))
    case .bytes(let text): Self.integer(text.bytes)
    case .host(let object): (object as? GoNanoseconds)?.value ?? 0
    default: 0
    }
  }

  private static func cut(_ value: Double) -> Int64 {
    guard value.isFinite, value.magnitude < 9.3e18 else { return .min }
    return Int64(exactly: value.rounded(.towardZero)) ?? .min
  }

  private static func integer(_ text: [UInt8]) -> Int64 {
    var text = text
    if let point = text.firstIndex(of: 0x2E), point + 1 < text.count, text[(point + 1)...].allSatisfy({ $0 == 0x30 }) {
      text.removeSubrange(point...)
    }
    return GoNumber.integer(text) ?? 0
  }

  /// *float of x*
  var lenientFloat: Double {
    switch self {
    case .int(let value): Double(value)
    case .integer(let value): value.isSigned ? Double(value.signed) : Double(value.bits)
    case .float(let value): value
    case .float32(let value): Double(value)
    case .bool(let value): value ? 1 : 0
    case .string(let text): GoNumber.float(Array(text.utf8)) ?? 0
    case .bytes(let text): GoNumber.float(text.bytes) ?? 0
    default: 0
    }
  }

  /// The bytes of a string, or of a list of bytes; for anything else what `%v` prints. Charged.
  func lenientText(_ context: RenderContext) throws -> [UInt8] {
    if case .list(let list) = self, list.element == .uint8 {
      try context.charge(list.elements.count)
      return list.bytes
    }
    return try context.text(self)
  }

  /// *empty x*
  var isEmpty: Bool { !truth }
}

/// A set of functions by topic is one list of these.
enum Sprig {
  typealias Function = TemplateFunction

  static func bytes(_ value: GoValue) -> [UInt8] { value.stringBytes ?? [] }
  static func string(_ value: GoValue) -> String { value.stringValue ?? "" }
  static func strings(_ values: [[UInt8]]) -> GoValue { .list(GoList(values.map { .text($0) }, of: .string)) }

  /// Both names of a function that has a twin which reports errors.
  static func twins(
    _ name: String, _ must: String, _ parameters: [TemplateFunction.Parameter],
    variadic: TemplateFunction.Parameter? = nil, mutates: Bool = false, body: @escaping TemplateFunction.Body
  ) -> [TemplateFunction] {
    [name, must].map {
      TemplateFunction($0, parameters: parameters, variadic: variadic, mutates: mutates, body: body)
    }
  }
}

extension FunctionSet {
  /// Sprig 3, except what needs cryptography beyond hashes (certificates, passwords, AES: the module WGESprigCrypto
  /// has them) and what reads the environment or the network, which a host allows by passing the means.
  ///
  /// - Parameters:
  ///   - environmentVariable: answers `env` and `expandenv`. Default nil: both are not defined.
  ///   - hostAddress: answers `getHostByName`. Default nil: it is not defined.
  public static func sprig(
    environmentVariable: (@Sendable (_ name: String) -> String?)? = nil,
    hostAddress: (@Sendable (_ name: String) -> String?)? = nil
  ) -> FunctionSet {
    var set = sprigBase
    if let environmentVariable {
      set.add([
        TemplateFunction("env", .string) { .string(environmentVariable(Sprig.string($1[0])) ?? "") },
        TemplateFunction("expandenv", .string) {
          .text(Sprig.expand(Sprig.bytes($1[0])) { Array((environmentVariable($0) ?? "").utf8) })
        },
      ])
    }
    if let hostAddress {
      set.add([TemplateFunction("getHostByName", .string) { .string(hostAddress(Sprig.string($1[0])) ?? "") }])
    }
    return set
  }

  private static let sprigBase: FunctionSet = {
    let topics: [[TemplateFunction]] = [
      Sprig.textFunctions, Sprig.wordFunctions, Sprig.conversionFunctions, Sprig.mathFunctions, Sprig.floatFunctions,
      Sprig.defaultFunctions, Sprig.jsonFunctions, Sprig.reflectionFunctions, Sprig.listFunctions,
      Sprig.dictionaryFunctions, Sprig.dateFunctions, Sprig.regexFunctions, Sprig.versionFunctions,
      Sprig.urlFunctions, Sprig.hashFunctions, Sprig.randomFunctions, Sprig.pathFunctions,
    ]
    var set = FunctionSet()
    for topic in topics { set.add(topic) }
    return set
  }()
}

extension Sprig {
  /// `$name` and `${name}` as Go's os.Expand reads them.
  static func expand(_ text: [UInt8], _ value: (String) -> [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var index = 0
    while index < text.count {
      guard text[index] == 0x24, index + 1 < text.count else {
        out.append(text[index])
        index += 1
        continue
      }
      var end = index + 1
      var name: ArraySlice<UInt8> = []
      if text[end] == 0x7B {
        guard let close = text[end...].firstIndex(of: 0x7D) else {
          index += 2
          continue
        }
        name = text[(end + 1)..<close]
        end = close + 1
      } else if "*#$@!?-0123456789".utf8.contains(text[end]) {
        name = text[end...end]
        end += 1
      } else {
        while end < text.count, text[end] == 0x5F || text[end] &- 0x30 < 10 || (text[end] | 0x20) &- 0x61 < 26 {
          end += 1
        }
        name = text[(index + 1)..<end]
        if name.isEmpty { out.append(0x24) }
      }
      if !name.isEmpty { out.append(contentsOf: value(String(decoding: name, as: UTF8.self))) }
      index = end
    }
    return out
  }
}
