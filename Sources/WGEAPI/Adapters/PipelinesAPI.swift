internal import SwiftProtobuf
public import WGEPipelines
internal import WGECore
internal import WGEKube

/// The service `pipelines.v1.Pipelines` over ``PipelinesService``.
public struct PipelinesAPI: Sendable {
  private let service: any PipelinesService

  /// - Parameter service: called with the identity of each caller.
  public init(_ service: any PipelinesService) { self.service = service }

  /// One endpoint per RPC.
  public var endpoints: [any APIEndpoint] {
    [
      UnaryEndpoint("pipelines.v1.Pipelines/ListPipelines", handler: list),
      UnaryEndpoint("pipelines.v1.Pipelines/GetPipeline", handler: get),
      UnaryEndpoint("pipelines.v1.Pipelines/ApprovePromotion", handler: approve),
      UnaryEndpoint("pipelines.v1.Pipelines/RejectPromotion", handler: reject),
      UnaryEndpoint("pipelines.v1.Pipelines/RetryPromotion", handler: retry),
      UnaryEndpoint("pipelines.v1.Pipelines/ListPullRequests", handler: listPullRequests),
    ]
  }

  @Sendable private func list(
    _ request: Pipelines_V1_ListPipelinesRequest, _ call: APICall
  ) async throws -> Pipelines_V1_ListPipelinesResponse {
    let list = try await service.list(
      as: call.principal, namespace: request.namespace.isEmpty ? nil : request.namespace)
    return .with {
      $0.pipelines = list.pipelines.map { .init($0, detailed: false) }
      $0.errors = list.errors.map { error in
        .with {
          $0.namespace = error.namespace
          $0.message = error.message
        }
      }
    }
  }

  @Sendable private func get(
    _ request: Pipelines_V1_GetPipelineRequest, _ call: APICall
  ) async throws -> Pipelines_V1_GetPipelineResponse {
    let view = try await service.get(as: call.principal, ObjectKey(namespace: request.namespace, name: request.name))
    return .with {
      $0.pipeline = .init(view, detailed: true)
      $0.errors = view.errors
    }
  }

  @Sendable private func approve(
    _ request: Pipelines_V1_ApprovePromotionRequest, _ call: APICall
  ) async throws -> Pipelines_V1_ApprovePromotionResponse {
    let result = try await service.approve(
      as: call.principal,
      PromotionAnswer(
        pipeline: ObjectKey(namespace: request.namespace, name: request.name), environment: request.env,
        revision: request.revision, comment: request.comment.isEmpty ? nil : request.comment))
    return .with {
      $0.pullRequestURL = result.pullRequestURL ?? ""
      $0.environment = .init(result.environment)
    }
  }

  @Sendable private func reject(
    _ request: Pipelines_V1_RejectPromotionRequest, _ call: APICall
  ) async throws -> Pipelines_V1_RejectPromotionResponse {
    let result = try await service.reject(
      as: call.principal,
      PromotionAnswer(
        pipeline: ObjectKey(namespace: request.namespace, name: request.name), environment: request.env,
        revision: request.revision, comment: request.comment.isEmpty ? nil : request.comment))
    return .with { $0.environment = .init(result.environment) }
  }

  @Sendable private func retry(
    _ request: Pipelines_V1_RetryPromotionRequest, _ call: APICall
  ) async throws -> Pipelines_V1_RetryPromotionResponse {
    let result = try await service.retry(
      as: call.principal, ObjectKey(namespace: request.namespace, name: request.name), environment: request.env)
    return .with { $0.environment = .init(result.environment) }
  }

  @Sendable private func listPullRequests(
    _ request: Pipelines_V1_ListPullRequestsRequest, _ call: APICall
  ) async throws -> Pipelines_V1_ListPullRequestsResponse {
    let list = try await service.listPullRequests(
      as: call.principal, ObjectKey(namespace: request.namespace, name: request.name))
    return .with {
      $0.pullRequests = Dictionary(
        list.items.map { ($0.environment, $0.pullRequest.url) }, uniquingKeysWith: { first, _ in first })
      $0.errors = list.errors.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    }
  }
}
