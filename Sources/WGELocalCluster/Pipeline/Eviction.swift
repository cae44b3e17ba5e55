internal import HTTPTypes
internal import WGECore

/// POST pods/x/eviction: a deletion that a disruption budget may refuse.
///
/// What a budget allows is what its status says; where no controller keeps the status, a test sets it.
/// Source: k8s.io/kubernetes, registry/core/pod/storage/eviction.
struct Eviction: Sendable {
  let cluster: Cluster

  private static let budgets = "poddisruptionbudgets.policy"

  func evict(_ context: inout RequestContext, _ pods: Resource) throws(APIStatus) -> Reply {
    let name = context.info.name
    let namespace = context.info.namespace
    let body = try BodyFormat.parse(
      context.body, mediaType: context.mediaType, .reference("Eviction"), kind: "Eviction"
    ).json
    if let given = body["metadata"]?["name"]?.stringValue, !given.isEmpty, given != name {
      throw .badRequest("name in URL does not match name in Eviction object")
    }
    var options = try DeleteOptions(body["deleteOptions"] ?? [:], context.query)
    if try context.query.dryRun("CreateOptions") { options.dryRun = true }
    let key = pods.storageKey(namespace: namespace, name: name)
    guard let pod = cluster.store.object(pods.storageName, key) else { throw .notFound(pods, name) }
    if Self.isBudgeted(pod.json) { try spend(pod, namespace, isDryRun: options.dryRun) }
    _ = try Deleter(cluster: cluster).delete(pods, key: key, name: name, options, context)
    return .json(
      201, ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201], context)
  }

  /// Pods that have ended, have not begun or are going disrupt nothing.
  private static func isBudgeted(_ pod: JSON) -> Bool {
    let phase = pod["status"]?["phase"]?.stringValue ?? ""
    return !["Succeeded", "Failed", "Pending"].contains(phase) && pod["metadata"]?["deletionTimestamp"] == nil
  }

  /// Takes one from what the pod's budget allows.
  private func spend(_ pod: StoredObject, _ namespace: String, isDryRun: Bool) throws(APIStatus) {
    for _ in 0..<16 {
      let matching = cluster.store.read(Self.budgets).objects.values(prefix: "\(namespace)/").filter { budget in
        guard let selector = budget.json["spec"]?["selector"] else { return false }
        return LabelSelector(selector).matches(pod.json)
      }
      if matching.isEmpty { return }
      guard matching.count == 1, let budget = matching.first else {
        throw .internalError(
          "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
      }
      guard var json = try spent(budget, pod) else { return }
      if isDryRun { return }
      let name = budget.metadata["name"]?.stringValue ?? ""
      json.setValue(
        .string(cluster.now.rfc3339), at: ["status", "disruptedPods", pod.metadata["name"]?.stringValue ?? ""])
      do {
        _ = try cluster.store.commit(
          .init(resource: Self.budgets, key: "\(namespace)/\(name)", expected: budget.revision, state: json))
        return
      } catch .stale {
        continue
      } catch let refusal {
        throw APIStatus(refusal)
      }
    }
    throw APIStatus(
      429, "TooManyRequests", "the disruption budget changes too fast", details: .init(retryAfterSeconds: 10))
  }

  /// The budget after the eviction; nil when the pod may go without costing anything.
  private func spent(_ budget: StoredObject, _ pod: StoredObject) throws(APIStatus) -> JSON? {
    var json = budget.json
    let name = budget.metadata["name"]?.stringValue ?? ""
    let status = json["status"] ?? [:]
    let current = status["currentHealthy"]?.intValue ?? 0
    let desired = status["desiredHealthy"]?.intValue ?? 0
    let isReady = (pod.json["status"]?["conditions"]?.arrayValue ?? []).contains {
      $0["type"]?.stringValue == "Ready" && $0["status"]?.stringValue == "True"
    }
    if !isReady {
      // A pod that is not ready helps nobody, as long as the others suffice.
      if json["spec"]?["unhealthyPodEvictionPolicy"]?.stringValue == "AlwaysAllow" { return nil }
      if current >= desired, desired > 0 { return nil }
    }
    let observed = status["observedGeneration"]?.intValue ?? 0
    if observed < (json["metadata"]?["generation"]?.intValue ?? 0) {
      throw Self.refusal(
        "Cannot evict pod as it would violate the pod's disruption budget.", retryAfter: 10,
        cause: "The disruption budget \(name) is still being processed by the server.")
    }
    let allowed = status["disruptionsAllowed"]?.intValue ?? 0
    if allowed < 0 {
      throw .forbidden(
        kind: "poddisruptionbudget", name, "pdb disruptions allowed is negative")
    }
    if allowed == 0 {
      throw Self.refusal(
        "Cannot evict pod as it would violate the pod's disruption budget.", retryAfter: 0,
        cause: "The disruption budget \(name) \(Self.reason(status, current, desired))")
    }
    json.setValue(.number(.int(allowed - 1)), at: ["status", "disruptionsAllowed"])
    return json
  }

  /// Why a budget allows none.
  private static func reason(_ status: JSON, _ current: Int64, _ desired: Int64) -> String {
    let condition = (status["conditions"]?.arrayValue ?? []).first { $0["type"]?.stringValue == "DisruptionAllowed" }
    let message = condition?["message"]?.stringValue ?? ""
    let reason = condition?["reason"]?.stringValue ?? ""
    let isRefused = condition?["status"]?.stringValue == "False" && !message.isEmpty
    if isRefused, reason == "SyncFailed" {
      return "does not allow evicting pods currently because it failed sync: \(message)"
    }
    if current <= desired { return "needs \(desired) healthy pods and has \(current) currently" }
    return "does not allow evicting pods currently" + (isRefused ? " (\(reason)): \(message)" : "")
  }

  private static func refusal(_ message: String, retryAfter: Int64, cause: String) -> APIStatus {
    APIStatus(
      429, "TooManyRequests", message,
      details: .init(
        causes: [.init(reason: "DisruptionBudget", message: cause)], retryAfterSeconds: retryAfter))
  }
}

extension APIStatus {
  fileprivate static func forbidden(kind: String, _ name: String, _ why: String) -> APIStatus {
    APIStatus(
      403, "Forbidden", "\(kind) \(FieldError.quote(name)) is forbidden: \(why)", details: .init(name: name, kind: kind)
    )
  }
}
