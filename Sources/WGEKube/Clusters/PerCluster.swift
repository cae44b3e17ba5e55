/// The answers of several clusters to one question: a value or an error for each, never an error
/// for all because of one.
public struct PerCluster<Value: Sendable>: Sendable {
  /// What the clusters that answered said.
  public var values: [ClusterID: Value]
  /// Why the others did not.
  public var errors: [ClusterID: ClusterError]

  /// With these values; the properties say what they mean.
  public init(values: [ClusterID: Value] = [:], errors: [ClusterID: ClusterError] = [:]) {
    self.values = values
    self.errors = errors
  }

  /// The values in the order of their clusters.
  public var orderedValues: [(cluster: ClusterID, value: Value)] {
    values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The errors in the order of their clusters.
  public var orderedErrors: [ClusterError] { errors.values.sorted { $0.cluster < $1.cluster } }

  /// The same answers with another form of the values. A transform that throws makes an error of
  /// that cluster's answer.
  public func map<New: Sendable>(_ transform: (ClusterID, Value) throws -> New) -> PerCluster<New> {
    var result = PerCluster<New>(errors: errors)
    for (cluster, value) in values {
      do { result.values[cluster] = try transform(cluster, value) } catch {
        result.errors[cluster] = ClusterError(cluster, error)
      }
    }
    return result
  }
}

extension PerCluster: Equatable where Value: Equatable {}
extension PerCluster: Hashable where Value: Hashable {}

extension PerCluster {
  /// Asks several clusters at the same time.
  ///
  /// ```swift
  /// let versions = try await PerCluster.gather(directory, as: principal) { cluster, client in
  ///   try await client.serverVersion()
  /// }
  /// ```
  /// Each cluster has the deadline for itself, from when its turn comes; one that passes it gets
  /// the error `timeout`, its task is cancelled and not waited for, and its turn goes on.
  ///
  /// - Parameters:
  ///   - clusters: Whom to ask; nil for all in the directory.
  ///   - total: For the whole answer: clusters that have not answered by then, or whose turn has
  ///     not come, get the error `timeout`. Nil for none.
  ///   - concurrency: How many to ask at a time, at least 1.
  ///   - clock: For the deadline.
  /// - Throws: Only `CancellationError`, at once when the calling task is cancelled.
  public static func gather(
    _ directory: any ClusterDirectory, as principal: Principal, clusters: [ClusterID]? = nil,
    deadline: Duration = KubeDefaults.fanOutDeadline, total: Duration? = nil,
    concurrency: Int = KubeDefaults.fanOutConcurrency,
    clock: any Clock<Duration> = ContinuousClock(),
    _ operation: @escaping @Sendable (ClusterID, KubeClient) async throws -> Value
  ) async throws -> PerCluster {
    let elapsed = Elapsed(clock)
    let wanted: [ClusterID]
    if let clusters { wanted = Array(Set(clusters)).sorted() } else { wanted = await directory.clusters() }
    return try await withThrowingTaskGroup(of: (ClusterID, Result<Value, ClusterError>).self) { tasks in
      var waiting = wanted[...]
      func start() {
        guard let cluster = waiting.popFirst() else { return }
        tasks.addTask {
          do {
            let limit = total.map { min(deadline, $0 - elapsed.duration) } ?? deadline
            guard limit > .zero else {
              return (cluster, .failure(ClusterError(cluster, .timeout, "not asked: the time for all was over")))
            }
            let value = try await withDeadline(limit, clock: clock) {
              try await operation(cluster, try await directory.client(for: cluster, as: principal))
            }
            if let value { return (cluster, .success(value)) }
            return (cluster, .failure(ClusterError(cluster, .timeout, "no answer within \(limit)")))
          } catch {
            try Task.checkCancellation()
            return (cluster, .failure(ClusterError(cluster, error)))
          }
        }
      }
      for _ in 0..<max(1, concurrency) { start() }
      var result = PerCluster()
      while let (cluster, answer) = try await tasks.next() {
        switch answer {
        case .success(let value): result.values[cluster] = value
        case .failure(let error): result.errors[cluster] = error
        }
        start()
      }
      return result
    }
  }
}
