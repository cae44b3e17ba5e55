extension DynamicObject {
  /// The metadata decoded. Fields that ``ObjectMeta`` does not know stay in the object.
  /// - Throws: ``JSONDecodingError`` when a field has the wrong type.
  public func metadata() throws(JSONDecodingError) -> ObjectMeta {
    do {
      return try (members["metadata"] ?? .object([:])).decode(ObjectMeta.self)
    } catch {
      throw JSONDecodingError(
        path: error.path.isEmpty ? "metadata" : "metadata.\(error.path)", problem: error.problem)
    }
  }

  /// Empty when missing.
  public var name: String {
    get { metadataString("name") ?? "" }
    set { setMetadata("name", newValue.isEmpty ? nil : .string(newValue)) }
  }

  /// Nil for cluster-scoped objects.
  public var namespace: String? {
    get { metadataString("namespace") }
    set { setMetadata("namespace", newValue.map(JSON.string)) }
  }

  /// The prefix that the server completes to a name.
  public var generateName: String? {
    get { metadataString("generateName") }
    set { setMetadata("generateName", newValue.map(JSON.string)) }
  }

  /// Unique in time and space; nil before the server stored the object.
  public var uid: String? {
    get { metadataString("uid") }
    set { setMetadata("uid", newValue.map(JSON.string)) }
  }

  /// Opaque; nil before the server stored the object.
  public var resourceVersion: String? {
    get { metadataString("resourceVersion") }
    set { setMetadata("resourceVersion", newValue.map(JSON.string)) }
  }

  /// Rises with every change of the desired state.
  public var generation: Int64? {
    get { members["metadata"]?["generation"]?.intValue }
    set { setMetadata("generation", newValue.map { .number(.int($0)) }) }
  }

  /// When the server stored the object first; nil when missing or malformed.
  public var creationTimestamp: Timestamp? {
    get { metadataString("creationTimestamp").flatMap { try? Timestamp(parsing: $0) } }
    set { setMetadata("creationTimestamp", newValue.map { .string($0.rfc3339) }) }
  }

  /// When deletion was asked for; nil when it was not, or when malformed.
  public var deletionTimestamp: Timestamp? {
    get { metadataString("deletionTimestamp").flatMap { try? Timestamp(parsing: $0) } }
    set { setMetadata("deletionTimestamp", newValue.map { .string($0.rfc3339) }) }
  }

  /// True when deletion was asked for.
  public var isBeingDeleted: Bool { metadataString("deletionTimestamp") != nil }

  // MARK: Labels and annotations

  /// The labels that are strings. Setting replaces all of them; an empty map removes the field.
  public var labels: [String: String] {
    get { metadataMap("labels") }
    set { setMetadata("labels", Self.map(newValue)) }
  }

  /// The annotations that are strings. Setting replaces all of them; an empty map removes the field.
  public var annotations: [String: String] {
    get { metadataMap("annotations") }
    set { setMetadata("annotations", Self.map(newValue)) }
  }

  /// One label.
  public func label(_ key: String) -> String? { members["metadata"]?["labels"]?[key]?.stringValue }

  /// One annotation.
  public func annotation(_ key: String) -> String? { members["metadata"]?["annotations"]?[key]?.stringValue }

  /// Sets one label or, with nil, removes it. The others stay as they are.
  public mutating func setLabel(_ key: String, to value: String?) { setEntry(of: "labels", key, value) }

  /// Sets one annotation or, with nil, removes it. The others stay as they are.
  public mutating func setAnnotation(_ key: String, to value: String?) { setEntry(of: "annotations", key, value) }

  // MARK: Finalizers and owners

  /// Who must clean up before the object may go. An empty list removes the field.
  public var finalizers: [String] {
    get { members["metadata"]?["finalizers"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    set { setMetadata("finalizers", newValue.isEmpty ? nil : .array(newValue.map(JSON.string))) }
  }

  /// Adds a finalizer unless it is there.
  /// - Returns: true when it was added.
  @discardableResult
  public mutating func addFinalizer(_ name: String) -> Bool {
    var names = finalizers
    guard !names.contains(name) else { return false }
    names.append(name)
    finalizers = names
    return true
  }

  /// Removes a finalizer.
  /// - Returns: true when it was there.
  @discardableResult
  public mutating func removeFinalizer(_ name: String) -> Bool {
    let names = finalizers
    guard names.contains(name) else { return false }
    finalizers = names.filter { $0 != name }
    return true
  }

  /// The owners whose references are well-formed. An empty list removes the field.
  public var ownerReferences: [OwnerReference] {
    get {
      let references = members["metadata"]?["ownerReferences"]?.arrayValue ?? []
      return references.compactMap { try? $0.decode(OwnerReference.self) }
    }
    set { setMetadata("ownerReferences", newValue.isEmpty ? nil : .array(newValue.map(\.json))) }
  }

  /// Adds an owner, or replaces the reference with the same uid.
  public mutating func setOwnerReference(_ reference: OwnerReference) {
    var references = ownerReferences
    if let index = references.firstIndex(where: { $0.uid == reference.uid }) {
      references[index] = reference
    } else {
      references.append(reference)
    }
    ownerReferences = references
  }

  // MARK: Conditions

  /// The well-formed ones of `status.conditions`.
  public var conditions: [Condition] {
    let values = members["status"]?["conditions"]?.arrayValue ?? []
    return values.compactMap { try? $0.decode(Condition.self) }
  }

  /// The condition of a type in `status.conditions`.
  public func condition(_ type: String) -> Condition? { conditions.condition(type) }

  // MARK: Access

  private func metadataString(_ field: String) -> String? { members["metadata"]?[field]?.stringValue }

  private func metadataMap(_ field: String) -> [String: String] {
    var result: [String: String] = [:]
    for member in members["metadata"]?[field]?.objectValue ?? JSONObject() {
      if let text = member.value.stringValue { result[member.key] = text }
    }
    return result
  }

  private mutating func setMetadata(_ field: String, _ value: JSON?) {
    members.setValue(value, at: ["metadata", field])
  }

  /// Removing the last entry removes the map, as the API server prints objects.
  private mutating func setEntry(of field: String, _ key: String, _ value: String?) {
    members.setValue(value.map(JSON.string), at: ["metadata", field, key])
    if value == nil, members["metadata"]?[field]?.objectValue?.isEmpty == true { setMetadata(field, nil) }
  }

  private static func map(_ entries: [String: String]) -> JSON? {
    entries.isEmpty ? nil : .object(JSONObject(entries.map { ($0.key, JSON.string($0.value)) }))
  }
}

extension OwnerReference {
  /// Written by hand, so that it cannot fail.
  fileprivate var json: JSON {
    var members: JSONObject = [
      "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
    ]
    if let controller { members["controller"] = .bool(controller) }
    if let blockOwnerDeletion { members["blockOwnerDeletion"] = .bool(blockOwnerDeletion) }
    return .object(members)
  }
}
