import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

/// Random damage to good texts: whatever comes, an answer or an error, and never a trap. Runs are
/// the same every time.
@Suite struct HostileTextTests {
  private static func damaged(_ text: String, _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch UInt8.random(in: 0..<6, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(contentsOf: Array("[]{}:,\"'&*|>%\n -".utf8).shuffled(using: &random).prefix(3), at: place)
      case 3: bytes.removeSubrange(place..<min(bytes.count, place + 30))
      case 4: bytes += bytes[place..<min(bytes.count, place + 60)]
      default: bytes.insert(contentsOf: Array("-9999999999999999999999".utf8), at: place)
      }
    }
    return bytes
  }

  private static let kubeconfig = """
    apiVersion: v1
    kind: Config
    clusters:
    - {name: c, cluster: {server: "https://[::1]:6443/x", proxy-url: "http://0x7f.1:3128", certificate-authority-data: QUJD}}
    users:
    - name: u
      user: &u
        as: jane
        as-groups: [a, b]
        as-user-extra: {k: [v]}
        exec: {apiVersion: client.authentication.k8s.io/v1, command: ./x, interactiveMode: Never, env: [{name: A, value: B}]}
    - {name: v, user: *u}
    contexts: [{name: x, context: {cluster: c, user: u}}]
    current-context: x
    """

  @Test func kubeconfigs() {
    var random = SeededGenerator(seed: 1)
    var good = 0
    for round in 0..<300 where Self.checkKubeconfig(&random, "round \(round)") { good += 1 }
    #expect(good > 10)
  }

  /// Whether the damaged text was accepted.
  static func checkKubeconfig(_ random: inout SeededGenerator, _ comment: Comment) -> Bool {
    let bytes = damaged(kubeconfig, &random)
    var isGood = false
    do {
      let config = try Kubeconfig(parsing: bytes, source: "fuzz", directory: "/d")
      isGood = true
      for context in config.contexts {
        for policy in [KubeconfigPolicy.trusted, .untrusted] {
          _ = try? config.endpoint(context: context.name, policy: policy)
        }
      }
      let again = try Kubeconfig(parsing: config.serialized(), source: "fuzz", directory: "/d")
      #expect(again == config, comment)
    } catch let error as KubeError {
      guard case .config = error else {
        Issue.record("\(comment): \(error)")
        return isGood
      }
    } catch {
      Issue.record("\(comment): \(error)")
    }
    return isGood
  }

  @Test func watchLines() {
    let line =
      #"{"type":"ADDED","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"é","resourceVersion":"5"}}}"#
    let decoder = WatchEventDecoder(resource: .configMaps)
    var random = SeededGenerator(seed: 2)
    for round in 0..<600 {
      let bytes = Self.damaged(line, &random)
      do { _ = try decoder.decode(bytes) } catch {
        #expect(error is KubeError, "round \(round): \(error)")
      }
    }
  }

  /// However a stream is cut into chunks, the same events come out of it, or the same error.
  @Test func watchFraming() async throws {
    var random = SeededGenerator(seed: 4)
    for round in 0..<200 { try await Self.checkFraming(&random, "round \(round)") }
  }

  static func checkFraming(_ random: inout SeededGenerator, _ comment: Comment) async throws {
    var bytes: [UInt8] = []
    for index in 0..<Int.random(in: 0...6, using: &random) {
      let line =
        #"{"type":"ADDED","object":{"kind":"ConfigMap","metadata":{"name":"n\#(index)é","resourceVersion":"5"}}}"#
      bytes += UInt8.random(in: 0..<8, using: &random) == 0 ? damaged(line, &random) : Array(line.utf8)
      bytes += UInt8.random(in: 0..<4, using: &random) == 0 ? [0x0D, 0x0A, 0x0A] : [0x0A]
    }
    if Bool.random(using: &random), !bytes.isEmpty {
      bytes.removeLast(Int.random(in: 0...min(20, bytes.count), using: &random))
    }
    let whole = await events([bytes])
    var chunks: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let size = Int.random(in: 1...max(1, min(rest.count, 40)), using: &random)
      chunks.append(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    let cut = await events(chunks)
    #expect(cut.0 == whole.0 && cut.1 == whole.1, comment)

    // The lines of a log are its bytes, whatever the limit.
    let limit = Int.random(in: 1...50, using: &random)
    var cutter = LogLineCutter(limit: limit)
    var text: [UInt8] = []
    func take(_ line: LogLine) { text += Array(line.text.utf8) + (line.isComplete ? [0x0A] : []) }
    for chunk in chunks where chunk.allSatisfy({ $0 < 0x80 && $0 != 0x0D }) {
      cutter.append(chunk)
      while let line = cutter.next() {
        #expect(line.text.utf8.count <= limit, comment)
        take(line)
      }
    }
    if let line = cutter.rest() { take(line) }
    #expect(text == Array(chunks.filter { $0.allSatisfy { $0 < 0x80 && $0 != 0x0D } }.joined()), comment)
  }

  private static func events(_ chunks: [[UInt8]]) async -> ([WatchEvent<DynamicObject>], String?) {
    let stream = WatchStream<DynamicObject>(
      body: AsyncThrowingStream { continuation in
        for chunk in chunks { continuation.yield(chunk) }
        continuation.finish()
      }, resource: .configMaps, maximumEventBytes: 4096, transform: { $0 })
    var events: [WatchEvent<DynamicObject>] = []
    do {
      for try await event in stream { events.append(event) }
      return (events, nil)
    } catch {
      if !(error is KubeError) { Issue.record("\(error)") }
      return (events, "\(error)")
    }
  }

  @Test func statusesWarningsAndDiscovery() {
    let status =
      #"{"kind":"Status","code":409,"reason":"Conflict","metadata":{"continue":"t"},"details":{"retryAfterSeconds":3,"causes":[{"field":"a"}]}}"#
    let warning = #"299 - "a \"b\"" "date", 299 h "c""#
    var random = SeededGenerator(seed: 3)
    for _ in 0..<600 {
      let bytes = Self.damaged(status, &random)
      let read = KubeStatus(httpStatus: 500, contentType: "application/json", retryAfterHeader: nil, body: bytes)
      #expect(read.code == 500 && !read.message.isEmpty)
      let header = String(decoding: Self.damaged(warning, &random), as: UTF8.self)
      #expect(KubeWarning.parse([header]).count <= KubeDefaults.maximumWarnings)
      _ =
        URLParts(String(decoding: Self.damaged("http://user@[::ffff:127.0.0.1%eth0]:80/x", &random), as: UTF8.self))?
        .isLoopback
    }
  }
}

@Suite(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) struct KubeFuzz {
  @Test func watchFraming() async throws {
    try await Fuzzing.run("watch framing") { seed in
      var random = SeededGenerator(seed: seed)
      try await HostileTextTests.checkFraming(&random, "seed \(seed)")
    }
  }

  @Test func kubeconfigs() async throws {
    try await Fuzzing.run("kubeconfig") { seed in
      var random = SeededGenerator(seed: seed)
      _ = HostileTextTests.checkKubeconfig(&random, "seed \(seed)")
    }
  }
}
