/// Which clusters there are, and clients for them.
public protocol ClusterDirectory: Sendable {
  /// All clusters in order, the management cluster first; also those that cannot be reached.
  func clusters() async -> [ClusterID]

  /// A client of one cluster that acts as the principal. Makes no promise that the cluster
  /// answers. Ask for one with each piece of work and let go of it after: clusters' credentials
  /// change.
  /// - Throws: ``ClusterError``.
  func client(for cluster: ClusterID, as principal: Principal) async throws -> KubeClient

  /// What becomes of the clusters from now on. By default nothing ever does.
  func changes() async -> ClusterChanges

  /// What is known of the way to a cluster; nil when it has none, or when the directory does not
  /// look.
  func health(of cluster: ClusterID) async -> ClusterHealth?
}

extension ClusterDirectory {
  /// No change, until the task is cancelled.
  public func changes() async -> ClusterChanges {
    // The hub is the closure's to keep: the sequence ends with the iterator, not before.
    let hub = ClusterChangeHub()
    let silence = hub.subscribe()
    return ClusterChanges(
      AsyncStream {
        var iterator = silence.makeAsyncIterator()
        defer { withExtendedLifetime(hub) {} }
        return await iterator.next()
      })
  }

  /// Nil.
  public func health(of cluster: ClusterID) async -> ClusterHealth? { nil }
}
