import Testing
import WGECore

@testable import WGEKube

@Suite struct WatchStreamTests {
  private func line(_ type: String, _ object: JSON) -> [UInt8] {
    JSON.object(["type": .string(type), "object": object]).serialized() + [0x0A]
  }

  /// Reads a watch to its end: a short word per event, and the error that ended it.
  private func read(_ answer: ScriptedTransport.Answer, limit: Int? = nil) async throws -> ([String], KubeError?) {
    let client = KubeClient(transport: ScriptedTransport([answer]), retry: .none)
    var words: [String] = []
    var events = try await client.watch(.configMaps)
    if let limit {
      events = WatchStream(body: events.body, resource: .configMaps, maximumEventBytes: limit, transform: { $0 })
    }
    do {
      for try await event in events {
        switch event {
        case .added(let object): words.append("+\(object.name)")
        case .modified(let object): words.append("~\(object.name)")
        case .deleted(let object): words.append("-\(object.name)")
        case .bookmark(let mark): words.append("@\(mark.resourceVersion)\(mark.endsInitialEvents ? "!" : "")")
        }
      }
      return (words, nil)
    } catch let error as KubeError {
      return (words, error)
    }
  }

  private var session: [UInt8] {
    line("ADDED", configMap("a").json) + [0x0A] + line("MODIFIED", configMap("é").json)
      + line(
        "BOOKMARK",
        [
          "kind": "ConfigMap",
          "metadata": ["resourceVersion": "5", "annotations": ["k8s.io/initial-events-end": "true"]],
        ])
      + [0x20, 0x0D, 0x0A] + line("BOOKMARK", ["metadata": ["resourceVersion": "6"]])
      + line("DELETED", configMap("a").json)
  }

  private let words = ["+a", "~é", "@5!", "@6", "-a"]

  @Test func chunkBoundariesMeanNothing() async throws {
    let bytes = session
    for cut in 0...bytes.count {
      let (read, error) = try await read(.init(chunks: [Array(bytes[..<cut]), Array(bytes[cut...])]))
      #expect(read == words && error == nil)
    }
    let single = try await read(.init(chunks: bytes.map { [$0] }))
    #expect(single.0 == words && single.1 == nil)
  }

  @Test func aBodyThatEndsAnywhereGivesWhatWasWholeAndSaysSo() async throws {
    let bytes = session
    for cut in 0..<bytes.count {
      let (read, error) = try await read(.init(chunks: [Array(bytes[..<cut])]))
      #expect(words.starts(with: read))
      // White space, or an event that lacks only its line feed, is a clean end.
      let lines = bytes[..<cut].filter { $0 == 0x0A }.count
      let rest = bytes[..<cut].split(separator: 0x0A, omittingEmptySubsequences: false).last ?? []
      let isWhole = rest.allSatisfy { $0 == 0x20 || $0 == 0x0D } || (try? JSON(parsing: Array(rest))) != nil
      if isWhole {
        #expect(error == nil, "\(lines) lines and \(rest.count) bytes")
      } else {
        guard case .transport(let failure)? = error else {
          Issue.record("cut at \(cut): \(error as Any)")
          continue
        }
        #expect(failure.kind == .connectionLost)
      }
    }
  }

  @Test func errorEventsEndTheWatch() async throws {
    let expired: JSON = [
      "kind": "Status", "reason": "Expired", "code": 410, "message": "too old resource version: 1 (469)",
    ]
    let (read, error) = try await read(
      .init(chunks: [line("ADDED", configMap("a").json) + line("ERROR", expired) + line("ADDED", configMap("b").json)]))
    #expect(read == ["+a"])
    #expect(error?.isExpired == true && error?.isGone == true)
    let odd = try await self.read(.init(chunks: [line("ERROR", ["kind": "Status", "code": "x", "message": 3])]))
    #expect(odd.1?.code == 500)
    let none = try await self.read(.init(chunks: [line("ERROR", "boom")]))
    #expect(none.1?.code == 500)
  }

  @Test(arguments: [
    "nonsense\n", "{\"type\":\"ADDED\"}\n", "{\"object\":{}}\n", "{\"type\":1,\"object\":{}}\n",
    "{\"type\":\"ADDED\",\"object\":[]}\n", "{\"type\":\"RENAMED\",\"object\":{}}\n", "[]\n", "null\n",
    "{\"type\":\"BOOKMARK\",\"object\":{}}\n",
    "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":5}}}\n",
    "\u{0}\n", "{\"type\":\"ADDED\",\"object\":{\"a\":\"\\ud800\"}}\n",
  ])
  func brokenEventsAreErrors(text: String) async throws {
    let (read, error) = try await read(.init(chunks: [Array(text.utf8), line("ADDED", configMap("a").json)]))
    #expect(read.isEmpty)
    guard case .decoding(let what, _)? = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect(what == "watch of configmaps")
  }

  @Test func deepEventsAreErrorsNotCrashes() async throws {
    let deep = Array((String(repeating: "[", count: 200_000) + "\n").utf8)
    #expect(try await read(.init(chunks: [deep])).1 != nil)
  }

  @Test func linesAreBounded() async throws {
    let small = line("ADDED", configMap("a").json)
    let fits = try await read(.init(chunks: [small]), limit: small.count - 1)
    #expect(fits.0 == ["+a"] && fits.1 == nil)
    let whole = try await read(.init(chunks: [small]), limit: small.count - 2)
    #expect("\(whole.1 as Any)".contains("longer than the limit of \(small.count - 2) bytes"))
    // A line without end is refused long before it is whole.
    let endless = [[UInt8]](repeating: [UInt8](repeating: 0x61, count: 1 << 10), count: 64)
    let (read, error) = try await read(.init(chunks: [small] + endless, hangs: true), limit: 16 << 10)
    #expect(read == ["+a"])
    guard case .decoding? = error else {
      Issue.record("\(error as Any)")
      return
    }
  }

  @Test func aBrokenConnectionIsThrown() async throws {
    let failure = KubeError.transport(TransportFailure(.connectionLost, message: "reset"))
    let (read, error) = try await read(.init(chunks: [line("ADDED", configMap("a").json)], failure: failure))
    #expect(read == ["+a"] && error == failure)
  }

  @Test func cancellationIsNoCleanEnd() async throws {
    let client = KubeClient(transport: ScriptedTransport([.init(hangs: true)]))
    let task = Task {
      for try await _ in try await client.watch(.configMaps) {}
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func typedWatchesDecode() async throws {
    let widget: JSON = [
      "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "w"], "spec": ["size": 2],
    ]
    let client = KubeClient(
      transport: ScriptedTransport([.init(chunks: [line("ADDED", widget), line("ADDED", configMap("a").json)])]))
    var sizes: [Int] = []
    let error = await #expect(throws: KubeError.self) {
      for try await event in try await client.watch(Widget.self) { sizes.append(event.object?.spec.size ?? -1) }
    }
    #expect(sizes == [2])
    #expect("\(error as Any)".contains("expected example.com/v1, Kind=Widget"))
  }

  @Test func theSplitterForgetsWhatItGave() throws {
    var splitter = LineSplitter(limit: 1 << 20)
    var lines = 0
    for round in 0..<2000 {
      splitter.append(Array("first \(round)\nsecond ".utf8))
      while try splitter.next() != nil { lines += 1 }
      splitter.append(Array("half\n".utf8))
      while let line = try splitter.next() {
        #expect(String(decoding: line, as: UTF8.self) == "second half")
        lines += 1
      }
    }
    #expect(lines == 4000 && splitter.remainder.isEmpty)
  }
}
