/// Which clusters there are, and clients for them.
public protocol ClusterDirectory: Sendable {
  /// All clusters in order, the management cluster first; also those that cannot be reached.
  func clusters() async -> [ClusterID]

  /// A client of one cluster that acts as the principal. Makes no promise that the cluster
  /// answers.
  /// - Throws: ``ClusterError``.
  func client(for cluster: ClusterID, as principal: Principal) async throws -> KubeClient
}

/// A fixed set of clusters, each with a client that has the host's own identity.
public struct StaticClusterDirectory: ClusterDirectory {
  private let clients: [ClusterID: KubeClient]

  /// With these values; the properties say what they mean.
  public init(_ clients: [ClusterID: KubeClient]) { self.clients = clients }

  /// The clusters that were given.
  public func clusters() async -> [ClusterID] { clients.keys.sorted() }

  /// The cluster's client, acting as the principal.
  /// - Throws: ``ClusterError``.
  public func client(for cluster: ClusterID, as principal: Principal) async throws -> KubeClient {
    guard let client = clients[cluster] else {
      throw ClusterError(cluster, .unknownCluster, "no cluster of this name is registered")
    }
    do { return try client.acting(as: principal) } catch { throw ClusterError(cluster, error) }
  }
}
