// Explores the automaton depth first, in the order of priority, and never visits an instruction at the same position
// twice: at most instructions x positions steps. The fastest way to submatches while that product is small.

struct Backtracker {
  /// The product of instructions and positions up to which this matcher is used; the visited bits then fit a cache.
  static let maximumVisits = 256 * 1024

  private struct Job {
    var instruction: Int32
    /// The position, or with a negative instruction the slot's old value.
    var position: Int
  }

  private var visited: [UInt64] = []
  private var jobs: [Job] = []
  private(set) var slots: [Int] = []
  /// Instructions that all matches so far took.
  var cost = 0
  var footprint: Int { jobs.capacity * 16 + visited.capacity * 8 + slots.capacity * 8 }

  static func fits(_ program: RegexProgram, length: Int) -> Bool {
    length < maximumVisits && program.instructions.count * (length + 1) <= maximumVisits
  }

  /// Looks for the leftmost match at or after `start`. On success ``slots`` hold its groups.
  mutating func match(_ program: RegexProgram, _ input: RegexInput, from start: Int, isAnchoredHere: Bool) -> Bool {
    let width = input.count - start + 1
    let words = (program.instructions.count * width + 63) / 64
    visited.removeAll(keepingCapacity: true)
    visited.append(contentsOf: repeatElement(0, count: words))
    cost &+= words >> 3
    slots = Array(repeating: -1, count: program.slotCount)
    var position = start
    while position <= input.count {
      if !isAnchoredHere, !program.prefix.isEmpty {
        guard let next = input.firstIndex(of: program.prefix, from: position) else { return false }
        position = next
      }
      if run(program, input, at: position, base: start, width: width) { return true }
      if isAnchoredHere || (program.isAnchored && position >= 0) { return false }
      position += position < input.count ? input.scalar(at: position).1 : 1
    }
    return false
  }

  private mutating func run(_ program: RegexProgram, _ input: RegexInput, at start: Int, base: Int, width: Int) -> Bool
  {
    jobs.removeAll(keepingCapacity: true)
    jobs.append(Job(instruction: program.start, position: start))
    var visits = 0
    defer { cost &+= visits }
    return program.instructions.withUnsafeBufferPointer { instructions in
      while let job = jobs.popLast() {
        if job.instruction < 0 {
          slots[Int(-job.instruction - 1)] = job.position
          continue
        }
        var current = job.instruction
        var position = job.position
        thread: while true {
          let bit = Int(current) * width + position - base
          if visited[bit >> 6] >> UInt64(bit & 63) & 1 != 0 { break thread }
          visits &+= 1
          visited[bit >> 6] |= 1 << UInt64(bit & 63)
          let instruction = instructions[Int(current)]
          switch instruction.kind {
          case .fail: break thread
          case .match: return true
          case .jump: current = instruction.x
          case .split:
            jobs.append(Job(instruction: instruction.y, position: position))
            current = instruction.x
          case .save:
            let slot = Int(instruction.y)
            jobs.append(Job(instruction: -instruction.y - 1, position: slots[slot]))
            slots[slot] = position
            current = instruction.x
          case .assert:
            let needed = RegexAssertion(rawValue: UInt8(truncatingIfNeeded: instruction.y))
            guard input.assertions(at: position).isSuperset(of: needed) else { break thread }
            current = instruction.x
          case .scalar:
            guard position < input.count else { break thread }
            let (scalar, length) = input.scalar(at: position)
            guard scalar == UInt32(instruction.x) else { break thread }
            position += length
            current = instruction.y
          case .set:
            guard position < input.count else { break thread }
            let (scalar, length) = input.scalar(at: position)
            guard program.sets[Int(instruction.x)].contains(scalar) else { break thread }
            position += length
            current = instruction.y
          }
        }
      }
      return false
    }
  }
}
