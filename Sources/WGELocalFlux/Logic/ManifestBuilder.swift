import WGECore

/// Why a path of a source tree does not give manifests.
struct BuildError: Error, Hashable, CustomStringConvertible {
  /// The condition's reason, as Flux writes it: `BuildFailed` or `ArtifactFailed`.
  var reason = "BuildFailed"
  var description: String
}

/// Turns the files of a Kustomization's path into objects.
///
/// Without a `kustomization.yaml` every YAML file below the path counts, in path order, as Flux does by
/// generating one. With one, `resources`, `namespace`, `commonLabels` and `commonAnnotations` are
/// followed; any other field is refused by name, because ignoring a patch would apply the wrong object.
struct ManifestBuilder: Sendable {
  /// Bounds on what one Kustomization may hold.
  static let maximumObjects = 10_000
  static let maximumDepth = 16

  private let files: [String: GitSourceFile]

  init(files: [GitSourceFile]) {
    self.files = Dictionary(files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The objects of a folder of the tree.
  /// - Parameters:
  ///   - path: as in `spec.path`: `./clusters/a`, `/clusters/a`, `clusters/a` or empty for the root.
  ///   - targetNamespace: replaces the namespace of all namespaced objects when not nil.
  func build(path: String, targetNamespace: String?) throws -> [DynamicObject] {
    let folder = try Self.normalise(path, relativeTo: "")
    let prefix = folder.isEmpty ? "" : folder + "/"
    guard folder.isEmpty || files.keys.contains(where: { $0.hasPrefix(prefix) }) else {
      throw BuildError(
        reason: "ArtifactFailed", description: "kustomization path not found: the source has no folder \(folder)")
    }
    var objects = try collect(folder: folder, depth: 0)
    if let targetNamespace {
      for index in objects.indices where !Self.isClusterScopedByKind(objects[index]) {
        objects[index].setValue(.string(targetNamespace), at: ["metadata", "namespace"])
      }
    }
    var seen: Set<String> = []
    for object in objects {
      let identity = "\(object.groupVersionKind?.group ?? "")/\(object.kind)/\(object.key)"
      guard seen.insert(identity).inserted else {
        throw BuildError(description: "\(object.kind) \(object.key) is defined twice below \(path); remove one")
      }
    }
    return objects
  }

  private func collect(folder: String, depth: Int) throws -> [DynamicObject] {
    guard depth < Self.maximumDepth else {
      throw BuildError(description: "kustomizations are nested deeper than \(Self.maximumDepth) at \(folder)")
    }
    let prefix = folder.isEmpty ? "" : folder + "/"
    for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
      if let file = files[prefix + name] { return try follow(file, folder: folder, depth: depth) }
    }
    var objects: [DynamicObject] = []
    for path in files.keys.filter({ $0.hasPrefix(prefix) && Self.isYAML($0) }).sorted() {
      // A folder below with a kustomization.yaml of its own is taken as that says, once.
      if let nested = nestedKustomization(of: path, below: folder) {
        if path == nested.file { objects += try collect(folder: nested.folder, depth: depth + 1) }
        continue
      }
      objects += try parse(path)
      try checkCount(objects)
    }
    return objects
  }

  private func nestedKustomization(of path: String, below folder: String) -> (folder: String, file: String)? {
    let base = folder.isEmpty ? 0 : folder.split(separator: "/").count
    let parts = path.split(separator: "/").map(String.init)
    guard parts.count > base + 1 else { return nil }
    for length in (base + 1)..<parts.count {
      let candidate = parts[..<length].joined(separator: "/")
      for name in ["kustomization.yaml", "kustomization.yml"] where files["\(candidate)/\(name)"] != nil {
        return (candidate, "\(candidate)/\(name)")
      }
    }
    return nil
  }

  // MARK: kustomization.yaml

  private static let understood: Set<String> = [
    "apiVersion", "kind", "metadata", "resources", "namespace", "commonLabels", "commonAnnotations",
  ]

  private func follow(_ file: GitSourceFile, folder: String, depth: Int) throws -> [DynamicObject] {
    let documents = try parseYAML(file)
    guard documents.count == 1, case .object(let members) = documents[0] else {
      throw BuildError(description: "\(file.path): must hold exactly one document that is a mapping")
    }
    for member in members where !Self.understood.contains(member.key) && member.value != .null {
      throw BuildError(
        description: "\(file.path): field \(member.key) is not supported by LocalFlux; remove it or run real Flux")
    }
    var objects: [DynamicObject] = []
    for (index, resource) in (members["resources"]?.arrayValue ?? []).enumerated() {
      guard let text = resource.stringValue, !text.isEmpty else {
        throw BuildError(description: "\(file.path): resources[\(index)] must be a path")
      }
      if text.contains("://") {
        throw BuildError(
          description: "\(file.path): resources[\(index)]: remote resources are not supported by LocalFlux")
      }
      let target = try Self.normalise(text, relativeTo: folder)
      if files[target] != nil {
        objects += try parse(target)
      } else if files.keys.contains(where: { $0.hasPrefix(target + "/") }) {
        objects += try collect(folder: target, depth: depth + 1)
      } else {
        throw BuildError(description: "\(file.path): resources[\(index)]: the source has no \(target)")
      }
      try checkCount(objects)
    }
    return objects.map { decorate($0, with: members) }
  }

  private func decorate(_ object: DynamicObject, with kustomization: JSONObject) -> DynamicObject {
    var object = object
    if let namespace = kustomization["namespace"]?.stringValue, !Self.isClusterScopedByKind(object) {
      object.setValue(.string(namespace), at: ["metadata", "namespace"])
    }
    for (field, target) in [("commonLabels", "labels"), ("commonAnnotations", "annotations")] {
      for member in kustomization[field]?.objectValue ?? JSONObject() {
        object.setValue(member.value, at: ["metadata", target, member.key])
      }
    }
    return object
  }

  // MARK: Files

  private func parse(_ path: String) throws -> [DynamicObject] {
    guard let file = files[path] else { return [] }
    var objects: [DynamicObject] = []
    for (index, document) in try parseYAML(file).enumerated() where document != .null {
      guard let object = DynamicObject(document), object.groupVersionKind != nil, !object.name.isEmpty else {
        throw BuildError(
          description:
            "\(path): document \(index + 1) is not a Kubernetes object: apiVersion, kind and metadata.name must be set")
      }
      if object.kind == "List", let items = object["items"]?.arrayValue {
        objects += items.compactMap { DynamicObject($0) }
      } else {
        objects.append(object)
      }
    }
    return objects
  }

  private func parseYAML(_ file: GitSourceFile) throws -> [JSON] {
    guard let text = String(validating: file.bytes, as: UTF8.self) else {
      throw BuildError(description: "\(file.path): not UTF-8")
    }
    do {
      return try YAML.parse(text)
    } catch {
      throw BuildError(description: "\(file.path): \(error)")
    }
  }

  private func checkCount(_ objects: [DynamicObject]) throws {
    if objects.count > Self.maximumObjects {
      throw BuildError(description: "more than \(Self.maximumObjects) objects; split the Kustomization")
    }
  }

  private static func isYAML(_ path: String) -> Bool { path.hasSuffix(".yaml") || path.hasSuffix(".yml") }

  /// Joins and resolves `.` and `..`; refuses to leave the tree.
  static func normalise(_ path: String, relativeTo folder: String) throws -> String {
    var parts = path.hasPrefix("/") ? [] : folder.split(separator: "/").map(String.init)
    for part in path.split(separator: "/") {
      switch part {
      case ".": continue
      case "..":
        guard parts.popLast() != nil else {
          throw BuildError(description: "path \(path) leaves the source; paths must stay inside it")
        }
      default: parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }

  /// Kinds that are known to live outside namespaces, for `namespace` and `targetNamespace`. What an API
  /// server says of other kinds is asked when they are applied.
  private static func isClusterScopedByKind(_ object: DynamicObject) -> Bool {
    [
      "Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "PersistentVolume", "StorageClass",
      "PriorityClass", "IngressClass", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService",
      "Node", "ClusterIssuer",
    ].contains(object.kind)
  }
}

/// The order in which kinds must reach a cluster: what others need comes first.
enum ApplyOrder {
  static func sorted(_ objects: [DynamicObject]) -> [DynamicObject] {
    objects.enumerated().sorted { a, b in
      (stage(a.element), a.offset) < (stage(b.element), b.offset)
    }.map(\.element)
  }

  /// 0: definitions and namespaces; 1: classes and accounts; 2: the rest.
  static func stage(_ object: DynamicObject) -> Int {
    switch object.kind {
    case "Namespace", "CustomResourceDefinition": 0
    case "ClusterRole", "ServiceAccount", "StorageClass", "PriorityClass", "IngressClass": 1
    default: 2
    }
  }
}
