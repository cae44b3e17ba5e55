#if Server
  import GRPCCore
  import GRPCInProcessTransport
  import SwiftProtobuf
  import Synchronization
  import Testing
  import WGEAPI
  import WGEAuth
  import WGECore
  import WGEPipelines

  @Suite struct GRPCTests {
    let service = FakePipelines()

    func withClient(
      _ body: @Sendable (GRPCClient<InProcessTransport.Client>) async throws -> Void
    ) async throws {
      let transport = InProcessTransport()
      let endpoints = PipelinesAPI(service).endpoints + CoreAPI(ServerInformation(semver: "v1.2.3")).endpoints
      let services = [
        GRPCEndpoints(endpoints) { metadata throws(APIStatus) in
          switch metadata[stringValues: "authorization"].first(where: { _ in true }) {
          case nil: return APICall(user: nil, requestID: "g")
          case "Bearer good": return APICall(user: UserPrincipal(id: "jane", method: .tokenPassthrough), requestID: "g")
          default: throw APIStatus(.unauthenticated, "Authentication required")
          }
        }
      ]
      try await withGRPCServer(transport: transport.server, services: services) { _ in
        try await withGRPCClient(transport: transport.client) { try await body($0) }
      }
    }

    @Test func theGeneratedClientFitsTheEndpoints() async throws {
      try await withClient { client in
        let pipelines = Pipelines_V1_Pipelines.Client(wrapping: client)
        let answer = try await pipelines.getPipeline(
          request: ClientRequest(
            message: .with {
              $0.name = "app"
              $0.namespace = "default"
            }, metadata: ["authorization": "Bearer good"]))
        #expect(answer.pipeline.name == "app")
        #expect(answer.pipeline.status.environments["prod"]?.state == "Gated")
        let version = try await GitopsCore_V1_Core.Client(wrapping: client).getVersion(
          request: ClientRequest(message: .init(), metadata: ["authorization": "Bearer good"]))
        #expect(version.semver == "v1.2.3")
      }
      #expect(service.asked.withLock { $0 } == ["jane: get default/app"])
    }

    @Test func errorsCarryTheirCodes() async throws {
      try await withClient { client in
        let pipelines = Pipelines_V1_Pipelines.Client(wrapping: client)
        func code(_ token: String?, _ message: Pipelines_V1_GetPipelineRequest) async -> RPCError.Code? {
          var metadata = Metadata()
          if let token { metadata.addString("Bearer \(token)", forKey: "authorization") }
          do {
            _ = try await pipelines.getPipeline(request: ClientRequest(message: message, metadata: metadata))
            return nil
          } catch let error as RPCError {
            return error.code
          } catch {
            Issue.record("\(error)")
            return nil
          }
        }
        let whole = Pipelines_V1_GetPipelineRequest.with {
          $0.name = "app"
          $0.namespace = "default"
        }
        #expect(await code(nil, whole) == .unauthenticated)
        #expect(await code("bad", whole) == .unauthenticated)
        #expect(await code("good", .init()) == .invalidArgument)
        service.failure.withLock { $0 = .init(.notFound, "no such pipeline") }
        #expect(await code("good", whole) == .notFound)
      }
    }

    @Test func publicOnesNeedNobody() async throws {
      try await withClient { client in
        let flags = try await GitopsCore_V1_Core.Client(wrapping: client).getFeatureFlags(.init())
        #expect(flags.flags.isEmpty)
      }
    }
  }
#endif
