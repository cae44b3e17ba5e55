import Foundation
import WGETestSupport

/// The git command, cut off from the machine's configuration. It blocks: where it talks to a server of this process,
/// run it ``offPool(_:)``.
struct GitCLI {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  var folder: String

  @discardableResult
  func callAsFunction(_ arguments: String..., input: String? = nil, environment: [String: String] = [:]) throws
    -> String
  {
    try run(arguments, input: input, environment: environment)
  }

  func run(_ arguments: [String], input: String? = nil, environment: [String: String] = [:]) throws -> String {
    let outcome = try Program(
      "/usr/bin/env", ["git"] + arguments, in: folder,
      environment: [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Cli", "GIT_AUTHOR_EMAIL": "cli@example.org",
        "GIT_COMMITTER_NAME": "Cli", "GIT_COMMITTER_EMAIL": "cli@example.org", "GIT_TERMINAL_PROMPT": "0",
      ].merging(environment) { $1 }, input: .bytes(Array((input ?? "").utf8))
    ).runBlocking()
    guard outcome.code == 0 else {
      let complaint = String(decoding: outcome.errors, as: UTF8.self)
      throw Failure(description: "git \(arguments.joined(separator: " ")): \(complaint)\(outcome.text)")
    }
    return outcome.text
  }

  /// Output without the last line break.
  func line(_ arguments: String...) throws -> String {
    try run(arguments).trimmingCharacters(in: .newlines)
  }

  /// A clone with a work tree beside a bare repository.
  static func clone(_ url: String, to folder: String) throws -> GitCLI {
    _ = try GitCLI(folder: "/").run(["clone", "--quiet", url, folder])
    return GitCLI(folder: folder)
  }

  func write(_ path: String, _ text: String) throws {
    let url = URL(fileURLWithPath: folder + "/" + path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  func commit(_ path: String, _ text: String, message: String = "change") throws {
    try write(path, text)
    try self("add", "-A")
    try self("commit", "--quiet", "-m", message)
  }
}
