public import WGECore

/// Ready-made functions for the indexes of informers.
///
/// ```swift
/// let pods = Informer(.pods, client: client, options: .init(indexes: ["node": ObjectIndex.field(["spec", "nodeName"])]))
/// pods.snapshot.objects(index: "node", "worker-1")
/// ```
public enum ObjectIndex {
  /// By namespace; cluster-scoped objects are under the empty string.
  public static let namespace: @Sendable (DynamicObject) -> [String] = { [$0.namespace ?? ""] }

  /// By the value of a label; objects without it are not in the index.
  public static func label(_ name: String) -> @Sendable (DynamicObject) -> [String] {
    { $0.labels[name].map { [$0] } ?? [] }
  }

  /// By the value of an annotation; objects without it are not in the index.
  public static func annotation(_ name: String) -> @Sendable (DynamicObject) -> [String] {
    { $0.annotations[name].map { [$0] } ?? [] }
  }

  /// By the uids of all owners.
  public static let owner: @Sendable (DynamicObject) -> [String] = { object in
    (object.value(at: ["metadata", "ownerReferences"])?.arrayValue ?? []).compactMap { $0["uid"]?.stringValue }
  }

  /// By the uid of the one owner that controls the object.
  public static let controller: @Sendable (DynamicObject) -> [String] = { object in
    (object.value(at: ["metadata", "ownerReferences"])?.arrayValue ?? []).compactMap {
      $0["controller"]?.boolValue == true ? $0["uid"]?.stringValue : nil
    }
  }

  /// By the text of a field; objects where it is missing or no text are not in the index.
  public static func field(_ path: [String]) -> @Sendable (DynamicObject) -> [String] {
    { $0.value(at: path)?.stringValue.map { [$0] } ?? [] }
  }
}
