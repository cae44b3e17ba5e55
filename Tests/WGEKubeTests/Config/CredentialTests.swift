import FoundationEssentials
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

@Suite struct CredentialTests {
  private let clock = ManualClock()
  private let wallClock = ManualWallClock()

  private func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  private func provider(_ user: Kubeconfig.User, timeout: Duration = .seconds(60), server: String = "https://x")
    -> CredentialProvider
  {
    CredentialProvider(
      KubeEndpoint(server: server, user: user, source: "f", context: "x"), clock: clock, wallClock: wallClock,
      execTimeout: timeout)
  }

  private func authorization(_ provider: CredentialProvider) async throws -> String? {
    try await provider.current().authorization?.reveal()
  }

  @Test func plainCredentials() async throws {
    #expect(try await authorization(provider(.init(name: "u"))) == nil)
    #expect(try await authorization(provider(.init(name: "u", token: Secret("t")))) == "Bearer t")
    let basic = provider(.init(name: "u", username: "Aladdin", password: Secret("open sesame")))
    #expect(try await authorization(basic) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    let certificate = provider(
      .init(name: "u", clientCertificate: .inline(Secret([1])), clientKey: .inline(Secret([2]))))
    #expect(try await certificate.current().identity == .init(certificate: [1], key: Secret([2])))
    #expect(try await basic.replacement(for: try await basic.current()) == nil)
  }

  @Test func tokenFilesAreFollowed() async throws {
    let clock = clock
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/token"
      let provider = provider(.init(name: "u", token: Secret("fallback"), tokenFile: path))
      #expect(try await authorization(provider) == "Bearer fallback")
      try write(" one\n", path)
      clock.advance(by: KubeDefaults.tokenFileLifetime)
      #expect(try await authorization(provider) == "Bearer one")
      try write("two", path)
      #expect(try await authorization(provider) == "Bearer one")
      clock.advance(by: KubeDefaults.tokenFileLifetime)
      #expect(try await authorization(provider) == "Bearer two")
      // A 401 looks at once.
      try write("three", path)
      let refused = try await provider.current()
      #expect(try await provider.replacement(for: refused)?.authorization == Secret("Bearer three"))
      #expect(try await provider.replacement(for: refused)?.authorization == Secret("Bearer three"))
      #expect(try await provider.replacement(for: try await provider.current()) == nil)
      // An empty or missing file keeps the last good one.
      for text in ["", nil] as [String?] {
        if let text { try write(text, path) } else { try FileManager.default.removeItem(atPath: path) }
        clock.advance(by: KubeDefaults.tokenFileLifetime)
        #expect(try await authorization(provider) == "Bearer three")
      }
    }
  }

  @Test func missingFilesAreNamed() async throws {
    let users: [(Kubeconfig.User, String)] = [
      (.init(name: "u", tokenFile: "/nowhere/token"), "users[u].user.tokenFile"),
      (
        .init(name: "u", clientCertificate: .file("/nowhere/c"), clientKey: .inline(Secret([]))),
        "users[u].user.client-certificate"
      ),
      (
        .init(name: "u", clientCertificate: .inline(Secret([])), clientKey: .file("/nowhere/k")),
        "users[u].user.client-key"
      ),
    ]
    for (user, field) in users {
      let error = await #expect(throws: KubeError.self) { try await provider(user).current() }
      guard case .config(let problem)? = error else { continue }
      #expect(problem.field == field && problem.context == "x" && problem.problem.contains("/nowhere/"))
    }
  }

  // MARK: Plugins

  private func exec(_ script: String, clusterInfo: Bool = false, hint: String? = nil) -> Kubeconfig.User {
    .init(
      name: "u",
      exec: ExecConfig(
        command: "/bin/sh", arguments: ["-c", script], environment: [.init(name: "GREETING", value: "h1")],
        installHint: hint, provideClusterInfo: clusterInfo))
  }

  private func answer(_ status: String) -> String {
    #"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":\#(status)}"#
  }

  @Test func pluginsGiveCredentials() async throws {
    let token = provider(exec("printf '%s' '\(answer(#"{"token":"'"$GREETING"'"}"#))'"))
    #expect(try await authorization(token) == "Bearer h1")
    let both = provider(exec("cat <<'X'\n\(answer(#"{"clientCertificateData":"CERT","clientKeyData":"KEY"}"#))\nX"))
    let credential = try await both.current()
    #expect(credential.authorization == nil)
    #expect(credential.identity == .init(certificate: Array("CERT".utf8), key: Secret(Array("KEY".utf8))))
  }

  @Test func pluginsAreToldAboutTheCluster() async throws {
    let endpoint = KubeEndpoint(
      server: "https://x", certificateAuthority: .inline(Secret([65])), tlsServerName: "n", proxyURL: "http://p")
    func plugin(_ info: Bool) throws -> JSON {
      try ExecPlugin(
        config: ExecConfig(command: "x", provideClusterInfo: info), endpoint: endpoint, timeout: .seconds(1)
      ).request()
    }
    #expect(
      try plugin(true) == [
        "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "spec": [
          "interactive": false,
          "cluster": [
            "server": "https://x", "tls-server-name": "n", "proxy-url": "http://p",
            "certificate-authority-data": "QQ==",
          ],
        ],
      ])
    #expect(try plugin(false)["spec"] == ["interactive": false])
    let seen = provider(
      exec(
        #"case "$KUBERNETES_EXEC_INFO" in *https://seen*) t=yes;; *) t=no;; esac; printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' $t"#,
        clusterInfo: true), server: "https://seen")
    #expect(try await authorization(seen) == "Bearer yes")
  }

  @Test func pluginsRunOncePerCredential() async throws {
    let wallClock = wallClock
    let clock = clock
    try await withTemporaryDirectory { folder in
      // Each run adds a byte; the token is their number.
      let script =
        "printf x >> \(folder)/runs; n=$(wc -c < \(folder)/runs); printf '{\"apiVersion\":\"client.authentication.k8s.io/v1\","
        + "\"kind\":\"ExecCredential\",\"status\":{\"token\":\"t%d\",\"expirationTimestamp\":\"2026-01-01T00:10:00Z\"}}' $n"
      let provider = provider(exec(script))
      let tokens = try await withThrowingTaskGroup(of: String?.self) { group in
        for _ in 0..<20 { group.addTask { try await provider.current().authorization?.reveal() } }
        return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
      }
      #expect(tokens == ["Bearer t1"])
      wallClock.advance(by: .seconds(589))
      clock.advance(by: .seconds(589))
      #expect(try await authorization(provider) == "Bearer t1")
      wallClock.advance(by: .seconds(1))
      #expect(try await authorization(provider) == "Bearer t2")
      // A 401 runs it again, but not right after it ran.
      let refused = try await provider.current()
      #expect(try await provider.replacement(for: refused) == nil)
      clock.advance(by: KubeDefaults.execMinimumInterval)
      #expect(try await provider.replacement(for: refused)?.authorization == Secret("Bearer t3"))
      #expect(try await provider.replacement(for: refused)?.authorization == Secret("Bearer t3"))
    }
  }

  @Test(arguments: [
    ("exit 3", "ended with code 3"), ("echo oops >&2; exit 1", "said: oops"), ("kill -9 $$", "ended by a signal"),
    ("echo s3cret", "JSON"), ("echo '[\"s3cret\"]'", "JSON"), ("echo '{\"token\":\"s3cret\"}'", "ExecCredential"),
    (
      #"echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"s3cret"}}'"#,
      "ExecCredential of"
    ),
    (#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"}'"#, "no status"),
    (#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{}}'"#, "neither"),
    (
      #"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":["s3cret"]}}'"#,
      "status.token"
    ),
    (
      #"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"clientCertificateData":"s3cret"}}'"#,
      "without its key"
    ),
    (
      #"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"s3cret","expirationTimestamp":"soon"}}'"#,
      "expirationTimestamp"
    ),
    ("head -c 2000000 /dev/zero; sleep 30", "printed more than"),
  ])
  func brokenPluginsAreExplainedWithoutTheirOutput(script: String, word: String) async throws {
    let error = await #expect(throws: KubeError.self) { try await provider(exec(script)).current() }
    #expect("\(error as Any)".contains(word), "\(error as Any)")
    #expect(!"\(error as Any)".contains("s3cret"))
  }

  @Test func missingPluginsGiveTheirHint() async {
    let user = Kubeconfig.User(
      name: "u", exec: ExecConfig(command: "no-such-plugin-anywhere", installHint: "brew install it"))
    let error = await #expect(throws: KubeError.self) { try await provider(user).current() }
    #expect("\(error as Any)".contains("brew install it"))
  }

  @Test func hangingPluginsAreStopped() async throws {
    try await withTemporaryDirectory { folder in
      // The grandchild holds the pipes open and must go too.
      let script = "(sleep 600; touch \(folder)/late) & echo $! > \(folder)/pid; sleep 600"
      // A busy machine may stop the plugin before it has a child; then it gets more time.
      for timeout in [.milliseconds(500), .seconds(5), .seconds(50)] as [Duration] where child(folder) == nil {
        let error = await #expect(throws: KubeError.self) {
          try await provider(exec(script), timeout: timeout).current()
        }
        #expect("\(error as Any)".contains("did not end within"))
      }
      try await gone(folder)

      try FileManager.default.removeItem(atPath: "\(folder)/pid")
      let task = Task { try await provider(exec(script)).current() }
      try await eventually { child(folder) != nil }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      try await gone(folder)
    }
  }

  /// The process whose id the script wrote; nil before it wrote the whole of it.
  private func child(_ folder: String) -> Int32? {
    guard let text = try? String(contentsOf: URL(fileURLWithPath: "\(folder)/pid"), encoding: .utf8),
      text.hasSuffix("\n")
    else { return nil }
    return Int32(text.trimmingASCIIWhitespace())
  }

  /// Waits until the process whose id the script wrote is no more, or is a zombie that init reaps.
  private func gone(_ folder: String) async throws {
    let pid = try #require(child(folder))
    try await eventually {
      guard let stat = try? String(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/stat"), encoding: .utf8) else {
        return true
      }
      return stat.contains(") Z ")
    }
  }

  @Test func aPluginThatLeavesADaemonDoesNotHang() async throws {
    let script = "sleep 3 & printf '%s' '\(answer(#"{"token":"t"}"#))'"
    #expect(try await authorization(provider(exec(script))) == "Bearer t")
  }
}
