internal import Foundation

/// Programs of the machine that play the other side, or say what is right. A test whose program is missing says so
/// and passes.
public enum Tool {
  /// Where the program lies; nil when it is not installed.
  public static func path(_ name: String) -> String? {
    let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return (search + ":/usr/sbin:/sbin").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Whether all of these are installed; says which is not.
  public static func areThere(_ names: String...) -> Bool {
    guard let missing = names.first(where: { path($0) == nil }) else { return true }
    print("skipped: \(missing) is not installed")
    return false
  }

  /// What the program writes.
  ///
  /// - Parameter environment: added to this process's.
  /// - Throws: ``ProgramFailure`` when it is missing or ends with another code than 0.
  @discardableResult
  public static func run(
    _ name: String, _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:]
  ) async throws -> [UInt8] {
    guard let path = path(name) else { throw ProgramFailure(code: -1, message: "\(name) is not installed") }
    let environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    return try await Program(path, arguments, in: folder, environment: environment).run().get()
  }

  /// What a Python script writes; `nil`, with a message, without Python.
  public static func python(_ script: String) async throws -> [UInt8]? {
    areThere("python3") ? try await run("python3", ["-c", script]) : nil
  }
}
