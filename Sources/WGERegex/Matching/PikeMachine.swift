// Runs all threads of the automaton side by side, one character at a time, in the order of their priority. Each thread
// carries its groups. At most instructions x positions steps, whatever the pattern; used where the visited bits of the
// backtracker would be too many.

struct PikeMachine {
  private struct Threads {
    /// Instructions in order of priority; `sparse` tells where each stands.
    var dense: [Int32] = []
    var sparse: [Int32]
    /// Slots of each thread, `slotCount` apart, indexed by instruction.
    var slots: [Int]

    init(_ program: RegexProgram) {
      sparse = Array(repeating: 0, count: program.instructions.count)
      slots = Array(repeating: -1, count: program.instructions.count * program.slotCount)
    }

    func contains(_ instruction: Int32) -> Bool {
      let index = Int(sparse[Int(instruction)])
      return index < dense.count && dense[index] == instruction
    }

    mutating func add(_ instruction: Int32) {
      sparse[Int(instruction)] = Int32(dense.count)
      dense.append(instruction)
    }
  }

  private enum Work {
    case visit(Int32)
    case restore(slot: Int, value: Int)
  }

  private let program: RegexProgram
  private var current: Threads
  private var next: Threads
  private var work: [Work] = []
  private(set) var slots: [Int] = []
  /// Instructions that all matches so far took.
  var cost = 0

  /// The bytes that a machine for a program holds.
  static func footprint(_ program: RegexProgram) -> Int { program.instructions.count * (program.slotCount * 16 + 16) }

  var footprint: Int { Self.footprint(program) }

  init(_ program: RegexProgram) {
    self.program = program
    current = Threads(program)
    next = Threads(program)
  }

  /// Looks for the leftmost match at or after `start`. On success ``slots`` hold its groups.
  mutating func match(_ input: RegexInput, from start: Int, isAnchoredHere: Bool) -> Bool {
    var matched: [Int]?
    current.dense.removeAll(keepingCapacity: true)
    var position = start
    var fresh = Array(repeating: -1, count: program.slotCount)
    let weight = 1 + program.slotCount / 16
    while true {
      if current.dense.isEmpty {
        if matched != nil { break }
        if (isAnchoredHere || program.isAnchored) && position > start { break }
        if !isAnchoredHere, !program.prefix.isEmpty {
          guard let found = input.firstIndex(of: program.prefix, from: position) else { break }
          position = found
        }
      }
      if matched == nil, !(isAnchoredHere || program.isAnchored) || position == start {
        for index in fresh.indices { fresh[index] = -1 }
        Self.follow(program, program.start, position, input, into: &current, slots: &fresh, work: &work)
      }
      cost &+= 1 + current.dense.count &* weight
      let consumed = position < input.count ? input.scalar(at: position) : nil
      next.dense.removeAll(keepingCapacity: true)
      threads: for instruction in current.dense {
        let step = program.instructions[Int(instruction)]
        let base = Int(instruction) * program.slotCount
        switch step.kind {
        case .match:
          matched = Array(current.slots[base..<base + program.slotCount])
          // Threads of less priority are cut off.
          break threads
        case .scalar, .set:
          guard let (scalar, length) = consumed,
            step.kind == .scalar ? scalar == UInt32(step.x) : program.sets[Int(step.x)].contains(scalar)
          else { continue }
          for index in 0..<program.slotCount { fresh[index] = current.slots[base + index] }
          Self.follow(program, step.y, position + length, input, into: &next, slots: &fresh, work: &work)
        default: continue
        }
      }
      swap(&current, &next)
      guard let consumed else { break }
      position += consumed.1
    }
    slots = matched ?? []
    return matched != nil
  }

  /// Adds all threads that an instruction leads to without consuming a character.
  private static func follow(
    _ program: RegexProgram, _ start: Int32, _ position: Int, _ input: RegexInput, into threads: inout Threads,
    slots: inout [Int], work: inout [Work]
  ) {
    work.removeAll(keepingCapacity: true)
    work.append(.visit(start))
    var assertions: RegexAssertion?
    while let item = work.popLast() {
      guard case .visit(let instruction) = item else {
        if case .restore(let slot, let value) = item { slots[slot] = value }
        continue
      }
      if threads.contains(instruction) { continue }
      threads.add(instruction)
      let step = program.instructions[Int(instruction)]
      switch step.kind {
      case .jump: work.append(.visit(step.x))
      case .split:
        work.append(.visit(step.y))
        work.append(.visit(step.x))
      case .save:
        work.append(.restore(slot: Int(step.y), value: slots[Int(step.y)]))
        slots[Int(step.y)] = position
        work.append(.visit(step.x))
      case .assert:
        let holding = assertions ?? input.assertions(at: position)
        assertions = holding
        if holding.isSuperset(of: RegexAssertion(rawValue: UInt8(truncatingIfNeeded: step.y))) {
          work.append(.visit(step.x))
        }
      case .scalar, .set, .match:
        let base = Int(instruction) * program.slotCount
        for index in 0..<program.slotCount { threads.slots[base + index] = slots[index] }
      case .fail: break
      }
    }
  }
}
