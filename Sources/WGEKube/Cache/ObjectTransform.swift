internal import Synchronization
public import WGECore

/// What of an object a cache keeps.
///
/// A smaller object is a smaller cache: field ownership alone is often half of an object's bytes.
/// ```swift
/// let lean = ObjectTransform.dropManagedFields.then(.dropLastApplied).then(.dropping(["data"]))
/// ```
public struct ObjectTransform: Sendable {
  /// Tells transforms apart: informers are shared only between those who want the same form.
  let id: ID
  private let transform: @Sendable (DynamicObject) -> DynamicObject

  indirect enum ID: Hashable, Sendable {
    case named(String)
    case unnamed(UInt64)
    case chain(ID, ID)
  }

  /// Any change to an object before it is kept. Must keep namespace, name, uid and resource version.
  ///
  /// - Parameter name: names the form, so that caches of the same name may be shared. Without one
  ///   only this very value and its copies are the same form.
  public init(name: String? = nil, _ transform: @escaping @Sendable (DynamicObject) -> DynamicObject) {
    id = name.map(ID.named) ?? .unnamed(Self.nextID.add(1, ordering: .relaxed).newValue)
    self.transform = transform
  }

  private init(id: ID, _ transform: @escaping @Sendable (DynamicObject) -> DynamicObject) {
    self.id = id
    self.transform = transform
  }

  private static let nextID = Atomic<UInt64>(0)

  /// The object as it is kept.
  public func callAsFunction(_ object: DynamicObject) -> DynamicObject { transform(object) }

  /// This transform, then another.
  public func then(_ next: ObjectTransform) -> ObjectTransform {
    ObjectTransform(id: .chain(id, next.id)) { next(self($0)) }
  }

  /// Everything.
  public static let keepAll = ObjectTransform(name: "wge/all") { $0 }

  /// Everything but `metadata.managedFields`. The default.
  public static let dropManagedFields = dropping(["metadata", "managedFields"])

  /// Without the copy of the whole object that `kubectl apply` leaves in an annotation.
  public static let dropLastApplied = dropping([
    "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration",
  ])

  /// Without one field.
  public static func dropping(_ path: [String]) -> ObjectTransform {
    ObjectTransform(id: .named("wge/without \(path)")) { object in
      // Look before writing: setting copies the object.
      guard object.value(at: path) != nil else { return object }
      var object = object
      object.setValue(nil, at: path)
      return object
    }
  }

  /// `apiVersion`, `kind` and metadata without field ownership.
  public static let metadataOnly = ObjectTransform(name: "wge/metadata") { object in
    var kept = JSONObject()
    for field in ["apiVersion", "kind", "metadata"] { kept[field] = object[field] }
    return dropManagedFields(DynamicObject(kept))
  }
}
