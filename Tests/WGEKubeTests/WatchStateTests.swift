import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

/// Every transition of the watcher, as a table: what is told to the state, what it answers.
@Suite struct WatchStateTests {
  typealias State = WatcherState

  /// One step of a scenario.
  struct Step {
    var input: State.Input
    var signals: [Kind]
    var command: State.Command?

    init(_ input: State.Input, _ signals: [Kind] = [], _ command: State.Command? = nil) {
      self.input = input
      self.signals = signals
      self.command = command
    }
  }

  /// A signal without the text of its failure.
  enum Kind: Equatable {
    case restarting, listed, restarted, changed
    case interrupted(relists: Bool)
  }

  struct Scenario: CustomTestStringConvertible {
    var name: String
    var initialList: WatcherOptions.InitialList = .consistent
    var steps: [Step]
    var testDescription: String { name }
  }

  static let first: State.Command = .perform(.list(token: nil, limit: 500, resourceVersion: nil))
  static func next(_ token: String) -> State.Command { .perform(.list(token: token, limit: 500, resourceVersion: nil)) }
  static func watch(_ version: String) -> State.Command { .perform(.watch(resourceVersion: version)) }
  static func wait(_ seconds: Int) -> State.Command { .wait(.seconds(seconds)) }
  static func fail(_ kind: WatchFailure.Kind, after seconds: Int = 0, retryAfter: Duration? = nil) -> State.Input {
    .failed(WatchFailure(kind, "test", retryAfter: retryAfter), after: .seconds(seconds))
  }
  static let kept = Kind.interrupted(relists: false)
  static let lost = Kind.interrupted(relists: true)

  /// Leads to a watch at version 10.
  static let listed: [Step] = [
    Step(.start, [], first),
    Step(.page(next: nil, resourceVersion: "10"), [.restarting, .listed, .restarted], watch("10")),
  ]

