internal import WGECore

/// Keeps `metadata.managedFields` true on every write, and does server-side apply.
///
/// Source: KEP-555; sigs.k8s.io/structured-merge-diff, merge; k8s.io/apimachinery, util/managedfields.
struct FieldOwnership: Sendable {
  let schema: TypeSchema
  /// RFC 3339.
  let now: String
  /// Whether the objects are held as documents, which tell an empty list of owners from none less well.
  var isCustom = false

  /// Fields that the server alone sets, which nobody owns.
  private static let unowned: FieldSet = {
    var set = FieldSet()
    for path in [
      ["apiVersion"], ["kind"], ["metadata"], ["metadata", "name"], ["metadata", "namespace"],
      ["metadata", "selfLink"],
      ["metadata", "uid"], ["metadata", "generation"], ["metadata", "managedFields"],
      ["metadata", "creationTimestamp"],
      ["metadata", "deletionTimestamp"], ["metadata", "deletionGracePeriodSeconds"], ["metadata", "resourceVersion"],
    ] { set.insert(path.map(PathElement.field)) }
    return set
  }()

  /// Upstream's limit for entries of managers that update.
  private static let maximumUpdaters = 10

  struct Conflict: Error {
    /// Each owner with the fields in dispute.
    var owners: [(manager: FieldManager, fields: FieldSet)]
  }

  static func strip(_ json: JSON) -> JSON {
    var copy = json
    copy.setValue(nil, at: ["metadata", "managedFields"])
    return copy
  }

  /// The object of a create, replace or patch with its owners brought up to date.
  ///
  /// - Parameters:
  ///   - live: the object before; for a creation what an empty object of the kind looks like.
  ///   - ignored: fields that this path of the API does not write.
  func update(_ live: JSON, to new: JSON, by manager: FieldManager, ignored: FieldSet = FieldSet()) -> JSON {
    let given = manager.subresource.isEmpty ? new["metadata"]?["managedFields"]?.arrayValue : nil
    var managed: ManagedFields
    if let given, given.isEmpty && !isCustom || (given.count == 1 && given[0].objectValue?.isEmpty == true) {
      managed = ManagedFields()
    } else if let given, !given.isEmpty, let decoded = ManagedFields(.array(given)) {
      managed = decoded
    } else {
      managed = ManagedFields(live["metadata"]?["managedFields"]) ?? ManagedFields()
    }
    let old = Self.strip(live)
    var result = Self.strip(new)
    // An object whose owners are not tracked stays so, until somebody applies to it.
    let isCreation = (live["metadata"]?["uid"]?.stringValue ?? "").isEmpty
    if managed.entries.isEmpty, !isCreation { return result }
    let comparison = TypedValue.compare(old, result, schema)
    let changed = comparison.added.union(comparison.modified).excluding(ignored).subtracting(Self.unowned)
    managed.take(changed.union(comparison.removed.excluding(ignored))) { _ in true }
    if !changed.isEmpty { managed.set(manager, (managed[manager] ?? FieldSet()).union(changed), time: now) }
    Self.cap(&managed, apiVersion: manager.apiVersion)
    result.setValue(managed.json, at: ["metadata", "managedFields"])
    return result
  }

  /// The live object with a configuration applied.
  ///
  /// Fields that the manager applied before and now leaves out go away, unless somebody else owns
  /// them.
  /// - Parameters:
  ///   - live: for an object that does not exist yet what an empty one of the kind looks like.
  ///   - empty: the same, always: whoever made an object without owners is said to have made it of that.
  func apply(
    _ config: JSON, to live: JSON, empty: JSON, exists: Bool, by manager: FieldManager, force: Bool,
    ignored: FieldSet = FieldSet()
  ) throws(Conflict) -> JSON {
    var managed = ManagedFields(live["metadata"]?["managedFields"]) ?? ManagedFields()
    let old = Self.strip(live)
    if exists, managed.entries.isEmpty {
      let comparison = TypedValue.compare(empty, old, schema)
      let everything = comparison.added.union(comparison.modified).excluding(ignored).subtracting(Self.unowned)
      managed.set(
        FieldManager(name: "before-first-apply", operation: .update, apiVersion: manager.apiVersion), everything,
        time: now)
    }
    let previous = managed[manager]
    // While pruning, the manager also speaks for the object's identity, which nobody owns in the end.
    let applied = TypedValue.fields(of: config, schema).excluding(ignored)
    managed.set(manager, applied, time: nil)
    var result = TypedValue.merge(old, config, schema) ?? config
    if let previous, !previous.isEmpty { result = prune(result, previous: previous, managed: managed) }
    managed.set(manager, applied.subtracting(Self.unowned), time: nil)
    let comparison = TypedValue.compare(old, result, schema)
    let changed = comparison.added.union(comparison.modified).excluding(ignored)
    var disputed: [(FieldManager, FieldSet)] = []
    for entry in managed.entries where entry.manager != manager {
      let overlap = entry.fields.intersection(changed)
      if !overlap.isEmpty { disputed.append((entry.manager, overlap)) }
    }
    if !disputed.isEmpty, !force { throw Conflict(owners: disputed) }
    managed.take(changed.union(comparison.removed.excluding(ignored))) { $0 != manager }
    if !comparison.isSame { managed.set(manager, managed[manager] ?? FieldSet(), time: now) }
    Self.cap(&managed, apiVersion: manager.apiVersion)
    result.setValue(managed.json, at: ["metadata", "managedFields"])
    return result
  }

