public import WGECore

extension KubeClient {
  /// Changes the status of an object, and sends nothing when it says the same already.
  ///
  /// ```swift
  /// try await client.patchStatus(.pipelines, of: pipeline) { pipeline in
  ///   pipeline.setCondition(Condition(type: "Ready", status: .true, reason: "Succeeded"), at: now)
  ///   pipeline.setValue(.number(.int(generation)), at: ["status", "observedGeneration"])
  /// }
  /// ```
  /// A merge patch of what differs. Merge patches replace lists whole, conditions among them, so by
  /// default the patch holds only for the state that was read: a conflict, which a controller tries
  /// again, when somebody else wrote meanwhile.
  ///
  /// - Parameters:
  ///   - object: as it was read.
  ///   - onlyIfUnchanged: false to write over whatever is there now.
  ///   - change: sets fields under `status`; what it changes elsewhere is not sent.
  /// - Returns: the object as stored, or as given when there was nothing to send.
  @discardableResult
  public func patchStatus(
    _ resource: ResourceType, of object: DynamicObject, onlyIfUnchanged: Bool = true,
    options: WriteOptions = WriteOptions(), _ change: (inout DynamicObject) throws -> Void
  ) async throws -> DynamicObject {
    var changed = object
    try change(&changed)
    let old = object["status"] ?? [:]
    let new = changed["status"] ?? [:]
    guard old != new else { return object }
    var patch: JSONObject = ["status": JSON.mergePatch(from: old, to: new)]
    var metadata = JSONObject()
    if onlyIfUnchanged, let version = object.resourceVersion { metadata["resourceVersion"] = .string(version) }
    // Never onto another object that got the name meanwhile.
    if let uid = object.uid { metadata["uid"] = .string(uid) }
    if !metadata.isEmpty { patch["metadata"] = .object(metadata) }
    return try await self.patch(resource, object.key, .merge(.object(patch)), subresource: .status, options: options)
  }

  /// Makes the status fields so by server-side apply, and sends nothing when the object's status is
  /// exactly that.
  ///
  /// For a writer that shares the status with others: fields of other managers stay. Fields that
  /// this manager applied before and that are missing now are removed.
  ///
  /// - Parameters:
  ///   - object: as it was read.
  ///   - status: all that this manager has to say.
  ///   - force: takes fields over from other managers.
  /// - Returns: the object as stored, or as given when there was nothing to send.
  @discardableResult
  public func applyStatus(
    _ resource: ResourceType, of object: DynamicObject, _ status: JSON, force: Bool = true,
    options: WriteOptions = WriteOptions()
  ) async throws -> DynamicObject {
    if object["status"] == status { return object }
    var metadata: JSONObject = ["name": .string(object.name)]
    if let namespace = object.namespace { metadata["namespace"] = .string(namespace) }
    if let uid = object.uid { metadata["uid"] = .string(uid) }
    let desired: JSONObject = [
      "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind), "metadata": .object(metadata),
      "status": status,
    ]
    return try await apply(resource, DynamicObject(desired), force: force, subresource: .status, options: options)
  }
}

extension DynamicObject {
  /// Adds a condition to `status.conditions`, or replaces the one of the same type where it stands.
  ///
  /// `lastTransitionTime` moves only when the status of the condition does. Members of the old
  /// condition that ``Condition`` does not know stay, and so do malformed neighbours.
  ///
  /// - Returns: true when anything changed.
  @discardableResult
  public mutating func setCondition(_ condition: Condition, at now: Timestamp) -> Bool {
    var list = value(at: ["status", "conditions"])?.arrayValue ?? []
    let index = list.firstIndex { $0["type"]?.stringValue == condition.type }
    var stored = index.flatMap { try? list[$0].decode(Condition.self) }.map { [$0] } ?? []
    guard stored.set(condition, at: now), let new = stored.first else { return false }
    var json = index.map { list[$0] } ?? .object([:])
    json["type"] = .string(new.type)
    json["status"] = .string(new.status.rawValue)
    json["reason"] = .string(new.reason)
    json["message"] = .string(new.message)
    json["observedGeneration"] = new.observedGeneration.map { .number(.int($0)) }
    json["lastTransitionTime"] = new.lastTransitionTime.map { .string($0.rfc3339) }
    if let index { list[index] = json } else { list.append(json) }
    setValue(.array(list), at: ["status", "conditions"])
    return true
  }

  /// Removes the condition of a type from `status.conditions`.
  /// - Returns: true when it was there.
  @discardableResult
  public mutating func removeCondition(_ type: String) -> Bool {
    guard var list = value(at: ["status", "conditions"])?.arrayValue else { return false }
    let count = list.count
    list.removeAll { $0["type"]?.stringValue == type }
    guard list.count != count else { return false }
    setValue(.array(list), at: ["status", "conditions"])
    return true
  }
}
