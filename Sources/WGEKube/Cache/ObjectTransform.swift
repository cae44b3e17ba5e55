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
  /// How much of each object the transform needs to see: what a server need not send.
  let form: ObjectForm
  private let transform: @Sendable (DynamicObject) -> DynamicObject

  indirect enum ID: Hashable, Sendable {
    case named(String)
    case unnamed(UInt64)
    case without([String])
    case chain(ID, ID)

    var onlyDrops: Bool {
      switch self {
      case .without: true
      case .chain(let first, let second): first.onlyDrops && second.onlyDrops
      case .named, .unnamed: false
      }
    }
  }

  /// Any change to an object before it is kept. Must keep namespace, name, uid and resource version.
  ///
  /// - Parameter name: names the form, so that caches of the same name may be shared. Without one
  ///   only this very value and its copies are the same form.
  public init(name: String? = nil, _ transform: @escaping @Sendable (DynamicObject) -> DynamicObject) {
    id = name.map(ID.named) ?? .unnamed(Self.nextID.add(1, ordering: .relaxed).newValue)
    form = .full
    self.transform = transform
  }

  private init(
    id: ID, form: ObjectForm = .full, _ transform: @escaping @Sendable (DynamicObject) -> DynamicObject
  ) {
    self.id = id
    self.form = form
    self.transform = transform
  }

  private static let nextID = Atomic<UInt64>(0)

  /// The object as it is kept.
  public func callAsFunction(_ object: DynamicObject) -> DynamicObject { transform(object) }

  /// This transform, then another.
  public func then(_ next: ObjectTransform) -> ObjectTransform {
    // What only drops fields may come after another that drops fields as well as before it; any
    // other transform may make metadata of what the object says elsewhere.
    let needsMetadataAlone = form == .metadata || (id.onlyDrops && next.form == .metadata)
    return ObjectTransform(id: .chain(id, next.id), form: needsMetadataAlone ? .metadata : .full) { next(self($0)) }
  }

  /// Everything.
  public static let keepAll = ObjectTransform(id: .without([])) { $0 }

  /// Everything but `metadata.managedFields`. The default.
  public static let dropManagedFields = dropping(["metadata", "managedFields"])

  /// Without the copy of the whole object that `kubectl apply` leaves in an annotation.
  public static let dropLastApplied = dropping([
    "metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration",
  ])

  /// Without one field.
  public static func dropping(_ path: [String]) -> ObjectTransform {
    ObjectTransform(id: .without(path)) { object in
      // Look before writing: setting copies the object.
      guard object.value(at: path) != nil else { return object }
      var object = object
      object.setValue(nil, at: path)
      return object
    }
  }

  /// `apiVersion`, `kind` and metadata without field ownership. Informers that keep only these ask
  /// the server for no more (``ObjectForm/metadata``).
  public static let metadataOnly = ObjectTransform(id: .named("wge/metadata"), form: .metadata) { object in
    var kept = JSONObject()
    for field in ["apiVersion", "kind", "metadata"] { kept[field] = object[field] }
    return dropManagedFields(DynamicObject(kept))
  }
}
