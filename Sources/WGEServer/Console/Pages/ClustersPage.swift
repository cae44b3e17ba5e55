#if Server
  import WGEClusters
  import WGECore

  /// The list of clusters.
  struct ClustersPage: Sendable {
    let summary: String
    let errors: [String]
    let hasErrors: Bool
    let rows: [Row]

    struct Row: Sendable {
      let name: String
      let namespace: String
      let isManagement: Bool
      let status: Pill
      let message: String
      let labels: String
    }

    init(_ list: ClusterList) {
      let ready = list.clusters.filter { $0.state == .ready }.count
      summary = "\(list.clusters.count) clusters, \(ready) ready"
      errors = list.errors.map { "\($0.cluster): \($0.message)" }
      hasErrors = !errors.isEmpty
      rows = list.clusters.map { cluster in
        Row(
          name: cluster.name, namespace: cluster.namespace.isEmpty ? "–" : cluster.namespace,
          isManagement: cluster.isManagement, status: Pill(cluster.state), message: cluster.message,
          labels: cluster.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
      }
    }
  }
#endif
