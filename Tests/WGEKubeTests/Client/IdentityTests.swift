import Testing
import WGECore
import WGEKube

@Suite struct IdentityTests {
  private func headers(_ change: (KubeClient) -> KubeClient) async throws -> KubeRequest {
    let transport = ScriptedTransport([.json(configMap("a").json)])
    _ = try await change(KubeClient(transport: transport)).get(.configMaps, ObjectKey(name: "a"))
    return transport.requests[0]
  }

  @Test func impersonation() async throws {
    let user = UserInfo(
      name: "jane@example.com", uid: "42", groups: ["team-a", "system:authenticated"],
      extra: ["Scopes": ["read", "write"], "example.com/role": ["x"]])
    let request = try await headers { $0.impersonating(user) }
    #expect(request.header("Impersonate-User") == ["jane@example.com"])
    #expect(request.header("Impersonate-Uid") == ["42"])
    #expect(request.header("Impersonate-Group") == ["team-a", "system:authenticated"])
    #expect(request.header("Impersonate-Extra-Scopes") == ["read", "write"])
    #expect(request.header("Impersonate-Extra-example.com%2Frole") == ["x"])
    #expect(request.header("Authorization").isEmpty)
  }

  @Test func aTokenReplacesEverything() async throws {
    let request = try await headers { $0.impersonating(UserInfo(name: "jane")).withBearerToken(Secret("t0ken")) }
    #expect(request.header("Authorization") == ["Bearer t0ken"])
    #expect(request.header("Impersonate-User").isEmpty)
    let both = try await headers { $0.withBearerToken(Secret("t0ken")).impersonating(UserInfo(name: "jane")) }
    #expect(both.header("Authorization") == ["Bearer t0ken"] && both.header("Impersonate-User") == ["jane"])
  }

  /// A header that is repaired on the way would name someone else.
  @Test(arguments: ["", " admin", "admin ", "a\nImpersonate-Group: system:masters", "a\u{0}b", "\tadmin", "a\rb"])
  func whatAHeaderWouldChangeIsRefused(text: String) async {
    let users = [
      UserInfo(name: text), UserInfo(name: "jane", uid: text), UserInfo(name: "jane", groups: [text]),
      UserInfo(name: "jane", extra: ["k": [text]]),
    ]
    for user in users {
      let error = await #expect(throws: KubeError.self) { _ = try await headers { $0.impersonating(user) } }
      if case .request? = error { continue }
      Issue.record("\(error as Any)")
    }
    await #expect(throws: KubeError.self) { _ = try await headers { $0.withBearerToken(Secret(text)) } }
    await #expect(throws: KubeError.self) {
      _ = try await headers { $0.impersonating(UserInfo(name: "jane", extra: ["": ["v"]])) }
    }
  }

  @Test func principals() async throws {
    #expect(try await headers { $0 }.header("Impersonate-User").isEmpty)
    let client = KubeClient(transport: ScriptedTransport([.json([:])]))
    #expect(throws: KubeError.self) { try client.acting(as: .user(name: "")) }
    #expect(throws: KubeError.self) { try client.acting(as: .bearer(Secret(""))) }
    let request = try await headers { (try? $0.acting(as: .user(name: "jane", groups: ["g"]))) ?? $0 }
    #expect(request.header("Impersonate-User") == ["jane"] && request.header("Impersonate-Group") == ["g"])
    #expect(Principal.server.displayName == "server")
    #expect(Principal.bearer(Secret("x"), identity: UserInfo(name: "jo")).displayName == "jo")
    #expect(!"\(Principal.bearer(Secret("t0ken")))".contains("t0ken"))
  }
}
