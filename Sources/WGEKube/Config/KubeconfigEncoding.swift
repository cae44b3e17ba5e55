public import WGECore

extension Kubeconfig {
  /// The kubeconfig as JSON, **with its credentials**.
  public var json: JSON {
    var root: JSONObject = [
      "apiVersion": "v1", "kind": "Config", "preferences": [:],
      "clusters": .array(clusters.map { ["name": .string($0.name), "cluster": $0.json] }),
      "users": .array(users.map { ["name": .string($0.name), "user": $0.json] }),
      "contexts": .array(contexts.map { ["name": .string($0.name), "context": $0.json] }),
    ]
    root["current-context"] = .string(currentContext ?? "")
    return .object(root)
  }

  /// The kubeconfig as YAML text that kubectl reads, **with its credentials**: write it to files
  /// that only their owner can read.
  public func serialized() -> [UInt8] { KubeconfigText.serialize(json) }
}

/// Collects the members that are there.
private struct Members {
  var object = JSONObject()

  mutating func add(_ key: String, _ text: String?) { if let text { object[key] = .string(text) } }

  mutating func add(_ key: String, _ flag: Bool) { if flag { object[key] = true } }

  mutating func add(_ key: String, _ texts: [String]) {
    if !texts.isEmpty { object[key] = .array(texts.map(JSON.string)) }
  }

  mutating func add(_ key: String, _ material: Material?) {
    switch material {
    case .inline(let bytes)?: add(key + "-data", Base64.encode(bytes.reveal()))
    case .file(let path)?: add(key, path)
    case nil: break
    }
  }
}

extension Kubeconfig.Cluster {
  fileprivate var json: JSON {
    var members = Members()
    members.add("server", server)
    members.add("certificate-authority", certificateAuthority)
    members.add("tls-server-name", tlsServerName)
    members.add("insecure-skip-tls-verify", insecureSkipTLSVerify)
    members.add("proxy-url", proxyURL)
    return .object(members.object)
  }
}

extension Kubeconfig.Context {
  fileprivate var json: JSON {
    var members = Members()
    members.add("cluster", cluster)
    members.add("user", user ?? "")
    members.add("namespace", namespace)
    return .object(members.object)
  }
}

extension Kubeconfig.User {
  fileprivate var json: JSON {
    var members = Members()
    members.add("token", token?.reveal())
    members.add("tokenFile", tokenFile)
    members.add("client-certificate", clientCertificate)
    members.add("client-key", clientKey)
    members.add("username", username)
    members.add("password", password?.reveal())
    members.add("as", impersonates?.name)
    members.add("as-uid", impersonates?.uid)
    members.add("as-groups", impersonates?.groups ?? [])
    if let extra = impersonates?.extra, !extra.isEmpty {
      members.object["as-user-extra"] = .object(
        JSONObject(extra.map { ($0.key, JSON.array($0.value.map(JSON.string))) }))
    }
    if let authProvider { members.object["auth-provider"] = ["name": .string(authProvider)] }
    members.object["exec"] = exec?.json
    return .object(members.object)
  }
}

extension ExecConfig {
  fileprivate var json: JSON {
    var members = Members()
    members.add("apiVersion", apiVersion)
    members.add("command", command)
    members.add("args", arguments)
    members.add("installHint", installHint)
    members.add("provideClusterInfo", provideClusterInfo)
    members.add("interactiveMode", interactiveMode.rawValue)
    if !environment.isEmpty {
      members.object["env"] = .array(environment.map { ["name": .string($0.name), "value": .string($0.value)] })
    }
    return .object(members.object)
  }
}
