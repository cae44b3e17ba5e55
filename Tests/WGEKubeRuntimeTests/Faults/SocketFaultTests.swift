#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import Logging
import Synchronization
import Testing
import WGECore
import WGEKube
import WGETestSupport

/// An informer over the real HTTP client against a server that handles its sockets badly: it answers
/// lists, and each watch ends in another of the ways in which a connection can.
///
/// Blocking calls run on threads of their own, never on those of the tests.
@Suite(.serialized) struct SocketFaultTests {
  enum Ending: String, CaseIterable, Sendable {
    /// The server closes its half in the middle of an event and never reads again.
    case halfClosed
    /// A chunk announces more bytes than come before the end.
    case tornChunk
    /// The size of a chunk is no number.
    case senselessChunk
    /// The connection is reset.
    case reset
    /// Everything is there but the last, empty chunk.
    case noLastChunk
    /// One byte at a time, each in a chunk of its own, then a proper end.
    case dripping
    /// A body with a length that is longer than what comes.
    case shortBody
    /// The answer has no length and ends with the connection.
    case untilClose
  }

  @Test(arguments: Ending.allCases) func anInformerSurvives(_ ending: Ending) async throws {
    let server = try ScriptedServer(ending)
    defer { server.stop() }
    let config = Kubeconfig(name: "x", server: "http://127.0.0.1:\(server.port)", token: Secret("t"), namespace: "shop")
    let client = try KubeClient(kubeconfig: config)
    let informer = Informer(
      .configMaps, client: client, namespace: "shop",
      options: .init(
        watcher: WatcherOptions(backoff: Backoff(initial: .milliseconds(5), cap: .milliseconds(20))),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    let torn = Mutex(0)
    let task = Task { try await informer.run() }
    let subscription = informer.subscribe()
    let follower = Task { () -> [String] in
      var seen: [String] = []
      for await event in subscription {
        switch event {
        case .added(let object), .updated(_, let object):
          seen.append("\(object.resourceVersion ?? "")=\(object["data"]?["sum"]?.stringValue ?? "torn")")
        case .deleted(let object): seen.append("-\(object.name)")
        default: break
        }
        if seen.last == "-end" { break }
      }
      return seen
    }
    let seen = await follower.value
    task.cancel()
    _ = await task.result
    torn.withLock { $0 = seen.count { $0.hasSuffix("torn") } }
    #expect(torn.withLock { $0 } == 0)
    // Each change once, in order, whole, whatever became of the connections.
    let expected = (11...20).map { "\($0)=\(BadAnswers.sum($0))" } + ["21=\(BadAnswers.sum(21))", "-end"]
    #expect(seen == expected, "\(ending)")
    #expect(server.watches > 3)
  }
}

/// A server of ``BadAnswers``.
private final class ScriptedServer: Sendable {
  private let listener: LoopbackListener
  private let answers: BadAnswers

  var port: UInt16 { listener.port }
  var watches: Int { answers.watches }

  init(_ ending: SocketFaultTests.Ending) throws {
    let answers = BadAnswers(ending)
    self.answers = answers
    listener = try LoopbackListener { answers.serve($0) }
  }

  func stop() { listener.stop() }
}

/// Ten changes of one object, then one that comes and goes; each watch gets one whole event and a part
/// of the next before it ends badly.
private final class BadAnswers: Sendable {
  private let ending: SocketFaultTests.Ending
  private let count = Mutex(0)

  var watches: Int { count.withLock { $0 } }

  init(_ ending: SocketFaultTests.Ending) { self.ending = ending }

  static func sum(_ version: Int) -> String { String(repeating: "\(version)ü", count: 20) }

  private static let events: [(version: Int, line: [UInt8])] = {
    func line(_ type: String, _ name: String, _ version: Int) -> (Int, [UInt8]) {
      let json: JSON = [
        "type": .string(type),
        "object": [
          "metadata": [
            "name": .string(name), "namespace": "shop", "uid": .string(name), "resourceVersion": .string("\(version)"),
          ], "data": ["sum": .string(sum(version))],
        ],
      ]
      return (version, json.serialized() + [0x0A])
    }
    return [line("ADDED", "a", 11)] + (12...20).map { line("MODIFIED", "a", $0) }
      + [line("ADDED", "end", 21), line("DELETED", "end", 22)]
  }()

  func serve(_ connection: Int32) {
    defer { close(connection) }
    let head = Self.readHead(connection)
    guard head.contains("watch=true") else {
      let list = #"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"10"},"items":[]}"#
      return write(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(list.utf8.count)\r\n"
          + "Connection: close\r\n\r\n\(list)")
    }
    count.withLock { $0 += 1 }
    let place = head.split(separator: "resourceVersion=").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) }
    let left = Self.events.filter { $0.version > place ?? 0 }
    guard let first = left.first else {
      write(
        connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n0\r\n\r\n")
      return
    }
    let half = left.dropFirst().first.map { Array($0.line.prefix($0.line.count / 2)) } ?? []
    answer(connection, first.line, half)
  }

  private func answer(_ connection: Int32, _ whole: [UInt8], _ half: [UInt8]) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    let chunked = head + "Transfer-Encoding: chunked\r\n\r\n"
    func chunk(_ bytes: [UInt8]) -> [UInt8] {
      bytes.isEmpty ? [] : Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }
    switch ending {
    case .halfClosed:
      write(connection, chunked)
      write(connection, chunk(whole) + chunk(half))
      shutdown(connection, Int32(SHUT_WR))
      // Its other half stays open for a while.
      usleep(20_000)
    case .tornChunk:
      write(connection, chunked)
      write(connection, chunk(whole) + Array("ffff\r\n".utf8) + half)
    case .senselessChunk:
      write(connection, chunked)
      write(connection, chunk(whole) + Array("zz\r\n".utf8) + half)
    case .reset:
      write(connection, chunked)
      write(connection, chunk(whole) + chunk(half))
      // What was sent must have arrived, for a reset overtakes it.
      usleep(20_000)
      var option = linger(l_onoff: 1, l_linger: 0)
      setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    case .noLastChunk:
      write(connection, chunked)
      write(connection, chunk(whole))
    case .dripping:
      write(connection, chunked)
      for byte in whole { write(connection, chunk([byte])) }
      write(connection, "0\r\n\r\n")
    case .shortBody:
      write(connection, head + "Content-Length: 100000\r\n\r\n")
      write(connection, whole + half)
    case .untilClose:
      write(connection, head + "Connection: close\r\n\r\n")
      write(connection, whole + half)
    }
  }

  private func write(_ connection: Int32, _ text: String) { write(connection, Array(text.utf8)) }

  private func write(_ connection: Int32, _ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(connection, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      sent += count
    }
  }

  private static func readHead(_ connection: Int32) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n"), bytes.count < 1 << 16 {
      let count = recv(connection, &chunk, chunk.count, 0)
      if count <= 0 { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
