// Made by `make protos` from Sources/WGEAPI/Protos. Do not edit.
// swift-format-ignore-file

internal import HTTPTypes

extension HTTPRule {
  /// Every RPC of the contract with its HTTP binding, in the order of the protos.
  public static let all: [HTTPRule] = [
    HTTPRule(
      rpc: "cluster_services.v1.ClustersService/ListGitopsClusters", method: .get, path: "/v1/clusters", body: .none,
      input: "cluster_services.v1.ListGitopsClustersRequest", output: "cluster_services.v1.ListGitopsClustersResponse", isPublic: false),
    HTTPRule(
      rpc: "gitops_core.v1.Core/GetVersion", method: .get, path: "/v1/version", body: .none,
      input: "gitops_core.v1.GetVersionRequest", output: "gitops_core.v1.GetVersionResponse", isPublic: false),
    HTTPRule(
      rpc: "gitops_core.v1.Core/GetFeatureFlags", method: .get, path: "/v1/featureflags", body: .none,
      input: "gitops_core.v1.GetFeatureFlagsRequest", output: "gitops_core.v1.GetFeatureFlagsResponse", isPublic: true),
    HTTPRule(
      rpc: "pipelines.v1.Pipelines/ListPipelines", method: .get, path: "/v1/pipelines", body: .none,
      input: "pipelines.v1.ListPipelinesRequest", output: "pipelines.v1.ListPipelinesResponse", isPublic: false),
    HTTPRule(
      rpc: "pipelines.v1.Pipelines/GetPipeline", method: .get, path: "/v1/pipelines/{name}", body: .none,
      input: "pipelines.v1.GetPipelineRequest", output: "pipelines.v1.GetPipelineResponse", isPublic: false),
    HTTPRule(
      rpc: "pipelines.v1.Pipelines/ApprovePromotion", method: .post, path: "/v1/pipelines/approve/{name}", body: .whole,
      input: "pipelines.v1.ApprovePromotionRequest", output: "pipelines.v1.ApprovePromotionResponse", isPublic: false),
    HTTPRule(
      rpc: "pipelines.v1.Pipelines/RejectPromotion", method: .post, path: "/v1/pipelines/reject/{name}", body: .whole,
      input: "pipelines.v1.RejectPromotionRequest", output: "pipelines.v1.RejectPromotionResponse", isPublic: false),
    HTTPRule(
      rpc: "pipelines.v1.Pipelines/RetryPromotion", method: .post, path: "/v1/pipelines/retry/{name}", body: .whole,
      input: "pipelines.v1.RetryPromotionRequest", output: "pipelines.v1.RetryPromotionResponse", isPublic: false),
    HTTPRule(
      rpc: "pipelines.v1.Pipelines/ListPullRequests", method: .post, path: "/v1/pipelines/list_prs/{name}", body: .whole,
      input: "pipelines.v1.ListPullRequestsRequest", output: "pipelines.v1.ListPullRequestsResponse", isPublic: false),
    HTTPRule(
      rpc: "wge.pullrequests.v1.PullRequests/ListPullRequests", method: .get, path: "/v1/pull_requests", body: .none,
      input: "wge.pullrequests.v1.ListPullRequestsRequest", output: "wge.pullrequests.v1.ListPullRequestsResponse", isPublic: false),
    HTTPRule(
      rpc: "wge.pullrequests.v1.PullRequests/MergePullRequest", method: .post, path: "/v1/pull_requests/merge", body: .whole,
      input: "wge.pullrequests.v1.MergePullRequestRequest", output: "wge.pullrequests.v1.MergePullRequestResponse", isPublic: false),
  ]
}
