internal import WGECore

/// What the volumes of a pod may hold.
/// Source: k8s.io/kubernetes, apis/core/validation.
enum VolumeRules {
  private static let modeDetail = "must be a number between 0 and 0777 (octal), both inclusive"
  private static let hostTypes = [
    "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket",
  ]

  /// - Parameter known: volumes that come from elsewhere.
  /// - Returns: the names of those that are sound: mounts of the others are not found.
  static func check(_ volumes: [JSON], _ field: String, known: Set<String>, _ errors: inout [FieldError])
    -> Set<String>
  {
    var names = known
    for (index, volume) in volumes.enumerated() {
      let path = "\(field)[\(index)]"
      let name = volume["name"]?.stringValue ?? ""
      // A stateful set's own volume takes the place of one of that name.
      if known.contains(name) { continue }
      var found = sourceErrors(volume, path)
      if name.isEmpty {
        found.append(.required("\(path).name"))
      } else {
        found += Checks.label(name, "\(path).name")
      }
      if names.contains(name) { found.append(.duplicate("\(path).name", .string(name))) }
      if found.isEmpty { names.insert(name) }
      errors += found
    }
    return names
  }

  private static func sourceErrors(_ volume: JSON, _ field: String) -> [FieldError] {
    guard let object = volume.objectValue else { return [] }
    let kinds = object.map(\.key).filter { $0 != "name" }
    var errors: [FieldError] = []
    if kinds.isEmpty { return [.required(field, "must specify a volume type")] }
    for kind in kinds.dropFirst() {
      errors.append(.forbidden("\(field).\(kind)", "may not specify more than 1 volume type"))
    }
    guard let kind = kinds.first, let source = volume[kind] else { return errors }
    let path = "\(field).\(kind)"
    switch kind {
    case "hostPath": errors += hostErrors(source, path)
    case "secret": errors += Checks.required(source, path, "secretName") + fileErrors(source, path)
    case "configMap": errors += Checks.required(source, path, "name") + fileErrors(source, path)
    case "persistentVolumeClaim": errors += Checks.required(source, path, "claimName")
    case "nfs": errors += Checks.required(source, path, "server", "path")
    case "csi": errors += Checks.required(source, path, "driver")
    case "downwardAPI": errors += modeErrors(source, path)
    case "projected":
      errors += modeErrors(source, path)
      for (index, inner) in (source["sources"]?.arrayValue ?? []).enumerated() {
        errors += projectionErrors(inner, "\(path).sources[\(index)]", whole: path)
      }
    default: break
    }
    return errors
  }

  private static func projectionErrors(_ source: JSON, _ field: String, whole: String) -> [FieldError] {
    var errors: [FieldError] = []
    var count = 0
    for kind in ["secret", "configMap"] {
      guard let inner = source[kind] else { continue }
      count += 1
      errors += Checks.required(inner, "\(field).\(kind)", "name") + itemErrors(inner, "\(field).\(kind)")
    }
    if source["downwardAPI"] != nil { count += 1 }
    if let token = source["serviceAccountToken"] {
      count += 1
      let seconds = token["expirationSeconds"]?.intValue ?? 0
      if seconds < 600 {
        errors.append(
          .invalid(
            "\(field).serviceAccountToken.expirationSeconds", .number(.int(seconds)),
            "may not specify a duration less than 10 minutes"))
      }
      let path = token["path"]?.stringValue ?? ""
      // The complaint names the volume, not the source.
      errors += path.isEmpty ? [.required("\(whole).path")] : local(path, "\(whole).path")
    }
    if count > 1 { errors.append(.forbidden(field, "may not specify more than 1 volume type per source")) }
    return errors
  }

  private static func hostErrors(_ source: JSON, _ field: String) -> [FieldError] {
    let path = source["path"]?.stringValue ?? ""
    if path.isEmpty { return [.required("\(field).path")] }
    return noBacksteps(path, "\(field).path") + PodRules.oneOf(source["type"], "\(field).type", hostTypes)
  }

  private static func fileErrors(_ source: JSON, _ field: String) -> [FieldError] {
    modeErrors(source, field) + itemErrors(source, field)
  }

  private static func modeErrors(_ source: JSON, _ field: String, _ name: String = "defaultMode") -> [FieldError] {
    guard let mode = source[name]?.intValue, !(0...0o777).contains(mode) else { return [] }
    return [.invalid("\(field).\(name)", .number(.int(mode)), modeDetail)]
  }

  private static func itemErrors(_ source: JSON, _ field: String) -> [FieldError] {
    (source["items"]?.arrayValue ?? []).enumerated().flatMap { index, item -> [FieldError] in
      let path = "\(field).items[\(index)]"
      return Checks.required(item, path, "key", "path")
        + local(item["path"]?.stringValue ?? "", "\(path).path") + modeErrors(item, path, "mode")
    }
  }

  // MARK: Paths

  /// A path below a directory, which may not begin with two dots.
  private static func local(_ path: String, _ field: String) -> [FieldError] {
    var errors = relative(path, field)
    if path.hasPrefix(".."), !path.hasPrefix("../") {
      errors.append(.invalid(field, path, "must not start with '..'"))
    }
    return errors
  }

  static func relative(_ path: String, _ field: String) -> [FieldError] {
    (path.hasPrefix("/") ? [.invalid(field, path, "must be a relative path")] : []) + noBacksteps(path, field)
  }

  private static func noBacksteps(_ path: String, _ field: String) -> [FieldError] {
    path.split(separator: "/").contains("..") ? [.invalid(field, path, "must not contain '..'")] : []
  }
}
