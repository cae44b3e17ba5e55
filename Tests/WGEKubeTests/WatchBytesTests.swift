import Synchronization
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

/// The bytes of a watch in every shape in which a connection can bring them.
@Suite struct WatchBytesTests {
  static let events: [(version: Int, line: String)] = [
    (11, #"{"type":"ADDED","object":{"metadata":{"name":"a","namespace":"shop","uid":"1","resourceVersion":"11"}}}"#),
    (12, #"{"type":"BOOKMARK","object":{"kind":"ConfigMap","metadata":{"resourceVersion":"12"}}}"#),
    (
      13,
      #"{"type":"MODIFIED","object":{"metadata":{"name":"a","namespace":"shop","uid":"1","resourceVersion":"13"},"data":{"k":"ü\n\\u00e9"}}}"#
    ),
    (14, #"{"type":"DELETED","object":{"metadata":{"name":"a","namespace":"shop","uid":"1","resourceVersion":"14"}}}"#),
  ]

  static func body(after version: Int) -> [UInt8] {
    events.filter { $0.version > version }.flatMap { Array($0.line.utf8) + [0x0A] }
  }

  /// A server of those events whose first watch is sent as `shape` makes it.
  static func watcher(_ shape: @escaping @Sendable ([UInt8]) -> ScriptedTransport.Answer) -> Watcher<DynamicObject> {
    let first = Locked(true)
    let transport = ScriptedTransport { request, _ in
      guard request.query.contains(where: { $0.name == "watch" }) else { return .json(configMapList([])) }
      let version = request.query.first { $0.name == "resourceVersion" }.flatMap { Int($0.value) } ?? 0
      let isFirst = first.withLock { first in
        defer { first = false }
        return first
      }
      let bytes = body(after: version)
      if isFirst { return shape(bytes) }
      return ScriptedTransport.Answer(chunks: [bytes], hangs: true)
    }
    return Watcher(
      ResourceType.testMaps, client: KubeClient(transport: transport, retry: .none), namespace: "shop", options: .fast)
  }

  /// The changes until the deletion, without interruptions.
  static func changes(_ watcher: Watcher<DynamicObject>) async -> [String] {
    var seen: [String] = []
    for await event in watcher {
      switch event {
      case .applied(let object):
        seen.append("\(object.resourceVersion ?? "") \(object["data"]?["k"]?.stringValue ?? "")")
      case .deleted(let object):
        seen.append("-\(object.resourceVersion ?? "")")
        return seen
      default: break
      }
    }
    return seen
  }

  static let expected = ["11 ", "13 ü\n\\u00e9", "-14"]

  @Test func chunksMayBeginAndEndAnywhere() async {
    let whole = Self.body(after: 0)
    for cut in stride(from: 0, through: whole.count, by: 3) {
      let watcher = Self.watcher { .init(chunks: [Array($0[..<cut]), [], Array($0[cut...])], hangs: true) }
      #expect(await Self.changes(watcher) == Self.expected, "cut at \(cut)")
    }
    let single = Self.watcher { .init(chunks: $0.map { [$0] }, hangs: true) }
    #expect(await Self.changes(single) == Self.expected)
    // Carriage returns, blank lines and a last line without its end.
    let odd = Self.watcher { bytes in
      let text = String(decoding: bytes, as: UTF8.self).replacing("\n", with: "\r\n\r\n  \n")
      return .init(chunks: [Array(text.utf8.dropLast(7))])
    }
    #expect(await Self.changes(odd) == Self.expected)
  }

  /// Cut by the end of the stream or by an error, at any byte: each change arrives once, whole.
  @Test(arguments: [false, true]) func aBodyMayBeCutAnywhere(byError: Bool) async {
    let whole = Self.body(after: 0)
    for cut in 0...whole.count {
      let watcher = Self.watcher { bytes in
        .init(
          chunks: [Array(bytes[..<cut])],
          failure: byError ? .transport(TransportFailure(.connectionLost, message: "cut")) : nil)
      }
      #expect(await Self.changes(watcher) == Self.expected, "cut at \(cut)")
    }
  }

  /// Anything at all instead of the first watch.
  @Test func garbageIsSurvived() async {
    var random = SeededGenerator(seed: 7)
    let pieces = [
      "{", "}", "\"type\"", ":", "ADDED", "null", "[", "]", "\n", "\u{0}", "é", "{\"type\":\"ADDED\",\"object\":{}}\n",
      "{\"type\":\"ERROR\",\"object\":{}}\n", "{\"type\":\"BOOKMARK\",\"object\":{}}\n", "{\"type\":1}\n",
      "{\"type\":\"NEW\",\"object\":{\"metadata\":{}}}\n", "<html>\n", "{\"type\":\"DELETED\",\"object\":7}\n",
    ]
    for _ in 0..<300 {
      let text = (0..<random.next() % 12).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
      let bytes = Array(text.utf8)
      let watcher = Self.watcher { _ in .init(chunks: [bytes]) }
      let seen = await Self.changes(watcher)
      // An empty object has no name and no version: it may be told of, and moves nothing.
      #expect(seen.filter { $0 != " " } == Self.expected, "\(text)")
    }
  }

  @Test func deepAndHugeEventsAreRefusedAndEscaped() async {
    let deep = Array("{\"type\":\"ADDED\",\"object\":".utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 200_000)
    #expect(await Self.changes(Self.watcher { _ in .init(chunks: [deep + [0x0A]]) }) == Self.expected)
    // Without a line feed: the limit ends it, not the memory.
    let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    let huge = Self.watcher { _ in .init(chunks: Array(repeating: chunk, count: 20), hangs: true) }
    #expect(await Self.changes(huge) == Self.expected)
  }

  /// A slow stream is waited for; nothing is taken from the server that the consumer has not asked for.
  @Test func pagesAreReadAtTheConsumersPace() async {
    let pages = Locked(0)
    let transport = ScriptedTransport { request, _ in
      guard !request.query.contains(where: { $0.name == "watch" }) else { return .init(hangs: true) }
      let number = pages.withLock { pages in
        pages += 1
        return pages
      }
      return .json(configMapList(["n\(number)"], token: number < 50 ? "t\(number)" : nil))
    }
    let watcher = Watcher(
      ResourceType.testMaps, client: KubeClient(transport: transport, retry: .none), options: .fast)
    var listed = 0
    for await event in watcher {
      if case .listed(let objects) = event {
        listed += objects.count
        // One page is with the consumer, at most one more is under way.
        #expect(pages.value <= listed + 1)
        for _ in 0..<20 { await Task.yield() }
      }
      if case .restarted = event { break }
    }
    #expect(listed == 50)
  }
}
