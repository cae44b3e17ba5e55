internal import HTTPTypes
internal import WGECore

/// Answers the paths that are about no object: health, version, discovery, OpenAPI, metrics.
struct NonResources: Sendable {
  let cluster: Cluster

  func respond(_ context: inout RequestContext) throws -> Reply {
    guard let segments = RequestInfo.segments(of: context.info.path) else { throw APIStatus.pageNotFound }
    let first = segments.first ?? ""
    // Health checks and the documents of groups do not look at the method.
    let anyMethod = ["healthz", "livez", "readyz"].contains(first) || first == "apis" && segments.count < 3
    guard context.info.method == .get || context.info.method == .head || anyMethod else {
      throw known(segments) ? APIStatus.methodNotAllowed : APIStatus.pageNotFound
    }
    switch segments.first ?? "" {
    case "healthz", "livez", "readyz": return try health(context, segments)
    case "version" where segments.count == 1: return .json(200, Self.version, context)
    case "api", "apis": return try Discovery(registry: cluster.registry).respond(&context, segments)
    case "openapi":
      return try OpenAPI(registry: cluster.registry).respond(&context, segments)
    case ".well-known" where segments == [".well-known", "openid-configuration"]:
      let issuer = TokenSigner.issuer
      return .json(
        200,
        [
          "issuer": .string(issuer), "jwks_uri": .string("\(issuer)/openid/v1/jwks"),
          "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
          "id_token_signing_alg_values_supported": ["ES256"],
        ], context)
    case "openid" where segments == ["openid", "v1", "jwks"]: return .json(200, cluster.signer.keySet, context)
    case "metrics" where segments.count == 1: return .text(200, metrics())
    case "" where segments.isEmpty:
      return .json(200, ["paths": .array(Self.paths.map(JSON.string))], context)
    default: throw APIStatus.pageNotFound
    }
  }

  private func known(_ segments: [String]) -> Bool {
    ["healthz", "livez", "readyz", "version", "api", "apis", "openapi", "metrics"].contains(segments.first ?? "")
  }

  private static let paths = [
    "/api", "/api/v1", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz", "/version",
  ]

  private static let version: JSON = {
    let (major, minor, patch) = Defaults.kubernetesVersion
    return [
      "major": .string(major), "minor": .string(minor), "gitVersion": .string("v\(major).\(minor).\(patch)+wge"),
      "gitCommit": "", "gitTreeState": "", "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "swift",
      "platform": "linux/amd64", "emulationMajor": .string(major), "emulationMinor": .string(minor),
      "minCompatibilityMajor": .string(major), "minCompatibilityMinor": "35",
    ]
  }()

  // MARK: Health

  private static let checks = ["ping", "log", "storage", "poststarthook/rbac/bootstrap-roles"]

  private func health(_ context: RequestContext, _ segments: [String]) throws -> Reply {
    let check = segments.dropFirst().joined(separator: "/")
    if context.info.path.hasSuffix("/") { throw APIStatus.pageNotFound }
    if !check.isEmpty {
      guard Self.checks.contains(check) else { throw APIStatus.pageNotFound }
      return .text(200, "ok")
    }
    guard context.query.has("verbose") else { return .text(200, "ok") }
    let excluded = Set(context.query.all("exclude"))
    let lines = Self.checks.map { excluded.contains($0) ? "[+]\($0) excluded: ok\n" : "[+]\($0) ok\n" }
    return .text(200, lines.joined() + "\(segments[0]) check passed\n")
  }

  private func metrics() -> String {
    var lines = ["# TYPE apiserver_storage_objects gauge"]
    for (resource, count) in cluster.store.counts().sorted(by: { $0.key < $1.key }) {
      lines.append("apiserver_storage_objects{resource=\"\(resource)\"} \(count)")
    }
    lines.append("# TYPE wge_localcluster_revision counter")
    lines.append("wge_localcluster_revision \(cluster.store.revision)")
    return lines.joined(separator: "\n") + "\n"
  }
}
