internal import Foundation
internal import WGECore

/// One of the Go programs under Tests/Fixtures/GoPrograms as a peer: it is built once, runs along, and does what it is
/// told line by line, so that both sides are measured in turns.
///
/// Safe to share: one request at a time has the pipes, by a queue of its own.
final class GoPeer: Sendable {
  private let queue = DispatchQueue(label: "wge.go-peer")
  // Used on the queue alone, or not at all after `init`.
  private nonisolated(unsafe) let process: Process
  private let input: FileHandle
  private let output: FileHandle
  private nonisolated(unsafe) var buffered = Data()

  private static let go: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/go" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// There is a `go` on the PATH.
  static var isAvailable: Bool { go != nil }

  /// Builds and starts a program.
  init(_ name: String) throws {
    guard let go = Self.go else { throw WorkloadFailure(description: "no go on the PATH") }
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../Fixtures/GoPrograms/\(name)/main.go").standardized
    let manager = FileManager.default
    let binary = manager.temporaryDirectory.appendingPathComponent("wge-\(name)-\(UUID().uuidString)")
    let build = Process()
    build.executableURL = URL(fileURLWithPath: go)
    build.arguments = ["build", "-o", binary.path, source.path]
    var environment = ProcessInfo.processInfo.environment
    environment["GOFLAGS"] = ""
    environment["GO111MODULE"] = "off"
    build.environment = environment
    try build.run()
    build.waitUntilExit()
    guard build.terminationStatus == 0 else { throw WorkloadFailure(description: "go cannot build \(name)") }
    // Once it runs, its file is not needed.
    defer { try? manager.removeItem(at: binary) }
    process = Process()
    process.executableURL = binary
    let (stdin, stdout) = (Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    input = stdin.fileHandleForWriting
    output = stdout.fileHandleForReading
    try process.run()
  }

  /// Sends a request and waits for its answer.
  func ask(_ request: JSON) async throws -> JSON {
    let line = Data(request.serialized() + [0x0A])
    return try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try self.exchange(line) }) }
    }
  }

  private func exchange(_ line: Data) throws -> JSON {
    try input.write(contentsOf: line)
    while true {
      if let end = buffered.firstIndex(of: 0x0A) {
        let answer = Array(buffered[buffered.startIndex..<end])
        buffered = Data(buffered[(end + 1)...])
        return try JSON(parsing: answer)
      }
      let more = output.availableData
      if more.isEmpty { throw WorkloadFailure(description: "the Go program has ended") }
      buffered.append(more)
    }
  }

  /// Ends the program.
  func stop() { queue.sync { try? input.close() } }
}
