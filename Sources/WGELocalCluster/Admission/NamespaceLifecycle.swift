internal import WGECore

/// Namespaces that do not exist or are going take no new objects, and some never go.
/// Source: k8s.io/apiserver, admission/plugin/namespace/lifecycle.
struct NamespaceLifecycle: Sendable {
  let cluster: Cluster

  static let immortalNamespaces: Set<String> = ["default", "kube-system", "kube-public"]

  func admitCreate(_ object: inout JSON, _ resource: Resource, _ context: RequestContext) throws(APIStatus) {
    guard resource.isNamespaced else { return }
    let name = context.info.namespace
    guard let namespace = cluster.store.object("namespaces", name) else {
      throw .notFound("namespaces", group: "", plural: "namespaces", name: name)
    }
    if namespace.metadata["deletionTimestamp"] != nil {
      let object = object["metadata"]?["name"]?.stringValue ?? ""
      var status = APIStatus.forbidden(
        resource, object, "unable to create new content in namespace \(name) because it is being terminated")
      status.details?.causes = [
        .init(
          reason: "NamespaceTerminating", message: "namespace \(name) is being terminated", field: "metadata.namespace")
      ]
      throw status
    }
  }

  func admitDelete(_ name: String, _ resource: Resource) throws(APIStatus) {
    guard resource.storageName == "namespaces", Self.immortalNamespaces.contains(name) else { return }
    throw .forbidden(resource, name, "this namespace may not be deleted")
  }
}
