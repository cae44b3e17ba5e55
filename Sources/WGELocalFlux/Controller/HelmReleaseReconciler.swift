import WGECore
import WGEKube

/// Simulates Helm: records the chart version as released and says so in every message.
///
/// Charts are not rendered, so nothing of a chart reaches the cluster. What would need a chart to decide,
/// such as a version range, is reported as a failure.
struct HelmReleaseReconciler: Reconciler {
  /// Newest first, as helm-controller keeps them.
  private static let maximumHistory = 5

  func reconcile(_ key: ObjectKey, _ context: ReconcileContext) async throws -> Requeue {
    guard let object = context.object, !object.isBeingDeleted, !object.isSuspended else { return .done }
    var status = FluxStatus(of: object)
    status.markHandled(object)
    let now = context.wallClock.now()
    do {
      let release = try HelmReleasePlan(of: object)
      record(release, in: &status, now: now)
      let last = status["history"]?[0]
      let number = last?["version"]?.intValue ?? 1
      let action = number == 1 ? "install" : "upgrade"
      let message =
        "Helm \(action) succeeded for release \(release.namespace)/\(release.name).v\(number) with chart "
        + "\(release.chart)@\(release.version): simulated by LocalFlux"
      for type in ["Ready", "Released"] {
        status.set(
          type, .true, reason: number == 1 ? "InstallSucceeded" : "UpgradeSucceeded", message: message,
          generation: object.generation, now: now)
      }
    } catch let error as KustomizationFailure {
      status.set(
        "Ready", .false, reason: error.reason, message: error.description, generation: object.generation, now: now)
    }
    try await context.write(status, to: object, FluxCRDs.helmReleases)
    return .after(object.fluxInterval())
  }

  private func record(_ release: HelmReleasePlan, in status: inout FluxStatus, now: Timestamp) {
    status["storageNamespace"] = .string(release.namespace)
    status["helmChart"] = .string(release.helmChart)
    status["lastAttemptedRevision"] = .string(release.version)
    var history = status["history"]?.arrayValue ?? []
    let newest = history.first
    if newest?["chartVersion"]?.stringValue == release.version, newest?["chartName"]?.stringValue == release.chart {
      return
    }
    let number = (newest?["version"]?.intValue ?? 0) &+ 1
    status["lastAttemptedReleaseAction"] = number == 1 ? "install" : "upgrade"
    if !history.isEmpty { history[0]["status"] = "superseded" }
    let stamp = JSON.string(now.rfc3339)
    history.insert(
      [
        "name": .string(release.name), "namespace": .string(release.namespace), "version": .number(.int(number)),
        "chartName": .string(release.chart), "chartVersion": .string(release.version), "status": "deployed",
        "firstDeployed": newest?["firstDeployed"] ?? stamp, "lastDeployed": stamp,
      ], at: 0)
    status["history"] = .array(Array(history.prefix(Self.maximumHistory)))
  }
}

/// What a HelmRelease asks for, as far as it can be known without its chart.
struct HelmReleasePlan: Hashable {
  let name: String
  let namespace: String
  let chart: String
  let version: String
  let helmChart: String

  init(of object: DynamicObject) throws {
    let spec = object["spec"]
    for field in ["kubeConfig", "serviceAccountName", "postRenderers"] where spec?[field] != nil {
      throw KustomizationFailure(
        "ArtifactFailed", "spec.\(field): not supported by LocalFlux; remove it or run real Flux")
    }
    guard let chart = spec?["chart"]?["spec"]?["chart"]?.stringValue, !chart.isEmpty else {
      throw KustomizationFailure(
        "ArtifactFailed", "spec.chart.spec.chart is not set; LocalFlux does not follow spec.chartRef")
    }
    let version = spec?["chart"]?["spec"]?["version"]?.stringValue ?? "*"
    guard Self.isExact(version) else {
      throw KustomizationFailure(
        "ArtifactFailed",
        "spec.chart.spec.version \"\(version)\" is a range; LocalFlux reads no charts, so name an exact version")
    }
    self.chart = chart
    self.version = version
    namespace = spec?["targetNamespace"]?.stringValue ?? object.namespace ?? "default"
    name =
      spec?["releaseName"]?.stringValue
      ?? (spec?["targetNamespace"]?.stringValue.map { "\($0)-\(object.name)" } ?? object.name)
    let source = spec?["chart"]?["spec"]?["sourceRef"]
    let sourceNamespace = source?["namespace"]?.stringValue ?? object.namespace ?? ""
    helmChart = "\(sourceNamespace)/\(object.namespace ?? "")-\(object.name)"
  }

  /// `1.2.3`, `v1.2.3-rc.1+build`: numbers for all three parts and nothing that makes a range.
  static func isExact(_ version: String) -> Bool {
    let text = version.hasPrefix("v") ? version.dropFirst() : version[...]
    let core = text.prefix { $0 != "-" && $0 != "+" }
    let parts = core.split(separator: ".", omittingEmptySubsequences: false)
    let suffix = text.dropFirst(core.count)
    return parts.count == 3 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
      && suffix.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || [43, 45, 46].contains(byte)
      }
  }
}
