internal import WGECore

/// One context of a kubeconfig, resolved and checked: where to connect, whom to trust and who to
/// be. Files are named, not yet read.
public struct KubeEndpoint: Sendable, Hashable {
  /// `https://host:port`, with a path prefix where there is one, without a slash at the end.
  public var server: String
  /// Whom to trust in place of the system's authorities.
  public var certificateAuthority: Material?
  /// The name to find in the certificate when it is not the server's host.
  public var tlsServerName: String?
  /// Accept any certificate.
  public var insecureSkipTLSVerify: Bool
  /// Nil takes the process's proxy environment.
  public var proxyURL: String?
  /// Nil for no credentials.
  public var user: Kubeconfig.User?
  /// `default` when the context names none.
  public var namespace: String
  /// For messages: the source and the context.
  public var source: String?
  /// The context that was resolved, for messages.
  public var context: String?

  /// With these values; the properties say what they mean.
  public init(
    server: String, certificateAuthority: Material? = nil, tlsServerName: String? = nil,
    insecureSkipTLSVerify: Bool = false, proxyURL: String? = nil, user: Kubeconfig.User? = nil,
    namespace: String = "default", source: String? = nil, context: String? = nil
  ) {
    self.server = server
    self.certificateAuthority = certificateAuthority
    self.tlsServerName = tlsServerName
    self.insecureSkipTLSVerify = insecureSkipTLSVerify
    self.proxyURL = proxyURL
    self.user = user
    self.namespace = namespace
    self.source = source
    self.context = context
  }

  /// What a person should know about: weak settings that nevertheless work.
  public var warnings: [String] {
    var warnings: [String] = []
    if insecureSkipTLSVerify {
      warnings.append("insecure-skip-tls-verify is set: anyone on the way can read and change what is sent")
    }
    if URLParts(server)?.scheme == "http" {
      warnings.append("the server is not reached by https: credentials are sent in the clear")
    }
    return warnings
  }
}

extension Kubeconfig {
  /// Resolves a context and checks that it can be used.
  /// - Parameters:
  ///   - name: Nil takes ``currentContext``, or the only one there is.
  ///   - policy: What the kubeconfig may make this process do.
  /// - Throws: ``KubeError/config(_:)``.
  public func endpoint(context name: String? = nil, policy: KubeconfigPolicy = .trusted) throws -> KubeEndpoint {
    let context = try resolve(context: name)
    func fail(_ source: String?, _ field: String, _ problem: String, _ fix: String) -> KubeError {
      .config(
        KubeconfigProblem(
          file: source ?? self.source, context: context.name, field: field, problem: problem, fix: fix))
    }
    let contextField = "contexts[\(context.name)].context"
    guard let cluster = clusters.first(where: { $0.name == context.cluster }) else {
      throw fail(
        context.source, "\(contextField).cluster",
        context.cluster.isEmpty ? "is missing" : "names \(context.cluster), which is not among the clusters",
        "known clusters: \(Self.names(clusters.map(\.name)))")
    }
    var user: User?
    if let userName = context.user {
      guard let found = users.first(where: { $0.name == userName }) else {
        throw fail(
          context.source, "\(contextField).user", "names \(userName), which is not among the users",
          "known users: \(Self.names(users.map(\.name)))")
      }
      user = found
    }
    let clusterField = "clusters[\(cluster.name)].cluster"
    try cluster.check(policy) { fail(cluster.source, "\(clusterField).\($0)", $1, $2) }
    if let user {
      let userField = "users[\(user.name)].user"
      try user.check(policy) { fail(user.source, "\(userField).\($0)", $1, $2) }
    }
    guard let server = Self.serverURL(cluster) else {
      throw fail(
        cluster.source, "\(clusterField).server", cluster.server.isEmpty ? "is missing" : "is not a usable URL",
        "use https://host:port without user name, query or fragment")
    }
    return KubeEndpoint(
      server: server, certificateAuthority: cluster.certificateAuthority, tlsServerName: cluster.tlsServerName,
      insecureSkipTLSVerify: cluster.insecureSkipTLSVerify, proxyURL: cluster.proxyURL, user: user,
      namespace: context.namespace ?? "default", source: cluster.source ?? source, context: context.name)
  }

