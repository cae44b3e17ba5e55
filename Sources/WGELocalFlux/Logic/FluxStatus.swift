import WGECore

/// The parts of a status that every Flux kind shares, read from an object and changed in memory; what is
/// written is the difference, and nothing when there is none.
struct FluxStatus: Sendable {
  private let before: JSON
  private(set) var json: JSON

  init(of object: DynamicObject) {
    before = object["status"] ?? .object(JSONObject())
    json = before
  }

  subscript(field: String) -> JSON? {
    get { json[field] }
    set { json[field] = newValue }
  }

  /// Sets a condition; the transition time stays while the status does.
  mutating func set(
    _ type: String, _ value: ConditionStatus, reason: String, message: String, generation: Int64?, now: Timestamp
  ) {
    change { conditions in
      conditions.set(
        Condition(
          type: type, status: value, reason: reason, message: Self.cut(message), observedGeneration: generation),
        at: now)
    }
  }

  /// Takes a condition away.
  mutating func remove(_ type: String) {
    change { $0.removeAll { $0.type == type } }
  }

  private mutating func change(_ body: (inout [Condition]) -> Void) {
    // Conditions that cannot be read were written by nobody who follows the API: they start anew.
    var conditions = (try? json["conditions"]?.decode([Condition].self)) ?? []
    body(&conditions)
    if let encoded = try? JSON(encoding: conditions) { json["conditions"] = encoded }
  }

  /// Notes that this state of the object, and the request in its annotation, were handled.
  mutating func markHandled(_ object: DynamicObject) {
    if let generation = object.generation { json["observedGeneration"] = .number(.int(generation)) }
    if let requested = object.annotations["reconcile.fluxcd.io/requestedAt"] {
      json["lastHandledReconcileAt"] = .string(requested)
    }
  }

  /// The merge patch of the object that writes this status; nil when nothing changed.
  var patch: JSON? {
    if json == before { return nil }
    return ["status": JSON.mergePatch(from: before, to: json)]
  }

  /// Conditions hold at most 32 KiB; Flux cuts its messages far below.
  private static func cut(_ message: String) -> String {
    message.utf8.count > 20_000 ? String(message.prefix(5_000)) + "..." : message
  }
}

extension DynamicObject {
  /// `spec.interval` as a duration, with Flux's floor of a second; the default where it is absent.
  func fluxInterval(default fallback: Duration = .seconds(60)) -> Duration {
    guard let text = self["spec"]?["interval"]?.stringValue, let parsed = try? GoDuration(parsing: text) else {
      return fallback
    }
    return max(parsed.duration, .seconds(1))
  }

  var isSuspended: Bool { self["spec"]?["suspend"]?.boolValue ?? false }
}
