public import WGECore

extension Kubeconfig {
  /// Reads a kubeconfig in YAML or JSON.
  ///
  /// Fields of the wrong type, entries without a name and names that occur twice are errors;
  /// fields that are not known are skipped.
  /// - Parameters:
  ///   - source: What to call it in messages.
  ///   - directory: Against which relative paths are resolved; nil refuses them.
  /// - Throws: ``KubeError/config(_:)``, which never quotes the content.
  public init(parsing bytes: [UInt8], source: String? = nil, directory: String? = nil) throws {
    guard bytes.count <= KubeDefaults.maximumKubeconfigBytes else {
      throw KubeError.config(
        KubeconfigProblem(file: source, problem: "larger than \(KubeDefaults.maximumKubeconfigBytes) bytes"))
    }
    try self.init(
      json: try KubeconfigText.parse(bytes, source: source), source: source, directory: directory)
  }

  /// Reads a kubeconfig from its JSON form. See ``init(parsing:source:directory:)``.
  public init(json: JSON, source: String? = nil, directory: String? = nil) throws {
    // An empty file is an empty kubeconfig, as to kubectl.
    let document: JSON = json.isNull ? [:] : json
    let root = try KubeconfigNode(document, path: "", source: source, directory: directory)
    if let kind = try root.text("kind"), kind != "Config" {
      throw root.problem("kind", "is not Config", fix: "is this a kubeconfig?")
    }
    if let version = try root.text("apiVersion"), version != "v1" {
      throw root.problem("apiVersion", "is not v1", fix: "only v1 is known")
    }
    self.init(
      clusters: try root.entries("clusters", "cluster").map(Cluster.init),
      users: try root.entries("users", "user").map(User.init),
      contexts: try root.entries("contexts", "context").map(Context.init),
      currentContext: try root.text("current-context"), source: source)
  }
}

extension Kubeconfig.Cluster {
  fileprivate init(name: String, node: KubeconfigNode) throws {
    self.init(
      name: name, server: try node.text("server") ?? "",
      certificateAuthority: try node.material("certificate-authority"),
      tlsServerName: try node.text("tls-server-name"),
      insecureSkipTLSVerify: try node.flag("insecure-skip-tls-verify") ?? false,
      proxyURL: try node.text("proxy-url"), source: node.source)
  }
}

extension Kubeconfig.Context {
  fileprivate init(name: String, node: KubeconfigNode) throws {
    self.init(
      name: name, cluster: try node.text("cluster") ?? "", user: try node.text("user"),
      namespace: try node.text("namespace"), source: node.source)
  }
}

extension Kubeconfig.User {
  fileprivate init(name: String, node: KubeconfigNode) throws {
    self.init(
      name: name, token: try node.text("token").map { Secret($0) }, tokenFile: try node.path("tokenFile"),
      clientCertificate: try node.material("client-certificate"), clientKey: try node.material("client-key"),
      username: try node.text("username"), password: try node.text("password").map { Secret($0) },
      exec: try node.object("exec").map { try ExecConfig(node: $0) },
      authProvider: try node.object("auth-provider").map { try $0.text("name") ?? "unnamed" },
      impersonates: try Self.impersonation(node), source: node.source)
  }

  private static func impersonation(_ node: KubeconfigNode) throws -> UserInfo? {
    let name = try node.text("as")
    let uid = try node.text("as-uid")
    let groups = try node.texts("as-groups")
    var extra: [String: [String]] = [:]
    if let fields = try node.object("as-user-extra") {
      for key in fields.members.keys { extra[key] = try fields.texts(key) }
    }
    guard let name else {
      if uid != nil || !groups.isEmpty || !extra.isEmpty {
        throw node.problem("as", "is missing", fix: "groups, uid and extra are impersonated only together with a user")
      }
      return nil
    }
    return UserInfo(name: name, uid: uid, groups: groups, extra: extra)
  }
}

extension ExecConfig {
  fileprivate init(node: KubeconfigNode) throws {
    guard let command = try node.text("command") else {
      throw node.problem("command", "is missing", fix: "name the command")
    }
    guard let apiVersion = try node.text("apiVersion") else {
      throw node.problem("apiVersion", "is missing", fix: "set it to client.authentication.k8s.io/v1")
    }
    guard let version = apiVersion.split(separator: "/").last.map(String.init),
      apiVersion == "client.authentication.k8s.io/" + version, ["v1", "v1beta1"].contains(version)
    else {
      throw node.problem(
        "apiVersion", "is not supported",
        fix: "use client.authentication.k8s.io/v1 or v1beta1; newer releases of the plugin speak them")
    }
    var mode = InteractiveMode.ifAvailable
    if let text = try node.text("interactiveMode") {
      guard let known = InteractiveMode(rawValue: text) else {
        throw node.problem("interactiveMode", "is not known", fix: "use Never, IfAvailable or Always")
      }
      mode = known
    } else if version == "v1" {
      throw node.problem("interactiveMode", "is missing, which v1 requires", fix: "set it to Never or IfAvailable")
    }
    self.init(
      command: try node.commandPath(command), arguments: try node.texts("args"),
      environment: try node.objects("env").map { entry in
        guard let name = try entry.text("name") else { throw entry.problem("name", "is missing") }
        return Variable(name: name, value: try entry.text("value") ?? "")
      },
      apiVersion: apiVersion, installHint: try node.text("installHint"),
      provideClusterInfo: try node.flag("provideClusterInfo") ?? false, interactiveMode: mode)
  }
}
