extension RegoValue {
  /// True for arrays, objects and sets.
  @inline(__always) var isCollection: Bool {
    switch self {
    case .array, .object, .set: true
    default: false
    }
  }

  /// The extent where it is known without looking at the members; nil for scalars and JSON.
  @inline(__always) var knownExtent: ValueExtent? {
    switch self {
    case .array(let array): array.knownExtent
    case .object(let object): object.knownExtent
    case .set(let set): set.extent
    default: nil
    }
  }
}
