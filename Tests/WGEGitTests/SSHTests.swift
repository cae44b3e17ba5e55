import Foundation
import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

/// Git over ssh, against an sshd of this test's own.
@Suite struct SSHTests {
  private func withServer(_ body: (LocalGitHost, RepositoryPath, String, SSHServer) async throws -> Void) async throws {
    try await withFleet { host, fleet, folder in
      let keys = folder + "/ssh"
      try FileManager.default.createDirectory(atPath: keys, withIntermediateDirectories: true)
      guard let server = try await SSHServer.start(in: keys) else { return }
      try await body(host, fleet, folder, server)
    }
  }

  @Test func exchangeOverSSH() async throws {
    try await withServer { host, fleet, folder, server in
      let bare = try host.diskPath(of: fleet)
      let key = Secret(try server.file("user"))
      try await checkExchange(
        GitRemote(url: server.url(bare), knownHosts: server.knownHosts()) { .sshKey(key) }, folder, bare: bare)
    }
  }

  @Test func hostKeys() async throws {
    try await withServer { host, fleet, folder, server in
      let bare = try host.diskPath(of: fleet)
      let key = Secret(try server.file("user"))
      func outcome(_ knownHosts: String?) async throws -> String {
        let remote = try GitRemote(url: server.url(bare), knownHosts: knownHosts.map { SSHKnownHosts($0) }) {
          .sshKey(key)
        }
        removeTree(folder + "/x.git")
        do {
          _ = try await GitRepository.clone(remote, into: folder + "/x.git")
          return "ok"
        } catch let error as GitHostError {
          return "\(error.code) \(error.reason ?? error.field ?? "")"
        }
      }
      let ed25519 = try server.line("ed25519")
      #expect(try await outcome(ed25519) == "ok")
      // A server has several keys; the one that we know is asked for.
      #expect(try await outcome(server.line("ecdsa")) == "ok")
      #expect(try await outcome("# comment\n\nother.example ssh-ed25519 AAAA\n" + ed25519) == "ok")
      #expect(try await outcome(server.line("ed25519", host: "[127.0.0.*]:\(server.port)")) == "ok")
      #expect(try await outcome(nil) == "validation knownHosts")
      #expect(try await outcome("") == "tls unknownHostKey")
      #expect(try await outcome(server.line("ed25519", host: "127.0.0.1")) == "tls unknownHostKey")
      #expect(
        try await outcome(server.line("ed25519", host: "*,![127.0.0.1]:\(server.port)")) == "tls unknownHostKey")
      #expect(try await outcome("@revoked " + ed25519 + ed25519) == "tls revokedHostKey")
      #expect(try await outcome("@cert-authority " + ed25519) == "tls unknownHostKey")
      let stranger = try server.file("stranger.pub").split(separator: " ")
      #expect(
        try await outcome("[127.0.0.1]:\(server.port) \(stranger[0]) \(stranger[1])") == "tls changedHostKey")
      // Hashed, as ssh-keygen -H writes it.
      let file = folder + "/hashed"
      try Data(ed25519.utf8).write(to: URL(fileURLWithPath: file))
      try await Tool.run("ssh-keygen", ["-q", "-H", "-f", file])
      let hashed = try String(contentsOfFile: file, encoding: .utf8)
      #expect(hashed.hasPrefix("|1|"))
      #expect(try await outcome(hashed) == "ok")
    }
  }

  @Test func keysAndPassphrases() async throws {
    try await withServer { host, fleet, folder, server in
      let bare = try host.diskPath(of: fleet)
      func outcome(_ credential: GitCredential?, path: String? = nil) async throws -> GitHostError? {
        let provider: GitRemote.CredentialProvider? = credential.map { value in { @Sendable in value } }
        let remote = try GitRemote(
          url: server.url(path ?? bare), knownHosts: server.knownHosts(), credentials: provider)
        removeTree(folder + "/x.git")
        do {
          _ = try await GitRepository.clone(remote, into: folder + "/x.git")
          return nil
        } catch let error as GitHostError {
          #expect(!"\(error)".contains("horse") && !"\(error)".contains("PRIVATE"))
          return error
        }
      }
      let user = Secret(try server.file("user"))
      let locked = Secret(try server.file("locked"))
      #expect(try await outcome(.sshKey(user)) == nil)
      #expect(try await outcome(.sshKey(Secret(server.file("user").trimmingCharacters(in: .newlines)))) == nil)
      #expect(try await outcome(.sshKey(Secret(server.file("user_ecdsa")))) == nil)
      #expect(try await outcome(.sshKey(locked, passphrase: Secret("correct horse"))) == nil)
      #expect(try await outcome(.sshKey(locked, passphrase: Secret("wrong horse")))?.reason == "passphrase")
      #expect(try await outcome(.sshKey(locked))?.reason == "passphrase")
      #expect(try await outcome(.sshKey(Secret(server.file("stranger"))))?.code == .unauthorized)
      #expect(try await outcome(.sshKey(Secret(server.file("user.pub"))))?.code == .validation)
      #expect(
        try await outcome(
          .sshKey(Secret("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")))?
          .code == .unauthorized)
      #expect(try await outcome(.basic(username: "git", password: Secret("correct horse")))?.code == .unauthorized)
      #expect(try await outcome(.bearer(Secret("horse")))?.code == .validation)
      #expect(try await outcome(nil)?.code == .unauthorized)
      #expect(try await outcome(.sshKey(user), path: folder + "/none.git")?.code == .notFound)
      // What a shell would take for more than a path.
      let odd = folder + "/it's $(touch x); !y.git"
      try FileManager.default.copyItem(atPath: bare, toPath: odd)
      let escaped = odd.replacingOccurrences(of: " ", with: "%20")
      #expect(try await outcome(.sshKey(user), path: escaped) == nil)
    }
  }

  @Test func agent() async throws {
    try await withServer { host, fleet, folder, server in
      guard Tool.areThere("ssh-agent", "ssh-add"), let program = Tool.path("ssh-agent") else { return }
      let bare = try host.diskPath(of: fleet)
      let socket = folder + "/agent"
      let agent = try backgroundProgram(program, ["-D", "-a", socket])
      defer { withExtendedLifetime(agent) {} }
      try await eventually { FileManager.default.fileExists(atPath: socket) }
      func outcome(_ path: String) async throws -> GitHostError.Code? {
        let remote = try GitRemote(url: server.url(bare), knownHosts: server.knownHosts()) { .sshAgent(socket: path) }
        removeTree(folder + "/x.git")
        do {
          _ = try await GitRepository.clone(remote, into: folder + "/x.git")
          return nil
        } catch let error as GitHostError {
          return error.code
        }
      }
      #expect(try await outcome(socket) == .unauthorized)
      try await Tool.run("ssh-add", ["-q", server.folder + "/stranger"], environment: ["SSH_AUTH_SOCK": socket])
      #expect(try await outcome(socket) == .unauthorized)
      try await Tool.run("ssh-add", ["-q", server.folder + "/user"], environment: ["SSH_AUTH_SOCK": socket])
      #expect(try await outcome(socket) == nil)
      #expect(try await outcome(folder + "/none") == .unauthorized)
    }
  }

  /// A server that says nothing, or nonsense.
  @Test func brokenServers() async throws {
    try await withTemporaryDirectory { folder in
      let silent = try LoopbackListener(nil)
      func remote(_ port: Int) throws -> GitRemote {
        try GitRemote(
          url: "ssh://git@127.0.0.1:\(port)/a/b.git", knownHosts: SSHKnownHosts("* ssh-ed25519 AAAA")
        ) { .sshKey(Secret("-----BEGIN OPENSSH PRIVATE KEY-----")) }
      }
      func clone(_ port: Int, _ limits: GitTransferLimits) async -> GitHostError.Code? {
        await gitError { try await GitRepository.clone(remote(port), into: folder + "/x.git", limits: limits) }?.code
      }
      #expect(await clone(Int(silent.port), GitTransferLimits(idleTimeout: .milliseconds(200))) == .timeout)
      #expect(await clone(Int(silent.port), GitTransferLimits(deadline: .milliseconds(200))) == .timeout)
      #expect(await clone(1, GitTransferLimits()) == .network)
      let target = try remote(Int(silent.port))
      let task = Task { try await GitRepository.clone(target, into: folder + "/x.git") }
      try await Task.sleep(for: .milliseconds(100))
      task.cancel()
      #expect(await gitError { try await task.value }?.code == .cancelled)
    }
  }

  @Test func paths() throws {
    for (url, path) in [
      ("ssh://git@example.org/a/b.git", "/a/b.git"), ("ssh://git@example.org/~me/b.git", "~me/b.git"),
      ("git@example.org:a/b.git", "a/b.git"), ("git@example.org:/a/b.git", "/a/b.git"),
      ("ssh://git@example.org/a%20b/c", "/a b/c"), ("ssh://git@example.org:2222/a/b", "/a/b"),
    ] {
      #expect(try GitRemote(url: url).remotePath == path, "\(url)")
    }
    #expect(SSHWire.quoted("/it's!") == #"'/it'\''s'\!''"#)
  }
}
