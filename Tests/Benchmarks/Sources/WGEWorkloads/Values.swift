internal import Foundation
internal import WGECore
internal import WGEPipelines

extension Workload {
  /// Reading and writing JSON and YAML.
  static func values() throws -> [Workload] {
    let pod = Fixtures.pod(1)
    let list = Fixtures.podList(1000)
    let yaml = Array(YAML.serialize(pod).utf8)
    try WorkloadFailure.check(YAML.parseSingle(yaml) == pod, "the pod does not read back from YAML")
    return try json("a pod", pod, repetitions: 200) + json("a list of 1,000 pods", list, repetitions: 1) + [
      Workload("YAML: parse a pod", repetitions: 20) { consume(try YAML.parseSingle(yaml)) }
    ]
  }

  private static func json(_ what: String, _ value: JSON, repetitions: Int) throws -> [Workload] {
    let bytes = value.serialized()
    try WorkloadFailure.check(JSON(parsing: bytes) == value, "\(what) does not read back")
    let data = Data(bytes)
    // Only read from, by one task at a time.
    nonisolated(unsafe) let tree = try JSONSerialization.jsonObject(with: data)
    return [
      Workload(
        "JSON: parse \(what)", repetitions: repetitions,
        peer: ("JSONSerialization", { consume(try JSONSerialization.jsonObject(with: data)) })
      ) { consume(try JSON(parsing: bytes)) },
      Workload(
        "JSON: write \(what)", repetitions: repetitions,
        peer: (
          "JSONSerialization",
          { consume(try JSONSerialization.data(withJSONObject: tree, options: [.withoutEscapingSlashes])) }
        )
      ) { consume(value.serialized()) },
    ]
  }

  /// Setting the version in a file that people wrote.
  static func markerEdit() throws -> Workload {
    let bytes = Array(Fixtures.helmRelease().utf8)
    let marker = PromotionMarker(pipeline: ObjectKey(namespace: "delivery", name: "shop"), environment: "prod")
    let edits = try MarkerEditor.edit(bytes, marker: marker, revision: "1.1.0").edits
    try WorkloadFailure.check(edits == 1, "\(edits) edits instead of one")
    return Workload("marker: edit a HelmRelease of 200 lines", repetitions: 10) {
      consume(try MarkerEditor.edit(bytes, marker: marker, revision: "1.1.0"))
    }
  }

  /// One decision: a new revision in the first of three environments is to be proposed to the second.
  static func engine() -> Workload {
    func target(_ namespace: String) -> PipelineTarget { PipelineTarget(namespace: namespace) }
    let promotion = PullRequestPromotion(
      type: .local, url: "acme/fleet", baseBranch: "main", secretRef: SecretReference(name: "promo"))
    let spec = PipelineSpec(
      appRef: .helmRelease("shop"),
      environments: ["dev", "staging", "prod"].map { PipelineEnvironment(name: $0, targets: [target("shop-\($0)")]) },
      promotion: .pullRequest(promotion))
    let input = PromotionInput(
      pipeline: ObjectKey(namespace: "delivery", name: "shop"), uid: "u-1", spec: spec,
      targets: [[.ready("1.1.0")], [.ready("1.0.0")], [.ready("1.0.0")]], now: Timestamp(seconds: 1_767_225_600))
    let engine = PromotionEngine()
    return Workload("engine: decide for three environments", repetitions: 100) { consume(engine.decide(input)) }
  }
}
