internal import Foundation

/// Runs the small Go programs under Tests/Fixtures/GoPrograms, which answer what Go itself does.
///
/// They use the standard library alone. Without a `go` on the PATH, suites that compare print
/// ``skipMessage`` and pass. `DIFFERENTIAL_CASES` says how many cases to compare, `DIFFERENTIAL_SEED` where to start.
public enum GoToolchain {
  /// How many cases to compare, for those who ask for more than the few hundred of an ordinary run.
  public static func cases(default count: Int) -> Int {
    ProcessInfo.processInfo.environment["DIFFERENTIAL_CASES"].flatMap { Int($0) } ?? count
  }

  /// The seed of the first case.
  public static var seed: Int {
    ProcessInfo.processInfo.environment["DIFFERENTIAL_SEED"].flatMap { Int($0) } ?? 1
  }

  /// What to print without a toolchain.
  public static let skipMessage = "skipped: no go on the PATH"

  /// The toolchain's path; nil when there is none.
  public static let path: String? = Tool.path("go")

  /// The folder of one of the programs.
  public static func program(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/GoPrograms/\(name)").path
  }

  /// Builds and runs a program and returns what it printed.
  ///
  /// Waits off the cooperative pool.
  /// - Throws: ``ProgramFailure`` with what the program wrote to standard error.
  public static func run(_ name: String, arguments: [String], input: [UInt8] = []) async throws -> [UInt8] {
    guard let path else { throw ProgramFailure(code: -1, message: skipMessage) }
    return try await run(path, ["run", program(name) + "/main.go"] + arguments, input)
  }

  /// Runs a program that was built before, with the input, and returns what it printed.
  ///
  /// Waits off the cooperative pool.
  /// - Throws: ``ProgramFailure`` with what the program wrote to standard error.
  public static func run(program path: String, input: [UInt8]) async throws -> [UInt8] {
    try await run(path, [], input)
  }

  /// A variable of the environment.
  public static func variable(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

  private static func run(_ path: String, _ arguments: [String], _ input: [UInt8]) async throws -> [UInt8] {
    var environment = ProcessInfo.processInfo.environment
    environment["GOFLAGS"] = ""
    environment["GO111MODULE"] = "off"
    environment["TZ"] = "UTC"
    return try await Program(path, arguments, environment: environment, input: .bytes(input)).run().get()
  }
}
