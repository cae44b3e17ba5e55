public import WGECore

/// A change to an object, as a filter sees it.
public enum ObjectChange: Sendable {
  /// It was not there before, or the whole collection is looked at anew.
  case added(DynamicObject)
  /// Its resource version changed.
  case updated(old: DynamicObject, new: DynamicObject)
  /// It is gone.
  case deleted(DynamicObject)

  /// The newest state known.
  public var object: DynamicObject {
    switch self {
    case .added(let object), .updated(_, let object), .deleted(let object): object
    }
  }
}

/// Which changes wake a controller.
///
/// A filter only saves work. A controller must be right also when every change wakes it.
public struct ChangeFilter: Sendable {
  private let passes: @Sendable (ObjectChange) -> Bool

  /// Changes for which the function is true.
  public init(_ passes: @escaping @Sendable (ObjectChange) -> Bool) { self.passes = passes }

  /// True when the change wakes the controller.
  public func callAsFunction(_ change: ObjectChange) -> Bool { passes(change) }

  /// Every change.
  public static let all = ChangeFilter { _ in true }

  /// Changes of what people ask for: not of status, labels or annotations alone, but always the
  /// beginning of a deletion. For kinds with a status subresource: others do not raise the
  /// generation.
  public static let generationChanged = ChangeFilter { change in
    guard case .updated(let old, let new) = change else { return true }
    return old.generation != new.generation || old.isBeingDeleted != new.isBeingDeleted
  }

  /// Changes of annotations, such as a request to reconcile now.
  public static let annotationsChanged = ChangeFilter { change in
    guard case .updated(let old, let new) = change else { return true }
    return old.annotations != new.annotations
  }

  /// Changes of labels.
  public static let labelsChanged = ChangeFilter { change in
    guard case .updated(let old, let new) = change else { return true }
    return old.labels != new.labels
  }

  /// Changes of the object itself, without those that an informer reports when it looks anew.
  public static let resourceVersionChanged = ChangeFilter { change in
    guard case .updated(let old, let new) = change else { return true }
    return old.resourceVersion != new.resourceVersion
  }

  /// Changes of what controllers report about the object.
  public static let statusChanged = fieldChanged(["status"])

  /// Changes of one field, its appearance and its end among them.
  public static func fieldChanged(_ path: [String]) -> ChangeFilter {
    ChangeFilter { change in
      guard case .updated(let old, let new) = change else { return true }
      return old.value(at: path) != new.value(at: path)
    }
  }

  /// Changes of objects whose labels match, before or after the change.
  public static func matching(_ selector: LabelSelector) -> ChangeFilter {
    ChangeFilter { change in
      if case .updated(let old, _) = change, selector.matches(old.labels) { return true }
      return selector.matches(change.object.labels)
    }
  }

  /// The other changes.
  public static prefix func ! (filter: ChangeFilter) -> ChangeFilter {
    ChangeFilter { !filter($0) }
  }

  /// Changes that pass either.
  public static func || (a: ChangeFilter, b: ChangeFilter) -> ChangeFilter {
    ChangeFilter { a($0) || b($0) }
  }

  /// Changes that pass both.
  public static func && (a: ChangeFilter, b: ChangeFilter) -> ChangeFilter {
    ChangeFilter { a($0) && b($0) }
  }
}
