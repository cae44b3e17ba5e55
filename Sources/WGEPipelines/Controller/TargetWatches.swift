internal import Synchronization
internal import WGECore
internal import WGEKube

/// Opens a watch for each kind of application on each cluster that some pipeline names, and closes
/// those that none does any more.
///
/// Opening never waits for a cluster: a watch that cannot reach its cluster tries again by itself,
/// each time with the credentials of that moment. Safe to use from any task.
final class TargetWatches: Sendable {
  private struct State: Sendable {
    var sources: SourceSet?
    var open: Set<WatchedKind> = []
    /// Kinds whose resource is being looked up.
    var lookups: [WatchedKind: LookUp] = [:]
    var lookUpCount: UInt64 = 0
  }

  /// A look-up that was given up may end after the next one for the same kind has begun: the number
  /// tells whose turn it is.
  private struct LookUp: Sendable {
    var number: UInt64
    var task: Task<Void, Never>
  }

  private let index: PipelineIndex
  private let directory: any ClusterDirectory
  private let state = Mutex(State())

  init(index: PipelineIndex, directory: any ClusterDirectory) {
    self.index = index
    self.directory = directory
  }

  deinit { for lookUp in state.withLock({ $0.lookups.values }) { lookUp.task.cancel() } }

  /// Where watches are opened.
  func attach(_ sources: SourceSet) { state.withLock { $0.sources = sources } }

  /// Opens and closes what the index asks for now.
  func follow() {
    state.withLock { state in
      // Asked under the lock: of two calls at once, the last to act must be the last to have looked.
      let wanted = index.watchedKinds()
      guard let sources = state.sources else { return }
      for gone in state.open.subtracting(wanted) {
        state.open.remove(gone)
        state.lookups.removeValue(forKey: gone)?.task.cancel()
        sources.remove(Self.id(gone))
      }
      for new in wanted.subtracting(state.open) {
        state.open.insert(new)
        if let resource = TargetObserver.fluxResource(new.kind) {
          sources.add(source(new, resource), as: Self.id(new))
        } else {
          state.lookUpCount += 1
          state.lookups[new] = lookUp(new, number: state.lookUpCount)
        }
      }
    }
  }

  /// Asks the cluster what the kind's resource is. When it cannot tell, the next reconcile asks again.
  private func lookUp(_ watched: WatchedKind, number: UInt64) -> LookUp {
    let discovery = client(watched.cluster).discovery
    let task = Task { [weak self] in
      let resource = try? await discovery.resource(for: watched.kind)
      self?.lookedUp(watched, number: number, resource)
    }
    return LookUp(number: number, task: task)
  }

  private func lookedUp(_ watched: WatchedKind, number: UInt64, _ resource: ResourceType?) {
    state.withLock { state in
      guard state.lookups[watched]?.number == number else { return }
      state.lookups[watched] = nil
      if let resource, let sources = state.sources {
        sources.add(source(watched, resource), as: Self.id(watched))
      } else {
        state.open.remove(watched)
      }
    }
  }

  private func source(_ watched: WatchedKind, _ resource: ResourceType) -> Source {
    let index = index
    return .objects(resource, client: client(watched.cluster)) { application in
      index.pipelines(watched, application.key)
    }
  }

  private func client(_ cluster: ClusterID) -> KubeClient {
    KubeClient(transport: DirectoryTransport(directory: directory, cluster: cluster))
  }

  private static func id(_ watched: WatchedKind) -> SourceID {
    SourceID(cluster: watched.cluster, name: "application \(watched.kind)")
  }
}

/// Asks the directory for the cluster at each request, so that a long-lived watch survives a change
/// of credentials or address.
private struct DirectoryTransport: KubeTransport {
  let directory: any ClusterDirectory
  let cluster: ClusterID

  func send(_ request: KubeRequest) async throws -> KubeResponse { try await transport().send(request) }

  func stream(_ request: KubeRequest) async throws -> KubeByteStream { try await transport().stream(request) }

  private func transport() async throws -> any KubeTransport {
    do { return try await directory.client(for: cluster, as: .server).transport } catch let error as ClusterError {
      // A watch treats it as what it is: nothing answers there now.
      throw KubeError.transport(TransportFailure(.cannotConnect, message: error.description))
    }
  }
}
