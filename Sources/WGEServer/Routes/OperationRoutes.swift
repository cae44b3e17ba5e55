#if Server
  internal import HTTPTypes
  internal import Hummingbird
  internal import NIOCore
  internal import WGEAPI
  internal import WGEAuth

  /// What those who run the server ask it.
  struct OperationRoutes: Sendable {
    static let healthPaths: Set<String> = ["/healthz", "/livez", "/readyz", "/health/"]

    let readiness: Readiness
    let metrics: PrometheusMetrics?
    let access: ServerConfiguration.MetricsAccess

    func add(to routes: inout ExactRoutes) {
      for path in ["/healthz", "/livez"] { routes.add(.get, path) { _, _ in .text("ok\n") } }
      routes.add(.get, "/health/") { _, _ in .text("ok") }
      routes.add(.get, "/readyz") { request, context in
        let report = await readiness.report()
        let status: HTTPResponse.Status = report.failed.isEmpty ? .ok : .serviceUnavailable
        // Names of checks tell what is behind the server: not for everybody.
        guard request.uri.query?.split(separator: "&").contains("verbose") == true, context.user != nil else {
          return .text(report.failed.isEmpty ? "ok\n" : "not ready\n", status: status)
        }
        let lines = report.passed.map { "[+] \($0) ok" } + report.failed.map { "[-] \($0) failed" }
        return .text(lines.joined(separator: "\n") + "\n", status: status)
      }
      if let metrics, access != .nobody {
        routes.add(.get, "/metrics") { _, context in
          if access == .authenticated, context.user == nil { return (context.refusal ?? .unauthenticated).response }
          var response = Response.text(metrics.exposition())
          response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
          return response
        }
      }
      routes.add(.get, "/openapi.json") { _, _ in
        var response = Response.json(Array(OpenAPIDocument.json.utf8))
        response.headers[.cacheControl] = "no-cache"
        return response
      }
    }
  }
#endif
