internal import HTTPTypes
internal import Synchronization
public import WGECore
public import WGEKube

/// A Kubernetes API server in this process.
///
/// It answers the same bytes as a real API server does, without a socket, etcd or a container:
/// create, get, list, watch, replace, patch (JSON, merge, strategic), server-side apply, delete with
/// finalizers and garbage collection, custom resource definitions, RBAC, discovery. There is no
/// scheduler and no kubelet: pods and deployments are stored, and nothing runs.
///
/// ```swift
/// let cluster = try LocalCluster()
/// let client = KubeClient(transport: cluster.transport())
/// defer { cluster.close() }
/// ```
///
/// All methods may be called from any task at once.
public final class LocalCluster: Sendable {
  /// Where the state is kept.
  public enum Storage: Sendable {
    /// In memory: gone with the instance.
    case memory
    /// In a SQLite file, which is created where it does not exist. What has been acknowledged
    /// survives, see ``Configuration/durability``; resource versions go on where they were.
    case sqlite(path: String)
  }

  /// What acknowledged writes survive in ``Storage/sqlite(path:)``.
  public enum Durability: Sendable, Hashable {
    /// Power cuts and crashes of the machine too: a write is answered when the disk has confirmed it.
    /// Writes that come together share one confirmation, so that many clients are served fast; one
    /// client alone waits for the disk with each write, a few milliseconds.
    case powerLoss
    /// The death of the process at any moment, but not of the machine. Writes wait for nothing.
    case processDeath
  }

  /// Who a transport's requests come from when they bear no token of their own.
  public enum Authentication: Sendable, Hashable {
    /// An administrator, member of `system:masters`: everything is allowed.
    case systemMasters
    /// A named user, member also of `system:authenticated`; RBAC decides.
    case user(name: String, groups: [String] = [], uid: String = "", extra: [String: [String]] = [:])
    /// Nobody in particular. Use this for a transport whose requests carry bearer tokens.
    case anonymous
  }

  /// A static bearer token and whom it stands for.
  public struct UserToken: Sendable {
    /// Compared in constant time, never shown.
    public var token: Secret<String>
    /// The name that RBAC subjects of the kind User give.
    public var user: String
    /// Besides these the user is a member of `system:authenticated`.
    public var groups: [String]
    /// Empty for none.
    public var uid: String

    /// A token and its user.
    public init(token: Secret<String>, user: String, groups: [String] = [], uid: String = "") {
      self.token = token
      self.user = user
      self.groups = groups
      self.uid = uid
    }
  }

  /// The parts of a real cluster that act on their own.
  public enum Controller: String, Sendable, Hashable, CaseIterable {
    /// Empties namespaces that are being deleted, then lets them go.
    case namespaceDeletion
    /// Deletes what belongs to deleted owners.
    case garbageCollection
    /// Keeps a service account `default` in every namespace, and gives it to pods that name none, with a
    /// token volume, as admission does in a real cluster. Off unless asked for.
    case defaultServiceAccounts
    /// Keeps the ConfigMap `kube-root-ca.crt` in every namespace, with
    /// ``Configuration/rootAuthorityPEM``. Off unless asked for.
    case rootAuthorities
    /// Lets claims and volumes go that are deleted and that no pod uses.
    case storageProtection
    /// Writes into aggregated cluster roles the rules that they gather. Authorization gathers them
    /// either way.
    case roleAggregation
  }

  /// How a cluster behaves. The defaults suit tests.
  public struct Configuration: Sendable {
    /// Static bearer tokens. Tokens of service accounts are always understood.
    public var tokens: [UserToken] = []
    /// Whether requests without credentials are somebody (`system:anonymous`) or refused. Default true.
    public var allowsAnonymous = true
    /// What acts on its own. Default: all that works on what clients wrote; nothing that adds objects
    /// which nobody asked for.
    public var controllers: Set<Controller> = [
      .namespaceDeletion, .garbageCollection, .storageProtection, .roleAggregation,
    ]
    /// What the ConfigMap `kube-root-ca.crt` holds: the authority of the HTTPS face, PEM.
    public var rootAuthorityPEM = ""
    /// How long controllers wait before they act on a change, as real ones take their time.
    /// Default 50 ms.
    public var controllerDelay: Duration = .milliseconds(50)
    /// Events that each resource remembers for watches. Default ``Defaults/watchWindow``.
    public var watchWindow = Defaults.watchWindow
    /// Bytes of objects that each resource remembers for watches. Default ``Defaults/watchWindowBytes``.
    public var watchWindowBytes = Defaults.watchWindowBytes
    /// What acknowledged writes survive. Default ``Durability/powerLoss``.
    public var durability: Durability = .powerLoss
    /// Time between bookmarks. Default ``Defaults/bookmarkInterval``.
    public var bookmarkInterval: Duration = Defaults.bookmarkInterval
    /// The output of a container, for `pods/log`: what the host makes of it, or nil for none. Default none.
    public var podLogs: (@Sendable (_ namespace: String, _ pod: String, _ container: String) -> String?)?
    /// Answers admission webhooks without a network. Default none: they are asked over HTTPS.
    public var webhookHandler: WebhookHandler?
    /// Says where services answer that webhook configurations name. Default none: such webhooks fail.
    public var serviceURL: ServiceResolver?
    /// For waiting: time-outs of watches, bookmarks, controllers.
    public var clock: any Clock<Duration> = ContinuousClock()
    /// For the dates in objects.
    public var wallClock: any WallClock = SystemWallClock()

