// Answers whether a pattern matches somewhere, at a table look-up for each character.
//
// A state is the set of instructions that are alive, before what they lead to without consuming is followed, with the
// kind of the character before (for `^`, `\b` and the like). Characters fall into classes which no instruction tells
// apart. What a state becomes after a class is worked out when it is first needed; when too many states have come up
// the table is thrown away, so that memory is bounded and the time stays linear.

struct LazyDFA {
  private static let unknown: Int32 = -1
  private static let dead: Int32 = -2
  private static let matched: Int32 = -3
  static let maximumStates = 2_000
  /// Bytes of states and transitions.
  static let maximumBytes = 4 << 20
  /// Larger automatons make states that are too big to keep.
  static let maximumInstructions = 5_000

  private enum Before: UInt8 {
    case start, newline, word, other
  }

  private struct State: Hashable {
    var instructions: [Int32]
    var before: UInt8
  }

  private let program: RegexProgram
  /// Ascending starts of the classes of characters.
  private let boundaries: [UInt32]
  private let asciiClasses: [UInt16]
  /// One class more than characters have: the end of the text.
  private let classCount: Int

  private var states: [State] = []
  private var indices: [State: Int32] = [:]
  private var transitions: [Int32] = []
  private var seen: [Bool]
  /// What states and transitions hold, roughly.
  private(set) var footprint = 0

  init?(_ program: RegexProgram) {
    guard program.instructions.count <= Self.maximumInstructions else { return nil }
    self.program = program
    var starts: Set<UInt32> = [0]
    func add(_ low: UInt32, _ high: UInt32) {
      starts.insert(low)
      starts.insert(high + 1)
    }
    for instruction in program.instructions where instruction.kind == .scalar {
      add(UInt32(instruction.x), UInt32(instruction.x))
    }
    for set in program.sets {
      let bounds = set.set.bounds
      for index in stride(from: 0, to: bounds.count, by: 2) { add(bounds[index], bounds[index + 1]) }
    }
    if program.hasAssertions {
      add(0x0A, 0x0A)
      add(0x30, 0x39)
      add(0x41, 0x5A)
      add(0x5F, 0x5F)
      add(0x61, 0x7A)
    }
    let sorted = starts.sorted()
    guard sorted.count < 2_000 else { return nil }
    boundaries = sorted
    classCount = sorted.count + 1
    asciiClasses = (UInt32(0)..<128).map { UInt16(Self.classIndex($0, sorted)) }
    seen = Array(repeating: false, count: program.instructions.count)
    reset()
  }

  private static func classIndex(_ scalar: UInt32, _ boundaries: [UInt32]) -> Int {
    var low = 0
    var high = boundaries.count
    while low < high {
      let middle = (low + high) / 2
      if boundaries[middle] <= scalar { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }

  private mutating func reset() {
    states.removeAll(keepingCapacity: true)
    indices.removeAll(keepingCapacity: true)
    transitions.removeAll(keepingCapacity: true)
    footprint = 0
    _ = index(of: State(instructions: [program.start], before: Before.start.rawValue))
  }

  private mutating func index(of state: State) -> Int32 {
    if let index = indices[state] { return index }
    let index = Int32(states.count)
    states.append(state)
    indices[state] = index
    transitions.append(contentsOf: repeatElement(Self.unknown, count: classCount))
    footprint += 128 + (state.instructions.count + classCount) * 4
    return index
  }

  mutating func matches(_ input: RegexInput) -> Bool {
    var state: Int32 = 0
    var position = 0
    let count = input.count
    while true {
      let kind: Int
      var scalar: UInt32?
      if position < count {
        let byte = input.bytes[position]
        if byte < 0x80 {
          kind = Int(asciiClasses[Int(byte)])
          scalar = UInt32(byte)
          position += 1
        } else {
          let (value, length) = input.scalar(at: position)
          kind = Self.classIndex(value, boundaries)
          scalar = value
          position += length
        }
      } else {
        kind = classCount - 1
      }
      var next = transitions[Int(state) * classCount + kind]
      if next == Self.unknown { next = step(&state, kind, scalar) }
      if next < 0 { return next == Self.matched }
      if scalar == nil { return false }
      state = next
    }
  }

  /// Works out one entry of the table. May throw the table away and renumber `state`.
  private mutating func step(_ state: inout Int32, _ kind: Int, _ scalar: UInt32?) -> Int32 {
    if states.count >= Self.maximumStates || footprint > Self.maximumBytes {
      let kept = states[Int(state)]
      reset()
      state = index(of: kept)
    }
    let from = states[Int(state)]
    let before: UInt32? =
      switch Before(rawValue: from.before) {
      case .newline: 0x0A
      case .word: 0x61
      case .other: 0x20
      default: nil
      }
    let holding = RegexAssertion.holding(before: before, after: scalar)
    var alive: [Int32] = []
    var isMatch = false
    var work = Array(from.instructions.reversed())
    var visited: [Int32] = []
    while let instruction = work.popLast() {
      if seen[Int(instruction)] { continue }
      seen[Int(instruction)] = true
      visited.append(instruction)
      let step = program.instructions[Int(instruction)]
      switch step.kind {
      case .jump, .save: work.append(step.x)
      case .split:
        work.append(step.y)
        work.append(step.x)
      case .assert:
        if holding.isSuperset(of: RegexAssertion(rawValue: UInt8(truncatingIfNeeded: step.y))) { work.append(step.x) }
      case .scalar: if let scalar, scalar == UInt32(step.x) { alive.append(step.y) }
      case .set: if let scalar, program.sets[Int(step.x)].contains(scalar) { alive.append(step.y) }
      case .match: isMatch = true
      case .fail: break
      }
    }
    for instruction in visited { seen[Int(instruction)] = false }
    let result: Int32
    if isMatch {
      result = Self.matched
    } else if let scalar {
      if !program.isAnchored { alive.append(program.start) }
      alive.sort()
      var unique: [Int32] = []
      for instruction in alive where unique.last != instruction { unique.append(instruction) }
      if unique.isEmpty {
        result = Self.dead
      } else {
        let after: Before =
          !program.hasAssertions ? .other : scalar == 0x0A ? .newline : RegexAssertion.isWord(scalar) ? .word : .other
        result = index(of: State(instructions: unique, before: after.rawValue))
      }
    } else {
      result = Self.dead
    }
    transitions[Int(state) * classCount + kind] = result
    return result
  }
}