  static let scenarios: [Scenario] = [
    Scenario(
      name: "one page, events, bookmark, resume at the last version",
      steps: listed + [
        Step(.change(resourceVersion: "11"), [.changed]),
        Step(.change(resourceVersion: "12"), [.changed]),
        Step(.bookmark(resourceVersion: "20", endsInitialEvents: false)),
        Step(.ended(after: .seconds(300)), [], watch("20")),
      ]),
    Scenario(
      name: "pages; the watch starts at the version of the first",
      steps: [
        Step(.start, [], first),
        Step(.page(next: "a", resourceVersion: "10"), [.restarting, .listed], next("a")),
        Step(.page(next: "b", resourceVersion: "10"), [.listed], next("b")),
        Step(.page(next: "", resourceVersion: "14"), [.listed, .restarted], watch("10")),
      ]),
    Scenario(
      name: "cached list first, consistent ones after", initialList: .cached,
      steps: [
        Step(.start, [], .perform(.list(token: nil, limit: 500, resourceVersion: "0"))),
        Step(.page(next: nil, resourceVersion: "10"), [.restarting, .listed, .restarted], watch("10")),
        Step(fail(.expired), [lost], first),
      ]),
    Scenario(
      name: "cached list refused for its version", initialList: .cached,
      steps: [
        Step(.start, [], .perform(.list(token: nil, limit: 500, resourceVersion: "0"))),
        Step(fail(.versionAhead), [lost], first),
      ]),
    Scenario(
      name: "410 on a continue token lists anew; again: later and in one piece",
      steps: [
        Step(.start, [], first),
        Step(.page(next: "a", resourceVersion: "10"), [.restarting, .listed], next("a")),
        Step(fail(.expired), [lost], first),
        Step(.page(next: "b", resourceVersion: "12"), [.restarting, .listed], next("b")),
        Step(fail(.expired), [lost], wait(2)),
        Step(.waited, [], .perform(.list(token: nil, limit: nil, resourceVersion: nil))),
        Step(.page(next: nil, resourceVersion: "13"), [.restarting, .listed, .restarted], watch("13")),
      ]),
    Scenario(
      name: "a page that fails for a moment is asked for again",
      steps: [
        Step(.start, [], first),
        Step(.page(next: "a", resourceVersion: "10"), [.restarting, .listed], next("a")),
        Step(fail(.transient), [lost], wait(1)),
        Step(.waited, [], next("a")),
        Step(.page(next: nil, resourceVersion: "10"), [.listed, .restarted], watch("10")),
      ]),
    Scenario(
      name: "a page that makes no sense: from the beginning",
      steps: [
        Step(.start, [], first),
        Step(.page(next: "a", resourceVersion: "10"), [.restarting, .listed], next("a")),
        Step(fail(.malformed), [lost], wait(1)),
        Step(.waited, [], first),
      ]),
    Scenario(
      name: "a list without a version is no start for a watch",
      steps: [
        Step(.start, [], first),
        Step(.page(next: nil, resourceVersion: ""), [lost], wait(1)),
        Step(.waited, [], first),
      ]),
    Scenario(
      name: "delays grow to the cap",
      steps: [
        Step(.start, [], first),
        Step(fail(.refused), [lost], wait(1)), Step(.waited, [], first),
        Step(fail(.refused), [lost], wait(2)), Step(.waited, [], first),
        Step(fail(.notFound), [lost], wait(4)), Step(.waited, [], first),
        Step(fail(.transient), [lost], wait(8)), Step(.waited, [], first),
        Step(fail(.transient), [lost], wait(8)), Step(.waited, [], first),
      ]),
    Scenario(
      name: "410 when the watch opens: relist at once, then with delays",
      steps: listed + [
        Step(fail(.expired), [lost], first),
        Step(.page(next: nil, resourceVersion: "20"), [.restarting, .listed, .restarted], watch("20")),
        Step(fail(.expired), [lost], wait(2)),
        Step(.waited, [], first),
      ]),
    Scenario(
      name: "410 after a long healthy watch: relist at once",
      steps: listed + [
        Step(fail(.transient), [kept], wait(1)), Step(.waited, [], watch("10")),
        Step(fail(.transient), [kept], wait(2)), Step(.waited, [], watch("10")),
        Step(.change(resourceVersion: "11"), [.changed]),
        Step(fail(.expired, after: 60), [lost], first),
      ]),
    Scenario(
      name: "a broken stream goes on where it was",
      steps: listed + [
        Step(.change(resourceVersion: "15"), [.changed]),
        Step(fail(.transient), [kept], wait(1)),
        Step(.waited, [], watch("15")),
      ]),
    Scenario(
      name: "health resets the delays",
      steps: listed + [
        Step(fail(.transient), [kept], wait(1)), Step(.waited, [], watch("10")),
        Step(fail(.transient), [kept], wait(2)), Step(.waited, [], watch("10")),
        Step(fail(.transient, after: 30), [kept], wait(1)),
      ]),
    Scenario(
      name: "Retry-After is obeyed, within bounds",
      steps: listed + [
        Step(fail(.transient, retryAfter: .seconds(7)), [kept], wait(7)), Step(.waited, [], watch("10")),
        Step(fail(.transient, retryAfter: .seconds(86_400)), [kept], wait(300)),
      ]),
    Scenario(
      name: "an event that cannot be read is tried thrice, then listed over",
      steps: listed + [
        Step(fail(.malformed), [kept], wait(1)), Step(.waited, [], watch("10")),
        Step(fail(.malformed), [kept], wait(2)), Step(.waited, [], watch("10")),
        Step(fail(.malformed), [lost], wait(4)), Step(.waited, [], first),
      ]),
    Scenario(
      name: "progress between unreadable events starts the count anew",
      steps: listed + [
        Step(fail(.malformed), [kept], wait(1)), Step(.waited, [], watch("10")),
        Step(fail(.malformed), [kept], wait(2)), Step(.waited, [], watch("10")),
        Step(.change(resourceVersion: "11"), [.changed]),
        Step(fail(.malformed), [kept], wait(4)), Step(.waited, [], watch("11")),
      ]),
    Scenario(
      name: "the resource disappears: list until it is back",
      steps: listed + [
        Step(fail(.notFound), [lost], wait(1)), Step(.waited, [], first),
        Step(fail(.notFound), [lost], wait(2)), Step(.waited, [], first),
        Step(.page(next: nil, resourceVersion: "30"), [.restarting, .listed, .restarted], watch("30")),
      ]),
    Scenario(
      name: "a server that closes at once and empty is left alone for longer and longer",
      steps: listed + [
        Step(.ended(after: .zero), [kept], wait(1)), Step(.waited, [], watch("10")),
        Step(.ended(after: .zero), [kept], wait(2)), Step(.waited, [], watch("10")),
        Step(.bookmark(resourceVersion: "11", endsInitialEvents: false)),
        Step(.ended(after: .zero), [kept], wait(4)), Step(.waited, [], watch("11")),
      ]),
    Scenario(
      name: "one that closes at once after an event is asked again at once",
      steps: listed + [
        Step(.change(resourceVersion: "11"), [.changed]),
        Step(.ended(after: .zero), [], watch("11")),
        Step(.ended(after: .zero), [kept], wait(1)),
      ]),
    Scenario(
      name: "empty or zero versions do not move the place",
      steps: listed + [
        Step(.change(resourceVersion: ""), [.changed]),
        Step(.bookmark(resourceVersion: "0", endsInitialEvents: false)),
        Step(.ended(after: .seconds(300)), [], watch("10")),
      ]),
    Scenario(
      name: "what was seen already is not told again, but for deletions",
      steps: listed + [
        Step(.change(resourceVersion: "15"), [.changed]),
        Step(.change(resourceVersion: "9")),
        Step(.change(resourceVersion: "12")),
        Step(.change(resourceVersion: "12", isDeletion: true), [.changed]),
        Step(.bookmark(resourceVersion: "11", endsInitialEvents: false)),
        Step(.change(resourceVersion: "100"), [.changed]),
        Step(.change(resourceVersion: "not-a-number"), [.changed]),
        Step(.change(resourceVersion: "7"), [.changed]),
        Step(.ended(after: .seconds(300)), [], watch("7")),
      ]),
    Scenario(
      name: "a server that does not know the end of a streaming list", initialList: .streaming,
      steps: [
        Step(.start, [], .perform(.streamList)),
        Step(.change(resourceVersion: "5"), [.listed]),
        Step(.ended(after: .seconds(300)), [lost], wait(1)), Step(.waited, [], first),
      ]),
    Scenario(
      name: "a streaming list that ends early twice", initialList: .streaming,
      steps: [
        Step(.start, [], .perform(.streamList)),
        Step(.ended(after: .zero), [lost], wait(1)), Step(.waited, [], .perform(.streamList)),
        Step(.ended(after: .zero), [lost], wait(2)), Step(.waited, [], first),
      ]),
    Scenario(
      name: "410 to the first list, to a cached one and to one in one piece",
      steps: [
        Step(.start, [], first),
        Step(fail(.expired), [lost], first),
        Step(fail(.expired), [lost], wait(2)), Step(.waited, [], first),
      ]),
    Scenario(
      name: "410 to a list in one piece: later, again in one piece",
      steps: [
        Step(.start, [], first),
        Step(.page(next: "a", resourceVersion: "10"), [.restarting, .listed], next("a")),
        Step(fail(.expired), [lost], first),
        Step(.page(next: "b", resourceVersion: "12"), [.restarting, .listed], next("b")),
        Step(fail(.expired), [lost], wait(2)),
        Step(.waited, [], .perform(.list(token: nil, limit: nil, resourceVersion: nil))),
        Step(fail(.expired), [lost], wait(4)),
        Step(.waited, [], .perform(.list(token: nil, limit: nil, resourceVersion: nil))),
      ]),
    Scenario(
      name: "the version is ahead of the server: relist",
      steps: listed + [
        Step(fail(.versionAhead), [lost], first),
        Step(.page(next: nil, resourceVersion: "8"), [.restarting, .listed, .restarted], watch("8")),
        Step(.change(resourceVersion: "9"), [.changed]),
      ]),
    Scenario(
      name: "streaming list", initialList: .streaming,
      steps: [
        Step(.start, [], .perform(.streamList)),
        Step(.change(resourceVersion: "5"), [.listed]),
        Step(.bookmark(resourceVersion: "6", endsInitialEvents: false)),
        Step(.change(resourceVersion: "7"), [.listed]),
        Step(.bookmark(resourceVersion: "10", endsInitialEvents: true), [.restarted]),
        Step(.change(resourceVersion: "11"), [.changed]),
        Step(.ended(after: .seconds(300)), [], watch("11")),
      ]),
    Scenario(
      name: "streaming list that breaks begins anew", initialList: .streaming,
      steps: [
        Step(.start, [], .perform(.streamList)),
        Step(.change(resourceVersion: "5"), [.listed]),
        Step(.ended(after: .zero), [lost], wait(1)), Step(.waited, [], .perform(.streamList)),
        Step(fail(.expired), [lost], wait(2)), Step(.waited, [], .perform(.streamList)),
      ]),
    Scenario(
      name: "streaming list that the server does not know", initialList: .streaming,
      steps: [
        Step(.start, [], .perform(.streamList)),
        Step(fail(.unsupported), [lost], first),
        Step(.page(next: nil, resourceVersion: "10"), [.restarting, .listed, .restarted], watch("10")),
        Step(fail(.expired), [lost], first),
      ]),
  ]

