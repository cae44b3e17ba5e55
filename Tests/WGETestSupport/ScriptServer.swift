internal import Foundation

/// A server that a script of another language plays; it prints its port when it listens, and ends with its standard
/// input or with its value.
public final class ScriptServer: Sendable {
  /// Where it listens.
  public let port: UInt16
  private let program: RunningProgram

  private init(port: UInt16, program: RunningProgram) {
    self.port = port
    self.program = program
  }

  /// Starts one; `nil`, with a message, when the language is not installed.
  ///
  /// - Throws: ``ProgramFailure`` when it does not say where it listens.
  public static func start(_ language: String, _ script: String, _ arguments: [String]) async throws -> ScriptServer? {
    guard Tool.areThere(language), let path = Tool.path(language) else { return nil }
    let program = try Program(path, [language == "node" ? "-e" : "-c", script] + arguments, input: .open).start()
    let line = try await program.firstLine()
    guard let port = UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw ProgramFailure(code: -1, message: "no port: \(line)")
    }
    return ScriptServer(port: port, program: program)
  }

  /// Ends it.
  public func stop() { program.kill() }
}
