public import WGECore

/// What templates may reach outside of their data.
public struct RenderEnvironment: Sendable {
  /// Tells the time to `now` and its kin.
  public var wallClock: any WallClock = SystemWallClock()
  /// Measures ``RenderLimits/time``.
  public var clock: any Clock<Duration> = ContinuousClock()
  /// The zone of `date` and its kin. Default UTC.
  public var localZone = GoTimeZone.utc
  /// Finds zones by name. Default the system's zoneinfo files.
  public var zone: @Sendable (_ name: String) -> GoTimeZone? = { GoTimeZone(systemZone: $0) }
  /// Bytes for the random functions. Default the system's secure generator.
  public var randomBytes: @Sendable (_ count: Int) -> [UInt8] = { count in
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  /// The defaults.
  public init() {}
}

/// One render, as functions see it: the environment, and the account of what was used.
public final class RenderContext {
  /// The clock, the random generator and the like.
  public let environment: RenderEnvironment
  let limits: RenderLimits
  let numbers: GoValue.NumberMode
  /// Data and what functions decode must be changeable.
  let isMutable: Bool
  private var memory: Int
  private var steps: Int
  private let elapsed: () -> Duration
  private var countdown = 0
  private(set) var stopped: RenderLimits.Kind?
  private(set) var isCancelled = false

  init(environment: RenderEnvironment, limits: RenderLimits, numbers: GoValue.NumberMode, isMutable: Bool) {
    self.environment = environment
    self.limits = limits
    self.numbers = numbers
    self.isMutable = isMutable
    memory = limits.memory
    steps = limits.steps
    elapsed = Self.stopwatch(environment.clock)
  }

  private static func stopwatch<C: Clock<Duration>>(_ clock: C) -> () -> Duration {
    let start = clock.now
    return { start.duration(to: clock.now) }
  }

  /// Call before making something large: a string or list of so many bytes.
  /// - Throws: when the render's limits are exceeded; let it pass through.
  public func charge(_ bytes: Int) throws {
    let (rest, overflow) = memory.subtractingReportingOverflow(max(bytes, 0))
    memory = rest
    if overflow || rest < 0 { throw stop(.memory) }
    countdown -= 1 + bytes >> 6
    if countdown < 0 { try checkTime() }
  }

  /// What may still be made.
  var remaining: Int { max(memory, 0) }

  /// Charges for what a function gave, less what it has charged itself: those that make one text or list leave it to
  /// this. What only hands on an argument, or something held in one, makes nothing.
  func charge(for result: GoValue, of arguments: TemplateArguments, charged: Int) throws {
    let size: Int
    switch result {
    case .string(let text):
      size = text.utf8.count
      if size <= 64 || size <= charged || arguments.hold(text) { return }
    case .bytes(let text):
      size = text.bytes.count
      if size <= 64 || size <= charged || arguments.hold(text) { return }
    case .list(let list) where !list.isOwned: size = 128 + 32 * list.elements.count
    case .map(let map) where !map.isOwned: size = 128 + 48 * map.count
    default: return
    }
    if size > charged { try charge(size - max(charged, 0)) }
  }

  /// Call for work that makes nothing large; the instructions of a pattern, say. 256 of them are a step.
  /// - Throws: as ``charge(_:)``.
  func charge(instructions: Int) throws {
    steps = steps.subtractingReportingOverflow(1 + max(instructions, 0) >> 8).partialValue
    if steps < 0 { throw stop(.steps) }
    countdown -= 1 + max(instructions, 0) >> 8
    if countdown < 0 { try checkTime() }
  }

  /// Charges for a deep copy of a value, in which what is shared is copied as often as it is held.
  func chargeNodes(of value: GoValue, depth: Int = 0) throws {
    try charge(48)
    // Copies end there.
    if depth > 500 { return }
    if let count = value.listCount {
      for index in 0..<count { try chargeNodes(of: value.element(at: index), depth: depth + 1) }
    } else if let members = value.mapMembers {
      for member in members { try chargeNodes(of: member.value, depth: depth + 1) }
    }
  }

  /// Looks at the clock and for cancellation.
  func checkTime() throws {
    countdown = 4_096
    if Task.isCancelled {
      isCancelled = true
      throw TemplateFunctionError("cancelled")
    }
    if let time = limits.time, elapsed() > time { throw stop(.time) }
  }

  func stop(_ kind: RenderLimits.Kind) -> TemplateFunctionError {
    stopped = kind
    let text =
      switch kind {
      case .output: "the output is larger than \(limits.output) bytes"
      case .steps: "more than \(limits.steps) steps"
      case .depth: "exceeded maximum template depth (\(limits.depth))"
      case .time: "rendering takes too long"
      case .memory: "the template makes more than \(limits.memory) bytes of strings and lists"
      }
    return TemplateFunctionError(text)
  }

  /// JSON as a value that templates may change if they change anything.
  func value(_ json: JSON, numbers: GoValue.NumberMode) -> GoValue {
    let value = GoValue(json, numbers: numbers)
    return isMutable ? value.thawed() : value
  }

  /// The text of a value as `%v` prints it, charged.
  func text(_ value: GoValue) throws -> [UInt8] {
    switch value {
    case .string(let text):
      try charge(text.utf8.count)
      return Array(text.utf8)
    case .bytes(let text):
      try charge(text.bytes.count)
      return text.bytes
    default:
      let bytes = GoFormatter.bytes(value, limit: remaining)
      try charge(bytes.count)
      return bytes
    }
  }
}

extension TemplateArguments {
  private var holdContainers: Bool {
    for index in 0..<count {
      switch self[index] {
      case .object, .array, .map, .list: return true
      default: break
      }
    }
    return false
  }

  /// Whether a text can be an argument, or held in one, without having been copied.
  fileprivate func hold(_ text: String) -> Bool {
    for index in 0..<count {
      if case .string(let argument) = self[index], argument.sharesStorage(with: text) { return true }
    }
    return holdContainers
  }

  fileprivate func hold(_ text: GoBytes) -> Bool {
    for index in 0..<count { if case .bytes(let argument) = self[index], argument === text { return true } }
    return holdContainers
  }
}

extension String {
  fileprivate func sharesStorage(with other: String) -> Bool {
    let isShared = utf8.withContiguousStorageIfAvailable { bytes in
      other.utf8.withContiguousStorageIfAvailable { $0.baseAddress == bytes.baseAddress && $0.count == bytes.count }
    }
    return (isShared ?? nil) ?? false
  }
}
