extension HTTPKubeTransport {
  /// To the API server of one context of a kubeconfig.
  /// - Parameter policy: What the kubeconfig may make this process do. Pass
  ///   ``KubeconfigPolicy/untrusted`` for one that came from a Secret or over a network.
  public convenience init(
    kubeconfig: Kubeconfig, context: String? = nil, policy: KubeconfigPolicy = .trusted, options: Options = Options()
  ) throws {
    try self.init(try kubeconfig.endpoint(context: context, policy: policy), options: options)
  }
}

extension KubeClient {
  /// A client for one context of a kubeconfig: its server, its credentials, its namespace, and
  /// whom it impersonates.
  /// - Throws: ``KubeError/config(_:)``.
  public init(
    kubeconfig: Kubeconfig, context: String? = nil, policy: KubeconfigPolicy = .trusted, fieldManager: String = "wge",
    options: HTTPKubeTransport.Options = HTTPKubeTransport.Options(), warningHandler: WarningHandler? = nil
  ) throws {
    let endpoint = try kubeconfig.endpoint(context: context, policy: policy)
    let client = KubeClient(
      transport: try HTTPKubeTransport(endpoint, options: options), fieldManager: fieldManager,
      defaultNamespace: endpoint.namespace, warningHandler: warningHandler)
    self = endpoint.user?.impersonates.map(client.impersonating) ?? client
  }

  /// A client with the identity of whoever runs this process: the kubeconfig that kubectl would
  /// use, else, inside a pod, the pod's service account.
  public static func fromEnvironment(context: String? = nil, fieldManager: String = "wge") throws -> KubeClient {
    try KubeClient(kubeconfig: try Kubeconfig.loadDefault(), context: context, fieldManager: fieldManager)
  }
}
