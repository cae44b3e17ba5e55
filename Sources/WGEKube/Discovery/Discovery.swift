internal import HTTPTypes
internal import Synchronization
public import WGECore

/// Which resources a server has, asked for once and kept.
///
/// Asks for the aggregated form (two requests in all) and falls back to the old one (a request per
/// group version) where the server does not know it. Answers are kept for
/// ``KubeDefaults/discoveryLifetime``; a kind that is not among them is looked up anew, since a
/// custom resource definition may just have been installed. Concurrent callers share one attempt.
public final class Discovery: Sendable {
  private struct Cached {
    var snapshot: DiscoverySnapshot
    var age: Elapsed
  }

  private let sender: RequestSender
  private let cached = Mutex<Cached?>(nil)
  private let flight = SingleFlight<DiscoverySnapshot>()

  init(sender: RequestSender) { self.sender = sender }

  /// Everything the server offers, at most ``KubeDefaults/discoveryLifetime`` old.
  /// - Throws: ``KubeError`` when the server cannot be asked at all. What single groups fail with
  ///   is in ``DiscoverySnapshot/failures``.
  public func snapshot() async throws -> DiscoverySnapshot {
    if let kept = cached.withLock({ $0 }), kept.age.duration < KubeDefaults.discoveryLifetime {
      return kept.snapshot
    }
    return try await refresh()
  }

  /// Asks the server now, whatever is cached.
  @discardableResult
  public func refresh() async throws -> DiscoverySnapshot {
    try await flight.run { [self] in
      let age = Elapsed(sender.clock)
      let snapshot = try await fetch()
      cached.withLock { $0 = Cached(snapshot: snapshot, age: age) }
      return snapshot
    }
  }

  /// Forgets what is cached.
  public func invalidate() { cached.withLock { $0 = nil } }

  /// The resource of a kind: what is needed to address objects that say `apiVersion` and `kind`.
  /// - Throws: ``KubeError/status(_:)`` with `isNotFound` when the server has no such kind.
  public func resource(for kind: GroupVersionKind) async throws -> ResourceType {
    try await find("\(kind)", apiVersion: kind.apiVersion) { $0.resource(for: kind) }.resource
  }

  /// The resource of a kind in the version that the server prefers.
  public func preferredResource(group: String, kind: String) async throws -> ResourceType {
    try await find(group.isEmpty ? kind : "\(kind) in \(group)", apiVersion: nil) {
      $0.preferredResource(group: group, kind: kind)
    }.resource
  }

  /// The resource that a person means by a plural, singular, short name or kind.
  public func resource(named name: String) async throws -> APIResource {
    try await find("\"\(name)\"", apiVersion: nil) { $0.resource(named: name) }
  }

  private func find(
    _ what: String, apiVersion: String?, _ look: (DiscoverySnapshot) -> APIResource?
  ) async throws -> APIResource {
    var snapshot = try await snapshot()
    if let found = look(snapshot) { return found }
    let age = cached.withLock { $0?.age.duration }
    if age.map({ $0 >= KubeDefaults.discoveryMissInterval }) ?? true {
      snapshot = try await refresh()
      if let found = look(snapshot) { return found }
    }
    let failures = snapshot.failures.filter { apiVersion == nil || $0.key == apiVersion }.keys.sorted()
    if !failures.isEmpty {
      throw KubeError.status(
        KubeStatus(
          code: 503, reason: .serviceUnavailable,
          message: "cannot tell whether the server has \(what): discovery of \(failures.joined(separator: ", ")) failed"
        ))
    }
    throw KubeError.status(
      KubeStatus(
        code: 404, reason: .notFound,
        message: "the server has no resource \(what); is its custom resource definition installed?"))
  }

  // MARK: Asking

  private static let aggregatedType =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

  private func fetch() async throws -> DiscoverySnapshot {
    async let core = get("/api", accept: Self.aggregatedType)
    async let others = get("/apis", accept: Self.aggregatedType)
    var snapshot = DiscoverySnapshot()
    var pending: [(group: String, version: String)] = []

    let coreAnswer = try await core
    if !snapshot.add(aggregated: coreAnswer) {
      let versions = (coreAnswer["versions"]?.arrayValue ?? []).compactMap(\.stringValue)
      if !versions.isEmpty { snapshot.groups.append(APIGroup(name: "", versions: versions)) }
      pending += versions.map { ("", $0) }
    }
    let groupsAnswer = try await others
    if !snapshot.add(aggregated: groupsAnswer) {
      let groups = DiscoverySnapshot.groups(legacy: groupsAnswer)
      snapshot.groups += groups
      pending += groups.flatMap { group in group.versions.map { (group.name, $0) } }
    }
    try await fetch(pending, into: &snapshot)
    return snapshot
  }

  /// The old form: one request per group version, a few at a time, each free to fail.
  private func fetch(
    _ pending: [(group: String, version: String)], into snapshot: inout DiscoverySnapshot
  ) async throws {
    typealias Answer = (apiVersion: String, result: Result<[APIResource], any Error>)
    try await withThrowingTaskGroup(of: Answer.self) { tasks in
      var waiting = pending[...]
      func start() {
        guard let (group, version) = waiting.popFirst() else { return }
        tasks.addTask { [self] in
          let apiVersion = group.isEmpty ? version : "\(group)/\(version)"
          do {
            let path = try ResourcePath.root(ResourceType(group: group, version: version, kind: apiVersion, plural: ""))
            let json = try await get(path, accept: "application/json")
            return (apiVersion, .success(DiscoverySnapshot.resources(legacy: json, group: group, version: version)))
          } catch let error as CancellationError {
            throw error
          } catch {
            return (apiVersion, .failure(error))
          }
        }
      }
      for _ in 0..<KubeDefaults.discoveryConcurrency { start() }
      while let answer = try await tasks.next() {
        switch answer.result {
        case .success(let resources): snapshot.resources[answer.apiVersion] = resources
        case .failure(let error): snapshot.failures[answer.apiVersion] = "\(error)"
        }
        start()
      }
    }
  }

  private func get(_ path: String, accept: String) async throws -> JSON {
    try await sender.json(Call(method: .get, path: path, accept: accept, isIdempotent: true))
  }
}