  @Test(arguments: scenarios) func transitions(_ scenario: Scenario) {
    var state = State(
      settings: .init(
        pageSize: 500, initialList: scenario.initialList,
        backoff: Backoff(initial: .seconds(1), cap: .seconds(8), jitter: 0), healthyAfter: .seconds(30)))
    for (index, step) in scenario.steps.enumerated() {
      let transition = state.step(step.input, random: 0)
      let signals = transition.signals.map { signal -> Kind in
        switch signal {
        case .restarting: .restarting
        case .listed: .listed
        case .restarted: .restarted
        case .changed: .changed
        case .interrupted(let interruption): .interrupted(relists: interruption.relists)
        }
      }
      #expect(signals == step.signals, "step \(index): \(step.input)")
      #expect(transition.command == step.command, "step \(index): \(step.input)")
    }
  }

  /// However inputs fall, a list is announced before its objects and ended once, and every delay
  /// lies within the bounds.
  @Test func anySequenceKeepsTheOrderOfSignals() {
    for seed in 0..<400 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var state = State(
        settings: .init(
          pageSize: 2,
          initialList: ([.consistent, .cached, .streaming] as [WatcherOptions.InitialList])[Int(seed % 3)],
          backoff: Backoff(initial: .seconds(1), cap: .seconds(8)), healthyAfter: .seconds(30)))
      var inList = false
      var synced = false
      var command = state.step(.start, random: 0).command
      for _ in 0..<200 {
        let input: State.Input
        switch state.phase {
        case .backingOff: input = .waited
        case .listing:
          input =
            random.next() % 3 == 0
            ? Self.failure(&random)
            : .page(next: random.next() % 2 == 0 ? "t" : nil, resourceVersion: random.next() % 9 == 0 ? "" : "7")
        default:
          switch random.next() % 6 {
          case 0: input = Self.failure(&random)
          case 1: input = .ended(after: .seconds(Int(random.next() % 60)))
          case 2: input = .bookmark(resourceVersion: "9", endsInitialEvents: random.next() % 2 == 0)
          default: input = .change(resourceVersion: "8")
          }
        }
        if case .perform(.streamList) = command { inList = true }
        let transition = state.step(input, random: 0.5)
        for signal in transition.signals {
          switch signal {
          case .restarting: inList = true
          case .listed: #expect(inList)
          case .restarted:
            #expect(inList)
            inList = false
            synced = true
          case .changed: #expect(synced && !inList)
          case .interrupted(let interruption):
            #expect(interruption.delay <= .seconds(8) && interruption.delay >= .zero)
          }
        }
        command = transition.command
      }
    }
  }

  static func failure(_ random: inout SeededGenerator) -> State.Input {
    let kinds: [WatchFailure.Kind] = [
      .expired, .versionAhead, .unsupported, .notFound, .refused, .malformed, .transient,
    ]
    return .failed(
      WatchFailure(kinds[Int(random.next() % 7)], "test"), after: .seconds(Int(random.next() % 60)))
  }
}

