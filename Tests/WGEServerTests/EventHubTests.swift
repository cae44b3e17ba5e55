#if Server
  import Testing
  import WGEServer
  import WGETestSupport

  @Suite struct EventHubTests {
    @Test func placesAndTopics() {
      let hub = EventHub(capacity: 3)
      #expect(hub.news(after: 0) == .events([]))
      hub.publish("pipelines", key: "a")
      hub.publish("clusters")
      guard case .events(let all) = hub.news(after: 0) else {
        Issue.record("no events")
        return
      }
      #expect(all.map(\.sequence) == [1, 2])
      #expect(all.map(\.topic) == ["pipelines", "clusters"])
      #expect(all[0].key == "a")
      #expect(hub.news(after: 0, topics: ["clusters"]) == .events([all[1]]))
      #expect(hub.news(after: 1) == .events([all[1]]))
      #expect(hub.news(after: 2) == .events([]))
      #expect(hub.position == 2)
    }

    @Test func whoMissedSomethingLearnsIt() {
      let hub = EventHub(capacity: 3)
      for _ in 0..<10 { hub.publish("t") }
      #expect(hub.news(after: 6) == .gap)
      guard case .events(let events) = hub.news(after: 7) else {
        Issue.record("no events")
        return
      }
      #expect(events.map(\.sequence) == [8, 9, 10])
      #expect(hub.news(after: 11) == .gap)
      #expect(hub.news(after: .max) == .gap)
    }

    @Test func signalsAreMergedAndPlacesGivenBack() async throws {
      let hub = EventHub(listenerLimit: 2)
      var first = hub.listen()
      let second = hub.listen()
      #expect(first != nil && second != nil)
      #expect(hub.listen() == nil)
      first = nil
      try await eventually("the place is given back") { hub.listenerCount == 1 }
      for _ in 0..<100 { hub.publish("t") }
      let stream = try #require(second)
      var iterator = stream.makeAsyncIterator()
      #expect(await iterator.next() != nil)
      hub.close()
      while await iterator.next() != nil {}
      #expect(hub.news(after: 0) == .closed)
      #expect(hub.listen() == nil)
      hub.publish("t")
      #expect(hub.position == 100)
    }
  }
#endif
