internal import WGECore
internal import WGEKube

/// Makes views of a pipeline: from its status alone, or with the application objects.
struct PipelineViewBuilder {
  let pipeline: Pipeline
  let observer: TargetObserver

  /// The view without workloads.
  func view() -> PipelineView { view(object: nil, answers: []) }

  /// The view with workloads and YAML.
  func view(object: DynamicObject?, answers: [[TargetObserver.Answer]]) -> PipelineView {
    var errors: [String] = []
    let environments = pipeline.spec.environments.enumerated().map { index, environment in
      let status = pipeline.status?.environments[environment.name]
      let targets = environment.targets.enumerated().map { position, target in
        let answer = answers.indices.contains(index) ? answers[index][position] : nil
        return self.target(target, status: status, position: position, answer: answer, errors: &errors)
      }
      let promotion = pipeline.spec.effectivePromotion(into: environment.name)
      return PipelineEnvironmentView(
        environment, promotion: promotion?.withoutCredentials, status: status, targets: targets)
    }
    return PipelineView(
      key: pipeline.key, appRef: pipeline.spec.appRef, environments: environments,
      promotion: pipeline.spec.promotion?.withoutCredentials, conditions: pipeline.status?.conditions ?? [],
      createdAt: pipeline.metadata.creationTimestamp, latestRevision: pipeline.status?.latestRevision,
      yaml: object.map(yaml), errors: errors)
  }

  private func target(
    _ target: PipelineTarget, status: EnvironmentStatus?, position: Int, answer: TargetObserver.Answer?,
    errors: inout [String]
  ) -> PipelineTargetView {
    let cluster = observer.cluster(of: target, in: pipeline.key)
    var reference = target.clusterRef
    reference?.namespace = target.clusterRef?.key(inNamespace: pipeline.key.namespace).namespace
    var view = PipelineTargetView(cluster: cluster, clusterRef: reference, namespace: target.namespace)
    // A status that speaks of other targets, after a change of the specification, says nothing of this one.
    if let known = status?.targets, known.indices.contains(position),
      known[position].clusterAppRef.clusterRef == target.clusterRef
    {
      view.ready = known[position].ready
      view.revision = known[position].revision
      view.error = known[position].error
    }
    switch answer {
    case nil: break
    case .object(let object)?:
      view.workloads = [workload(object)]
    case .failure(let failure)?:
      view.error = failure.message
      errors.append(
        failure.message.hasPrefix(TargetObserver.unknownKind)
          ? failure.message
          : "failed getting app=\(pipeline.spec.appRef.name) on cluster=\(cluster): \(failure.message)")
    }
    return view
  }

  private func workload(_ object: DynamicObject) -> PipelineWorkloadView {
    let observation = TargetObservation(application: object)
    let conditions = (object.value(at: ["status", "conditions"])?.arrayValue ?? []).compactMap {
      try? $0.decode(Condition.self)
    }
    return PipelineWorkloadView(
      kind: object.kind, name: object.name, version: version(object),
      lastAppliedRevision: observation.revision,
      isSuspended: object.value(at: ["spec", "suspend"])?.boolValue ?? false,
      ready: observation.ready, conditions: conditions)
  }

  /// What the specification asks for: a chart version. Kustomizations ask for none of their own.
  private func version(_ object: DynamicObject) -> String {
    object.value(at: ["spec", "chart", "spec", "version"])?.stringValue ?? ""
  }

  private func yaml(_ object: DynamicObject) -> String {
    var object = object
    object.setValue(nil, at: ["metadata", "managedFields"])
    return YAML.serialize(object.json)
  }
}

extension Promotion {
  /// Without the name of the Secret that holds Git credentials.
  var withoutCredentials: Promotion {
    var promotion = self
    promotion.strategy.pullRequest?.secretRef = nil
    return promotion
  }
}
