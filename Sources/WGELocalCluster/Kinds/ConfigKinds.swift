internal import WGECore

/// ConfigMaps and Secrets.
enum ConfigKinds {
  private static let maximumBytes = 1024 * 1024

  static let configMap: Behaviour = {
    var behaviour = Behaviour()
    behaviour.validate = { json in
      var errors: [FieldError] = []
      var size = 0
      for field in ["data", "binaryData"] {
        for member in json[field]?.objectValue ?? JSONObject() {
          errors += NameValidation.configMapKey(member.key).map { .invalid("\(field)[\(member.key)]", member.key, $0) }
          if field == "binaryData", json["data"]?[member.key] != nil {
            errors.append(.invalid("data[\(member.key)]", member.key, "duplicate of key present in binaryData"))
          }
          let length = member.value.stringValue?.utf8.count ?? 0
          size += field == "data" ? length : length / 4 * 3
        }
      }
      if size > maximumBytes { errors.append(.tooLong("", maximum: maximumBytes)) }
      return errors
    }
    behaviour.validateUpdate = { immutabilityErrors($0, old: $1, fields: ["data", "binaryData"]) }
    return behaviour
  }()

  static let secret: Behaviour = {
    var behaviour = Behaviour()
    behaviour.applyDefaults = { json in
      if (json["type"]?.stringValue ?? "").isEmpty { json["type"] = "Opaque" }
      guard let texts = json["stringData"]?.objectValue else { return }
      var data = json["data"]?.objectValue ?? JSONObject()
      for member in texts { data[member.key] = .string(Base64.encode((member.value.stringValue ?? "").utf8)) }
      json["stringData"] = nil
      if !data.isEmpty { json["data"] = .object(data) }
    }
    behaviour.validate = { json in
      var errors: [FieldError] = []
      let data = json["data"]?.objectValue ?? JSONObject()
      var size = 0
      for member in data {
        errors += NameValidation.configMapKey(member.key).map { .invalid("data[\(member.key)]", member.key, $0) }
        size += (member.value.stringValue?.utf8.count ?? 0) / 4 * 3
      }
      if size > maximumBytes { errors.append(.tooLong("data", maximum: maximumBytes)) }
      return errors + typeErrors(json, data)
    }
    behaviour.validateUpdate = { json, old in
      var errors: [FieldError] = []
      if json["type"] != old["type"] {
        errors.append(.invalid("type", json["type"] ?? "", "field is immutable"))
      }
      return errors + immutabilityErrors(json, old: old, fields: ["data"])
    }
    behaviour.warnings = { json in
      guard json["type"]?.stringValue == "kubernetes.io/tls", let text = json["data"]?["tls.crt"]?.stringValue,
        let bytes = Base64.decode(text), !String(decoding: bytes, as: UTF8.self).contains("-----BEGIN ")
      else { return [] }
      return ["tls: failed to find any PEM data in certificate input"]
    }
    behaviour.selectableFields = [SelectableField(name: "type") { $0["type"]?.stringValue ?? "" }]
    return behaviour
  }()

  /// The keys that typed secrets must have.
  private static func typeErrors(_ json: JSON, _ data: JSONObject) -> [FieldError] {
    func require(_ key: String) -> [FieldError] { data.contains(key: key) ? [] : [.required("data[\(key)]")] }
    switch json["type"]?.stringValue ?? "" {
    case "kubernetes.io/service-account-token":
      let name = json["metadata"]?["annotations"]?["kubernetes.io/service-account.name"]?.stringValue ?? ""
      return name.isEmpty ? [.required("metadata.annotations[kubernetes.io/service-account.name]")] : []
    case "kubernetes.io/dockercfg": return require(".dockercfg")
    case "kubernetes.io/dockerconfigjson":
      guard let text = data[".dockerconfigjson"]?.stringValue else { return require(".dockerconfigjson") }
      do { _ = try BodyFormat.goJSON(Base64.decode(text) ?? []) } catch {
        return [.invalid("data[.dockerconfigjson]", "<secret contents redacted>", error.description)]
      }
      return []
    case "kubernetes.io/basic-auth":
      if data.contains(key: "username") || data.contains(key: "password") { return [] }
      return [.required("data[username]"), .required("data[password]")]
    case "kubernetes.io/ssh-auth": return require("ssh-privatekey")
    case "kubernetes.io/tls": return require("tls.crt") + require("tls.key")
    default: return []
    }
  }

  private static func immutabilityErrors(_ json: JSON, old: JSON, fields: [String]) -> [FieldError] {
    guard old["immutable"]?.boolValue == true else { return [] }
    var errors: [FieldError] = []
    if json["immutable"]?.boolValue != true {
      errors.append(.forbidden("immutable", "field is immutable when `immutable` is set"))
    }
    for field in fields where json[field] != old[field] {
      errors.append(.forbidden(field, "field is immutable when `immutable` is set"))
    }
    return errors
  }
}
