import Testing
import WGECore
import WGEKube

@Suite struct ListPagesTests {
  private let expired = ScriptedTransport.Answer.failure(410, "Expired")

  private func pages(_ answers: [ScriptedTransport.Answer], _ options: ListOptions = ListOptions()) -> (
    ScriptedTransport, ListPages<DynamicObject>
  ) {
    let transport = ScriptedTransport(answers)
    return (transport, KubeClient(transport: transport).pages(.configMaps, namespace: "shop", options: options))
  }

  @Test func followsTheTokens() async throws {
    let (transport, pages) = pages(
      [
        .json(configMapList(["a"], token: "t1")), .json(configMapList(["b"], token: "t2")), .json(configMapList(["c"])),
      ],
      ListOptions(labelSelector: "x=y", resourceVersion: "5", resourceVersionMatch: .exact))
    var names: [[String]] = []
    for try await page in pages { names.append(page.items.map(\.name)) }
    #expect(names == [["a"], ["b"], ["c"]])
    let path = "GET /api/v1/namespaces/shop/configmaps?labelSelector=x=y&limit=500"
    #expect(
      transport.requests.map(\.target) == [
        path + "&resourceVersion=5&resourceVersionMatch=Exact", path + "&continue=t1", path + "&continue=t2",
      ])
  }

  @Test func anExpiredTokenBeginsAnewOnceAndConsistently() async throws {
    let answers: [ScriptedTransport.Answer] = [
      .json(configMapList(["a", "gone"], token: "t1", version: "10")), expired,
      .json(configMapList(["a"], token: "t2", version: "20")), .json(configMapList(["b"], version: "20")),
    ]
    let (transport, first) = pages(answers)
    var restarts: [Bool] = []
    for try await page in first { restarts.append(page.restartsList) }
    #expect(restarts == [false, true, false])
    #expect(transport.requests[2].query.contains { $0.name == "continue" } == false)

    let (_, second) = pages(answers)
    let all = try await second.collect()
    #expect(all.items.map(\.name) == ["a", "b"] && all.resourceVersion == "20")
  }

  @Test func aSecondExpiryIsThrown() async {
    let (transport, pages) = pages([
      .json(configMapList(["a"], token: "t1")), expired, .json(configMapList(["a"], token: "t2")), expired,
    ])
    let error = await #expect(throws: KubeError.self) { try await pages.collect() }
    #expect(error?.isExpired == true && transport.requests.count == 4)
  }

  @Test func anExpiredFirstPageAndAnExactVersionAreThrown() async {
    let (first, unasked) = pages([expired])
    await #expect(throws: KubeError.self) { try await unasked.collect() }
    #expect(first.requests.count == 1)
    let (second, exact) = pages(
      [.json(configMapList(["a"], token: "t1")), expired],
      ListOptions(resourceVersion: "5", resourceVersionMatch: .exact))
    await #expect(throws: KubeError.self) { try await exact.collect() }
    #expect(second.requests.count == 2)
  }

  @Test func aServerThatRepeatsItsTokenEndsTheLoop() async {
    let (_, pages) = pages([.json(configMapList(["a"], token: "t"))])
    let error = await #expect(throws: KubeError.self) { try await pages.collect() }
    #expect("\(error as Any)".contains("same continue token twice"))
  }

  @Test func errorsEndTheSequence() async throws {
    let (transport, pages) = pages([.failure(403, "Forbidden"), .json(configMapList(["a"]))])
    var iterator = pages.makeAsyncIterator()
    await #expect(throws: KubeError.self) { try await iterator.next() }
    #expect(try await iterator.next() == nil)
    #expect(transport.requests.count == 1)
  }
}
