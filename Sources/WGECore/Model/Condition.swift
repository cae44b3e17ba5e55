/// Whether a condition holds.
public enum ConditionStatus: String, Sendable, Hashable {
  /// It holds.
  case `true` = "True"
  /// It does not.
  case `false` = "False"
  /// It is being found out, or cannot be.
  case unknown = "Unknown"
}

extension ConditionStatus: Codable {
  /// Any text but `True` and `False` is read as ``unknown``: one odd condition must not make an
  /// object unreadable.
  public init(from decoder: any Decoder) throws {
    self = ConditionStatus(rawValue: try decoder.singleValueContainer().decode(String.self)) ?? .unknown
  }
}

/// `metav1.Condition`: one aspect of an object's current state.
public struct Condition: Sendable, Hashable, Codable {
  /// `Ready`, `Reconciling` and so on; unique in a list of conditions.
  public var type: String
  /// Whether it holds.
  public var status: ConditionStatus
  /// The generation of the object that this was found out for.
  public var observedGeneration: Int64?
  /// When ``status`` last changed; not when the reason or message did.
  public var lastTransitionTime: Timestamp?
  /// Why, as one CamelCase word for programs.
  public var reason: String
  /// Why, as a sentence for people.
  public var message: String

  /// A condition; its time is set when it is put in a list by ``Swift/Array/set(_:at:)``.
  public init(
    type: String, status: ConditionStatus, reason: String, message: String = "", observedGeneration: Int64? = nil,
    lastTransitionTime: Timestamp? = nil
  ) {
    self.type = type
    self.status = status
    self.observedGeneration = observedGeneration
    self.lastTransitionTime = lastTransitionTime
    self.reason = reason
    self.message = message
  }

  /// Reads conditions of older types too, which may lack a reason, a message or a time.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    type = try container.decode(String.self, forKey: .type)
    status = try container.decode(ConditionStatus.self, forKey: .status)
    observedGeneration = try container.decodeIfPresent(Int64.self, forKey: .observedGeneration)
    lastTransitionTime = try container.decodeIfPresent(Timestamp.self, forKey: .lastTransitionTime)
    reason = try container.decodeIfPresent(String.self, forKey: .reason) ?? ""
    message = try container.decodeIfPresent(String.self, forKey: .message) ?? ""
  }
}

extension [Condition] {
  /// The condition of a type, if it is there.
  public func condition(_ type: String) -> Condition? { first { $0.type == type } }

  /// True when the condition of a type is there and holds.
  public func isTrue(_ type: String) -> Bool { condition(type)?.status == .true }

  /// Adds a condition or replaces the one of the same type.
  ///
  /// `lastTransitionTime` stays as it is while the status does not change; when it does, it becomes
  /// the condition's own time if that is set, and `now` otherwise.
  /// - Returns: true when anything changed, so that a status that says the same is not written.
  @discardableResult
  public mutating func set(_ condition: Condition, at now: Timestamp) -> Bool {
    var condition = condition
    guard let index = firstIndex(where: { $0.type == condition.type }) else {
      condition.lastTransitionTime = condition.lastTransitionTime ?? now
      append(condition)
      return true
    }
    let existing = self[index]
    if existing.status == condition.status, let time = existing.lastTransitionTime {
      condition.lastTransitionTime = time
    } else {
      condition.lastTransitionTime = condition.lastTransitionTime ?? now
    }
    self[index] = condition
    return condition != existing
  }

  /// Removes the condition of a type.
  /// - Returns: true when it was there.
  @discardableResult
  public mutating func remove(_ type: String) -> Bool {
    let count = count
    removeAll { $0.type == type }
    return self.count != count
  }
}
