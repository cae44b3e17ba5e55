/// The name of a cluster in every call, answer and URL: `management` for the management cluster,
/// `<namespace>/<name>` of its `GitopsCluster` for a leaf.
public struct ClusterID: Sendable, Hashable {
  /// Nil for the management cluster.
  public let namespace: String?
  /// The cluster's own name.
  public let name: String

  /// A leaf cluster.
  public init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  private init(managementNamed name: String) {
    namespace = nil
    self.name = name
  }

  /// The management cluster under its default name.
  public static let management = ClusterID(managementNamed: "management")

  /// The management cluster of a host that gave it a name of its own.
  public static func management(named name: String) -> ClusterID { ClusterID(managementNamed: name) }

  /// True when the cluster is not a leaf.
  public var isManagement: Bool { namespace == nil }
}

extension ClusterID: LosslessStringConvertible {
  /// Reads `name` or `namespace/name`. Nil for anything else: empty parts, more than one slash.
  public init?(_ description: String) {
    let parts = description.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    switch parts.count {
    case 1: self.init(managementNamed: parts[0])
    case 2: self.init(namespace: parts[0], name: parts[1])
    default: return nil
    }
  }

  /// `name` or `namespace/name`.
  public var description: String { namespace.map { "\($0)/\(name)" } ?? name }
}

extension ClusterID: Comparable {
  /// The management cluster first, leaves by namespace and name.
  public static func < (lhs: ClusterID, rhs: ClusterID) -> Bool {
    (lhs.namespace ?? "", lhs.name) < (rhs.namespace ?? "", rhs.name)
  }
}

extension ClusterID: Codable {
  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let id = ClusterID(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a cluster is \"name\" or \"namespace/name\""))
    }
    self = id
  }

  /// Writes the ``description``.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
