/// Why a pattern was refused.
///
/// The description is what Go's regexp package says: ``error parsing regexp: missing closing ]: `[` ``.
public struct LinearRegexError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of mistakes.
  public enum Code: String, Error {
    case invalidCharacterClass = "invalid character class"
    case invalidCharacterRange = "invalid character class range"
    case invalidEscape = "invalid escape sequence"
    case invalidNamedCapture = "invalid named capture"
    case invalidPerlOperator = "invalid or unsupported Perl syntax"
    case invalidRepeatOperator = "invalid nested repetition operator"
    case invalidRepeatSize = "invalid repeat count"
    case invalidUTF8 = "invalid UTF-8"
    case missingBracket = "missing closing ]"
    case missingParenthesis = "missing closing )"
    case missingRepeatArgument = "missing argument to repetition operator"
    case trailingBackslash = "trailing backslash at end of expression"
    case unexpectedParenthesis = "unexpected )"
    case tooDeep = "expression nests too deeply"
    case tooLarge = "expression too large"
  }

  /// What is wrong.
  public let code: Code
  /// The part of the pattern that is wrong.
  public let expression: String

  /// Go's sentence.
  public var description: String { "error parsing regexp: \(code.rawValue): `\(expression)`" }
}
