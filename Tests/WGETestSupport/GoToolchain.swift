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
  public static let path: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/go" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// The folder of one of the programs.
  public static func program(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/GoPrograms/\(name)").path
  }

  /// Builds and runs a program and returns what it printed.
  ///
  /// Waits off the cooperative pool.
  /// - Throws: ``Failure`` with what the program wrote to standard error.
  public static func run(_ name: String, arguments: [String], input: [UInt8] = []) async throws -> [UInt8] {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try runBlocking(name, arguments, input) }) }
    }
  }

  private static func runBlocking(_ name: String, _ arguments: [String], _ input: [UInt8]) throws -> [UInt8] {
    guard let path else { throw Failure(output: skipMessage) }
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appendingPathComponent("wge-go-\(UUID().uuidString)")
    try manager.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? manager.removeItem(at: folder) }
    let outputs = ["in", "out", "err"].map { folder.appendingPathComponent($0) }
    for output in outputs {
      manager.createFile(atPath: output.path, contents: output == outputs[0] ? Data(input) : nil)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["run", program(name) + "/main.go"] + arguments
    var environment = ProcessInfo.processInfo.environment
    environment["GOFLAGS"] = ""
    environment["GO111MODULE"] = "off"
    process.environment = environment
    process.standardInput = try FileHandle(forReadingFrom: outputs[0])
    process.standardOutput = try FileHandle(forWritingTo: outputs[1])
    process.standardError = try FileHandle(forWritingTo: outputs[2])
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(output: String(decoding: try Data(contentsOf: outputs[2]), as: UTF8.self))
    }
    return try [UInt8](Data(contentsOf: outputs[1]))
  }

  /// The program failed.
  public struct Failure: Error, CustomStringConvertible {
    /// Standard error.
    public let output: String
    /// What happened.
    public var description: String { "go: \(output)" }
  }
}
