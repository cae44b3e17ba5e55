internal import Synchronization

/// A regular expression with RE2's syntax and Go's semantics, matched in time linear in the text.
///
/// Leftmost-first: of the matches that begin first it takes the one that the order of alternatives prefers. There are
/// no back-references and no look-around, so no pattern can make the matcher backtrack without end. Text is bytes,
/// read as UTF-8; an invalid byte counts as one U+FFFD, as in Go.
///
/// ```swift
/// let regex = try LinearRegex(#"(\w+)@(\w+)\.com"#)
/// regex.isMatch("mail ann@example.com")                     // true
/// regex.replacingMatches(in: "ann@example.com", with: "$2") // "example"
/// ```
///
/// A value can be shared by any number of tasks; each match borrows scratch memory from a small pool.
public struct LinearRegex: Sendable {
  /// Offsets into the text, in bytes, of a match and of its groups.
  public struct Match: Sendable, Hashable {
    /// Start and end of group 0 (the whole match), of group 1, and so on; -1 for a group that took no part.
    public let offsets: [Int]

    /// The whole match.
    public var range: Range<Int> { offsets[0]..<offsets[1] }

    /// A group's range; nil when it took no part or does not exist.
    public func range(ofGroup group: Int) -> Range<Int>? {
      guard group >= 0, 2 * group + 1 < offsets.count, offsets[2 * group] >= 0 else { return nil }
      return offsets[2 * group]..<offsets[2 * group + 1]
    }
  }

  /// The pattern as it was given.
  public let pattern: String
  /// Names of the groups by number; nil for unnamed ones and for group 0.
  public let groupNames: [String?]

  let program: RegexProgram
  private let scratch: ScratchPool

  /// The most that one character of text costs: the number of the pattern's instructions, more with many groups.
  ///
  /// Matching once takes at most this times the length of the text. A host that runs patterns of others can refuse
  /// before it begins.
  public var size: Int { program.size }

  /// What the compiled pattern and the memory that it keeps for matching hold, roughly, in bytes.
  package var footprint: Int {
    let sets = program.sets.reduce(0) { $0 + 64 + $1.set.bounds.count * 4 }
    let automaton = min(ScratchPool.largest, program.instructions.count << 12)
    return program.instructions.count * 12 + sets + automaton + min(ScratchPool.largest, PikeMachine.footprint(program))
  }

  /// The number of parenthesised groups, without group 0.
  public var groupCount: Int { groupNames.count - 1 }

  /// Compiles a pattern.
  /// - Throws: ``LinearRegexError`` with Go's wording.
  public init(_ pattern: String) throws(LinearRegexError) {
    self.pattern = pattern
    var parser = RegexParser(pattern)
    let node = try parser.parse()
    groupNames = parser.groupNames
    do throws(LinearRegexError.Code) {
      program = try RegexProgram(node, groupCount: parser.groupNames.count - 1)
    } catch {
      throw LinearRegexError(code: error, expression: pattern)
    }
    scratch = ScratchPool()
  }

  // MARK: Bytes

  /// True when the pattern matches anywhere in the text.
  public func isMatch(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let input = RegexInput(bytes: text)
    if program.isLiteral {
      return program.prefix.isEmpty || input.firstIndex(of: program.prefix, from: 0) != nil
    }
    guard var automaton = scratch.takeAutomaton(program) else {
      return firstMatch(input, from: 0) != nil
    }
    defer { scratch.give(automaton) }
    return automaton.matches(input)
  }

  /// The leftmost match that begins at or after a position; the text before it still counts for `^` and `\b`.
  public func firstMatch(in text: UnsafeBufferPointer<UInt8>, from start: Int = 0) -> Match? {
    firstMatch(RegexInput(bytes: text), from: max(0, start)).map(Match.init(offsets:))
  }

  private func firstMatch(_ input: RegexInput, from start: Int) -> [Int]? {
    var borrowed = Borrowed()
    defer { scratch.giveBack(&borrowed) }
    return firstMatch(input, from: start, &borrowed)
  }

  /// - Parameter borrowed: what one match needs serves the next one, too.
  private func firstMatch(_ input: RegexInput, from start: Int, _ borrowed: inout Borrowed) -> [Int]? {
    guard start <= input.count else { return nil }
    if program.isLiteral, !program.prefix.isEmpty {
      return input.firstIndex(of: program.prefix, from: start).map { [$0, $0 + program.prefix.count] }
    }
    // A pattern that begins at the start of the text cannot match later.
    if program.isAnchored, start > 0 { return nil }
    if Backtracker.fits(program, length: input.count - start) {
      var matcher = borrowed.backtracker.take() ?? scratch.takeBacktracker()
      matcher.cost = 0
      let found = matcher.match(program, input, from: start, isAnchoredHere: false) ? matcher.slots : nil
      borrowed.work &+= matcher.cost
      borrowed.backtracker = matcher
      return found
    }
    var machine = borrowed.machine.take() ?? scratch.takeMachine(program)
    machine.cost = 0
    let found = machine.match(input, from: start, isAnchoredHere: false) ? machine.slots : nil
    borrowed.work &+= machine.cost
    borrowed.machine = machine
    return found
  }

