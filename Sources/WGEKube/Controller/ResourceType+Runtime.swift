public import WGECore

extension ResourceType {
  /// `events` of the core group: what ``EventRecorder`` writes.
  public static let events = ResourceType(group: "", version: "v1", kind: "Event", plural: "events")

  /// `leases.coordination.k8s.io`: the locks of leader elections.
  public static let leases = ResourceType(
    group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases")
}
