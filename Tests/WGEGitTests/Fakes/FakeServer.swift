import HTTPTypes
import Synchronization
import WGECore
import WGEHTTP

@testable import WGEGit

/// An answer of a fake provider.
struct FakeAnswer {
  var status: Int
  var fields: HTTPFields = [:]
  var body: [UInt8] = []

  static func json(_ body: JSON, _ status: Int = 200, _ fields: HTTPFields = [:]) -> FakeAnswer {
    var fields = fields
    fields[.contentType] = "application/json"
    return FakeAnswer(status: status, fields: fields, body: body.serialized())
  }

  static let nothing = FakeAnswer(status: 204)
}

/// A provider's REST manners over a ``Forge``.
protocol FakeProvider: Sendable {
  /// The credential is checked already.
  func answer(_ request: SeenRequest, _ forge: inout Forge) -> FakeAnswer
  /// Whether the request is signed as the provider wants it.
  func isSignedIn(_ request: SeenRequest) -> Bool
  /// The answer to a request that is not.
  var unauthorized: FakeAnswer { get }
}

extension FakeProvider {
  func isSignedIn(_ request: SeenRequest) -> Bool { request.fields[.authorization] == "Bearer TOKEN" }
}

/// What goes wrong with a request.
enum Fault: Sendable {
  /// The provider acts on it, and its answer is lost.
  case lostAnswer
  /// It never arrives.
  case neverSent
  /// The provider answers this and does nothing.
  case refusal(Int, HTTPFields = [:], JSON = [:])
  /// Somebody else is faster.
  case interference(@Sendable (inout Forge) -> Void)
  /// The task that asks is cancelled while it asks, and nothing arrives.
  case cancellation(@Sendable () -> Void)
}

/// A stateful provider without a socket, with faults on demand.
final class FakeServer: HTTPTransport {
  private struct Planned {
    var matches: @Sendable (SeenRequest) -> Bool
    var fault: Fault
    var count: Int
  }

  private struct State {
    var forge = Forge()
    var requests: [SeenRequest] = []
    var faults: [Planned] = []
  }

  private let provider: any FakeProvider
  private let state = Mutex(State())

  init(_ provider: any FakeProvider) { self.provider = provider }

  var requests: [SeenRequest] { state.withLock { $0.requests } }
  var pullRequestCount: Int { state.withLock { $0.forge.pulls.count } }
  func forge<T: Sendable>(_ body: @Sendable (inout Forge) -> T) -> T { state.withLock { body(&$0.forge) } }

  /// The next requests that match meet the fault.
  func plan(_ fault: Fault, times: Int = 1, on matches: @escaping @Sendable (SeenRequest) -> Bool) {
    state.withLock { $0.faults.append(Planned(matches: matches, fault: fault, count: times)) }
  }

  /// What a push does, without Git.
  var push: CommitPush {
    { job in try self.forge { forge in Result { try FakeBitbucketServer.push(job, to: &forge) } }.get() }
  }

  /// Faults that no request met.
  var unmetFaults: Int { state.withLock { $0.faults.reduce(0) { $0 + $1.count } } }

  func execute(_ request: HTTPTransportRequest) async throws -> HTTPTransportResponse {
    let seen = SeenRequest(request)
    let answer = try state.withLock { state throws -> FakeAnswer in
      state.requests.append(seen)
      var isLost = false
      if let index = state.faults.firstIndex(where: { $0.count > 0 && $0.matches(seen) }) {
        state.faults[index].count -= 1
        switch state.faults[index].fault {
        case .lostAnswer: isLost = true
        case .neverSent: throw HTTPError.cannotConnect(target: seen.origin, detail: "refused")
        case .refusal(let status, let fields, let body): return .json(body, status, fields)
        case .interference(let act): act(&state.forge)
        case .cancellation(let cancel):
          cancel()
          throw CancellationError()
        }
      }
      let answer = provider.isSignedIn(seen) ? provider.answer(seen, &state.forge) : provider.unauthorized
      if isLost { throw HTTPError.connectionLost(target: seen.origin, bytesSent: 100, detail: "reset") }
      return answer
    }
    return HTTPTransportResponse(
      status: HTTPResponse.Status(code: answer.status), fields: answer.fields, url: request.url,
      body: HTTPBody(seen.method == "HEAD" ? [] : answer.body))
  }
}

extension SeenRequest {
  /// The decoded segments of the path.
  var segments: [String] {
    path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { String($0).percentDecoded ?? "?" }
  }

  /// One page of a list: pages are small here, so that every listing has several.
  func page<T>(_ all: [T], number name: String = "page") -> (values: [T], next: Int?) {
    let size = 3
    let number = max(1, value(name).flatMap { Int($0) } ?? 1)
    let rest = all.dropFirst((number - 1) * size)
    return (Array(rest.prefix(size)), rest.count > size ? number + 1 : nil)
  }

  /// The URL of this request with another page.
  func url(page number: Int) -> String {
    let pairs = query.filter { $0.name != "page" } + [(name: "page", value: String(number))]
    return "\(origin)\(path)?\(RESTRequest.encoded(pairs))"
  }

  /// A page as a bare list, with the next one in `Link`.
  func linked(_ all: [JSON]) -> FakeAnswer {
    let (values, next) = page(all)
    var fields: HTTPFields = [:]
    if let next { fields[.wellKnown("Link")] = "<\(url(page: next))>; rel=\"next\"" }
    return .json(.array(values), 200, fields)
  }
}

extension JSON {
  static func id(_ id: GitObjectID?) -> JSON { id.map { .string($0.description) } ?? .null }
  static func integer(_ number: Int) -> JSON { .number(JSONNumber(number)) }
}

/// Dates that follow the forge's counter.
func fakeDate(_ count: Int) -> JSON {
  .string(Timestamp(seconds: 1_767_225_600 + Int64(count)).description)
}

/// Cancels a task from inside of it, also before its handle is known.
final class Canceller: Sendable {
  private let state = Mutex<(cancel: (@Sendable () -> Void)?, isDue: Bool)>((nil, false))

  func set(_ cancel: @escaping @Sendable () -> Void) {
    let isDue = state.withLock { state in
      state.cancel = cancel
      return state.isDue
    }
    if isDue { cancel() }
  }

  func cancel() {
    let cancel = state.withLock { state in
      state.isDue = true
      return state.cancel
    }
    cancel?()
  }
}

/// Lets so many pass.
final class Countdown: Sendable {
  private let rest: Mutex<Int>

  init(_ count: Int) { rest = Mutex(count) }

  /// True from the one after the last that passes.
  func isOver() -> Bool {
    rest.withLock { rest in
      rest -= 1
      return rest < 0
    }
  }
}
