internal import Foundation

/// Programs of the machine that play the other side of TLS and HTTP/2. A test whose program is
/// missing says so and passes.
public enum Tool {
  /// Where the program lies; nil when it is not installed.
  public static func path(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// What the program writes; `nil`, with a message, when it is missing.
  public static func run(_ name: String, _ arguments: [String]) async throws -> [UInt8]? {
    guard let path = path(name) else {
      print("SKIPPED: \(name) is not installed")
      return nil
    }
    return try await withCheckedThrowingContinuation { continuation in
      // Waiting for a program must not hold a thread of the cooperative pool.
      DispatchQueue.global().async { continuation.resume(with: Result { try wait(path, arguments) }) }
    }
  }

  /// What a Python script writes; `nil`, with a message, without Python.
  public static func python(_ script: String) async throws -> [UInt8]? { try await run("python3", ["-c", script]) }

  private static func wait(_ path: String, _ arguments: [String]) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ToolFailure(code: process.terminationStatus) }
    return [UInt8](data)
  }
}

/// A program ended with another code than 0, or a server did not say where it listens.
public struct ToolFailure: Error {
  /// The program's exit code; -1 for a server without a port.
  public let code: Int32
}

/// A server that a script of another language plays; it prints its port when it listens, and ends
/// with its standard input.
public final class ScriptServer {
  /// Where it listens.
  public let port: UInt16
  private let process: Process
  private let input = Pipe()

  /// `nil`, with a message, when the language is not installed.
  public init?(_ language: String, _ script: String, _ arguments: [String]) throws {
    guard let path = Tool.path(language) else {
      print("SKIPPED: \(language) is not installed")
      return nil
    }
    process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = [language == "node" ? "-e" : "-c", script] + arguments
    process.standardInput = input
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    var line = ""
    while !line.hasSuffix("\n"), let data = try output.fileHandleForReading.read(upToCount: 1), !data.isEmpty {
      line += String(decoding: data, as: UTF8.self)
    }
    guard let port = UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      process.terminate()
      throw ToolFailure(code: -1)
    }
    self.port = port
  }

  /// Ends it.
  public func stop() {
    try? input.fileHandleForWriting.close()
    process.terminate()
    process.waitUntilExit()
  }
}

/// Certificates and keys that openssl makes for one test.
public struct TestKeys: Sendable {
  /// Where they lie.
  public let directory: String

  /// An authority `ca`, a server `server` for `localhost` and 127.0.0.1, a client `client`, both
  /// signed by it, a server `expired`, and an authority `other` that signed nobody.
  ///
  /// Without openssl it says so and does not call the body.
  public static func with(_ body: (TestKeys) async throws -> Void) async throws {
    guard Tool.path("openssl") != nil else {
      print("SKIPPED: openssl is not installed")
      return
    }
    try await withTemporaryDirectory { directory in
      let keys = TestKeys(directory: directory)
      let new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
      for name in ["ca", "other"] {
        try await keys.openssl(
          ["req", "-x509"] + new + [
            "-keyout", "\(name).key", "-out", "\(name).pem", "-subj", "/CN=test \(name)", "-days", "2",
          ])
      }
      try Data("subjectAltName=DNS:localhost,DNS:inside.example,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n".utf8)
        .write(to: URL(fileURLWithPath: directory + "/names"))
      for name in ["server", "client", "expired"] {
        try await keys.openssl(
          ["req"] + new + ["-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)"])
        try await keys.openssl([
          "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
          "\(name).pem", "-days", name == "expired" ? "-1" : "2", "-extfile", "names",
        ])
      }
      try await body(keys)
    }
  }

  /// The path of one file.
  public func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// What one file holds.
  public func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  private func openssl(_ arguments: [String]) async throws {
    let files: Set = ["-keyout", "-out", "-in", "-CA", "-CAkey", "-extfile"]
    var resolved: [String] = []
    for argument in arguments {
      resolved.append(resolved.last.map(files.contains) == true ? path(argument) : argument)
    }
    _ = try await Tool.run("openssl", resolved)
  }
}