  private func resolve(context name: String?) throws -> Context {
    if let name = name ?? currentContext {
      guard let context = contexts.first(where: { $0.name == name }) else {
        throw KubeError.config(
          KubeconfigProblem(
            file: source, context: name, field: "contexts", problem: "there is no context of this name",
            fix: "known contexts: \(Self.names(contexts.map(\.name)))"))
      }
      return context
    }
    if contexts.count == 1, let only = contexts.first { return only }
    throw KubeError.config(
      KubeconfigProblem(
        file: source, field: "current-context", problem: isEmpty ? "the kubeconfig is empty" : "is not set",
        fix: contexts.isEmpty
          ? "add a cluster, a user and a context" : "set it to one of: \(Self.names(contexts.map(\.name)))"))
  }

  /// A few names for a message.
  private static func names(_ names: [String]) -> String {
    if names.isEmpty { return "none" }
    let shown = names.sorted().prefix(8).map { String($0.prefix(64)) }.joined(separator: ", ")
    return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
  }

  /// The server's URL with a scheme and without a slash at the end. A server without a scheme
  /// speaks TLS when anything in the entry is about TLS, as to kubectl.
  private static func serverURL(_ cluster: Cluster) -> String? {
    var text = cluster.server
    if !text.contains("://") {
      let speaksTLS =
        cluster.certificateAuthority != nil || cluster.insecureSkipTLSVerify || cluster.tlsServerName != nil
      text = (speaksTLS ? "https://" : "http://") + text
    }
    while text.hasSuffix("/") { text.removeLast() }
    guard let parts = URLParts(text), ["http", "https"].contains(parts.scheme), !parts.hasUserInfo,
      !text.contains("?"), !text.contains("#")
    else { return nil }
    return text
  }
}

/// Says which field is wrong, how, and what to do.
private typealias Complaint = (_ field: String, _ problem: String, _ fix: String) -> KubeError

extension Kubeconfig.Cluster {
  fileprivate func check(_ policy: KubeconfigPolicy, _ complain: Complaint) throws {
    if insecureSkipTLSVerify, certificateAuthority != nil {
      throw complain(
        "insecure-skip-tls-verify", "is set beside a certificate authority, and only one can hold",
        "remove insecure-skip-tls-verify")
    }
    if case .file? = certificateAuthority, !policy.allowsFiles {
      throw complain(
        "certificate-authority", "names a file, which is not allowed in a kubeconfig from a Secret",
        "use certificate-authority-data")
    }
    guard let proxyURL else { return }
    guard let proxy = URLParts(proxyURL), ["http", "https", "socks5", "socks5h"].contains(proxy.scheme) else {
      throw complain("proxy-url", "is not a usable URL", "use http://host:port, https:// or socks5://")
    }
    if proxy.isLoopback, !policy.allowsLoopbackProxy {
      throw complain(
        "proxy-url", "leads to this machine, which is not allowed in a kubeconfig from a Secret",
        "use the address of a proxy on the network")
    }
  }
}

extension Kubeconfig.User {
  fileprivate func check(_ policy: KubeconfigPolicy, _ complain: Complaint) throws {
    if let authProvider {
      throw complain(
        "auth-provider", "\(authProvider.prefix(64)) is a legacy provider, which Kubernetes removed in 1.26",
        "use exec with the provider's plugin")
    }
    if exec != nil, !policy.allowsExec {
      throw complain(
        "exec", "runs a command, which is not allowed in a kubeconfig from a Secret",
        "use a token or a client certificate")
    }
    if exec?.interactiveMode == .always {
      throw complain(
        "exec.interactiveMode", "is Always, and there is nobody to talk to", "use a plugin that needs no input")
    }
    if !policy.allowsFiles {
      let files: [(String, Bool)] = [
        ("tokenFile", tokenFile != nil), ("client-certificate", clientCertificate?.isFile ?? false),
        ("client-key", clientKey?.isFile ?? false),
      ]
      for (field, isFile) in files where isFile {
        throw complain(
          field, "names a file, which is not allowed in a kubeconfig from a Secret",
          field == "tokenFile" ? "use token" : "use \(field)-data")
      }
    }
    if clientCertificate != nil, clientKey == nil {
      throw complain("client-key", "is missing beside a client certificate", "add client-key or client-key-data")
    }
    if clientKey != nil, clientCertificate == nil {
      throw complain(
        "client-certificate", "is missing beside a client key", "add client-certificate or client-certificate-data")
    }
    if token != nil || tokenFile != nil, username != nil || password != nil {
      throw complain("username", "is set beside a token, and only one can be used", "remove one of them")
    }
    if password != nil, username == nil { throw complain("username", "is missing beside a password", "add username") }
    if exec != nil, token != nil || tokenFile != nil || username != nil {
      throw complain("exec", "is set beside a token or a user name, and only one can be used", "remove one of them")
    }
  }
}

extension Material {
  fileprivate var isFile: Bool { if case .file = self { true } else { false } }
}
