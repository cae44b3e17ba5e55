import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

@Suite struct ClientPoolTests {
  private let clock = ManualClock()

  private func key(_ user: String, _ cluster: String = "a") -> ClientPool.Key {
    .init(cluster: ClusterID(namespace: "n", name: cluster), principal: .user(name: user))
  }

  @Test func theLeastRecentlyUsedGoesFirst() {
    var pool = ClientPool(capacity: 2, lifetime: .seconds(60), clock: clock)
    var made: [String] = []
    func use(_ user: String) {
      _ = pool.client(for: key(user)) {
        made.append(user)
        return KubeClient(transport: ScriptedTransport([.json([:])]))
      }
    }
    for user in ["a", "b", "a", "c", "a", "b"] { use(user) }
    #expect(made == ["a", "b", "c", "b"] && pool.count == 2)
    clock.advance(by: .seconds(59))
    use("b")
    #expect(made.count == 4)
    clock.advance(by: .seconds(59))
    use("b")
    use("a")
    #expect(made == ["a", "b", "c", "b", "a"])
    clock.advance(by: .seconds(60))
    // What was not used for too long goes when the next one comes.
    use("c")
    #expect(pool.count == 1)
  }

  @Test func differentPrincipalsNeverShare() {
    var pool = ClientPool(capacity: 100, lifetime: .seconds(60), clock: clock)
    let principals: [Principal] = [
      .user(name: "a"), .user(name: "a", groups: ["g"]), .user(name: "a", uid: "1"),
      .user(name: "a", extra: ["k": ["v"]]),
      .bearer(Secret("a")), .bearer(Secret("b")), .bearer(Secret("a"), identity: UserInfo(name: "x")),
    ]
    for principal in principals {
      _ = pool.client(for: .init(cluster: .management, principal: principal)) {
        KubeClient(transport: ScriptedTransport([.json([:])]))
      }
    }
    #expect(pool.count == principals.count)
    pool.remove(ClusterID(namespace: "n", name: "other"))
    #expect(pool.count == principals.count)
    pool.remove(.management)
    #expect(pool.count == 0)
  }
}
