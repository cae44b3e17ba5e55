internal import HTTPTypes
public import WGECore

extension KubeClient {
  /// Asks for a pod to be deleted, as far as its disruption budgets allow (`policy/v1 Eviction`).
  ///
  /// Not repeated by the client, since only the caller knows how long to try.
  /// - Throws: ``KubeError`` with ``KubeError/isBlockedByDisruptionBudget`` when a budget stands in
  ///   the way now.
  public func evict(_ pod: ObjectKey, options: DeleteOptions = DeleteOptions()) async throws {
    let path = try ResourcePath.object(
      .pods, namespace: namespace(pod.namespace, .pods), name: pod.name, subresource: "eviction")
    var metadata: JSONObject = ["name": .string(pod.name)]
    if let namespace = namespace(pod.namespace, .pods) { metadata["namespace"] = .string(namespace) }
    let eviction: JSON = [
      "apiVersion": "policy/v1", "kind": "Eviction", "metadata": .object(metadata), "deleteOptions": options.body,
    ]
    var sender = sender
    sender.retry = .none
    _ = try await sender.send(
      Call(
        method: .post, path: path, query: options.dryRun ? [("dryRun", "All")] : [], contentType: "application/json",
        body: eviction.serialized()))
  }
}
