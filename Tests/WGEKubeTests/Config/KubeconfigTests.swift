import Testing
import WGECore
import WGEKube
import WGETestSupport

@Suite struct KubeconfigTests {
  static let pem = Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)
  static let pemBase64 = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBQUEKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="

  private func parse(_ yaml: String, source: String? = "f", directory: String? = "/home/jo/.kube") throws -> Kubeconfig
  {
    try Kubeconfig(parsing: Array(yaml.utf8), source: source, directory: directory)
  }

  private func problem(_ body: () throws -> Void) -> KubeconfigProblem? {
    do {
      try body()
      Issue.record("no error")
      return nil
    } catch KubeError.config(let problem) {
      return problem
    } catch {
      Issue.record("\(error)")
      return nil
    }
  }

  private let full = """
    apiVersion: v1
    kind: Config
    preferences: {}
    unknown: [1, 2]
    current-context: staging
    clusters:
    - name: c1
      cluster:
        server: https://10.0.0.1:6443/
        certificate-authority: pki/ca.crt
        tls-server-name: kubernetes
        proxy-url: socks5://proxy.example.com:1080
        extensions: [{name: x, extension: {}}]
    - name: c2
      cluster: {server: "https://c2.example.com/k8s/clusters/c-1", certificate-authority-data: \(pemBase64)}
    users:
    - name: jo
      user:
        client-certificate: /etc/pki/jo.crt
        client-key-data: \(pemBase64)
        as: jane
        as-uid: "7"
        as-groups: [a, b]
        as-user-extra: {scopes: [read]}
    - name: plugin
      user:
        exec:
          apiVersion: client.authentication.k8s.io/v1
          command: ./bin/login
          args: [token, --cluster, c2]
          env: [{name: PROFILE, value: dev}]
          installHint: brew install login
          interactiveMode: IfAvailable
          provideClusterInfo: true
    contexts:
    - name: staging
      context: {cluster: c1, user: jo, namespace: shop}
    - name: prod
      context: {cluster: c2, user: plugin}
    - name: anonymous
      context: {cluster: c2, user: ""}
    """

  @Test func readsAllThereIs() throws {
    let config = try parse(full)
    let staging = try config.endpoint()
    #expect(staging.server == "https://10.0.0.1:6443")
    #expect(staging.certificateAuthority == .file("/home/jo/.kube/pki/ca.crt"))
    #expect(staging.tlsServerName == "kubernetes" && staging.proxyURL == "socks5://proxy.example.com:1080")
    #expect(staging.namespace == "shop" && staging.context == "staging" && staging.source == "f")
    #expect(staging.user?.clientCertificate == .file("/etc/pki/jo.crt"))
    #expect(staging.user?.clientKey == .inline(Secret(Self.pem)))
    #expect(
      staging.user?.impersonates == UserInfo(name: "jane", uid: "7", groups: ["a", "b"], extra: ["scopes": ["read"]]))
    let prod = try config.endpoint(context: "prod")
    #expect(prod.server == "https://c2.example.com/k8s/clusters/c-1" && prod.namespace == "default")
    #expect(
      prod.user?.exec
        == ExecConfig(
          command: "/home/jo/.kube/./bin/login", arguments: ["token", "--cluster", "c2"],
          environment: [.init(name: "PROFILE", value: "dev")], installHint: "brew install login",
          provideClusterInfo: true, interactiveMode: .ifAvailable))
    #expect(try config.endpoint(context: "anonymous").user == nil)
    #expect(try parse("").isEmpty)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    var config = try parse(full)
    config.users[0].token = Secret("yes")
    config.users[0].clientCertificate = nil
    let again = try Kubeconfig(parsing: config.serialized(), source: "f")
    #expect(again == config)
    let small = Kubeconfig(
      name: "leaf", server: "https://127.0.0.1:6443", certificateAuthority: Self.pem, token: Secret("null"),
      namespace: "x")
    let read = try Kubeconfig(parsing: small.serialized())
    #expect(read == small)
    #expect(try read.endpoint(policy: .untrusted).namespace == "x")
  }

  @Test func descriptionsHoldNoCredential() throws {
    let config = try parse(
      full.replacing("as: jane", with: "as: jane\n    token: s3cret").replacing("value: dev", with: "value: s3cret"))
    #expect(config.users.first?.token == Secret("s3cret"))
    #expect(config.users.last?.exec?.environment.first?.value == "s3cret")
    for text in ["\(config)", String(reflecting: config), "\(config.users)", "\(config.users.map(\.exec))"] {
      #expect(!text.contains("s3cret") && !text.contains("AAAA"))
    }
    #expect(!"\(Kubeconfig(name: "x", server: "https://x", token: Secret("s3cret")))".contains("s3cret"))
  }

  /// A text that is wrong, the field that the error names, and a word of the problem.
  @Test(
    arguments: [
      ("[]", nil, "mapping"), ("text", nil, "mapping"), ("kind: Pod", "kind", "Config"),
      ("apiVersion: v2", "apiVersion", "v1"),
      ("clusters: {}", "clusters", "list"), ("clusters: [3]", "clusters[0]", "mapping"),
      ("clusters: [{cluster: {}}]", "clusters[0].name", "missing"), ("users: [{name: 5}]", "users[0].name", "text"),
      ("users: [{name: a}, {name: a}]", "users[a]", "twice"),
      ("users: [{name: a, user: []}]", "users[a].user", "mapping"),
      ("users: [{name: a, user: {token: 12345}}]", "users[a].user.token", "quotes"),
      ("users: [{name: a, user: {as-groups: [x]}}]", "users[a].user.as", "missing"),
      ("users: [{name: a, user: {as: x, as-groups: [1]}}]", "users[a].user.as-groups[0]", "text"),
      ("users: [{name: a, user: {client-key-data: '%%'}}]", "users[a].user.client-key-data", "base64"),
      (
        "users: [{name: a, user: {exec: {apiVersion: client.authentication.k8s.io/v1}}}]", "users[a].user.exec.command",
        "missing"
      ),
      ("users: [{name: a, user: {exec: {command: x}}}]", "users[a].user.exec.apiVersion", "missing"),
      (
        "users: [{name: a, user: {exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}}}]",
        "users[a].user.exec.apiVersion", "v1beta1"
      ),
      (
        "users: [{name: a, user: {exec: {command: x, apiVersion: client.authentication.k8s.io/v1}}}]",
        "users[a].user.exec.interactiveMode", "missing"
      ),
      (
        "users: [{name: a, user: {exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1, interactiveMode: Maybe}}}]",
        "users[a].user.exec.interactiveMode", "IfAvailable"
      ),
      (
        "clusters: [{name: a, cluster: {insecure-skip-tls-verify: 'yes'}}]",
        "clusters[a].cluster.insecure-skip-tls-verify", "true or false"
      ),
      ("current-context: [x]", "current-context", "text"), ("users: [{name: a, user: {token: \"unterminated", nil, ""),
      ("a: &a [*a]", nil, ""), ("a: *nothing", nil, ""),
    ] as [(String, String?, String)])
  func wrongTextsNameTheField(text: String, field: String?, word: String) {
    let problem = problem { _ = try parse(text, source: "Secret x/y") }
    #expect(problem?.file == "Secret x/y")
    #expect(problem?.field == field)
    #expect(problem?.description.contains(word) == true, "\(problem as Any)")
  }

  @Test func bombsAreRefused() throws {
    var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    for level in 1...9 {
      bomb += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",") + "]\n"
    }
    _ = problem { _ = try parse(bomb) }
    _ = problem { _ = try parse(String(repeating: "[", count: 100_000)) }
    _ = problem { _ = try parse(String(repeating: "x", count: KubeDefaults.maximumKubeconfigBytes + 1)) }
    // Plain anchors are fine.
    let shared = try parse("clusters: [{name: a, cluster: &c {server: 'https://x'}}, {name: b, cluster: *c}]")
    #expect(shared.clusters.map(\.server) == ["https://x", "https://x"])
  }

  private func config(
    cluster: String = "server: https://x", user: String = "token: t", context: String = "cluster: c, user: u"
  ) throws -> Kubeconfig {
    try parse(
      "{clusters: [{name: c, cluster: {\(cluster)}}], users: [{name: u, user: {\(user)}}], contexts: [{name: x, context: {\(context)}}]}"
    )
  }

  @Test(arguments: [
    ("server: https://x", "token: t", "cluster: d, user: u", "contexts[x].context.cluster", "known clusters: c"),
    ("server: https://x", "token: t", "user: u", "contexts[x].context.cluster", "is missing"),
    ("server: https://x", "token: t", "cluster: c, user: v", "contexts[x].context.user", "known users: u"),
    ("server: ''", "token: t", "cluster: c, user: u", "clusters[c].cluster.server", "is missing"),
    ("server: 'ftp://x'", "token: t", "cluster: c, user: u", "clusters[c].cluster.server", "https://host:port"),
    ("server: 'https://u:p@x'", "token: t", "cluster: c, user: u", "clusters[c].cluster.server", "usable"),
    ("server: 'https://x?y'", "token: t", "cluster: c, user: u", "clusters[c].cluster.server", "usable"),
    ("server: 'https://x:99999'", "token: t", "cluster: c, user: u", "clusters[c].cluster.server", "usable"),
    ("server: 'https://x y'", "token: t", "cluster: c, user: u", "clusters[c].cluster.server", "usable"),
    (
      "server: https://x, proxy-url: 'gopher://x'", "token: t", "cluster: c, user: u", "clusters[c].cluster.proxy-url",
      "usable"
    ),
    (
      "server: https://x, insecure-skip-tls-verify: true, certificate-authority: /ca", "token: t",
      "cluster: c, user: u",
      "clusters[c].cluster.insecure-skip-tls-verify", "only one"
    ),
    ("server: https://x", "token: t, username: a", "cluster: c, user: u", "users[u].user.username", "only one"),
    ("server: https://x", "password: p", "cluster: c, user: u", "users[u].user.username", "missing"),
    ("server: https://x", "client-key: /k", "cluster: c, user: u", "users[u].user.client-certificate", "missing"),
    ("server: https://x", "client-certificate: /k", "cluster: c, user: u", "users[u].user.client-key", "missing"),
    ("server: https://x", "auth-provider: {name: gcp}", "cluster: c, user: u", "users[u].user.auth-provider", "gcp"),
    (
      "server: https://x", "token: t, exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}",
      "cluster: c, user: u",
      "users[u].user.exec", "only one"
    ),
    (
      "server: https://x", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}",
      "cluster: c, user: u", "users[u].user.exec.interactiveMode", "nobody"
    ),
  ])
  func contextsThatCannotBeUsed(cluster: String, user: String, context: String, field: String, word: String) throws {
    let config = try config(cluster: cluster, user: user, context: context)
    let problem = problem { _ = try config.endpoint() }
    #expect(problem?.file == "f" && problem?.context == "x")
    #expect(problem?.field == field)
    #expect(problem?.description.contains(word) == true, "\(problem as Any)")
    #expect(problem?.fix != nil)
  }

  @Test func messagesArePrintable() throws {
    let name = "a\u{1B}[31m\n" + String(repeating: "x", count: 5000)
    let config = Kubeconfig(contexts: [.init(name: name, cluster: name)])
    let problem = problem { _ = try config.endpoint() }
    let text = problem?.description ?? ""
    #expect(text.count < 3000 && text.contains("a?[31m?xxx"))
    #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
  }

  @Test func contextsThatDoNotExist() throws {
    let config = try parse(full)
    #expect(problem { _ = try config.endpoint(context: "dev") }?.fix == "known contexts: anonymous, prod, staging")
    var undecided = config
    undecided.currentContext = nil
    #expect(problem { _ = try undecided.endpoint() }?.field == "current-context")
    #expect(problem { _ = try Kubeconfig().endpoint() }?.problem == "the kubeconfig is empty")
  }

  @Test(arguments: [
    ("server: 'x:6443'", "http://x:6443"), ("server: 'x:6443', insecure-skip-tls-verify: true", "https://x:6443"),
    ("server: 'https://[::1]:6443//'", "https://[::1]:6443"), ("server: 'HTTPS://X'", "HTTPS://X"),
  ])
  func servers(cluster: String, url: String) throws {
    #expect(try config(cluster: cluster).endpoint().server == url)
  }

  @Test(arguments: [
    ("exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}", "users[u].user.exec"),
    ("tokenFile: /etc/passwd", "users[u].user.tokenFile"), ("tokenFile: relative", "users[u].user.tokenFile"),
    ("client-certificate: /x, client-key-data: QQ==", "users[u].user.client-certificate"),
    ("client-certificate-data: QQ==, client-key: /x", "users[u].user.client-key"),
  ])
  func aTenantsKubeconfigMayNotUseThisMachine(user: String, field: String) throws {
    #expect(problem { _ = try config(user: user).endpoint(policy: .untrusted) }?.field == field)
    _ = try config(user: user).endpoint(policy: .trusted)
  }

  @Test(arguments: [
    ("http://127.0.0.1:3128", true), ("http://localhost", true), ("http://LOCALHOST.:1", true),
    ("http://a.localhost", true),
    ("http://127.1", true), ("http://2130706433", true), ("http://0x7f.1", true), ("http://0177.0.0.1", true),
    ("http://0.0.0.0", true), ("socks5://[::1]:1", true), ("http://[0:0::1]", true),
    ("http://[::ffff:127.0.0.1]", true),
    ("http://[::ffff:7f00:1]", true), ("http://[::]", true), ("http://user:pw@127.0.0.1", true),
    ("http://proxy.example.com:3128", false), ("http://10.0.0.1", false), ("http://[fd00::1]", false),
    ("http://128.0.0.1", false),
  ])
  func loopbackProxies(url: String, isLoopback: Bool) throws {
    let config = try config(cluster: "server: https://x, proxy-url: '\(url)'")
    _ = try config.endpoint(policy: .trusted)
    if isLoopback {
      #expect(problem { _ = try config.endpoint(policy: .untrusted) }?.field == "clusters[c].cluster.proxy-url")
    } else {
      #expect(try config.endpoint(policy: .untrusted).proxyURL == url)
    }
  }

  @Test func insecureIsAWarning() throws {
    #expect(try config(cluster: "server: https://x, insecure-skip-tls-verify: true").endpoint().warnings.count == 1)
    #expect(try config(cluster: "server: http://x").endpoint().warnings.count == 1)
    #expect(try config().endpoint().warnings.isEmpty)
  }
}
