/// Why one cluster has no part in an answer.
public struct ClusterError: Error, Sendable, Hashable {
  /// What a person or a program may want to tell apart. The raw values are part of the API.
  public enum Code: String, Sendable, Hashable, Codable, CaseIterable {
    /// Nothing answers at the cluster's address.
    case unreachable
    /// The cluster did not answer in time.
    case timeout
    /// The cluster knows the user and does not allow it.
    case forbidden
    /// The cluster does not know the user.
    case unauthorized
    /// The cluster's certificate is not to be trusted, or the handshake failed.
    case tls
    /// The kubeconfig is missing, broken or not allowed.
    case invalidKubeconfig
    /// The `GitopsCluster` says that it is not ready.
    case notReady
    /// No cluster of this name is registered.
    case unknownCluster
    /// The cluster lacks the resource: its custom resource definition is not installed.
    case resourceMissing = "crdMissing"
    /// The object does not exist.
    case notFound
    /// The cluster's answer cannot be read.
    case decode
    case other
  }

  /// Which cluster.
  public var cluster: ClusterID
  /// What went wrong, for programs.
  public var code: Code
  /// A sentence for people.
  public var message: String
  /// When a retry makes sense, as the server says.
  public var retryAfter: Duration?

  /// With these values; the properties say what they mean.
  public init(_ cluster: ClusterID, _ code: Code, _ message: String, retryAfter: Duration? = nil) {
    self.cluster = cluster
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  /// From whatever a call on the cluster threw.
  public init(_ cluster: ClusterID, _ error: any Error) {
    switch error {
    case let error as ClusterError: self = error
    case let error as KubeError:
      self.init(cluster, Code(error), error.description, retryAfter: error.retryAfter)
    case let problem as KubeconfigProblem: self.init(cluster, .invalidKubeconfig, problem.description)
    case is CancellationError: self.init(cluster, .other, "the call was cancelled")
    default: self.init(cluster, .other, "\(error)")
    }
  }
}

extension ClusterError: CustomStringConvertible {
  /// `cluster flux-system/leaf-eu: no route to host`
  public var description: String { "cluster \(cluster): \(message)" }
}

extension ClusterError.Code {
  /// The code for a client's error.
  public init(_ error: KubeError) {
    switch error {
    case .status(let status):
      switch status.code {
      case 401: self = .unauthorized
      case 403: self = .forbidden
      // Without a name it is not the object that is missing but its resource.
      case 404: self = status.details?.name == nil ? .resourceMissing : .notFound
      case 408, 504: self = .timeout
      case 502, 503: self = .unreachable
      default: self = .other
      }
    case .transport(let failure):
      switch failure.kind {
      case .cannotResolve, .cannotConnect, .connectionLost, .closed, .circuitOpen: self = .unreachable
      case .timedOut: self = .timeout
      case .tls: self = .tls
      case .credentials: self = .unauthorized
      case .tooLarge, .protocolViolation: self = .decode
      }
    case .decoding: self = .decode
    case .config: self = .invalidKubeconfig
    case .request: self = .other
    }
  }
}