@Suite struct WatchBackoffTests {
  @Test func growsToTheCapAndJitterOnlyShortens() {
    let backoff = Backoff(initial: .seconds(1), cap: .seconds(10), jitter: 0.5)
    #expect(backoff.delay(afterFailures: 0, random: 0) == .zero)
    #expect(
      [1, 2, 3, 4, 5, 6].map { backoff.delay(afterFailures: $0, random: 0) }
        == [1, 2, 4, 8, 10, 10].map { .seconds($0) })
    #expect(backoff.delay(afterFailures: 3, random: 0.999_999) > .seconds(2))
    #expect(backoff.delay(afterFailures: 3, random: 0.5) == .seconds(3))
    #expect(backoff.delay(afterFailures: .max, random: 2) == .seconds(5))
    #expect(backoff.delay(afterFailures: 1, random: .nan) == .seconds(1))
  }

  @Test func oddSettingsAreBroughtIntoRange() {
    #expect(Backoff(initial: .seconds(-1), cap: .seconds(5)).delay(afterFailures: 9, random: 0) == .zero)
    #expect(
      Backoff(initial: .seconds(1), factor: 0, cap: .seconds(5)).delay(afterFailures: .max, random: 0) == .seconds(1))
    #expect(
      Backoff(initial: .seconds(1), factor: .infinity, cap: .seconds(5), jitter: -3).delay(afterFailures: 2, random: 1)
        == .seconds(2))
    #expect(
      Backoff(initial: .seconds(1), factor: 1e300, cap: .seconds(Int64.max / 2_000_000)).delay(
        afterFailures: .max, random: 0)
        == .seconds(Int64.max / 2_000_000))
  }
}

