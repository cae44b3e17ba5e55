/// Whether some text matches both of two simple expressions: literals, `.`, sets `[a-z]`, and the suffixes `*` and `+`.
///
/// Both are automata with one state per token; a walk over pairs of states finds a common text, in time proportional to
/// the product of their lengths.
enum GlobIntersection {
  private struct Token {
    /// Accepted code points as ranges.
    var ranges: [ClosedRange<UInt32>]
    var isRepeated = false
    var isOptional = false
  }

  static func overlap(_ context: BuiltinContext, _ a: String, _ b: String) throws(BuiltinFailure) -> Bool {
    let left = try tokens(a)
    let right = try tokens(b)
    let width = right.count + 1
    guard left.count < 10_000, right.count < 10_000, (left.count + 1) * width < 4_000_000 else {
      throw .failed("patterns are too long")
    }
    var seen = [Bool](repeating: false, count: (left.count + 1) * width)
    var pending = [(0, 0)]
    seen[0] = true
    func push(_ i: Int, _ j: Int) {
      if !seen[i * width + j] {
        seen[i * width + j] = true
        pending.append((i, j))
      }
    }
    while let (i, j) = pending.popLast() {
      try context.work()
      if i == left.count, j == right.count { return true }
      if i < left.count, left[i].isOptional { push(i + 1, j) }
      if j < right.count, right[j].isOptional { push(i, j + 1) }
      guard i < left.count, j < right.count, meets(left[i].ranges, right[j].ranges) else { continue }
      push(i + 1, j + 1)
      if left[i].isRepeated { push(i, j + 1) }
      if right[j].isRepeated { push(i + 1, j) }
    }
    return false
  }

  private static func meets(_ a: [ClosedRange<UInt32>], _ b: [ClosedRange<UInt32>]) -> Bool {
    a.contains { x in b.contains { $0.overlaps(x) } }
  }

  private static func tokens(_ text: String) throws(BuiltinFailure) -> [Token] {
    let scalars = Array(text.unicodeScalars)
    var result: [Token] = []
    var index = 0
    func bad(_ what: String) -> BuiltinFailure {
      .failed("input:\(text), pos:\(index + 1), \(what): the input provided is invalid")
    }
    while index < scalars.count {
      switch scalars[index] {
      case ".": result.append(Token(ranges: [0...0x10FFFF]))
      case "[":
        var ranges: [ClosedRange<UInt32>] = []
        index += 1
        while index < scalars.count, scalars[index] != "]" {
          if scalars[index] == "\\" { index += 1 }
          guard index < scalars.count else { break }
          let low = scalars[index].value
          if index + 2 < scalars.count, scalars[index + 1] == "-", scalars[index + 2] != "]" {
            index += 2
            if scalars[index] == "\\", index + 1 < scalars.count { index += 1 }
            let high = scalars[index].value
            guard low <= high else { throw bad("range out of order") }
            ranges.append(low...high)
          } else {
            ranges.append(low...low)
          }
          index += 1
        }
        guard index < scalars.count else { throw bad("set-open '[' without matching ']'") }
        result.append(Token(ranges: ranges))
      case "]": throw bad("set-close ']' with no preceding '['")
      case "*", "+":
        guard !result.isEmpty, !result[result.count - 1].isRepeated else {
          throw bad("flag '\(scalars[index])' must be preceded by a non-flag")
        }
        result[result.count - 1].isRepeated = true
        result[result.count - 1].isOptional = scalars[index] == "*"
      case "\\":
        index += 1
        guard index < scalars.count else { throw bad("escape at the end") }
        result.append(Token(ranges: [scalars[index].value...scalars[index].value]))
      default: result.append(Token(ranges: [scalars[index].value...scalars[index].value]))
      }
      index += 1
    }
    return result
  }
}
