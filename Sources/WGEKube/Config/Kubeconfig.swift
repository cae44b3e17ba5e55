public import WGECore

/// A kubeconfig: clusters, users, and contexts that pair them.
///
/// ```swift
/// let config = try Kubeconfig.load()                       // $KUBECONFIG or ~/.kube/config
/// let client = try KubeClient(kubeconfig: config, context: "staging")
/// ```
/// Paths of files are absolute: relative ones were resolved against the file that names them.
/// Reading and resolving throw ``KubeError/config(_:)`` with the file, the context, the field and
/// what to do.
public struct Kubeconfig: Sendable, Hashable {
  /// Servers, in the order of the file.
  public var clusters: [Cluster]
  /// Identities, in the order of the file.
  public var users: [User]
  /// Pairs of the two, in the order of the file.
  public var contexts: [Context]
  /// Nil when none is chosen.
  public var currentContext: String?
  /// Where this came from, for messages: a path, or `Secret flux-system/leaf-eu`.
  public var source: String?

  /// With these values; the properties say what they mean.
  public init(
    clusters: [Cluster] = [], users: [User] = [], contexts: [Context] = [], currentContext: String? = nil,
    source: String? = nil
  ) {
    self.clusters = clusters
    self.users = users
    self.contexts = contexts
    self.currentContext = currentContext
    self.source = source
  }

  /// Where an API server is and how to trust it.
  public struct Cluster: Sendable, Hashable {
    /// What contexts call it.
    public var name: String
    /// `https://host:port`, a path prefix allowed.
    public var server: String
    /// Whom to trust in place of the system's authorities.
    public var certificateAuthority: Material?
    /// The name to find in the certificate when it is not the server's host.
    public var tlsServerName: String?
    /// Accept any certificate: anyone on the way can read and change what is sent.
    public var insecureSkipTLSVerify: Bool
    /// Nil takes the process's proxy environment.
    public var proxyURL: String?
    /// The entry's own source when the kubeconfig was merged from several.
    public var source: String?

    /// With these values; the properties say what they mean.
    public init(
      name: String, server: String, certificateAuthority: Material? = nil, tlsServerName: String? = nil,
      insecureSkipTLSVerify: Bool = false, proxyURL: String? = nil, source: String? = nil
    ) {
      self.name = name
      self.server = server
      self.certificateAuthority = certificateAuthority
      self.tlsServerName = tlsServerName
      self.insecureSkipTLSVerify = insecureSkipTLSVerify
      self.proxyURL = proxyURL
      self.source = source
    }
  }

  /// How to say who we are.
  public struct User: Sendable, Hashable {
    /// What contexts call it.
    public var name: String
    /// A bearer token.
    public var token: Secret<String>?
    /// Read again while the process runs; wins over ``token`` once it could be read.
    public var tokenFile: String?
    /// The certificate that is shown to the server.
    public var clientCertificate: Material?
    /// Its private key.
    public var clientKey: Material?
    /// For basic authentication, which Kubernetes itself no longer takes but proxies do.
    public var username: String?
    /// Goes with ``username``.
    public var password: Secret<String>?
    /// A command that gives the credential.
    public var exec: ExecConfig?
    /// The name of a legacy `auth-provider`, which cannot be used; kept to say so.
    public var authProvider: String?
    /// Whom to impersonate: `as`, `as-uid`, `as-groups`, `as-user-extra`.
    public var impersonates: UserInfo?
    /// The entry's own source when the kubeconfig was merged from several.
    public var source: String?

    /// With these values; the properties say what they mean.
    public init(
      name: String, token: Secret<String>? = nil, tokenFile: String? = nil, clientCertificate: Material? = nil,
      clientKey: Material? = nil, username: String? = nil, password: Secret<String>? = nil, exec: ExecConfig? = nil,
      authProvider: String? = nil, impersonates: UserInfo? = nil, source: String? = nil
    ) {
      self.name = name
      self.token = token
      self.tokenFile = tokenFile
      self.clientCertificate = clientCertificate
      self.clientKey = clientKey
      self.username = username
      self.password = password
      self.exec = exec
      self.authProvider = authProvider
      self.impersonates = impersonates
      self.source = source
    }
  }

  /// A cluster, a user and a namespace under one name.
  public struct Context: Sendable, Hashable {
    /// What it is chosen by.
    public var name: String
    /// The name of the cluster.
    public var cluster: String
    /// Empty or absent for no credentials.
    public var user: String?
    /// The namespace of objects that name none; nil for `default`.
    public var namespace: String?
    /// The entry's own source when the kubeconfig was merged from several.
    public var source: String?

    /// With these values; the properties say what they mean.
    public init(name: String, cluster: String, user: String? = nil, namespace: String? = nil, source: String? = nil) {
      self.name = name
      self.cluster = cluster
      self.user = user
      self.namespace = namespace
      self.source = source
    }
  }

  /// A kubeconfig with one cluster, one user and one context, all of one name.
  public init(
    name: String, server: String, certificateAuthority: [UInt8]? = nil, token: Secret<String>? = nil,
    namespace: String? = nil
  ) {
    self.init(
      clusters: [
        Cluster(name: name, server: server, certificateAuthority: certificateAuthority.map { .inline(Secret($0)) })
      ],
      users: [User(name: name, token: token)],
      contexts: [Context(name: name, cluster: name, user: name, namespace: namespace)], currentContext: name)
  }

  /// One kubeconfig from several, by kubectl's rules: the first that has a name keeps its whole
  /// entry, and the first that chooses a context chooses.
  public static func merging(_ configs: [Kubeconfig]) -> Kubeconfig {
    var merged = Kubeconfig()
    for config in configs {
      merged.clusters += config.clusters.filter { new in !merged.clusters.contains { $0.name == new.name } }
      merged.users += config.users.filter { new in !merged.users.contains { $0.name == new.name } }
      merged.contexts += config.contexts.filter { new in !merged.contexts.contains { $0.name == new.name } }
      if merged.currentContext == nil { merged.currentContext = config.currentContext }
    }
    let sources = configs.compactMap(\.source)
    merged.source = sources.isEmpty ? nil : sources.joined(separator: ":")
    return merged
  }

  /// True when there is nothing in it.
  public var isEmpty: Bool { clusters.isEmpty && users.isEmpty && contexts.isEmpty && currentContext == nil }
}
