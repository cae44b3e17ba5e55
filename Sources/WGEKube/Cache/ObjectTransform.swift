public import WGECore

/// What of an object a cache keeps.
///
/// A smaller object is a smaller cache: field ownership alone is often half of an object's bytes.
public struct ObjectTransform: Sendable {
  private let transform: @Sendable (DynamicObject) -> DynamicObject

  /// Any change to an object before it is kept. Must keep namespace, name, uid and resource version.
  public init(_ transform: @escaping @Sendable (DynamicObject) -> DynamicObject) { self.transform = transform }

  /// The object as it is kept.
  public func callAsFunction(_ object: DynamicObject) -> DynamicObject { transform(object) }

  /// Everything.
  public static let keepAll = ObjectTransform { $0 }

  /// Everything but `metadata.managedFields`. The default.
  public static let dropManagedFields = ObjectTransform { object in
    // Look before writing: setting copies the object.
    guard object.value(at: ["metadata", "managedFields"]) != nil else { return object }
    var object = object
    object.setValue(nil, at: ["metadata", "managedFields"])
    return object
  }

  /// `apiVersion`, `kind` and metadata without field ownership.
  public static let metadataOnly = ObjectTransform { object in
    var kept = JSONObject()
    for field in ["apiVersion", "kind", "metadata"] { kept[field] = object[field] }
    return dropManagedFields(DynamicObject(kept))
  }
}
