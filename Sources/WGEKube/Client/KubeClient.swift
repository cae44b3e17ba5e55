public import CoreMetrics
public import Tracing
public import WGECore

/// A client of one Kubernetes API server, on behalf of one identity.
///
/// A value: copies with another identity or other settings share the transport and its
/// connections. Every call may come from any task, throws ``KubeError`` or `CancellationError`,
/// and ends promptly when its task is cancelled.
///
/// ```swift
/// let client = KubeClient(transport: transport)
/// let deployment = try await client.get(.deployments, ObjectKey(namespace: "shop", name: "web"))
/// for try await page in client.pages(.configMaps, namespace: "shop") { … }
/// try await client.apply(.configMaps, desired, force: true)
/// ```
/// Each verb exists for `DynamicObject` with a `ResourceType`, and for types that conform to
/// ``KubeObject``. A key without a namespace means ``defaultNamespace`` where the resource is
/// namespaced; a list without one spans all namespaces.
public struct KubeClient: Sendable {
  var sender: RequestSender

  /// Who owns the fields that this client writes, unless a call says otherwise.
  public var fieldManager: String

  /// The namespace of keys and objects that name none.
  public var defaultNamespace: String

  /// Which resources the server has, cached. Clients with another identity have their own.
  public private(set) var discovery: Discovery

  /// The server's OpenAPI documents, cached. Clients with another identity have their own.
  public private(set) var openAPI: OpenAPI

  /// - Parameters:
  ///   - retry: When calls are tried again; see ``RetryPolicy``.
  ///   - clock: For pauses and for the age of caches.
  ///   - warningHandler: Called with each warning that the server attaches to an answer.
  public init(
    transport: any KubeTransport, fieldManager: String = "wge", defaultNamespace: String = "default",
    retry: RetryPolicy = RetryPolicy(), clock: any Clock<Duration> = ContinuousClock(),
    warningHandler: WarningHandler? = nil
  ) {
    self.fieldManager = fieldManager
    self.defaultNamespace = defaultNamespace
    sender = RequestSender(transport: transport, retry: retry, clock: clock, warningHandler: warningHandler)
    discovery = Discovery(sender: sender)
    openAPI = OpenAPI(sender: sender)
  }

  /// The seam that this client sends through.
  public var transport: any KubeTransport { sender.transport }

  /// For pauses and for the age of caches.
  public var clock: any Clock<Duration> { sender.clock }

  // MARK: Other identities and settings

  /// A client whose requests the server treats as the user's, if it allows this client to
  /// impersonate. Replaces an impersonation made before.
  public func impersonating(_ user: ImpersonationConfig) -> KubeClient {
    withIdentity { $0.impersonated = user }
  }

  /// A client that authenticates with this token alone: it replaces the transport's own
  /// credentials and any impersonation.
  public func withBearerToken(_ token: Secret<String>) -> KubeClient {
    withIdentity { $0 = RequestIdentity(token: token) }
  }

  /// A client with another retry policy. The observer is told of each retry.
  public func retrying(
    _ policy: RetryPolicy, observer: (@Sendable (RetryNotice) -> Void)? = nil
  ) -> KubeClient {
    var copy = self
    copy.sender.retry = policy
    copy.sender.retryObserver = observer ?? sender.retryObserver
    return copy
  }

  /// A client whose calls wait for tokens of a bucket; nil for none. Clients with the same bucket
  /// share it.
  public func limited(by rateLimit: RateLimit?) -> KubeClient {
    var copy = self
    copy.sender.rateLimit = rateLimit
    return copy
  }

  /// A client that reports its calls to other systems than the global ones: requests, durations and
  /// retries as metrics, and a span per call.
  ///
  /// - Parameters:
  ///   - metrics: Nil for the global metrics system.
  ///   - tracer: Nil for the global tracer.
  public func observed(by metrics: (any MetricsFactory)?, tracer: (any Tracer)? = nil) -> KubeClient {
    var copy = self
    copy.sender.telemetry = RequestTelemetry(metrics: metrics, tracer: tracer)
    return copy
  }

  /// A client that hands the server's warnings to another handler.
  public func onWarning(_ handler: WarningHandler?) -> KubeClient {
    var copy = self
    copy.sender.warningHandler = handler
    return copy
  }

  private func withIdentity(_ change: (inout RequestIdentity) -> Void) -> KubeClient {
    var copy = self
    change(&copy.sender.identity)
    if copy.sender.identity != sender.identity { copy.forget() }
    return copy
  }

  /// The same client over another transport, such as one that guards this one.
  func withTransport(_ transport: any KubeTransport) -> KubeClient {
    var copy = self
    copy.sender.transport = transport
    copy.forget()
    return copy
  }

  /// What one identity may discover says nothing about what another may.
  private mutating func forget() {
    discovery = Discovery(sender: sender)
    openAPI = OpenAPI(sender: sender)
  }

  // MARK: Namespaces

  /// The namespace in the path of one object: nil for cluster-scoped resources.
  func namespace(_ given: String?, _ resource: ResourceType) -> String? {
    guard resource.isNamespaced else { return nil }
    if let given, !given.isEmpty { return given }
    return defaultNamespace
  }

  /// The namespace in the path of a list: nil for all.
  func listNamespace(_ given: String?) -> String? {
    given.flatMap { $0.isEmpty ? nil : $0 }
  }
}