@Suite struct WatchFailureTests {
  @Test(arguments: [
    (410, KubeStatus.Reason.expired, WatchFailure.Kind.expired), (410, .gone, .expired), (403, .forbidden, .refused),
    (401, .unauthorized, .refused), (404, .notFound, .notFound), (422, .invalid, .unsupported),
    (400, .badRequest, .unsupported), (429, .tooManyRequests, .transient), (500, .internalError, .transient),
    (503, .serviceUnavailable, .transient),
  ])
  func statusesAreSorted(code: Int, reason: KubeStatus.Reason, kind: WatchFailure.Kind) {
    #expect(WatchFailure(KubeError.status(KubeStatus(code: code, reason: reason, message: "m")))?.kind == kind)
  }

  @Test func otherErrorsAreSorted() {
    #expect(WatchFailure(CancellationError()) == nil)
    #expect(WatchFailure(KubeError.decoding(what: "w", problem: "p"))?.kind == .malformed)
    #expect(WatchFailure(KubeError.transport(TransportFailure(.connectionLost, message: "m")))?.kind == .transient)
    #expect(WatchFailure(KubeError.transport(TransportFailure(.protocolViolation, message: "m")))?.kind == .malformed)
    var details = KubeStatus.Details()
    details.causes = [.init(reason: "ResourceVersionTooLarge", message: "m", field: nil)]
    let ahead = KubeStatus(code: 504, reason: .timeout, message: "Too large resource version", details: details)
    #expect(WatchFailure(KubeError.status(ahead))?.kind == .versionAhead)
  }
}
