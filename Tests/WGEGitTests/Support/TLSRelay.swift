import Foundation

@testable import WGEGit

/// A program of this machine, run off the pool.
enum Tool {
  static func path(_ name: String) -> String? {
    let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return (search + ":/usr/sbin:/sbin").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  @discardableResult
  static func run(
    _ name: String, _ arguments: [String], in folder: String = "/", environment: [String: String] = [:]
  ) async throws -> String {
    guard let path = path(name) else { throw GitCLI.Failure(description: "\(name) is not installed") }
    return try await offPool {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: path)
      process.arguments = arguments
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      process.environment = [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": "/nonexistent",
      ].merging(environment) { $1 }
      let output = Pipe()
      process.standardOutput = output
      process.standardError = output
      process.standardInput = FileHandle.nullDevice
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      guard process.terminationStatus == 0 else { throw GitCLI.Failure(description: "\(name): \(text)") }
      return text
    }
  }
}

/// A program that runs until its value goes, or this process does.
///
/// A shell stands in between: sshd and ssh-agent close every descriptor that they inherit, the one too by which
/// Foundation learns of a child's end, which then waits for it and forgets all other children.
final class BackgroundProgram: Sendable {
  private let process = Process()
  private let input = Pipe()

  init(_ path: String, _ arguments: [String]) throws {
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments =
      ["-c", #""$0" "$@" </dev/null >/dev/null 2>&1 & child=$!; read line; kill $child"#, path] + arguments
    process.standardInput = input
    try process.run()
  }

  deinit { try? input.fileHandleForWriting.close() }
}

/// Certificates that openssl makes: authorities `ca` and `other`, and a server `server` for `localhost` signed by
/// the first.
struct TestCertificates: Sendable {
  let folder: String

  /// Nil, with a message, where a program is missing.
  static func make(in folder: String) async throws -> TestCertificates? {
    for name in ["openssl", "python3"] where Tool.path(name) == nil {
      print("skipped: \(name) is not installed")
      return nil
    }
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for name in ["ca", "other"] {
      try await Tool.run(
        "openssl",
        ["req", "-x509"] + key + [
          "-keyout", "\(name).key", "-out", "\(name).pem", "-subj", "/CN=test \(name)", "-days", "2",
        ], in: folder)
    }
    try await Tool.run(
      "openssl", ["req"] + key + ["-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server"], in: folder)
    try Data("subjectAltName=DNS:localhost\n".utf8).write(to: URL(fileURLWithPath: folder + "/names"))
    try await Tool.run(
      "openssl",
      [
        "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
        "server.pem", "-days", "2", "-extfile", "names",
      ], in: folder)
    return TestCertificates(folder: folder)
  }

  func authority(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).pem")))
  }
}

/// TLS in front of a server on loopback; ends with its value.
final class TLSRelay: Sendable {
  let port: Int
  private let process: Process
  private let input: Pipe

  init(to backend: Int, _ certificates: TestCertificates) async throws {
    let process = Process()
    let input = Pipe()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: Tool.path("python3") ?? "/usr/bin/python3")
    process.arguments = [
      "-c", Self.script, certificates.folder + "/server.pem", certificates.folder + "/server.key", "\(backend)",
    ]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let line = try await offPool { String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) }
    guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      process.terminate()
      throw GitCLI.Failure(description: "no relay")
    }
    self.port = port
    self.process = process
    self.input = input
  }

  deinit { process.terminate() }

  private static let script = """
    import socket, ssl, sys, threading
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    def copy(source, target, done):
        try:
            while True:
                data = source.recv(65536)
                if not data: break
                target.sendall(data)
        except OSError: pass
        try: done()
        except OSError: pass
    def serve(raw):
        try: client = context.wrap_socket(raw, server_side=True)
        except (OSError, ssl.SSLError):
            raw.close()
            return
        server = socket.create_connection(("127.0.0.1", int(sys.argv[3])))
        threading.Thread(target=copy, args=(client, server, lambda: server.shutdown(socket.SHUT_RDWR)), daemon=True).start()
        copy(server, client, client.close)
        server.close()
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()
    """
}
