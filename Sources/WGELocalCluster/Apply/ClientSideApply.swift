internal import WGECore

/// How kubectl moves from client-side to server-side apply: the annotation in which it kept what it
/// applied last says which fields were its own, and follows what it applies now.
///
/// Only the manager that kubectl is by default is helped; who names another manager has chosen.
/// Source: k8s.io/apimachinery, util/managedfields lastapplied.
enum ClientSideApply {
  static let manager = "kubectl"
  private static let annotation = "kubectl.kubernetes.io/last-applied-configuration"

  /// What the annotation of an object says; nil without it.
  private static func lastApplied(_ json: JSON) -> String? {
    guard let text = json["metadata"]?["annotations"]?[annotation]?.stringValue, !text.isEmpty else { return nil }
    return text
  }

  /// The fields that client-side apply owned: those in which the live object is still as it was applied.
  static func owned(_ live: JSON, _ resource: Resource) -> FieldSet? {
    guard let text = lastApplied(live),
      let applied = try? JSON(
        parsing: Array(text.utf8),
        options: .init(maximumDepth: Defaults.maximumDepth, maximumBytes: Defaults.maximumBody)),
      applied["apiVersion"]?.stringValue == resource.apiVersion,
      TypedValidator.problems(in: applied, resource.schema).isEmpty
    else { return nil }
    let comparison = TypedValue.compare(applied, FieldOwnership.strip(live), resource.schema)
    return TypedValue.fields(of: applied, resource.schema)
      .subtracting(comparison.modified).subtracting(comparison.added).subtracting(comparison.removed)
  }

  /// Brings the annotation up to what is applied now; without one there is nothing to bring up.
  static func update(_ merged: inout JSON, applied config: JSON) {
    guard lastApplied(merged) != nil else { return }
    var config = config
    if config["metadata"]?["annotations"] != nil { config.setValue(nil, at: ["metadata", "annotations", annotation]) }
    merged.setValue(.string("\(config)\n"), at: ["metadata", "annotations", annotation])
    let annotations = merged["metadata"]?["annotations"]?.objectValue ?? [:]
    let size = annotations.reduce(0) { $0 + $1.key.utf8.count + ($1.value.stringValue?.utf8.count ?? 0) }
    if size > MetadataRules.maximumAnnotationBytes {
      merged.setValue(nil, at: ["metadata", "annotations", annotation])
    }
  }
}

extension FieldOwnership.Conflict {
  /// The dispute without the fields that are the applier's own; nil when none is left.
  func without(_ owned: FieldSet) -> FieldOwnership.Conflict? {
    let left = owners.map { ($0.manager, $0.fields.subtracting(owned)) }.filter { !$0.1.isEmpty }
    return left.isEmpty ? nil : FieldOwnership.Conflict(owners: left)
  }
}
