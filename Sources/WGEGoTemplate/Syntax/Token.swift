/// A token of a template. Its text is the bytes from `start` to `end`.
struct Token {
  enum Kind: UInt8 {
    case error, bool, char, charConstant, complex, assign, declare, endOfFile, field, identifier, leftDelimiter
    case leftParenthesis, number, pipe, rawString, rightDelimiter, rightParenthesis, space, string, text, variable
    // Keywords; `.` counts as one.
    case dot, block, breakLoop, continueLoop, define, elseBranch, end, ifBranch, nilValue, range, template, with
  }
  var kind: Kind
  var start: Int32
  var end: Int32
  /// 1 for the first line.
  var line: Int32

  var isKeyword: Bool { kind.rawValue >= Kind.dot.rawValue }
}