    /// The defaults.
    public init() {}
  }

  let server: APIServer
  private let controllers: ControllerRunner

  /// Opens a cluster; a new one has the namespaces and roles that every cluster has.
  /// - Throws: ``LocalClusterError`` when the storage cannot be used.
  public init(storage: Storage = .memory, configuration: Configuration = Configuration()) throws {
    var tokens = Set<String>()
    for token in configuration.tokens where !tokens.insert(token.token.reveal()).inserted {
      throw LocalClusterError.configuration("two users have the same token; one of them is \(token.user)")
    }
    let medium: any StorageMedium
    switch storage {
    case .memory: medium = MemoryMedium()
    case .sqlite(let path): medium = try SQLiteMedium(path: path, durability: configuration.durability)
    }
    let signer = try TokenSigner(medium: medium)
    let store = try Store(
      medium: medium, watchWindow: configuration.watchWindow, watchWindowBytes: configuration.watchWindowBytes)
    let cluster = Cluster(store: store, configuration: configuration, signer: signer)
    let controllers = ControllerRunner(cluster: cluster)
    self.controllers = controllers
    server = APIServer(cluster: cluster)
    store.observe(
      .init(
        changed: { [weak controllers, weak cluster] resource, event in
          cluster?.committed(resource)
          controllers?.committed(resource, event)
        },
        undone: { [weak controllers, weak cluster] resources in
          for resource in resources { cluster?.committed(resource) }
          // They may have acted on what is no more; they look at everything anew.
          controllers?.resume()
        }))
    try Bootstrap.run(cluster)
    if let problem = store.flush() {
      store.close()
      throw LocalClusterError.configuration("the first objects cannot be written: \(problem)")
    }
    controllers.resume()
  }

  deinit { close() }

  /// A client's way in.
  /// - Parameter authentication: who requests come from that bear no `Authorization` header.
  public func transport(as authentication: Authentication = .systemMasters) -> LocalTransport {
    LocalTransport(server: server, authentication: authentication)
  }

  /// Forgets the history of changes, so that watches from older resource versions get 410.
  public func compact() { server.cluster.store.compact() }

  /// Waits until the built-in controllers have nothing left to do.
  public func settle() async { await controllers.settle() }

  /// Ends all watches, stops the controllers and closes the storage. Writes after that are refused
  /// with 503. Closing twice does nothing.
  public func close() {
    controllers.stop()
    server.cluster.store.close()
  }
}

/// Carries requests into a ``LocalCluster``.
public struct LocalTransport: KubeTransport {
  let server: APIServer
  let authentication: LocalCluster.Authentication

  /// Answers in process. A watch is collected until it ends.
  public func send(_ request: KubeRequest) async throws -> KubeResponse {
    try Task.checkCancellation()
    try request.beforeSending?()
    switch try await reply(to: request) {
    case .whole(let response): return response
    case .watch(let cursor):
      var body: [UInt8] = []
      while let chunk = await cursor.next() { body += chunk }
      try Task.checkCancellation()
      return KubeResponse(status: .ok, headers: Self.watchHeaders, body: body)
    }
  }

  /// Answers in process. The body of a watch is pulled: a slow consumer slows nobody down.
  public func stream(_ request: KubeRequest) async throws -> KubeByteStream {
    try Task.checkCancellation()
    try request.beforeSending?()
    switch try await reply(to: request) {
    case .whole(let response):
      let body = AsyncThrowingStream<[UInt8], any Error> { continuation in
        if !response.body.isEmpty { continuation.yield(response.body) }
        continuation.finish()
      }
      return KubeByteStream(status: response.status, headers: response.headers, body: body)
    case .watch(let cursor):
      return KubeByteStream(
        status: .ok, headers: Self.watchHeaders, body: AsyncThrowingStream { await cursor.next() })
    }
  }

  /// Answers when all that the answer was made of will survive.
  private func reply(to request: KubeRequest) async throws -> Reply {
    var attempts = 1
    while true {
      let moment = server.cluster.store.moment
      let reply = await server.respond(to: request, as: authentication)
      guard let problem = await server.cluster.store.settled(since: moment) else { return reply }
      // Some of it was taken back, so the answer may be about a state that never was. What only reads
      // can look again.
      attempts += 1
      try Task.checkCancellation()
      if request.method != .get || attempts > 3 { return .failure(.internalError(problem)) }
    }
  }

  private static let watchHeaders: HTTPFields = [.contentType: "application/json"]
}
