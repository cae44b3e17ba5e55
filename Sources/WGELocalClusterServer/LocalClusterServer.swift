#if Server
  import HTTPTypes
  import HummingbirdCore
  public import Logging
  import NIOCore
  import NIOPosix
  import NIOSSL
  public import ServiceLifecycle
  import Synchronization
  public import WGEKube

  /// The HTTPS face of an API server that lives in this process, for kubectl and other programs.
  ///
  /// It terminates TLS (HTTP/1.1 and HTTP/2), hands every request to the transport with its headers as
  /// they came, `Authorization` included, and streams watches back. Who the caller is and what it may do
  /// is the transport's business.
  ///
  /// ```swift
  /// let server = LocalClusterServer(transport: cluster.transport(as: .anonymous), certificates: try .ephemeral())
  /// async let running: Void = server.run()
  /// let port = try await server.port()
  /// ```
  public final class LocalClusterServer: Service {
    /// Limits and addresses, with their reasons.
    public enum Defaults {
      /// Largest request body in bytes: what kube-apiserver takes (3 MiB of JSON).
      public static let maximumBodyBytes = 3 << 20
      /// Loopback only: a local cluster is not meant to be reached from elsewhere.
      public static let host = "127.0.0.1"
      /// Connections that clients keep open are closed this long after a graceful shutdown began.
      public static let closeTimeout: Duration = .seconds(1)
      /// Requests and watches at once on one HTTP/2 connection; clients open more connections past that.
      public static let maximumStreams = 1000
    }

    private let transport: any KubeTransport
    private let certified: (@Sendable (ClientCertificate) -> any KubeTransport)?
    private let certificates: ServingCertificates
    private let host: String
    private let requestedPort: Int
    private let logger: Logger
    private let bound = BoundPort()

    /// - Parameters:
    ///   - transport: the API server; must authenticate by the request's headers.
    ///   - certified: the API server as somebody who showed a client certificate of the authority sees it,
    ///     usually `cluster.transport(as: .user(name: $0.user, groups: $0.groups))`. Default none: clients are
    ///     not asked for certificates.
    ///   - certificates: what to serve with.
    ///   - host: address to listen on. Default 127.0.0.1.
    ///   - port: 0 for a free one.
    public init(
      transport: any KubeTransport, certified: (@Sendable (ClientCertificate) -> any KubeTransport)? = nil,
      certificates: ServingCertificates, host: String = Defaults.host, port: Int = 0,
      logger: Logger = Logger(label: "wge.local-cluster-server")
    ) {
      self.transport = transport
      self.certified = certified
      self.certificates = certificates
      self.host = host
      self.requestedPort = port
      self.logger = logger
    }

    /// The port that is listened on; waits until ``run()`` has bound it.
    /// - Throws: ``LocalClusterServerError/cannotListen(_:)`` when it could not, `CancellationError`.
    public func port() async throws -> Int { try await bound.value() }

    /// Serves until the task is cancelled or graceful shutdown is asked for.
    public func run() async throws {
      do {
        var tls = TLSConfiguration.makeServerConfiguration(
          certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificates.chainPEM.utf8))
            .map { .certificate($0) },
          privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(certificates.privateKeyPEM.utf8), format: .pem)))
        tls.minimumTLSVersion = .tlsv12
        if certified != nil {
          // Asked for, not insisted on: tokens are as good.
          tls.certificateVerification = .optionalVerification
          tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(certificates.authorityPEM.utf8)))
        }
        let channel = try KubeChannel(
          tls: tls, closeTimeout: Defaults.closeTimeout,
          bridge: RequestBridge(transport: transport, certified: certified))
        // Cutting what clients keep open is how this server stops, not an error of every connection.
        var connectionLogger = logger
        connectionLogger.logLevel = max(logger.logLevel, .critical)
        let server = channel.server(
          configuration: ServerConfiguration(address: .hostname(host, port: requestedPort)),
          onServerRunning: { [bound] channel in bound.resolve(.success(channel.localAddress?.port ?? 0)) },
          eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: connectionLogger)
        try await Self.run(server, closingAfter: Defaults.closeTimeout)
      } catch {
        let failure = LocalClusterServerError.cannotListen("\(host):\(requestedPort): \(error)")
        bound.resolve(.failure(failure))
        throw error is CancellationError ? error : failure
      }
      bound.resolve(.failure(LocalClusterServerError.cannotListen("\(host):\(requestedPort): stopped")))
    }

    /// Runs the server; a graceful shutdown that clients hold up by keeping their connections open
    /// becomes a cancellation.
    private static func run(_ server: any Service, closingAfter limit: Duration) async throws {
      try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          try await server.run()
          return true
        }
        group.addTask {
          try await gracefulShutdown()
          try await Task.sleep(for: limit)
          return false
        }
        let endedByItself = try await group.next() ?? true
        group.cancelAll()
        // What the cancelled server throws says only that it was cancelled.
        if !endedByItself { while let _ = try? await group.next() {} }
      }
    }
  }

  /// The port, once: waiters before it is known are resumed when it is.
  private final class BoundPort: Sendable {
    private enum State {
      case waiting([Int: CheckedContinuation<Int, any Error>], next: Int)
      case known(Result<Int, any Error>)
    }

    private let state = Mutex(State.waiting([:], next: 0))

    func resolve(_ result: Result<Int, any Error>) {
      let waiters = state.withLock { state -> [CheckedContinuation<Int, any Error>] in
        guard case .waiting(let waiters, _) = state else { return [] }
        state = .known(result)
        return Array(waiters.values)
      }
      for waiter in waiters { waiter.resume(with: result) }
    }

    func value() async throws -> Int {
      let ticket = state.withLock { state -> Int in
        guard case .waiting(let waiters, let next) = state else { return -1 }
        state = .waiting(waiters, next: next + 1)
        return next
      }
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          let known = state.withLock { state -> Result<Int, any Error>? in
            switch state {
            case .known(let result): return result
            case .waiting(var waiters, let next):
              if Task.isCancelled { return .failure(CancellationError()) }
              waiters[ticket] = continuation
              state = .waiting(waiters, next: next)
              return nil
            }
          }
          if let known { continuation.resume(with: known) }
        }
      } onCancel: {
        let waiter = state.withLock { state -> CheckedContinuation<Int, any Error>? in
          guard case .waiting(var waiters, let next) = state else { return nil }
          let waiter = waiters.removeValue(forKey: ticket)
          state = .waiting(waiters, next: next)
          return waiter
        }
        waiter?.resume(throwing: CancellationError())
      }
    }
  }
#endif
