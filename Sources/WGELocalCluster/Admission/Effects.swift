internal import Synchronization
internal import WGECore

/// What one request learns from the world outside, and what it decides once.
///
/// Problem: the pipeline is synchronous, so that a write is one uninterrupted step; webhooks answer
/// when they like.
///
/// Idea: a stage that needs an answer looks for it here. Where there is none it notes the question
/// and stops the pipeline by throwing ``APIStatus/suspended``; the questions are then put outside,
/// all at once, and the pipeline runs again from the start with the answers at hand. Nothing has been
/// stored by then, so running again is safe; a request without webhooks never stops.
///
/// Invariant: what an answer depends on does not change between runs. So the uid, the time and the
/// random part of a name are drawn once per request, and an answer is kept under the exact question.
final class Effects: Sendable {
  struct Question: Sendable {
    var key: String
    var call: LocalCluster.WebhookCall
  }

  typealias Answer = Result<JSON, WebhookFailure>

  private struct State {
    var answers: [String: Answer] = [:]
    var open: [Question] = []
    var warnings: [String] = []
    var uid: String?
    var now: Timestamp?
    var names: [Int: String] = [:]
  }

  private let state = Mutex(State())

  /// The answer to a question; nil once it has been noted as open.
  func answer(to question: @autoclosure () -> Question, key: String) -> Answer? {
    if let known = state.withLock({ $0.answers[key] }) { return known }
    let question = question()
    state.withLock { $0.open.append(question) }
    return nil
  }

  func record(_ answer: Answer, for key: String) { state.withLock { $0.answers[key] = answer } }

  /// The open questions, which are then no longer noted as open. Warnings of the stopped run go too.
  func takeOpen() -> [Question] {
    state.withLock { state in
      defer {
        state.open = []
        state.warnings = []
      }
      return state.open
    }
  }

  func warn(_ text: String) {
    state.withLock { state in if !state.warnings.contains(text) { state.warnings.append(text) } }
  }

  var warnings: [String] { state.withLock { $0.warnings } }

  /// The uid that this request gives to the object it creates.
  var uid: String {
    state.withLock { state in
      if let uid = state.uid { return uid }
      let uid = Cluster.makeUID()
      state.uid = uid
      return uid
    }
  }

  /// The time of this request.
  func now(_ cluster: Cluster) -> Timestamp {
    state.withLock { state in
      if let now = state.now { return now }
      let now = cluster.now
      state.now = now
      return now
    }
  }

  /// The name that the given attempt makes of a prefix.
  func name(_ prefix: String, attempt: Int) -> String {
    state.withLock { state in
      if let name = state.names[attempt] { return name }
      let name = Cluster.completeName(prefix)
      state.names[attempt] = name
      return name
    }
  }
}

/// Why a webhook gave no usable answer.
struct WebhookFailure: Error, Sendable {
  let problem: String
  /// What the configuration says makes no client that could ask.
  var isClientMissing = false

  /// The problem as sentences about a call go on.
  var sentence: String { "\(isClientMissing ? "could not get REST client" : "failed to call webhook"): \(problem)" }
}

extension APIStatus {
  /// Stops the pipeline until questions outside are answered. Never reaches a client.
  static let suspended = APIStatus(0, "Suspended", "the request waits for webhooks")
  var isSuspended: Bool { code == 0 }
}