  /// Matches one after another, without overlap. An empty match next to the one before is left out.
  /// - Parameter limit: at most so many; nil for all.
  public func matches(in text: UnsafeBufferPointer<UInt8>, limit: Int? = nil) -> [Match] {
    var result: [Match] = []
    forEachMatch(in: text, limit: limit) { match, _ in result.append(match) }
    return result
  }

  /// Calls with matches one after another, without overlap, as ``matches(in:limit:)`` gives them.
  ///
  /// Looking for all matches can take the square of the text's length, as each search may read to the end. So the work
  /// is told.
  /// - Parameters:
  ///   - limit: at most so many; nil for all.
  ///   - keepsGroups: false to get matches without groups, which take little memory to keep.
  ///   - body: gets a match, and how many instructions finding it took since the call before; throw to stop.
  public func forEachMatch<E: Error>(
    in text: UnsafeBufferPointer<UInt8>, limit: Int? = nil, keepsGroups: Bool = true,
    _ body: (_ match: Match, _ work: Int) throws(E) -> Void
  ) throws(E) {
    let input = RegexInput(bytes: text)
    var borrowed = Borrowed()
    defer { scratch.giveBack(&borrowed) }
    var count = 0
    var position = 0
    var lastEnd = -1
    while position <= input.count, limit.map({ count < $0 }) ?? true,
      let offsets = firstMatch(input, from: position, &borrowed)
    {
      var isAccepted = true
      if offsets[1] == position {
        isAccepted = offsets[0] != lastEnd
        position += position < input.count ? input.scalar(at: position).1 : 1
      } else {
        position = offsets[1]
      }
      lastEnd = offsets[1]
      if isAccepted {
        count += 1
        let match = Match(offsets: keepsGroups || offsets.count == 2 ? offsets : Array(offsets.prefix(2)))
        try body(match, borrowed.work)
        borrowed.work = 0
      }
    }
  }

  /// A copy of the text with each match replaced by what `replace` appends.
  ///
  /// - Parameter replace: gets the output to append to and the match; throw to stop.
  public func replacingMatches<E: Error>(
    in text: UnsafeBufferPointer<UInt8>, _ replace: (inout [UInt8], Match) throws(E) -> Void
  ) throws(E) -> [UInt8] {
    try replacingMatches(in: text) { (out: inout [UInt8], match: Match, _: Int) throws(E) in try replace(&out, match) }
  }

  /// The same, where the work is told as by ``forEachMatch(in:limit:keepsGroups:_:)``.
  public func replacingMatches<E: Error>(
    in text: UnsafeBufferPointer<UInt8>,
    _ replace: (_ out: inout [UInt8], _ match: Match, _ work: Int) throws(E) -> Void
  ) throws(E) -> [UInt8] {
    let input = RegexInput(bytes: text)
    var borrowed = Borrowed()
    defer { scratch.giveBack(&borrowed) }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var copied = 0
    var position = 0
    while position <= input.count, let offsets = firstMatch(input, from: position, &borrowed) {
      result.append(contentsOf: text[copied..<offsets[0]])
      if offsets[1] > copied || offsets[0] == 0 {
        try replace(&result, Match(offsets: offsets), borrowed.work)
        borrowed.work = 0
      }
      copied = offsets[1]
      let width = position < input.count ? input.scalar(at: position).1 : 0
      if position + width > offsets[1] {
        position += width
      } else if position + 1 > offsets[1] {
        position += 1
      } else {
        position = offsets[1]
      }
    }
    result.append(contentsOf: text[copied...])
    return result
  }

  /// Appends a replacement, in which `$1`, `${1}`, `$name` and `${name}` stand for groups and `$$` for a dollar.
  public func expand(
    _ template: UnsafeBufferPointer<UInt8>, _ match: Match, of text: UnsafeBufferPointer<UInt8>, into out: inout [UInt8]
  ) {
    var position = 0
    while position < template.count {
      guard let dollar = template[position...].firstIndex(of: 0x24) else { break }
      out.append(contentsOf: template[position..<dollar])
      position = dollar + 1
      if position < template.count, template[position] == 0x24 {
        out.append(0x24)
        position += 1
        continue
      }
      guard let (name, end) = reference(template, position) else {
        out.append(0x24)
        continue
      }
      position = end
      if let range = group(named: name, in: match) { out.append(contentsOf: text[range]) }
    }
    out.append(contentsOf: template[min(position, template.count)...])
  }

  private func reference(_ template: UnsafeBufferPointer<UInt8>, _ start: Int) -> (String, Int)? {
    let isBraced = start < template.count && template[start] == 0x7B
    var position = isBraced ? start + 1 : start
    let nameStart = position
    while position < template.count {
      let (scalar, length) = UTF8Scalar.decode(template, position)
      guard scalar == 0x5F || UnicodeProperty.isLetter(scalar) || UnicodeProperty.isDigit(scalar) else { break }
      position += length
    }
    guard position > nameStart else { return nil }
    let name = String(decoding: template[nameStart..<position], as: UTF8.self)
    if isBraced {
      guard position < template.count, template[position] == 0x7D else { return nil }
      position += 1
    }
    return (name, position)
  }

