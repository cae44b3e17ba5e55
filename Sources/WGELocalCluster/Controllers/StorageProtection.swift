internal import WGECore

/// Takes the protecting finalizers from claims and volumes that are deleted and in nobody's use.
/// Source: Kubernetes, "Storage Object in Use Protection".
enum StorageProtection {
  /// The keys of the claims that a pod uses.
  static func claims(of pod: JSON) -> [String] {
    let namespace = pod["metadata"]?["namespace"]?.stringValue ?? ""
    let name = pod["metadata"]?["name"]?.stringValue ?? ""
    return (pod["spec"]?["volumes"]?.arrayValue ?? []).compactMap { volume in
      if let claim = volume["persistentVolumeClaim"]?["claimName"]?.stringValue { return "\(namespace)/\(claim)" }
      return volume["ephemeral"] == nil ? nil : "\(namespace)/\(name)-\(volume["name"]?.stringValue ?? "")"
    }
  }

  static func release(_ address: ObjectAddress, _ cluster: Cluster) {
    guard let object = cluster.store.object(address.resource, address.key),
      object.metadata["deletionTimestamp"] != nil, !isUsed(object, address, cluster),
      let resource = cluster.registry.stored.first(where: { $0.storageName == address.resource })
    else { return }
    for finalizer in VolumeKinds.protections {
      if (object.metadata["finalizers"]?.arrayValue ?? []).contains(.string(finalizer)) {
        _ = Finalizers.remove(finalizer, from: resource, key: address.key, cluster)
      }
    }
  }

  private static func isUsed(_ object: StoredObject, _ address: ObjectAddress, _ cluster: Cluster) -> Bool {
    switch address.resource {
    case "persistentvolumeclaims":
      let namespace = object.metadata["namespace"]?.stringValue ?? ""
      return cluster.store.read("pods").objects.values(prefix: "\(namespace)/").contains { pod in
        let phase = pod.json["status"]?["phase"]?.stringValue ?? ""
        return phase != "Succeeded" && phase != "Failed" && claims(of: pod.json).contains(address.key)
      }
    case "persistentvolumes": return object.json["status"]?["phase"]?.stringValue == "Bound"
    default: return false
    }
  }
}
