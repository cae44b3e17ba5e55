#if Server
  internal import GRPCCore
  internal import GRPCNIOTransportHTTP2
  internal import Logging
  internal import ServiceLifecycle
  internal import WGEAPI
  internal import WGEAuth
  internal import WGECore

  /// The gRPC listener: the endpoints that are served over HTTP, on a port of their own.
  struct GRPCListener: ServiceLifecycle.Service {
    let configuration: ServerConfiguration.GRPC
    let tls: ServerConfiguration.TLS?
    let endpoints: [any APIEndpoint]
    let authenticator: Authenticator
    let logger: Logger
    /// Told the port once it is known.
    let onListening: @Sendable (Int) -> Void

    func run() async throws {
      let security: HTTP2ServerTransport.Posix.TransportSecurity =
        tls.map { tls in
          .tls(
            certificateChain: [.bytes(Array(tls.certificateChain.utf8), format: .pem)],
            privateKey: .bytes(Array(tls.privateKey.reveal().utf8), format: .pem))
        } ?? .plaintext
      let address: GRPCNIOTransportCore.SocketAddress =
        configuration.host.contains(":")
        ? .ipv6(host: configuration.host, port: configuration.port)
        : .ipv4(host: configuration.host, port: configuration.port)
      let transport = HTTP2ServerTransport.Posix(address: address, transportSecurity: security)
      let server = GRPCServer(
        transport: transport, services: [GRPCEndpoints(endpoints, caller: Self.caller(authenticator))])
      try await withGracefulShutdownHandler {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await server.serve() }
          group.addTask {
            let address = try await transport.listeningAddress
            if let port = address.ipv4?.port ?? address.ipv6?.port {
              logger.info("gRPC is served", metadata: ["port": "\(port)"])
              onListening(port)
            }
          }
          try await group.waitForAll()
        }
      } onGracefulShutdown: {
        server.beginGracefulShutdown()
      }
    }

    /// Callers over gRPC send tokens; cookies are for browsers.
    static func caller(_ authenticator: Authenticator) -> GRPCCaller {
      { metadata throws(APIStatus) in
        let credentials = RequestCredentials(authorization: Array(metadata[stringValues: "authorization"]))
        do {
          let found = try await authenticator.authenticate(credentials)
          return APICall(user: found?.user, requestID: RequestNumber.next())
        } catch {
          throw ErrorMapping.status(of: error)
        }
      }
    }
  }
#endif