  private func group(named name: String, in match: Match) -> Range<Int>? {
    if name.utf8.allSatisfy({ $0 &- 0x30 < 10 }), name == "0" || !name.hasPrefix("0"), name.utf8.count < 9 {
      return Int(name).flatMap { match.range(ofGroup: $0) }
    }
    for (index, candidate) in groupNames.enumerated() where candidate == name {
      if let range = match.range(ofGroup: index) { return range }
    }
    return nil
  }

  /// The parts of the text between matches.
  /// - Parameter limit: at most so many parts, the last one unsplit; nil for all. 0 gives none.
  public func split(_ text: UnsafeBufferPointer<UInt8>, limit: Int? = nil) -> [Range<Int>] {
    split(text, limit: limit) { _ in }
  }

  /// The same.
  /// - Parameter charge: gets the work of each match, as from ``forEachMatch(in:limit:keepsGroups:_:)``; throw to stop.
  public func split<E: Error>(
    _ text: UnsafeBufferPointer<UInt8>, limit: Int? = nil, charge: (_ work: Int) throws(E) -> Void
  ) throws(E) -> [Range<Int>] {
    if limit == 0 { return [] }
    if !pattern.isEmpty, text.isEmpty { return [0..<0] }
    var parts: [Range<Int>] = []
    var begin = 0
    var end = 0
    // The last of `limit` parts stays unsplit.
    try forEachMatch(in: text, limit: limit, keepsGroups: false) { (match: Match, work: Int) throws(E) in
      try charge(work)
      if let limit, parts.count == limit - 1 { return }
      end = match.range.lowerBound
      if match.range.upperBound != 0 { parts.append(begin..<end) }
      begin = match.range.upperBound
    }
    if end != text.count { parts.append(begin..<text.count) }
    return parts
  }
}

// MARK: - Strings

extension LinearRegex {
  /// True when the pattern matches anywhere in the text.
  public func isMatch(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { isMatch($0) }
  }

  /// The leftmost match.
  public func firstMatch(in text: String) -> Match? {
    var text = text
    return text.withUTF8 { firstMatch(in: $0) }
  }

  /// A copy of the text with each match replaced. In the replacement `$1`, `${name}` and the like stand for groups.
  public func replacingMatches(in text: String, with template: String) -> String {
    var text = text
    var template = template
    return text.withUTF8 { text in
      template.withUTF8 { template in
        let bytes = replacingMatches(in: text) { out, match in expand(template, match, of: text, into: &out) }
        return String(decoding: bytes, as: UTF8.self)
      }
    }
  }

  /// A pattern that matches exactly this text.
  public static func escape(_ text: String) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
      if #"\.+*?()|[]{}^$"#.utf8.contains(byte) { result.append(0x5C) }
      result.append(byte)
    }
    return String(decoding: result, as: UTF8.self)
  }
}

/// Matchers that a search took from the pool, and how many instructions it executed.
private struct Borrowed {
  var backtracker: Backtracker?
  var machine: PikeMachine?
  var work = 0
}

/// Scratch memory that matches lend and give back, so that a pattern used again and again allocates once. Holds one of
/// each kind: tasks that match at the same time make their own and drop it.
private final class ScratchPool: Sendable {
  /// What is larger is dropped, or every pattern that a process ever used would hold much memory.
  static let largest = 1 << 20

  private struct Content: Sendable {
    var automaton: LazyDFA?
    var automatonIsUseless = false
    var backtracker: Backtracker?
    var machine: PikeMachine?
  }
  private let content = Mutex(Content())

  func takeAutomaton(_ program: RegexProgram) -> LazyDFA? {
    let (kept, isUseless) = content.withLock { content in
      defer { content.automaton = nil }
      return (content.automaton, content.automatonIsUseless)
    }
    if let kept { return kept }
    if isUseless { return nil }
    guard let made = LazyDFA(program) else {
      content.withLock { $0.automatonIsUseless = true }
      return nil
    }
    return made
  }

  func takeBacktracker() -> Backtracker {
    content.withLock { content in
      defer { content.backtracker = nil }
      return content.backtracker
    } ?? Backtracker()
  }

  func takeMachine(_ program: RegexProgram) -> PikeMachine {
    content.withLock { content in
      defer { content.machine = nil }
      return content.machine
    } ?? PikeMachine(program)
  }

  func give(_ automaton: LazyDFA) {
    if automaton.footprint <= Self.largest { content.withLock { $0.automaton = automaton } }
  }

  func giveBack(_ borrowed: inout Borrowed) {
    let backtracker = borrowed.backtracker.take().flatMap { $0.footprint <= Self.largest ? $0 : nil }
    let machine = borrowed.machine.take().flatMap { $0.footprint <= Self.largest ? $0 : nil }
    if backtracker == nil, machine == nil { return }
    content.withLock { content in
      if let backtracker { content.backtracker = backtracker }
      if let machine { content.machine = machine }
    }
  }
}
