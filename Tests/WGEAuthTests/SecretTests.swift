import HTTPTypes
import Synchronization
import Testing
import WGEAuth
import WGECore
import WGEKube
import WGETestSupport

/// One Secret behind the Kubernetes API, with resource versions.
final class FakeSecret: Sendable {
  struct State {
    var object: JSON?
    var version = 1
    var reads = 0
    var down = false
    var conflicts = 0
  }

  let state: Mutex<State>

  init(_ data: JSON?) {
    state = Mutex(
      State(
        object: data.map {
          ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s", "namespace": "n"], "data": $0]
        }))
  }

  var client: KubeClient {
    KubeClient(
      transport: FakeTransport { request in
        try self.state.withLock { state in
          if state.down { return failure(503, "ServiceUnavailable") }
          func stored(_ json: JSON) -> KubeResponse {
            var json = json
            json.setValue(.string("\(state.version)"), at: ["metadata", "resourceVersion"])
            return answer(200, json)
          }
          switch request.method {
          case .get:
            state.reads += 1
            return state.object.map(stored) ?? failure(404, "NotFound")
          case .post:
            if state.object != nil { return failure(409, "AlreadyExists") }
            state.object = try JSON(parsing: request.body)
          default:
            let body = try JSON(parsing: request.body)
            if state.conflicts > 0 {
              state.conflicts -= 1
              return failure(409, "Conflict")
            }
            guard body.value(at: ["metadata", "resourceVersion"])?.stringValue == "\(state.version)" else {
              return failure(409, "Conflict")
            }
            state.version += 1
            state.object = body
          }
          return state.object.map(stored) ?? failure(404, "NotFound")
        }
      }
    ).retrying(.none)
  }
}

@Suite struct SecretClusterUserTests {
  let clock = ManualWallClock()

  // "admin" and the bcrypt hash of "allmine", with a final newline.
  static let hash = "JDJhJDEwJFhhampRdk5odnZSdDVHU2VGazF4RmV5cVJyc3hraEJrVWlRZWcwZHQud1UxcUQ0YUZEY2dhCg=="

  @Test func readsAndRemembers() async throws {
    let secret = FakeSecret(["username": "YWRtaW4=", "password": .string(Self.hash)])
    let source = SecretClusterUser(client: secret.client, namespace: "n", name: "s", clock: clock)
    #expect(try await source.account()?.username == "admin")
    #expect(try await source.account()?.hash.matches(Secret("allmine")) == true)
    #expect(secret.state.withLock { $0.reads } == 1)
    secret.state.withLock { $0.down = true }
    clock.advance(by: .seconds(200))
    #expect(try await source.account()?.username == "admin")
    clock.advance(by: .seconds(200))
    await #expect(throws: KubeError.self) { try await source.account() }
    secret.state.withLock {
      $0.down = false
      $0.object = nil
    }
    #expect(try await source.account() == nil)
  }

  @Test(
    arguments: [
      [:], ["password": .string(hash)], ["username": "", "password": .string(hash)], ["username": "YWRtaW4="],
    ] as [JSON])
  func incompleteIsDisabled(data: JSON) async throws {
    let source = SecretClusterUser(client: FakeSecret(data).client, namespace: "n", name: "s", clock: clock)
    #expect(try await source.account() == nil)
  }

  @Test(
    arguments: [
      ["username": "YWRtaW4=", "password": "cGxhaW4="], ["username": "%", "password": .string(hash)],
      ["username": "c3lzdGVtOm1hc3RlcnM=", "password": .string(hash)],
    ] as [JSON])
  func unusableSaysWhatToFix(data: JSON) async throws {
    let source = SecretClusterUser(client: FakeSecret(data).client, namespace: "n", name: "s", clock: clock)
    let error = await #expect(throws: AuthError.self) { try await source.account() }
    #expect(error?.description.contains("Secret n/s") == true)
  }
}

@Suite struct SigningKeysSecretTests {
  let clock = ManualWallClock()

  @Test func makesKeepsAndRotates() async throws {
    let secret = FakeSecret(nil)
    let keys = SigningKeysSecret(client: secret.client, namespace: "n", name: "s", clock: clock)
    let first = try await keys.load()
    #expect(try await keys.load() == first)
    #expect(try await SigningKeysSecret(client: secret.client, namespace: "n", name: "s", clock: clock).load() == first)
    clock.advance(by: .seconds(31 * 24 * 3600))
    let rotated = try await keys.load()
    #expect(rotated.keys.count == 2)
    #expect(rotated.keys.contains(first.keys[0]))
  }

  @Test func survivesConflicts() async throws {
    let secret = FakeSecret([:])
    secret.state.withLock { $0.conflicts = 3 }
    let keys = SigningKeysSecret(client: secret.client, namespace: "n", name: "s", clock: clock)
    #expect(try await keys.load().keys.count == 1)
    secret.state.withLock { $0.conflicts = 100 }
    clock.advance(by: .seconds(31 * 24 * 3600))
    await #expect(throws: AuthError.self) { try await keys.load() }
  }

  @Test(arguments: [["junk": "AAAA"], ["k1-a": "AAAA"], ["k1-a": "%"], ["k1_A": "AAAA"]] as [JSON])
  func refusesForeignEntries(data: JSON) async {
    let keys = SigningKeysSecret(client: FakeSecret(data).client, namespace: "n", name: "s", clock: clock)
    let error = await #expect(throws: AuthError.self) { try await keys.load() }
    #expect(error?.description.contains("AAAA") == false)
  }
}
