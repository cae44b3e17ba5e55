public import WGECore

/// `metav1.Condition`: one aspect of an object's state.
public struct Condition: Sendable, Hashable, Codable {
  /// True, false or not known.
  public enum Status: String, Sendable, Hashable, Codable {
    case `true` = "True"
    case `false` = "False"
    case unknown = "Unknown"
  }

  public var type: String
  public var status: Status
  public var observedGeneration: Int64?
  public var lastTransitionTime: Timestamp?
  public var reason: String
  public var message: String

  public init(
    type: String, status: Status, observedGeneration: Int64? = nil, lastTransitionTime: Timestamp? = nil,
    reason: String, message: String
  ) {
    self.type = type
    self.status = status
    self.observedGeneration = observedGeneration
    self.lastTransitionTime = lastTransitionTime
    self.reason = reason
    self.message = message
  }
}
