/// An API group, version and kind: what an object says of itself in `apiVersion` and `kind`.
public struct GroupVersionKind: Sendable, Hashable, CustomStringConvertible {
  /// Empty for the core group.
  public var group: String
  /// `v1`, `v1beta2`.
  public var version: String
  /// `Deployment`.
  public var kind: String

  /// The three parts.
  public init(group: String, version: String, kind: String) {
    self.group = group
    self.version = version
    self.kind = kind
  }

  /// From an object's `apiVersion` (`v1`, `apps/v1`) and `kind`. Nil when `apiVersion` is empty or
  /// has more than one slash, or `kind` is empty.
  public init?(apiVersion: String, kind: String) {
    let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard !kind.isEmpty, parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.init(group: parts.count == 2 ? parts[0] : "", version: parts[parts.count - 1], kind: kind)
  }

  /// `v1` or `apps/v1`.
  public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

  /// `apps/v1, Kind=Deployment`.
  public var description: String { "\(apiVersion), Kind=\(kind)" }
}

/// Whether a resource lives in namespaces or in the cluster as a whole.
public enum ResourceScope: String, Sendable, Hashable, Codable {
  /// Objects have a namespace.
  case namespaced = "Namespaced"
  /// Objects have none.
  case cluster = "Cluster"
}

/// The identity of a REST resource: everything that is needed to address its objects.
public struct ResourceType: Sendable, Hashable, CustomStringConvertible {
  /// Empty for the core group.
  public var group: String
  /// `v1`, `v1beta2`.
  public var version: String
  /// `Deployment`.
  public var kind: String
  /// The lower-case name in paths, `deployments`.
  public var plural: String
  /// Whether its objects have a namespace.
  public var scope: ResourceScope

  /// A resource made of its parts.
  public init(group: String, version: String, kind: String, plural: String, scope: ResourceScope = .namespaced) {
    self.group = group
    self.version = version
    self.kind = kind
    self.plural = plural
    self.scope = scope
  }

  /// What its objects say of themselves.
  public var groupVersionKind: GroupVersionKind { GroupVersionKind(group: group, version: version, kind: kind) }

  /// `v1` or `apps/v1`.
  public var apiVersion: String { groupVersionKind.apiVersion }

  /// True when its objects have a namespace.
  public var isNamespaced: Bool { scope == .namespaced }

  /// `deployments.apps`, or `pods` in the core group: the name in RBAC messages and CRDs.
  public var groupResource: String { group.isEmpty ? plural : "\(plural).\(group)" }

  /// `apps/v1/deployments`.
  public var description: String { "\(apiVersion)/\(plural)" }
}

/// The namespace and name of an object. The namespace is nil for cluster-scoped objects.
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Nil for cluster-scoped objects.
  public var namespace: String?
  /// The object's name.
  public var name: String

  /// A namespace and a name.
  public init(namespace: String? = nil, name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// `namespace/name`, or `name` alone.
  public var description: String { namespace.map { "\($0)/\(name)" } ?? name }

  /// By namespace, then by name; cluster-scoped objects come first.
  public static func < (lhs: ObjectKey, rhs: ObjectKey) -> Bool {
    (lhs.namespace ?? "", lhs.name) < (rhs.namespace ?? "", rhs.name)
  }
}
