internal import SwiftProtobuf
public import WGEClusters
internal import WGECore
internal import WGEKube

/// The service `cluster_services.v1.ClustersService` over ``ClustersService``.
public struct ClustersAPI: Sendable {
  private let service: any ClustersService

  /// - Parameter service: called with the identity of each caller.
  public init(_ service: any ClustersService) { self.service = service }

  /// One endpoint per RPC.
  public var endpoints: [any APIEndpoint] {
    [UnaryEndpoint("cluster_services.v1.ClustersService/ListGitopsClusters", handler: list)]
  }

  @Sendable private func list(
    _ request: ClusterServices_V1_ListGitopsClustersRequest, _ call: APICall
  ) async throws -> ClusterServices_V1_ListGitopsClustersResponse {
    let list = try await service.list(as: call.principal, filter: try filter(request))
    guard request.pageSize >= 0 else { throw APIStatus(.invalidArgument, "field pageSize must not be negative") }
    let rest = try Self.rest(of: list.clusters, after: request.pageToken)
    let page = request.pageSize == 0 ? rest : rest.prefix(Int(request.pageSize))
    return .with {
      $0.gitopsClusters = page.map { .init($0) }
      $0.total = Int32(clamping: list.clusters.count)
      if let last = page.last, page.count < rest.count { $0.nextPageToken = Self.token(after: last) }
      $0.errors = list.errors.map { error in
        .with {
          $0.clusterName = error.cluster.description
          $0.namespace = error.namespace
          $0.message = error.message
        }
      }
    }
  }

  private func filter(_ request: ClusterServices_V1_ListGitopsClustersRequest) throws -> ClusterFilter {
    var filter = ClusterFilter(labelSelector: request.label.isEmpty ? nil : request.label)
    guard !request.refType.isEmpty else { return filter }
    guard let reference = ClusterFilter.Reference(rawValue: request.refType) else {
      throw APIStatus(.invalidArgument, "reference type \"\(request.refType)\" is not recognised")
    }
    filter.reference = reference
    return filter
  }

  /// Pages are told apart by their last entry, not by a number, so that a cluster that comes or goes
  /// between two pages shifts nothing.
  private static func token(after cluster: ClusterSummary) -> String {
    "\(PercentEncoding.encode(cluster.name))/\(PercentEncoding.encode(cluster.namespace))"
  }

  private static func rest(of clusters: [ClusterSummary], after token: String) throws -> ArraySlice<ClusterSummary> {
    guard !token.isEmpty else { return clusters[...] }
    let parts = token.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let name = PercentEncoding.decode(parts[0].utf8),
      let namespace = PercentEncoding.decode(parts[1].utf8)
    else { throw APIStatus(.invalidArgument, "field pageToken is not a token of this server") }
    return clusters.drop { ($0.name, $0.namespace) <= (name, namespace) }
  }
}

extension ClusterServices_V1_GitopsCluster {
  fileprivate init(_ cluster: ClusterSummary) {
    self.init()
    name = cluster.name
    namespace = cluster.namespace
    annotations = cluster.annotations
    labels = cluster.labels
    conditions = cluster.conditions.map { .init($0) }
    if let reference = cluster.capiClusterRef { capiClusterRef = .with { $0.name = reference } }
    if let reference = cluster.secretRef { secretRef = .with { $0.name = reference } }
    controlPlane = cluster.isManagement
    type = cluster.isManagement ? "" : GitopsCluster.resource.kind
    state = cluster.state.rawValue
    message = cluster.message
    id = cluster.id.description
  }
}

extension ClusterServices_V1_Condition {
  fileprivate init(_ condition: Condition) {
    self.init()
    type = condition.type
    status = condition.status.rawValue
    reason = condition.reason
    message = condition.message
    guard let time = condition.lastTransitionTime else { return }
    timestampRfc3339 = time.rfc3339
    // Clients of this call have always got the default text of Go's times.
    timestamp = time.rfc3339.prefix(19).replacing("T", with: " ") + " +0000 UTC"
  }
}
