public import WGECore

/// A change to an object, in one of the four forms that Kubernetes takes.
public enum Patch: Sendable, Hashable {
  /// RFC 6902: a list of operations, all or none.
  case json([JSON])
  /// RFC 7386: members replace members, null removes, arrays are replaced whole.
  case merge(JSON)
  /// Kubernetes' own: like merge, but lists of built-in kinds merge by key. Custom resources do
  /// not take it.
  case strategic(JSON)
  /// Server-side apply: the fields that the manager wants, and no others. Creates the object when
  /// it is missing. With `force`, takes fields over from other managers.
  case apply(JSON, force: Bool = false)

  var mediaType: String {
    switch self {
    case .json: "application/json-patch+json"
    case .merge: "application/merge-patch+json"
    case .strategic: "application/strategic-merge-patch+json"
    // JSON is YAML, and older servers take only this name.
    case .apply: "application/apply-patch+yaml"
    }
  }

  var body: JSON {
    switch self {
    case .json(let operations): .array(operations)
    case .merge(let json), .strategic(let json), .apply(let json, _): json
    }
  }
}

/// A part of an object with a path of its own.
public struct Subresource: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The last segment of the path.
  public var rawValue: String
  /// A value that this client need not know.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// A value that this client need not know.
  public init(stringLiteral value: String) { self.rawValue = value }
  /// The last segment of the path.
  public var description: String { rawValue }

  /// What controllers write; its own update leaves the rest alone.
  public static let status: Subresource = "status"
  /// The replica count in the form that autoscalers use.
  public static let scale: Subresource = "scale"
}