  private func prune(_ merged: JSON, previous: FieldSet, managed: ManagedFields) -> JSON {
    let last = previous.ensuringNamedFieldsAreMembers(schema)
    var pruned = TypedValue.removing(last, from: merged, schema) ?? .object([:])
    let all = TypedValue.fields(of: merged, schema).ensuringNamedFieldsAreMembers(schema)
    let owned = managed.entries.reduce(FieldSet()) { $0.union($1.fields) }.ensuringNamedFieldsAreMembers(schema)
    var left = TypedValue.fields(of: pruned, schema).ensuringNamedFieldsAreMembers(schema)
    pruned = TypedValue.removing(all.subtracting(left.union(owned)), from: merged, schema) ?? .object([:])
    // What the removal took along without the manager having owned it comes back.
    left = TypedValue.fields(of: pruned, schema).ensuringNamedFieldsAreMembers(schema)
    return TypedValue.removing(all.subtracting(left).intersection(last), from: merged, schema) ?? .object([:])
  }

  /// Folds the oldest updaters into one when there are too many.
  private static func cap(_ managed: inout ManagedFields, apiVersion: String) {
    let updaters = managed.entries.filter { $0.manager.operation == .update }
    guard updaters.count > maximumUpdaters else { return }
    let oldest = updaters.sorted { ($0.time ?? "") < ($1.time ?? "") }.prefix(updaters.count - maximumUpdaters + 1)
    for entry in oldest {
      let bucket = FieldManager(name: "ancient-changes", operation: .update, apiVersion: entry.manager.apiVersion)
      if entry.manager == bucket { continue }
      managed.entries.removeAll { $0.manager == entry.manager }
      managed.set(bucket, (managed[bucket] ?? FieldSet()).union(entry.fields), time: entry.time)
    }
  }
}

extension FieldOwnership.Conflict {
  /// The refusal as upstream words it.
  var status: APIStatus {
    var lines: [(owner: String, fields: [String])] = []
    for (manager, fields) in owners.sorted(by: { $0.manager.name < $1.manager.name }) {
      var owner = FieldError.quote(manager.name)
      if manager.operation == .update {
        owner += manager.subresource.isEmpty ? "" : " with subresource \"\(manager.subresource)\""
        owner += " using \(manager.apiVersion)"
      } else if !manager.subresource.isEmpty {
        owner += " with subresource \"\(manager.subresource)\""
      }
      lines.append((owner, fields.paths.map { $0.map(\.messageText).joined() }))
    }
    let count = lines.reduce(0) { $0 + $1.fields.count }
    let causes = lines.flatMap { line in
      line.fields.map {
        APIStatus.Cause(reason: "FieldManagerConflict", message: "conflict with \(line.owner)", field: $0)
      }
    }
    let text: String
    if lines.count == 1, count == 1 {
      text = "conflict with \(lines[0].owner): \(lines[0].fields[0])"
    } else {
      text = lines.map { line in
        "conflicts with \(line.owner):\n" + line.fields.map { "- \($0)" }.joined(separator: "\n")
      }.joined(separator: "\n")
    }
    return APIStatus(
      409, "Conflict", "Apply failed with \(count) conflict\(count == 1 ? "" : "s"): \(text)",
      details: .init(causes: causes))
  }
}
