internal import WGEGoFormat
internal import WGERegex

struct EnvsubstEvaluator {
  let values: [String: String]
  let limit: Int
  let matchesClasses: Bool
  private var made = 0
  /// What matching has cost so far, pattern times text.
  private var matched = 0
  /// Together, however many expansions there are.
  private static let maximumMatched = 256 << 20

  init(values: [String: String], limit: Int, matchesClasses: Bool) {
    self.values = values
    self.limit = limit
    self.matchesClasses = matchesClasses
  }

  mutating func evaluate(_ nodes: [Envsubst.Node]) throws(EnvsubstError) -> [UInt8] {
    var out: [UInt8] = []
    for node in nodes {
      let part: [UInt8]
      switch node {
      case .text(let text): part = text
      case .expansion(let name, let operation, let arguments):
        var texts: [[UInt8]] = []
        for argument in arguments { texts.append(try evaluate(argument)) }
        part = try apply(operation, Array((values[name] ?? "").utf8), texts)
      }
      made += part.count
      if made > limit { throw .tooLarge(limit) }
      out += part
    }
    return out
  }

  private mutating func apply(
    _ operation: Envsubst.Operation, _ value: [UInt8], _ arguments: [[UInt8]]
  ) throws(EnvsubstError) -> [UInt8] {
    let first = arguments.first ?? []
    switch operation {
    case .removePrefix, .removeSuffix:
      // Matching costs pattern times text.
      let (cost, overflow) = (first.count + 1).multipliedReportingOverflow(by: value.count + 1)
      if overflow || cost > max(limit, 1 << 16) { throw .tooLarge(limit) }
      matched += cost
      if matched > Self.maximumMatched { throw .tooLarge(limit) }
    default: break
    }
    switch operation {
    case .value: return value
    case .length: return Array("\(value.count)".utf8)
    case .upper: return TextOperations.map(value, UnicodeCase.upper)
    case .lower: return TextOperations.map(value, UnicodeCase.lower)
    case .upperFirst: return mapFirst(value, UnicodeCase.upper)
    case .lowerFirst: return mapFirst(value, UnicodeCase.lower)
    case .fallback: return value.isEmpty ? first : value
    case .substring: return substring(value, arguments)
    case .removePrefix(let longest):
      let lengths = Glob(TextOperations.scalars(first)).prefixes(of: TextOperations.scalars(value))
      guard let length = longest ? lengths.last : lengths.first else { return value }
      return bytes(Array(TextOperations.scalars(value).dropFirst(length)))
    case .removeSuffix(let longest):
      let scalars = TextOperations.scalars(value)
      let pattern = TextOperations.scalars(first)
      // Upstream turns value and pattern around, and with the pattern its brackets.
      let glob = matchesClasses ? Glob(pattern, isReversed: true) : Glob(pattern.reversed())
      let lengths = glob.prefixes(of: scalars.reversed())
      guard let length = longest ? lengths.last : lengths.first else { return value }
      return bytes(Array(scalars.dropLast(length)))
    case .replace(let all):
      if first.isEmpty { return value }
      if all {
        let count = value.count / first.count + 1
        let (size, overflow) = count.multipliedReportingOverflow(by: arguments[1].count)
        if overflow || size > limit { throw .tooLarge(limit) }
        return TextOperations.replace(value, first, arguments[1])
      }
      guard let range = TextOperations.firstRange(of: first, in: value) else { return value }
      return Array(value[..<range.lowerBound]) + arguments[1] + value[range.upperBound...]
    case .replacePrefix:
      return value.starts(with: first) ? arguments[1] + value.dropFirst(first.count) : value
    case .replaceSuffix:
      return value.reversed().starts(with: first.reversed()) ? value.dropLast(first.count) + arguments[1] : value
    }
  }

  private func mapFirst(_ value: [UInt8], _ transform: (UInt32) -> UInt32) -> [UInt8] {
    var scalars = TextOperations.scalars(value)
    if let first = scalars.first { scalars[0] = transform(first) }
    return bytes(scalars)
  }

  private func bytes(_ scalars: [UInt32]) -> [UInt8] {
    var out: [UInt8] = []
    for scalar in scalars { GoQuote.append(scalar, to: &out) }
    return out
  }

  /// By bytes. What is no whole number leaves the value as it is.
  private func substring(_ value: [UInt8], _ arguments: [[UInt8]]) -> [UInt8] {
    guard let start = GoNumber.integer(arguments[0], radix: 10), start >= 0 else { return value }
    if start >= value.count { return [] }
    let rest = value.dropFirst(Int(start))
    guard arguments.count > 1 else { return Array(rest) }
    guard let length = GoNumber.integer(arguments[1], radix: 10), length >= 0 else { return value }
    return Array(rest.prefix(Int(clamping: length)))
  }
}

/// Shell patterns: `*`, `?` and `[a-z]`. Follows all ways to match at once, so the time is pattern times text.
struct Glob {
  private enum Part {
    case any, one
    case scalar(UInt32)
    case set([ClosedRange<UInt32>], isNegated: Bool)
  }

  /// Nil when the pattern is malformed: it matches nothing.
  private var parts: [Part]?

  init(_ pattern: [UInt32], isReversed: Bool = false) {
    var parts: [Part] = []
    var index = 0
    while index < pattern.count {
      switch pattern[index] {
      case 0x2A: parts.append(.any)
      case 0x3F: parts.append(.one)
      case 0x5B:
        guard let close = pattern[(index + 1)...].dropFirst().firstIndex(of: 0x5D) else { return }
        var body = pattern[(index + 1)..<close]
        let isNegated = body.first == 0x5E || body.first == 0x21
        if isNegated { body = body.dropFirst() }
        var ranges: [ClosedRange<UInt32>] = []
        while let low = body.first {
          if body.count >= 3, body[body.startIndex + 1] == 0x2D {
            let high = body[body.startIndex + 2]
            if low <= high { ranges.append(low...high) }
            body = body.dropFirst(3)
          } else {
            ranges.append(low...low)
            body = body.dropFirst()
          }
        }
        parts.append(.set(ranges, isNegated: isNegated))
        index = close
      default: parts.append(.scalar(pattern[index]))
      }
      index += 1
    }
    self.parts = isReversed ? parts.reversed() : parts
  }

  /// The lengths of all prefixes that the whole pattern matches, ascending.
  func prefixes(of text: [UInt32]) -> [Int] {
    guard let parts else { return [] }
    var alive = [Bool](repeating: false, count: parts.count + 1)
    func close(_ states: inout [Bool]) {
      for (index, part) in parts.enumerated() where states[index] { if case .any = part { states[index + 1] = true } }
    }
    alive[0] = true
    close(&alive)
    var lengths = alive[parts.count] ? [0] : []
    for (position, scalar) in text.enumerated() {
      var next = [Bool](repeating: false, count: parts.count + 1)
      for (index, part) in parts.enumerated() where alive[index] {
        switch part {
        case .any: next[index] = true
        case .one: next[index + 1] = true
        case .scalar(let wanted): if wanted == scalar { next[index + 1] = true }
        case .set(let ranges, let isNegated):
          if ranges.contains(where: { $0.contains(scalar) }) != isNegated { next[index + 1] = true }
        }
      }
      close(&next)
      alive = next
      if alive[parts.count] { lengths.append(position + 1) }
      if !alive.contains(true) { break }
    }
    return lengths
  }
}
