#if Server
  public import GRPCCore
  internal import GRPCProtobuf
  internal import SwiftProtobuf

  /// Says who calls, from a request's metadata. Throws ``APIStatus`` when the credentials are bad;
  /// a call without credentials has no user.
  public typealias GRPCCaller = @Sendable (Metadata) async throws(APIStatus) -> APICall

  extension UnaryEndpoint {
    /// Registers the RPC; errors leave as gRPC statuses.
    public func register<Transport: ServerTransport>(
      with router: inout RPCRouter<Transport>, caller: @escaping GRPCCaller
    ) {
      let parts = rule.rpc.split(separator: "/", maxSplits: 1)
      router.registerHandler(
        forMethod: MethodDescriptor(
          service: ServiceDescriptor(fullyQualifiedService: String(parts[0])), method: String(parts[1])),
        deserializer: ProtobufDeserializer<Input>(),
        serializer: ProtobufSerializer<Output>(),
        handler: { request, _ in
          do throws(APIStatus) {
            let call = try await caller(request.metadata)
            let message: Input
            do {
              message = try await ServerRequest(stream: request).message
            } catch {
              throw ErrorMapping.status(of: error)
            }
            let output = try await answer(message, call: call)
            return StreamingServerResponse(single: ServerResponse(message: output))
          } catch {
            throw RPCError(status: error)
          }
        })
    }
  }

  /// Endpoints as a gRPC service, for `GRPCServer(transport:services:)`.
  public struct GRPCEndpoints: RegistrableRPCService {
    private let endpoints: [any APIEndpoint]
    private let caller: GRPCCaller

    /// - Parameters:
    ///   - endpoints: the same ones that are served over HTTP.
    ///   - caller: says who calls.
    public init(_ endpoints: [any APIEndpoint], caller: @escaping GRPCCaller) {
      self.endpoints = endpoints
      self.caller = caller
    }

    /// Registers every endpoint.
    public func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
      for endpoint in endpoints { endpoint.register(with: &router, caller: caller) }
    }
  }

  extension RPCError {
    /// The error of a call on the wire.
    init(status: APIStatus) {
      self.init(
        code: RPCError.Code(Status.Code(rawValue: status.code.rawValue) ?? .unknown) ?? .unknown,
        message: status.message)
    }
  }
#endif
