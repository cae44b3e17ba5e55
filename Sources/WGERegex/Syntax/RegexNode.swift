/// A parsed pattern. At most ``RegexParser/maximumDepth`` deep, so that walking it by recursion is safe.
indirect enum RegexNode {
  case empty
  case literal(UInt32, foldsCase: Bool)
  case set(ScalarSet)
  case assertion(RegexAssertion)
  case capture(RegexNode, group: Int)
  case concatenation([RegexNode])
  case alternation([RegexNode])
  /// `maximum` is nil for no limit.
  case repetition(RegexNode, minimum: Int, maximum: Int?, isGreedy: Bool)
}

/// What holds between two characters.
struct RegexAssertion: OptionSet {
  let rawValue: UInt8
  static let beginLine = RegexAssertion(rawValue: 1)
  static let endLine = RegexAssertion(rawValue: 2)
  static let beginText = RegexAssertion(rawValue: 4)
  static let endText = RegexAssertion(rawValue: 8)
  static let wordBoundary = RegexAssertion(rawValue: 16)
  static let noWordBoundary = RegexAssertion(rawValue: 32)

  /// What holds between two characters; nil stands for the end of the text.
  static func holding(before: UInt32?, after: UInt32?) -> RegexAssertion {
    var result: RegexAssertion = []
    if before == nil { result.formUnion([.beginText, .beginLine]) }
    if before == 0x0A { result.insert(.beginLine) }
    if after == nil { result.formUnion([.endText, .endLine]) }
    if after == 0x0A { result.insert(.endLine) }
    result.insert(isWord(before) != isWord(after) ? .wordBoundary : .noWordBoundary)
    return result
  }

  /// ASCII letters, digits and the underscore.
  static func isWord(_ scalar: UInt32?) -> Bool {
    guard let scalar, scalar < 0x80 else { return false }
    return (scalar | 0x20) &- 0x61 < 26 || scalar &- 0x30 < 10 || scalar == 0x5F
  }
}
