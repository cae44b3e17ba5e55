internal import WGECore

/// Conversions of kinds that two groups serve from one store.
enum KindConversions {
  /// By `apiVersion kind`: from how the object is stored to how that version shows it.
  static let fromStorage: [String: @Sendable (JSON) -> JSON] = [
    "events.k8s.io/v1 Event": { rename($0, eventFields, apiVersion: "events.k8s.io/v1") },
    "autoscaling/v1 HorizontalPodAutoscaler": AutoscalerKinds.fromStorage,
  ]

  static let toStorage: [String: @Sendable (JSON) -> JSON] = [
    "events.k8s.io/v1 Event": { rename($0, eventFields.map { ($0.1, $0.0) }, apiVersion: "v1") },
    "autoscaling/v1 HorizontalPodAutoscaler": AutoscalerKinds.toStorage,
  ]

  /// core/v1 name, events.k8s.io/v1 name.
  private static let eventFields = [
    ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
  ]

  private static func rename(_ json: JSON, _ names: [(String, String)], apiVersion: String) -> JSON {
    let table = Dictionary(names) { $1 }
    guard case .object(let object) = json else { return json }
    var result = JSON.object(JSONObject(object.map { (table[$0.key] ?? $0.key, $0.value) }))
    result["apiVersion"] = .string(apiVersion)
    return result
  }
}
