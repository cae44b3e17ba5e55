internal import Synchronization
internal import WGECore
internal import WGEKube

/// One kind of application on one cluster: what a watch is opened for.
struct WatchedKind: Sendable, Hashable {
  var cluster: ClusterID
  var kind: GroupVersionKind
}

/// Which pipelines look at which applications. Safe to use from any task.
final class PipelineIndex: Sendable {
  private struct Entry: Sendable {
    var kind: GroupVersionKind
    var name: String
    var places: Set<Place>
  }

  struct Place: Sendable, Hashable {
    var cluster: ClusterID
    var namespace: String
  }

  private let management: ClusterID
  private let entries = Mutex<[ObjectKey: Entry]>([:])

  init(management: ClusterID) { self.management = management }

  /// Takes over what a pipeline looks at; nil when it is gone.
  func update(_ key: ObjectKey, _ pipeline: Pipeline?) {
    var entry: Entry?
    if let pipeline, let kind = pipeline.spec.appRef.groupVersionKind {
      let places = pipeline.spec.environments.flatMap(\.targets).map { target -> Place in
        let cluster = target.clusterRef?.key(inNamespace: key.namespace)
        let id = cluster.map { ClusterID(namespace: $0.namespace ?? "default", name: $0.name) } ?? management
        return Place(cluster: id, namespace: target.namespace)
      }
      entry = Entry(kind: kind, name: pipeline.spec.appRef.name, places: Set(places))
    }
    entries.withLock { [entry] in $0[key] = entry }
  }

  /// The watches that are needed.
  func watchedKinds() -> Set<WatchedKind> {
    entries.withLock { entries in
      Set(entries.values.flatMap { entry in entry.places.map { WatchedKind(cluster: $0.cluster, kind: entry.kind) } })
    }
  }

  func pipelines(onCluster cluster: ClusterID) -> [ObjectKey] {
    entries.withLock { entries in
      entries.filter { $0.value.places.contains { $0.cluster == cluster } }.keys.sorted()
    }
  }

  /// The pipelines that have exactly this application in a target.
  func pipelines(_ watched: WatchedKind, _ application: ObjectKey) -> [ObjectKey] {
    let place = Place(cluster: watched.cluster, namespace: application.namespace ?? "")
    return entries.withLock { entries in
      entries.filter {
        $0.value.kind == watched.kind && $0.value.name == application.name && $0.value.places.contains(place)
      }
      .keys.sorted()
    }
  }
}
