import WGECore
import WGEKube

/// Reports a Helm repository as present without reading its index: charts are not rendered here.
struct HelmRepositoryReconciler: Reconciler {
  func reconcile(_ key: ObjectKey, _ context: ReconcileContext) async throws -> Requeue {
    guard let object = context.object, !object.isBeingDeleted, !object.isSuspended else { return .done }
    // An OCI repository is static: real Flux writes it no status either.
    if object["spec"]?["type"]?.stringValue == "oci" { return .done }
    var status = FluxStatus(of: object)
    status.markHandled(object)
    let url = object["spec"]?["url"]?.stringValue ?? ""
    status.set(
      "Ready", .true, reason: "Succeeded", message: "index of \(url) not read: simulated by LocalFlux",
      generation: object.generation, now: context.wallClock.now())
    try await context.write(status, to: object, FluxCRDs.helmRepositories)
    return .done
  }
}
