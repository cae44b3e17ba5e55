internal import WGECore

/// The conditions of a pipeline.
///
/// `Ready` and `PromotionPending` are upstream's, with its reasons and messages. `Healthy` sums up
/// what `Ready` by its definition does not tell: failed or stalled promotions and unready
/// applications. `SpecWarning` names what is allowed but surely not meant.
enum PipelineConditions {
  static let differentRevisions = "Waiting for all targets to have the same revision"
  static let notReady = "Waiting for all targets to be ready"

  static func conditions(after input: PromotionInput, environments: [String: EnvironmentStatus]) -> [Condition] {
    var editor = ConditionEditor(input)
    let unreadable = input.targets.contains { $0.contains { $0.failure != nil } }
    if unreadable {
      editor.set("Ready", false, "TargetNotReadable", "One or more targets was not reachable or not present")
    } else {
      editor.set("Ready", true, "ReconciliationSucceeded", "All clusters checked")
    }
    if let problem = pending(input) {
      editor.set("PromotionPending", true, "EnvironmentNotReady", problem)
    } else {
      editor.remove("PromotionPending")
    }
    if let (reason, message) = unhealthy(input, environments) {
      editor.set("Healthy", false, reason, message)
    } else {
      editor.set("Healthy", true, "Healthy", "Every target is ready and no promotion failed")
    }
    let warnings = PipelineValidation.warnings(in: input.spec)
    if warnings.isEmpty {
      editor.remove("SpecWarning")
    } else {
      editor.set("SpecWarning", true, "Ineffective", warnings.joined(separator: "; "))
    }
    return editor.conditions
  }

  static func invalid(after input: PromotionInput, problems: [String]) -> [Condition] {
    var editor = ConditionEditor(input)
    editor.set("Ready", false, "InvalidSpec", problems.joined(separator: "; "))
    editor.set("Healthy", false, "InvalidSpec", "nothing is observed until the specification is valid")
    editor.remove("PromotionPending")
    editor.remove("SpecWarning")
    return editor.conditions
  }

  /// Why the first environment offers nothing; nil when it does or has no targets.
  private static func pending(_ input: PromotionInput) -> String? {
    let targets = input.observations(ofEnvironment: 0)
    guard let first = targets.first else { return differentRevisions }
    if first.revision.isEmpty || !targets.allSatisfy({ $0.revision == first.revision && $0.failure == nil }) {
      return differentRevisions
    }
    return targets.allSatisfy(\.ready) ? nil : notReady
  }

  private static func unhealthy(
    _ input: PromotionInput, _ environments: [String: EnvironmentStatus]
  ) -> (reason: String, message: String)? {
    for environment in input.spec.environments {
      guard let record = environments[environment.name]?.promotion else { continue }
      switch record.state {
      case .failed, .stalled, .abandoned:
        return ("Promotion\(record.state)", "\(environment.name): \(record.message ?? record.state.rawValue)")
      default: continue
      }
    }
    for (index, environment) in input.spec.environments.enumerated() {
      for (target, observation) in zip(environment.targets, input.observations(ofEnvironment: index))
      where !observation.ready {
        let place = target.clusterRef.map { "\($0.key(inNamespace: input.pipeline.namespace)):" } ?? ""
        let why = observation.failure?.message ?? observation.problem ?? "the application is not ready"
        return ("TargetNotReady", "\(environment.name), \(place)\(target.namespace): \(why)")
      }
    }
    return nil
  }

  /// Whether people would want to hear of the change: targets or conditions, not times and messages.
  static func differsForPeople(_ new: PipelineStatus, _ old: PipelineStatus) -> Bool {
    func facts(_ status: PipelineStatus) -> [String: [String]] {
      var facts = status.environments.mapValues { environment in
        (environment.targets ?? []).map { "\($0.ready) \($0.revision ?? "") \($0.error ?? "")" }
      }
      facts[""] = status.conditions.map { "\($0.type) \($0.status.rawValue) \($0.reason)" }.sorted()
      return facts
    }
    return facts(new) != facts(old)
  }
}

/// Sets conditions for one input; those of other writers stay.
private struct ConditionEditor {
  private let now: Timestamp
  private let generation: Int64
  private(set) var conditions: [Condition]

  init(_ input: PromotionInput) {
    now = Timestamp(seconds: input.now.seconds)
    generation = input.generation
    conditions = input.status.conditions
  }

  mutating func remove(_ type: String) { conditions.remove(type) }

  mutating func set(_ type: String, _ holds: Bool, _ reason: String, _ message: String) {
    conditions.set(
      Condition(
        type: type, status: holds ? .true : .false, reason: reason,
        message: message.cut(PipelineDefaults.conditionMessageLength), observedGeneration: generation),
      at: now)
  }
}
