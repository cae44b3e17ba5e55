import Testing
import WGECore

@testable import WGEClusters

/// The rows of the cluster controller's acceptance table, decided without a cluster.
@Suite struct ClusterAssessmentTests {
  static let now = Timestamp(seconds: 1_700_000_000)

  static func cluster(
    secret: String? = nil, capi: String? = nil, annotations: [String: String] = [:], finalizers: [String]? = nil,
    deleting: Bool = false
  ) -> GitopsCluster {
    var metadata = ObjectMeta(name: "leaf", namespace: "testing", annotations: annotations)
    metadata.finalizers = finalizers
    metadata.deletionTimestamp = deleting ? now : nil
    return GitopsCluster(
      metadata: metadata,
      spec: GitopsCluster.Spec(
        secretRef: secret.map(GitopsCluster.LocalReference.init(name:)),
        capiClusterRef: capi.map(GitopsCluster.LocalReference.init(name:))))
  }

  static func assess(
    _ cluster: GitopsCluster, _ reference: ReferenceObservation, _ connectivity: ConnectivityObservation = .notProbed,
    capi: Bool = true
  ) -> ClusterAssessment {
    .assess(cluster, reference: reference, connectivity: connectivity, capiEnabled: capi, now: now)
  }

  func condition(_ assessment: ClusterAssessment, _ type: String) -> Condition? {
    assessment.conditions.first { $0.type == type }
  }

  @Test("C1: a missing Secret waits half a minute")
  func missingSecret() {
    let result = Self.assess(Self.cluster(secret: "missing"), .missing(message: "secrets \"missing\" not found"))
    #expect(result.next == .after(.seconds(30)))
    let ready = condition(result, "Ready")
    #expect(ready?.status == .false)
    #expect(ready?.reason == "WaitingForSecret")
    #expect(ready?.message == "failed to get secret \"testing/missing\": secrets \"missing\" not found")
  }

  @Test("C2: a Secret that exists makes the cluster ready")
  func foundSecret() {
    let result = Self.assess(Self.cluster(secret: "dev"), .found(controlPlaneReady: false, phase: nil))
    #expect(result.next == .after(.seconds(60)))
    #expect(condition(result, "Ready")?.status == .true)
    #expect(condition(result, "Ready")?.message == "Referenced secret is available")
  }

  @Test("C3: the provisioned annotation counts also while the Secret is missing")
  func provisionedAnnotation() {
    let cluster = Self.cluster(secret: "x", annotations: ["clusters.gitops.weave.works/provisioned": ""])
    let result = Self.assess(cluster, .missing(message: "gone"))
    #expect(condition(result, "ClusterProvisioned")?.message == "Cluster Provisioned annotation detected")
  }

  @Test("C4: a missing Cluster API object is retried")
  func missingCAPI() {
    let result = Self.assess(
      Self.cluster(capi: "missing"), .missing(message: "clusters.cluster.x-k8s.io \"missing\" not found"))
    guard case .retry(let message) = result.next else {
      Issue.record("expected a retry, got \(result.next)")
      return
    }
    #expect(message.contains("failed to get CAPI cluster") && message.contains("not found"))
    #expect(condition(result, "Ready")?.reason == "WaitingForCAPICluster")
  }

  @Test("C5 to C7: the control plane's readiness and the phase decide", arguments: [true, false])
  func controlPlane(ready: Bool) {
    let result = Self.assess(Self.cluster(capi: "c"), .found(controlPlaneReady: ready, phase: "Provisioned"))
    #expect(condition(result, "Ready")?.status == (ready ? .true : .false))
    #expect(condition(result, "Ready")?.message == (ready ? "" : "Waiting for ControlPlaneReady status"))
    #expect(condition(result, "ClusterProvisioned")?.status == .true)
    #expect(result.next == .after(.seconds(60)))
  }

  @Test("C8: Cluster API switched off is said and waited for")
  func capiDisabled() {
    let result = Self.assess(Self.cluster(capi: "c"), .found(controlPlaneReady: true, phase: nil), capi: false)
    #expect(result.next == .wait)
    #expect(condition(result, "Ready")?.message == "CAPIClusterRef \"c\" found but CAPI support is disabled")
  }

  @Test(
    "C9 to C11: what the probe found becomes the connectivity condition",
    arguments: [
      (ConnectivityObservation.answered, ConditionStatus.true, "cluster connectivity is ok"),
      (.badKubeconfig(message: "no server"), .false, "failed creating rest config from secret: no server"),
      (.unreachable(message: "refused"), .false, "failed connecting to the cluster: refused"),
    ])
  func connectivity(seen: ConnectivityObservation, status: ConditionStatus, message: String) {
    let result = Self.assess(Self.cluster(secret: "s"), .found(controlPlaneReady: false, phase: nil), seen)
    #expect(condition(result, "ClusterConnectivity")?.status == status)
    #expect(condition(result, "ClusterConnectivity")?.message == message)
  }

  @Test(
    "C12 to C14: deletion waits for the referenced object, also where Cluster API is off", arguments: [true, false])
  func deletion(capi: Bool) {
    let cluster = Self.cluster(
      secret: capi ? nil : "s", capi: capi ? "c" : nil, finalizers: [ClusterCondition.finalizer, "other"],
      deleting: true)
    let waiting = Self.assess(cluster, .found(controlPlaneReady: true, phase: nil), capi: false)
    #expect(waiting.finalizers.contains(ClusterCondition.finalizer))
    #expect(
      condition(waiting, "Ready")?.reason == (capi ? "WaitingForCAPIClusterDeletion" : "WaitingForSecretDeletion"))
    let gone = Self.assess(cluster, .missing(message: "gone"), capi: false)
    #expect(gone.finalizers == ["other"])
  }

  @Test("C15 to C18: when the finalizer is put on")
  func finalizers() {
    let found = ReferenceObservation.found(controlPlaneReady: true, phase: nil)
    #expect(Self.assess(Self.cluster(), .none).finalizers.isEmpty)
    #expect(Self.assess(Self.cluster(secret: "s"), found).finalizers == [ClusterCondition.finalizer])
    #expect(Self.assess(Self.cluster(capi: "c"), found).finalizers == [ClusterCondition.finalizer])
    let opted = Self.cluster(secret: "s", annotations: [ClusterCondition.noFinalizerAnnotation: ""])
    #expect(Self.assess(opted, found).finalizers.isEmpty)
    #expect(Self.assess(Self.cluster(secret: "s", finalizers: ["a"], deleting: true), found).finalizers == ["a"])
  }

  @Test("The opt-out annotation also counts at deletion time")
  func optOutAtDeletion() {
    let cluster = Self.cluster(
      secret: "s", annotations: [ClusterCondition.noFinalizerAnnotation: ""],
      finalizers: [ClusterCondition.finalizer], deleting: true)
    #expect(Self.assess(cluster, .found(controlPlaneReady: true, phase: nil)).finalizers.isEmpty)
  }

  @Test("Deciding twice changes nothing, and transition times stay")
  func idempotent() {
    var cluster = Self.cluster(secret: "s")
    let first = Self.assess(cluster, .found(controlPlaneReady: true, phase: nil), .answered)
    cluster.status = GitopsCluster.Status(conditions: first.conditions)
    let later = ClusterAssessment.assess(
      cluster, reference: .found(controlPlaneReady: true, phase: nil), connectivity: .answered, capiEnabled: true,
      now: Timestamp(seconds: 1_700_009_999))
    #expect(later.conditions == first.conditions)
  }
}
