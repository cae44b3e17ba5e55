/// What a command ends with: a sentence for the person, and an exit code for scripts.
public struct CommandFailure: Error, Sendable, CustomStringConvertible {
  /// The sentence.
  public let description: String
  /// The process's exit code.
  public let code: ExitStatus

  /// A failure with that sentence.
  public init(_ description: String, code: ExitStatus = .failed) {
    self.description = description
    self.code = code
  }
}

/// The exit codes of a WGE command line.
public enum ExitStatus: Int32, Sendable {
  /// Anything without a code of its own.
  case failed = 1
  /// Sign in, and try again.
  case notSignedIn = 3
  /// The right to do this is missing.
  case notAllowed = 4
  /// Done, but some clusters could not be read.
  case partial = 5
  /// No answer in time.
  case timeout = 6
}
