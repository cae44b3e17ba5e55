public import WGECore
public import WGEKube

/// Looks at the applications of a pipeline in all its targets.
///
/// An error stays with the target it belongs to: an unknown cluster, a leaf that does not answer
/// within the deadline, a missing application. Clusters are asked at the same time, and each only once
/// for all of its targets.
public struct TargetObserver: Sendable {
  /// Gives clients of the clusters.
  public var directory: any ClusterDirectory
  /// The cluster that holds pipelines and targets without cluster reference.
  public var management: ClusterID
  /// How long one cluster may take.
  public var deadline: Duration
  /// What the deadline is measured with.
  public var clock: any Clock<Duration>

  /// An observer that acts as the host itself.
  public init(
    directory: any ClusterDirectory, management: ClusterID = .management,
    deadline: Duration = PipelineDefaults.targetDeadline, clock: any Clock<Duration> = ContinuousClock()
  ) {
    self.directory = directory
    self.management = management
    self.deadline = deadline
    self.clock = clock
  }

  /// The cluster of a target.
  public func cluster(of target: PipelineTarget, in pipeline: ObjectKey) -> ClusterID {
    guard let key = target.clusterRef?.key(inNamespace: pipeline.namespace) else { return management }
    return ClusterID(namespace: key.namespace ?? "default", name: key.name)
  }

  /// What one application object answered.
  enum Answer: Sendable {
    case object(DynamicObject)
    case failure(TargetObservation.Failure)
  }

  /// One observation per target of each environment, in the order of the specification.
  /// - Throws: only `CancellationError`.
  public func observe(_ pipeline: Pipeline) async throws -> [[TargetObservation]] {
    try await answers(pipeline, as: .server).map { environment in
      environment.map { answer in
        switch answer {
        case .object(let object): TargetObservation(application: object)
        case .failure(let failure): TargetObservation(failure: failure)
        }
      }
    }
  }

  /// The application objects themselves, read as a principal.
  func answers(_ pipeline: Pipeline, as principal: Principal) async throws -> [[Answer]] {
    let app = pipeline.spec.appRef
    guard let kind = app.groupVersionKind, !app.name.isEmpty else {
      let problem =
        "target spec could not be interpreted as an object: apiVersion \"\(app.apiVersion.cut(100))\", "
        + "kind \"\(app.kind.cut(100))\" and name \"\(app.name.cut(100))\" do not name one"
      return pipeline.spec.environments.map { $0.targets.map { _ in .failure(.application(problem)) } }
    }
    var namespaces: [ClusterID: Set<String>] = [:]
    for target in pipeline.spec.environments.flatMap(\.targets) {
      namespaces[cluster(of: target, in: pipeline.key), default: []].insert(target.namespace)
    }
    let wanted = namespaces
    let found = try await PerCluster<[String: Answer]>.gather(
      directory, as: principal, clusters: Array(namespaces.keys), deadline: deadline,
      concurrency: PipelineDefaults.targetConcurrency, clock: clock
    ) { cluster, client in
      let resource: ResourceType
      do { resource = try await Self.resource(kind, client) } catch let error as KubeError where error.isNotFound {
        return (wanted[cluster] ?? []).reduce(into: [:]) { answers, namespace in
          answers[namespace] = .failure(.application("\(Self.unknownKind) \(app.name): \(app.kind)"))
        }
      }
      var answers: [String: Answer] = [:]
      for namespace in (wanted[cluster] ?? []).sorted() {
        answers[namespace] = try await Self.answer(client, resource, ObjectKey(namespace: namespace, name: app.name))
      }
      return answers
    }
    return pipeline.spec.environments.map { environment in
      environment.targets.map { target in
        let cluster = cluster(of: target, in: pipeline.key)
        if let answer = found.values[cluster]?[target.namespace] { return answer }
        return .failure(Self.failure(found.errors[cluster], target, in: pipeline.key))
      }
    }
  }

  /// Begins the message about a kind that the cluster does not have.
  static let unknownKind = "unknown workload kind for"

  private static func resource(_ kind: GroupVersionKind, _ client: KubeClient) async throws -> ResourceType {
    if let known = fluxResource(kind) { return known }
    return try await client.discovery.resource(for: kind)
  }

  /// The kinds of Flux need no discovery, which a narrow role may not even allow.
  static func fluxResource(_ kind: GroupVersionKind) -> ResourceType? {
    switch (kind.group, kind.kind) {
    case ("helm.toolkit.fluxcd.io", "HelmRelease"):
      ResourceType(group: kind.group, version: kind.version, kind: kind.kind, plural: "helmreleases")
    case ("kustomize.toolkit.fluxcd.io", "Kustomization"):
      ResourceType(group: kind.group, version: kind.version, kind: kind.kind, plural: "kustomizations")
    default: nil
    }
  }

  /// A missing or refused object is about this target; a cluster that cannot answer is about all of them.
  private static func answer(_ client: KubeClient, _ resource: ResourceType, _ key: ObjectKey) async throws -> Answer {
    do {
      return .object(try await client.get(resource, key))
    } catch let error as KubeError {
      guard let status = error.status, [400, 403, 404].contains(status.code) else { throw error }
      let message = error.isNotFound ? "\(resource.groupResource) \"\(key)\" not found" : error.description
      return .failure(.application(message))
    }
  }

  private static func failure(
    _ error: ClusterError?, _ target: PipelineTarget, in pipeline: ObjectKey
  ) -> TargetObservation.Failure {
    guard let error else { return .cluster("no answer") }
    let reference = target.clusterRef
    switch error.code {
    case .unknownCluster where reference != nil:
      return .cluster("GitopsCluster.gitops.weave.works \"\(reference?.name ?? "")\" not found")
    case .notReady where reference != nil: return .cluster("Target cluster '\(reference?.displayName ?? "")' not ready")
    case .notFound, .resourceMissing, .forbidden: return .application(error.message)
    default: return .cluster(error.message)
    }
  }
}
