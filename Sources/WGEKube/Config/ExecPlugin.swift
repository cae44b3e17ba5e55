#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import WGECore

/// Runs a credential plugin once and reads what it prints: the `ExecCredential` protocol of
/// client.authentication.k8s.io. Nothing that the plugin prints on standard output ever reaches an
/// error.
struct ExecPlugin: Sendable {
  let config: ExecConfig
  let endpoint: KubeEndpoint
  let timeout: Duration

  struct Answer: Sendable {
    var credential: KubeCredential
    var expires: Timestamp?
  }

  func run() async throws -> Answer {
    var environment = ProcessInfo.processInfo.environment
    for variable in config.environment { environment[variable.name] = variable.value }
    environment["KUBERNETES_EXEC_INFO"] = String(decoding: try request().serialized(), as: UTF8.self)
    guard
      ([config.command] + config.arguments + environment.flatMap { [$0.key, $0.value] }).allSatisfy({
        !$0.utf8.contains(0)
      })
    else { throw problem("the command, its arguments or environment hold a NUL") }
    let outcome: ChildProcess.Outcome
    do {
      outcome = try await ChildProcess.run(
        config.command, config.arguments, environment: environment, timeout: timeout,
        outputLimit: KubeDefaults.maximumExecOutputBytes)
    } catch let failure as ChildProcess.Failure {
      throw explain(failure)
    }
    guard outcome.exitCode == 0 else {
      let how = outcome.exitCode.map { "ended with code \($0)" } ?? "was ended by a signal"
      let said = KubeStatus.excerpt(outcome.errorText)
      throw failure(said.isEmpty ? how : "\(how) and said: \(said)", fix: "run it by hand to see what is wrong")
    }
    return try parse(outcome.output)
  }

  /// The request that the plugin finds in its environment.
  func request() throws -> JSON {
    var spec: JSONObject = ["interactive": false]
    if config.provideClusterInfo {
      var cluster: JSONObject = ["server": .string(endpoint.server)]
      if let name = endpoint.tlsServerName { cluster["tls-server-name"] = .string(name) }
      if endpoint.insecureSkipTLSVerify { cluster["insecure-skip-tls-verify"] = true }
      if let proxy = endpoint.proxyURL { cluster["proxy-url"] = .string(proxy) }
      if let authority = endpoint.certificateAuthority {
        let bytes = try authority.read {
          KubeconfigProblem(
            file: endpoint.source, context: endpoint.context, field: "certificate-authority", problem: $0.description)
        }
        cluster["certificate-authority-data"] = .string(Base64.encode(bytes.reveal()))
      }
      spec["cluster"] = .object(cluster)
    }
    return ["apiVersion": .string(config.apiVersion), "kind": "ExecCredential", "spec": .object(spec)]
  }

  func parse(_ output: [UInt8]) throws -> Answer {
    // The parser's own words could quote the credential.
    guard let json = try? JSON(parsing: output, options: JSONParseOptions(maximumDepth: 32)),
      case .object(let members) = json
    else { throw problem("did not print a JSON object") }
    guard members["kind"]?.stringValue == "ExecCredential", members["apiVersion"]?.stringValue == config.apiVersion
    else {
      throw problem(
        "did not print an ExecCredential of \(config.apiVersion)", fix: "set apiVersion to what the plugin speaks")
    }
    guard case .object(let status)? = members["status"] else { throw problem("printed no status") }
    func text(_ field: String) throws -> String? {
      switch status[field] {
      case nil, .null?: return nil
      case .string(let text)?: return text.isEmpty ? nil : text
      case let other?: throw problem("status.\(field) is \(other.typeName), not text")
      }
    }
    let token = try text("token")
    let certificate = try text("clientCertificateData")
    let key = try text("clientKeyData")
    guard token != nil || certificate != nil else { throw problem("printed neither a token nor a client certificate") }
    var expires: Timestamp?
    if let time = try text("expirationTimestamp") {
      guard let parsed = try? Timestamp(parsing: time) else {
        throw problem("status.expirationTimestamp is not an RFC 3339 time")
      }
      expires = parsed
    }
    var identity: KubeCredential.Identity?
    switch (certificate, key) {
    case (let certificate?, let key?):
      identity = KubeCredential.Identity(certificate: Array(certificate.utf8), key: Secret(Array(key.utf8)))
    case (nil, nil): break
    default: throw problem("printed a client certificate without its key, or a key without its certificate")
    }
    return Answer(
      credential: KubeCredential(authorization: token.map { Secret("Bearer " + $0) }, identity: identity),
      expires: expires)
  }

  private func explain(_ failure: ChildProcess.Failure) -> KubeError {
    switch failure {
    case .cannotStart(let code):
      problem(
        "cannot be started: \(BoundedFile.message(code))", fix: config.installHint ?? "install it or fix the path")
    case .timedOut: self.failure("did not end within \(timeout)", fix: "run it by hand to see what it waits for")
    case .outputTooLarge: problem("printed more than \(KubeDefaults.maximumExecOutputBytes) bytes")
    }
  }

  /// What may go away by itself: a plugin that cannot reach its own server just now.
  private func failure(_ problem: String, fix: String) -> KubeError {
    .transport(TransportFailure(.credentials, message: self.problem(problem, fix: fix).description))
  }

  /// What stays until someone changes the kubeconfig or the machine.
  private func problem(_ problem: String, fix: String? = nil) -> KubeError {
    endpoint.problem("exec", "the command \(config.command.prefix(256)) \(problem)", fix: fix)
  }
}

extension KubeEndpoint {
  /// A problem with this endpoint's kubeconfig.
  func problem(_ field: String, _ problem: String, fix: String? = nil) -> KubeError {
    .config(KubeconfigProblem(file: source, context: context, field: field, problem: problem, fix: fix))
  }
}
