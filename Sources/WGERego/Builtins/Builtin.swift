/// A function that is part of the engine, or that the host adds.
struct Builtin: Sendable {
  typealias Body = @Sendable (BuiltinContext, Operands) throws(BuiltinFailure) -> RegoValue?

  let name: String
  let arity: Int
  /// 1 to 3, as the specification orders builtins by how common they are.
  var tier = 2
  /// Yields many results (`walk`).
  var isRelation = false
  /// Takes any number of operands.
  var isVariadic = false
  var isDeprecated = false
  /// Needs a hook of the host that is off by default.
  var needsHost = false
  /// Which operands it walks through and through.
  var walks = Walk.none
  let body: Body

  enum Walk {
    case none
    /// To compare or copy them.
    case compares
    /// To make text of them.
    case writes
  }

  /// As messages write it: the operators by their short names.
  var displayName: String { name }

  init(_ name: String, _ arity: Int, tier: Int = 2, deprecated: Bool = false, host: Bool = false, body: @escaping Body)
  {
    self.name = name
    self.arity = arity
    self.tier = tier
    isDeprecated = deprecated
    needsHost = host
    // A host's function may do anything with its operands.
    walks = host ? .writes : .none
    self.body = body
  }
}

/// Why a builtin gives no result.
enum BuiltinFailure: Error {
  /// An operand has the wrong type.
  case type(String)
  /// Anything else.
  case failed(String)
  /// Ends the evaluation, strict or not.
  case halt(RegoError)
}

/// The operands of one call. Valid during the call only.
struct Operands {
  private let base: UnsafeMutablePointer<RegoValue>
  let count: Int

  // A range of the machine's operand stack, which does not move while a builtin runs; `subscript` checks the bounds.
  init(_ base: UnsafeMutablePointer<RegoValue>, count: Int) {
    self.base = base
    self.count = count
  }

  @inline(__always) subscript(index: Int) -> RegoValue {
    index >= 0 && index < count ? base[index] : .null
  }

  @inline(__always) func string(_ index: Int) throws(BuiltinFailure) -> String {
    if case .string(let text) = self[index] { return text }
    throw wrong(index, "string")
  }

  func bool(_ index: Int) throws(BuiltinFailure) -> Bool {
    if case .bool(let value) = self[index] { return value }
    throw wrong(index, "boolean")
  }

  @inline(__always) func number(_ index: Int) throws(BuiltinFailure) -> RegoNumber {
    if case .number(let value) = self[index] { return value }
    throw wrong(index, "number")
  }

  /// A whole number that fits an Int.
  func integer(_ index: Int) throws(BuiltinFailure) -> Int {
    // Only what is written without a fraction and without an exponent.
    if case .int(let value) = try number(index) { return Int(value) }
    throw .type("operand \(index + 1) must be integer number but got floating-point number")
  }

  func array(_ index: Int) throws(BuiltinFailure) -> RegoArray {
    if case .array(let value) = self[index] { return value }
    throw wrong(index, "array")
  }

  func object(_ index: Int) throws(BuiltinFailure) -> RegoObject {
    if case .object(let value) = self[index] { return value }
    throw wrong(index, "object")
  }

  func set(_ index: Int) throws(BuiltinFailure) -> RegoSet {
    if case .set(let value) = self[index] { return value }
    throw wrong(index, "set")
  }

  /// The elements of an array or a set.
  func elements(_ index: Int) throws(BuiltinFailure) -> [RegoValue] {
    switch self[index] {
    case .array(let array): return array.values
    case .set(let set): return set.elements
    default: throw wrong(index, "{set, array}")
    }
  }

  /// An array or a set of strings.
  func strings(_ index: Int, kind: String? = nil) throws(BuiltinFailure) -> [String] {
    var result: [String] = []
    let outer = self[index].typeName
    for element in try elements(index) {
      guard case .string(let text) = element else {
        throw .type(
          "operand \(index + 1) must be \(kind ?? outer) of strings but got \(outer) containing \(element.typeName)")
      }
      result.append(text)
    }
    return result
  }

  func wrong(_ index: Int, _ expected: String) -> BuiltinFailure {
    let what = expected.hasPrefix("{") ? "one of \(expected)" : expected
    return .type("operand \(index + 1) must be \(what) but got \(self[index].typeName)")
  }
}

/// What builtins see of the evaluation.
final class BuiltinContext {
  /// Nanoseconds since 1970, the same in one evaluation.
  private(set) lazy var now = host.nanosecondsSince1970()
  let limits: RegoLimits
  let host: RegoHost
  private(set) var steps = 0
  /// The stack must not grow below.
  let stackFloor = StackGuard().floor
  private var elements = 0
  private var textBytes = 0
  private let deadline: ContinuousClock.Instant?
  /// Results that must not change within one evaluation: random numbers, identifiers.
  var stable: [RegoValue: RegoValue] = [:]
  lazy var random = SplitMix(state: host.seed())
  var printed: [String] = []
  var notes: [String] = []
  /// Set by the machine before each call.
  var location: SourceLocation?
  var regexes: [String: CompiledPattern] = [:]
  /// What ``regexes`` hold, roughly, in bytes.
  var regexFootprint = 0

  init(limits: RegoLimits, host: RegoHost) {
    self.limits = limits
    self.host = host
    deadline = limits.time.map { ContinuousClock.now.advanced(by: $0) }
  }

  /// Counts work; every so often looks at the clock and at cancellation.
  @inline(__always) func step(_ count: Int = 1) throws(RegoError) {
    let before = steps
    steps &+= count
    if before >> 10 != steps >> 10 { try check() }
  }

  private func check() throws(RegoError) {
    if steps > limits.steps { throw .limit(.steps(limits.steps)) }
    if let deadline, ContinuousClock.now > deadline, let time = limits.time { throw .limit(.time(time)) }
    if host.isCancelled() { throw .cancelled }
  }

  /// ``step(_:)`` for builtins.
  @inline(__always) func work(_ count: Int = 1) throws(BuiltinFailure) {
    do throws(RegoError) { try step(count) } catch { throw .halt(error) }
  }

  /// Counts elements that stay.
  @inline(__always) func hold(_ count: Int) throws(RegoError) {
    elements &+= count
    if elements > limits.elements { throw .limit(.memory(limits.elements)) }
  }

  /// Refuses text past the limit.
  func check(bytes: Int) throws(BuiltinFailure) {
    if bytes > RegoDefaults.maximumTextBytes { throw .halt(.limit(.memory(RegoDefaults.maximumTextBytes))) }
  }

  /// Counts the text that a builtin made.
  @inline(__always) func hold(text bytes: Int) throws(RegoError) {
    textBytes &+= bytes
    if textBytes > limits.text { throw .limit(.memory(limits.text)) }
  }

  /// Refuses to make text past the limit, and counts the work.
  func reserve(bytes: Int) throws(BuiltinFailure) {
    try check(bytes: bytes)
    try work(bytes >> 6)
  }

  func reserve(elements count: Int) throws(BuiltinFailure) {
    do throws(RegoError) { try hold(count) } catch { throw .halt(error) }
    try work(count)
  }
}

/// A small generator of random numbers (SplitMix64): not for secrets.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
