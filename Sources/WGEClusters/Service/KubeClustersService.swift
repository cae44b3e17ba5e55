public import WGECore
public import WGEKube

/// ``ClustersService`` over the `GitopsCluster` objects of the management cluster, read with the
/// caller's own rights.
public struct KubeClustersService: ClustersService {
  private let directory: any ClusterDirectory
  private let management: ClusterID
  private let clock: any WallClock

  /// - Parameters:
  ///   - directory: gives the caller's client of the management cluster.
  ///   - management: the management cluster's identity there.
  ///   - clock: stamps the management cluster's entry.
  public init(directory: any ClusterDirectory, management: ClusterID, clock: any WallClock = SystemWallClock()) {
    self.directory = directory
    self.management = management
    self.clock = clock
  }

  /// See ``ClustersService/list(as:filter:)``. An object that cannot be decoded is reported and skipped.
  public func list(as principal: Principal, filter: ClusterFilter) async throws -> ClusterList {
    var list = ClusterList(
      clusters: filter.labelSelector == nil ? [.management(management, asOf: clock.now())] : [])
    let client = try await directory.client(for: management, as: principal)
    do {
      var options = ListOptions()
      options.labelSelector = filter.labelSelector
      for object in try await client.listAll(GitopsCluster.resource, options: options).items {
        do {
          let cluster = try object.decode(GitopsCluster.self)
          if passes(cluster, filter.reference) { list.clusters.append(ClusterSummary(cluster)) }
        } catch {
          list.errors.append(
            ClusterListError(
              cluster: management, namespace: object.namespace ?? "",
              message: "GitopsCluster \(object.key) cannot be read: \(error)"))
        }
      }
    } catch let error as KubeError where error.isForbidden || error.isNotFound {
      // Not allowed to list leaves, or the kind is not installed: the management cluster is still an answer.
      list.errors.append(ClusterListError(cluster: management, namespace: "", message: error.description))
    }
    list.clusters.sort { ($0.name, $0.namespace) < ($1.name, $1.namespace) }
    return list
  }

  private func passes(_ cluster: GitopsCluster, _ reference: ClusterFilter.Reference?) -> Bool {
    switch reference {
    case nil: true
    case .secret: cluster.spec?.secretRef != nil
    case .capi: cluster.spec?.capiClusterRef != nil
    }
  }
}
