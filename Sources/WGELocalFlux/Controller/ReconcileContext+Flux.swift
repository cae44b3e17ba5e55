import WGECore
import WGEKube

extension ReconcileContext {
  /// Writes a status that changed; nothing when it did not. An object that went away meanwhile is fine.
  func write(_ status: FluxStatus, to object: DynamicObject, _ resource: ResourceType) async throws {
    guard let patch = status.patch else { return }
    do {
      _ = try await client.patch(resource, object.key, .merge(patch), subresource: .status)
    } catch let error as KubeError where error.isNotFound {
      return
    }
  }

  /// Replaces the finalizers of exactly this version of the object.
  func setFinalizers(_ finalizers: [String], of object: DynamicObject, _ resource: ResourceType) async throws {
    var patch: JSON = ["metadata": ["finalizers": .array(finalizers.map(JSON.string))]]
    if let version = object.resourceVersion { patch.setValue(.string(version), at: ["metadata", "resourceVersion"]) }
    do {
      _ = try await client.patch(resource, object.key, .merge(patch))
    } catch let error as KubeError where error.isNotFound {
      return
    }
  }
}
