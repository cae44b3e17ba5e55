import Foundation
import WGETestSupport

@testable import WGEGit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An sshd of its own on a free loopback port, with host keys and users' keys of its own.
final class SSHServer: Sendable {
  let folder: String
  let port: Int
  private let process: RunningProgram

  /// Nil, with a message, where there is no sshd.
  static func start(in folder: String, hostKeys: [String] = ["ed25519", "ecdsa"]) async throws -> SSHServer? {
    guard Tool.areThere("sshd", "ssh-keygen") else { return nil }
    for kind in hostKeys { try await keygen(kind, folder + "/host_\(kind)") }
    try await keygen("ed25519", folder + "/user")
    try await keygen("ecdsa", folder + "/user_ecdsa")
    try await keygen("ed25519", folder + "/locked", passphrase: "correct horse")
    try await keygen("ed25519", folder + "/stranger")
    var keys = ""
    for name in ["user", "user_ecdsa", "locked"] {
      keys += try String(contentsOfFile: "\(folder)/\(name).pub", encoding: .utf8)
    }
    try Data(keys.utf8).write(to: URL(fileURLWithPath: folder + "/authorized_keys"))
    if geteuid() == 0 {
      try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
    }
    // Another process can take a free port before sshd does.
    for _ in 0..<5 {
      if let server = try await SSHServer(folder, try freePort(), hostKeys) { return server }
    }
    throw GitCLI.Failure(
      description: "sshd does not start: \(try String(contentsOfFile: folder + "/log", encoding: .utf8))")
  }

  private static func keygen(_ kind: String, _ path: String, passphrase: String = "") async throws {
    try await Tool.run("ssh-keygen", ["-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", path])
  }

  private static func freePort() throws -> Int {
    Int(try LoopbackListener(nil).port)
  }

  private init?(_ folder: String, _ port: Int, _ hostKeys: [String]) async throws {
    self.folder = folder
    self.port = port
    let configuration =
      """
      ListenAddress 127.0.0.1:\(port)
      PidFile none
      UsePAM no
      StrictModes no
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      PermitRootLogin yes
      AuthorizedKeysFile \(folder)/authorized_keys
      LogLevel ERROR

      """ + hostKeys.map { "HostKey \(folder)/host_\($0)\n" }.joined()
    try Data(configuration.utf8).write(to: URL(fileURLWithPath: folder + "/sshd_config"))
    process = try backgroundProgram(
      Tool.path("sshd") ?? "/usr/sbin/sshd", ["-D", "-f", folder + "/sshd_config", "-E", folder + "/log"])
    for _ in 0..<200 {
      if Self.answers(port) { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    return nil
  }

  private static func answers(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connectDescriptor(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  func url(_ path: String) -> String { "ssh://\(NSUserName())@127.0.0.1:\(port)\(path)" }

  func file(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }

  /// The line of `known_hosts` for one host key.
  func line(_ kind: String, host: String? = nil) throws -> String {
    let words = try file("host_\(kind).pub").split(separator: " ")
    return "\(host ?? "[127.0.0.1]:\(port)") \(words[0]) \(words[1])\n"
  }

  func knownHosts() throws -> SSHKnownHosts { SSHKnownHosts(try line("ed25519")) }
}
