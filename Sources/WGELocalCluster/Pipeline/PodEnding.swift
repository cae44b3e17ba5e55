internal import WGECore

/// What becomes of a pod that a client deletes.
///
/// A pod that runs on a node is marked and has its grace period to end in; who deletes it again may
/// only shorten the period.
/// Source: k8s.io/apiserver, registry/rest BeforeDelete; k8s.io/kubernetes, registry/core/pod strategy.
enum PodEnding: Equatable {
  /// Marked, with this period in seconds and this end. A period of zero ends it at once.
  case graceful(Int64, Timestamp)
  /// It is ending already, and no later than it is now asked to.
  case pending
  /// Its period is over: it goes.
  case immediate

  init(_ pod: JSON, _ options: DeleteOptions, now: Timestamp) {
    let asked = options.gracePeriod.map { $0 < 0 ? 1 : $0 }
    let metadata = pod["metadata"] ?? [:]
    guard let text = metadata["deletionTimestamp"]?.stringValue else {
      var period = asked ?? pod["spec"]?["terminationGracePeriodSeconds"]?.intValue ?? 0
      let isScheduled = !(pod["spec"]?["nodeName"]?.stringValue ?? "").isEmpty
      if !isScheduled || ["Failed", "Succeeded"].contains(pod["status"]?["phase"]?.stringValue ?? "") { period = 0 }
      if period < 0 { period = 1 }
      self = .graceful(period, Timestamp(seconds: now.seconds &+ min(period, Int64(Int32.max))))
      return
    }
    let present = metadata["deletionGracePeriodSeconds"]?.intValue ?? 0
    if present == 0 {
      self = .immediate
      return
    }
    guard var period = asked, period < present else {
      self = .pending
      return
    }
    let end = (try? Timestamp(parsing: text)) ?? now
    var deadline = Timestamp(seconds: end.seconds &- present &+ period)
    if deadline.seconds < now.seconds {
      deadline = now
      if period != 0 { period = 1 }
    }
    self = .graceful(period, deadline)
  }
}
