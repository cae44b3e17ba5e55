// Made by `make protos` from Sources/WGEAPI/Protos. Do not edit.
// swift-format-ignore-file

extension MessageShape {
  /// Every message of the contract by full name.
  public static let all: [String: MessageShape] = [
    "cluster_services.v1.CapiCluster": MessageShape([
      Field(json: "name", name: "name", kind: .string, isRequired: false),
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: false),
      Field(json: "annotations", name: "annotations", kind: .map(.string), isRequired: false),
      Field(json: "labels", name: "labels", kind: .map(.string), isRequired: false),
      Field(json: "status", name: "status", kind: .message("cluster_services.v1.CapiClusterStatus"), isRequired: false),
      Field(json: "infrastructureRef", name: "infrastructure_ref", kind: .message("cluster_services.v1.CapiClusterInfrastructureRef"), isRequired: false),
    ]),
    "cluster_services.v1.CapiClusterInfrastructureRef": MessageShape([
      Field(json: "apiVersion", name: "api_version", kind: .string, isRequired: false),
      Field(json: "kind", name: "kind", kind: .string, isRequired: false),
      Field(json: "name", name: "name", kind: .string, isRequired: false),
    ]),
    "cluster_services.v1.CapiClusterStatus": MessageShape([
      Field(json: "phase", name: "phase", kind: .string, isRequired: false),
      Field(json: "infrastructureReady", name: "infrastructure_ready", kind: .bool, isRequired: false),
      Field(json: "controlPlaneInitialized", name: "control_plane_initialized", kind: .bool, isRequired: false),
      Field(json: "controlPlaneReady", name: "control_plane_ready", kind: .bool, isRequired: false),
      Field(json: "conditions", name: "conditions", kind: .list(.message("cluster_services.v1.Condition")), isRequired: false),
      Field(json: "observedGeneration", name: "observed_generation", kind: .long, isRequired: false),
    ]),
    "cluster_services.v1.Condition": MessageShape([
      Field(json: "type", name: "type", kind: .string, isRequired: false),
      Field(json: "status", name: "status", kind: .string, isRequired: false),
      Field(json: "reason", name: "reason", kind: .string, isRequired: false),
      Field(json: "message", name: "message", kind: .string, isRequired: false),
      Field(json: "timestamp", name: "timestamp", kind: .string, isRequired: false),
      Field(json: "timestampRfc3339", name: "timestamp_rfc3339", kind: .string, isRequired: false),
    ]),
    "cluster_services.v1.GitopsCluster": MessageShape([
      Field(json: "name", name: "name", kind: .string, isRequired: false),
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: false),
      Field(json: "annotations", name: "annotations", kind: .map(.string), isRequired: false),
      Field(json: "labels", name: "labels", kind: .map(.string), isRequired: false),
      Field(json: "conditions", name: "conditions", kind: .list(.message("cluster_services.v1.Condition")), isRequired: false),
      Field(json: "capiClusterRef", name: "capi_cluster_ref", kind: .message("cluster_services.v1.GitopsClusterRef"), isRequired: false),
      Field(json: "secretRef", name: "secret_ref", kind: .message("cluster_services.v1.GitopsClusterRef"), isRequired: false),
      Field(json: "capiCluster", name: "capi_cluster", kind: .message("cluster_services.v1.CapiCluster"), isRequired: false),
      Field(json: "controlPlane", name: "control_plane", kind: .bool, isRequired: false),
      Field(json: "type", name: "type", kind: .string, isRequired: false),
      Field(json: "reachable", name: "reachable", kind: .bool, isRequired: false),
      Field(json: "kubernetesVersion", name: "kubernetes_version", kind: .string, isRequired: false),
      Field(json: "message", name: "message", kind: .string, isRequired: false),
    ]),
    "cluster_services.v1.GitopsClusterRef": MessageShape([
      Field(json: "name", name: "name", kind: .string, isRequired: false),
    ]),
    "cluster_services.v1.ListError": MessageShape([
      Field(json: "clusterName", name: "cluster_name", kind: .string, isRequired: false),
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: false),
      Field(json: "message", name: "message", kind: .string, isRequired: false),
    ]),
    "cluster_services.v1.ListGitopsClustersRequest": MessageShape([
      Field(json: "label", name: "label", kind: .string, isRequired: false),
      Field(json: "pageSize", name: "page_size", kind: .int, isRequired: false),
      Field(json: "pageToken", name: "page_token", kind: .string, isRequired: false),
      Field(json: "refType", name: "ref_type", kind: .string, isRequired: false),
    ]),
    "cluster_services.v1.ListGitopsClustersResponse": MessageShape([
      Field(json: "gitopsClusters", name: "gitops_clusters", kind: .list(.message("cluster_services.v1.GitopsCluster")), isRequired: false),
      Field(json: "total", name: "total", kind: .int, isRequired: false),
      Field(json: "nextPageToken", name: "next_page_token", kind: .string, isRequired: false),
      Field(json: "errors", name: "errors", kind: .list(.message("cluster_services.v1.ListError")), isRequired: false),
    ]),
    "gitops_core.v1.GetFeatureFlagsRequest": MessageShape([
    ]),
    "gitops_core.v1.GetFeatureFlagsResponse": MessageShape([
      Field(json: "flags", name: "flags", kind: .map(.string), isRequired: false),
    ]),
    "gitops_core.v1.GetVersionRequest": MessageShape([
    ]),
    "gitops_core.v1.GetVersionResponse": MessageShape([
      Field(json: "semver", name: "semver", kind: .string, isRequired: false),
      Field(json: "commit", name: "commit", kind: .string, isRequired: false),
      Field(json: "branch", name: "branch", kind: .string, isRequired: false),
      Field(json: "buildTime", name: "build_time", kind: .string, isRequired: false),
      Field(json: "kubeVersion", name: "kube_version", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.AppRef": MessageShape([
      Field(json: "apiVersion", name: "api_version", kind: .string, isRequired: false),
      Field(json: "kind", name: "kind", kind: .string, isRequired: false),
      Field(json: "name", name: "name", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.Approval": MessageShape([
      Field(json: "revision", name: "revision", kind: .string, isRequired: false),
      Field(json: "approvedBy", name: "approved_by", kind: .string, isRequired: false),
      Field(json: "approvedAt", name: "approved_at", kind: .string, isRequired: false),
      Field(json: "comment", name: "comment", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.ApprovePromotionRequest": MessageShape([
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: true),
      Field(json: "name", name: "name", kind: .string, isRequired: true),
      Field(json: "env", name: "env", kind: .string, isRequired: true),
      Field(json: "revision", name: "revision", kind: .string, isRequired: true),
      Field(json: "comment", name: "comment", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.ApprovePromotionResponse": MessageShape([
      Field(json: "pullRequestUrl", name: "pull_request_url", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.ClusterRef": MessageShape([
      Field(json: "kind", name: "kind", kind: .string, isRequired: false),
      Field(json: "name", name: "name", kind: .string, isRequired: false),
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.Condition": MessageShape([
      Field(json: "type", name: "type", kind: .string, isRequired: false),
      Field(json: "status", name: "status", kind: .string, isRequired: false),
      Field(json: "reason", name: "reason", kind: .string, isRequired: false),
      Field(json: "message", name: "message", kind: .string, isRequired: false),
      Field(json: "timestamp", name: "timestamp", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.Environment": MessageShape([
      Field(json: "name", name: "name", kind: .string, isRequired: false),
      Field(json: "targets", name: "targets", kind: .list(.message("pipelines.v1.Target")), isRequired: false),
      Field(json: "promotion", name: "promotion", kind: .message("pipelines.v1.Promotion"), isRequired: false),
    ]),
    "pipelines.v1.EnvironmentStatus": MessageShape([
      Field(json: "waitingStatus", name: "waiting_status", kind: .message("pipelines.v1.WaitingStatus"), isRequired: false),
      Field(json: "targetsStatuses", name: "targets_statuses", kind: .list(.message("pipelines.v1.PipelineTargetStatus")), isRequired: false),
      Field(json: "state", name: "state", kind: .string, isRequired: false),
      Field(json: "message", name: "message", kind: .string, isRequired: false),
      Field(json: "revision", name: "revision", kind: .string, isRequired: false),
      Field(json: "promotion", name: "promotion", kind: .message("pipelines.v1.PromotionRecord"), isRequired: false),
      Field(json: "history", name: "history", kind: .list(.message("pipelines.v1.PromotionRecord")), isRequired: false),
      Field(json: "approvals", name: "approvals", kind: .list(.message("pipelines.v1.Approval")), isRequired: false),
    ]),
    "pipelines.v1.EnvironmentSummary": MessageShape([
      Field(json: "name", name: "name", kind: .string, isRequired: false),
      Field(json: "state", name: "state", kind: .string, isRequired: false),
      Field(json: "revision", name: "revision", kind: .string, isRequired: false),
      Field(json: "waitingRevision", name: "waiting_revision", kind: .string, isRequired: false),
      Field(json: "readyTargets", name: "ready_targets", kind: .int, isRequired: false),
      Field(json: "totalTargets", name: "total_targets", kind: .int, isRequired: false),
      Field(json: "pullRequestUrl", name: "pull_request_url", kind: .string, isRequired: false),
      Field(json: "message", name: "message", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.GetPipelineRequest": MessageShape([
      Field(json: "name", name: "name", kind: .string, isRequired: true),
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: true),
    ]),
    "pipelines.v1.GetPipelineResponse": MessageShape([
      Field(json: "pipeline", name: "pipeline", kind: .message("pipelines.v1.Pipeline"), isRequired: false),
      Field(json: "errors", name: "errors", kind: .list(.string), isRequired: false),
    ]),
    "pipelines.v1.ListError": MessageShape([
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: false),
      Field(json: "message", name: "message", kind: .string, isRequired: false),
      Field(json: "clusterName", name: "cluster_name", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.ListPipelinesRequest": MessageShape([
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.ListPipelinesResponse": MessageShape([
      Field(json: "pipelines", name: "pipelines", kind: .list(.message("pipelines.v1.Pipeline")), isRequired: false),
      Field(json: "errors", name: "errors", kind: .list(.message("pipelines.v1.ListError")), isRequired: false),
    ]),
    "pipelines.v1.ListPullRequestsRequest": MessageShape([
      Field(json: "name", name: "name", kind: .string, isRequired: true),
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: true),
    ]),
    "pipelines.v1.ListPullRequestsResponse": MessageShape([
      Field(json: "pullRequests", name: "pull_requests", kind: .map(.string), isRequired: false),
      Field(json: "errors", name: "errors", kind: .list(.string), isRequired: false),
    ]),
    "pipelines.v1.LocalObjectReference": MessageShape([
      Field(json: "name", name: "name", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.Notification": MessageShape([
    ]),
    "pipelines.v1.Pipeline": MessageShape([
      Field(json: "name", name: "name", kind: .string, isRequired: false),
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: false),
      Field(json: "appRef", name: "app_ref", kind: .message("pipelines.v1.AppRef"), isRequired: false),
      Field(json: "environments", name: "environments", kind: .list(.message("pipelines.v1.Environment")), isRequired: false),
      Field(json: "targets", name: "targets", kind: .list(.message("pipelines.v1.Target")), isRequired: false),
      Field(json: "status", name: "status", kind: .message("pipelines.v1.PipelineStatus"), isRequired: false),
      Field(json: "yaml", name: "yaml", kind: .string, isRequired: false),
      Field(json: "type", name: "type", kind: .string, isRequired: false),
      Field(json: "promotion", name: "promotion", kind: .message("pipelines.v1.Promotion"), isRequired: false),
      Field(json: "environmentSummaries", name: "environment_summaries", kind: .list(.message("pipelines.v1.EnvironmentSummary")), isRequired: false),
      Field(json: "conditions", name: "conditions", kind: .list(.message("pipelines.v1.Condition")), isRequired: false),
    ]),
    "pipelines.v1.PipelineStatus": MessageShape([
      Field(json: "environments", name: "environments", kind: .map(.message("pipelines.v1.EnvironmentStatus")), isRequired: false),
    ]),
    "pipelines.v1.PipelineTargetStatus": MessageShape([
      Field(json: "clusterRef", name: "cluster_ref", kind: .message("pipelines.v1.ClusterRef"), isRequired: false),
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: false),
      Field(json: "workloads", name: "workloads", kind: .list(.message("pipelines.v1.WorkloadStatus")), isRequired: false),
      Field(json: "ready", name: "ready", kind: .bool, isRequired: false),
      Field(json: "revision", name: "revision", kind: .string, isRequired: false),
      Field(json: "error", name: "error", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.Promotion": MessageShape([
      Field(json: "manual", name: "manual", kind: .bool, isRequired: false),
      Field(json: "strategy", name: "strategy", kind: .message("pipelines.v1.Strategy"), isRequired: false),
    ]),
    "pipelines.v1.PromotionRecord": MessageShape([
      Field(json: "revision", name: "revision", kind: .string, isRequired: false),
      Field(json: "state", name: "state", kind: .string, isRequired: false),
      Field(json: "message", name: "message", kind: .string, isRequired: false),
      Field(json: "startedAt", name: "started_at", kind: .string, isRequired: false),
      Field(json: "finishedAt", name: "finished_at", kind: .string, isRequired: false),
      Field(json: "pullRequestUrl", name: "pull_request_url", kind: .string, isRequired: false),
      Field(json: "pullRequestState", name: "pull_request_state", kind: .string, isRequired: false),
      Field(json: "actor", name: "actor", kind: .string, isRequired: false),
      Field(json: "attempt", name: "attempt", kind: .int, isRequired: false),
      Field(json: "approvals", name: "approvals", kind: .list(.message("pipelines.v1.Approval")), isRequired: false),
    ]),
    "pipelines.v1.PullRequest": MessageShape([
      Field(json: "type", name: "type", kind: .string, isRequired: false),
      Field(json: "url", name: "url", kind: .string, isRequired: false),
      Field(json: "branch", name: "branch", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.Strategy": MessageShape([
      Field(json: "pullRequest", name: "pull_request", kind: .message("pipelines.v1.PullRequest"), isRequired: false),
      Field(json: "notification", name: "notification", kind: .message("pipelines.v1.Notification"), isRequired: false),
      Field(json: "secretRef", name: "secret_ref", kind: .message("pipelines.v1.LocalObjectReference"), isRequired: false),
    ]),
    "pipelines.v1.Target": MessageShape([
      Field(json: "namespace", name: "namespace", kind: .string, isRequired: false),
      Field(json: "clusterRef", name: "cluster_ref", kind: .message("pipelines.v1.ClusterRef"), isRequired: false),
    ]),
    "pipelines.v1.WaitingStatus": MessageShape([
      Field(json: "revision", name: "revision", kind: .string, isRequired: false),
    ]),
    "pipelines.v1.WorkloadStatus": MessageShape([
      Field(json: "kind", name: "kind", kind: .string, isRequired: false),
      Field(json: "name", name: "name", kind: .string, isRequired: false),
      Field(json: "version", name: "version", kind: .string, isRequired: false),
      Field(json: "lastAppliedRevision", name: "last_applied_revision", kind: .string, isRequired: false),
      Field(json: "conditions", name: "conditions", kind: .list(.message("pipelines.v1.Condition")), isRequired: false),
      Field(json: "suspended", name: "suspended", kind: .bool, isRequired: false),
    ]),
    "wge.pullrequests.v1.ListPullRequestsRequest": MessageShape([
      Field(json: "repository", name: "repository", kind: .string, isRequired: false),
      Field(json: "state", name: "state", kind: .string, isRequired: false),
    ]),
    "wge.pullrequests.v1.ListPullRequestsResponse": MessageShape([
      Field(json: "pullRequests", name: "pull_requests", kind: .list(.message("wge.pullrequests.v1.PullRequest")), isRequired: false),
    ]),
    "wge.pullrequests.v1.MergePullRequestRequest": MessageShape([
      Field(json: "repository", name: "repository", kind: .string, isRequired: true),
      Field(json: "number", name: "number", kind: .int, isRequired: true),
    ]),
    "wge.pullrequests.v1.MergePullRequestResponse": MessageShape([
      Field(json: "pullRequest", name: "pull_request", kind: .message("wge.pullrequests.v1.PullRequest"), isRequired: false),
    ]),
    "wge.pullrequests.v1.PullRequest": MessageShape([
      Field(json: "repository", name: "repository", kind: .string, isRequired: false),
      Field(json: "number", name: "number", kind: .int, isRequired: false),
      Field(json: "title", name: "title", kind: .string, isRequired: false),
      Field(json: "description", name: "description", kind: .string, isRequired: false),
      Field(json: "state", name: "state", kind: .string, isRequired: false),
      Field(json: "sourceBranch", name: "source_branch", kind: .string, isRequired: false),
      Field(json: "targetBranch", name: "target_branch", kind: .string, isRequired: false),
      Field(json: "url", name: "url", kind: .string, isRequired: false),
      Field(json: "author", name: "author", kind: .string, isRequired: false),
      Field(json: "createdAt", name: "created_at", kind: .string, isRequired: false),
      Field(json: "mergeCommit", name: "merge_commit", kind: .string, isRequired: false),
    ]),
  ]
}
