internal import CoreMetrics
internal import HTTPTypes
internal import Metrics
internal import Tracing

/// What a call is about, in words of few: for metrics, whose labels must not be without number, and
/// for spans. Never the name of an object.
struct CallLabels: Sendable, Hashable {
  /// `get`, `list`, `watch`, `create`, `update`, `patch`, `apply`, `delete`, `deletecollection`,
  /// `connect`; for other paths the method.
  var verb: String
  /// `pods`, `deployments.apps/scale`; `nonresource` for other paths.
  var resource: String
  var namespace: String?

  init(_ call: Call) {
    var parts = call.path.split(separator: "/")[...]
    var group = ""
    switch parts.first {
    case "api" where parts.count > 2: parts = parts.dropFirst(2)
    case "apis" where parts.count > 3:
      group = String(parts[1])
      parts = parts.dropFirst(3)
    default: parts = []
    }
    if parts.count > 2, parts.first == "namespaces", !["status", "finalize"].contains(parts[parts.startIndex + 2]) {
      namespace = String(parts[parts.startIndex + 1])
      parts = parts.dropFirst(2)
    }
    let isWatch = call.query.contains { $0.name == "watch" && $0.value == "true" }
    guard let plural = parts.first else {
      verb = call.method.rawValue.lowercased()
      resource = "nonresource"
      return
    }
    resource = group.isEmpty ? String(plural) : "\(plural).\(group)"
    let hasName = parts.count > 1
    if parts.count > 2 { resource += "/\(parts[parts.startIndex + 2])" }
    switch call.method {
    case .get where isWatch: verb = "watch"
    case .get: verb = hasName ? "get" : "list"
    case .post: verb = "create"
    case .put: verb = "update"
    case .patch: verb = call.contentType?.contains("apply-patch") == true ? "apply" : "patch"
    case .delete: verb = hasName ? "delete" : "deletecollection"
    default: verb = call.method.rawValue.lowercased()
    }
  }
}

/// Where calls are counted and traced.
///
/// Metrics: `kube_client_requests_total` (verb, resource, code), `kube_client_request_duration_seconds`
/// (verb, resource), `kube_client_retries_total` (verb, resource, code), and
/// `kube_client_rate_limiter_duration_seconds`. The code of a call that got no answer is the kind of
/// failure, `cannotConnect`. Spans: one per call, its retries included, of the kind client, named
/// `kube list pods`.
struct RequestTelemetry: Sendable {
  /// Nil for the global metrics system.
  var metrics: (any MetricsFactory)?
  /// Nil for the global tracer.
  var tracer: (any Tracer)?

  private var factory: any MetricsFactory { metrics ?? MetricsSystem.factory }

  /// The span of a call under way.
  struct Observation: Sendable {
    let labels: CallLabels
    let span: any Span
    let elapsed: Elapsed
  }

  func begin(_ call: Call, clock: any Clock<Duration>) -> Observation {
    let labels = CallLabels(call)
    let span = (tracer ?? InstrumentationSystem.tracer).startAnySpan(
      "kube \(labels.verb) \(labels.resource)", ofKind: .client)
    if span.isRecording {
      span.updateAttributes { attributes in
        attributes["k8s.verb"] = labels.verb
        attributes["k8s.resource"] = labels.resource
        if let namespace = labels.namespace { attributes["k8s.namespace.name"] = namespace }
        attributes["http.request.method"] = call.method.rawValue
      }
    }
    return Observation(labels: labels, span: span, elapsed: Elapsed(clock))
  }

  /// Lets the server's spans hang below this one: `traceparent` with a W3C tracer.
  func inject(_ observation: Observation, into fields: inout HTTPFields) {
    if let tracer {
      tracer.inject(observation.span.context, into: &fields, using: FieldInjector())
    } else {
      InstrumentationSystem.instrument.inject(observation.span.context, into: &fields, using: FieldInjector())
    }
  }

  func retried(_ observation: Observation, after error: KubeError) {
    Counter(
      label: "kube_client_retries_total", dimensions: dimensions(observation.labels, code: error.metricCode),
      factory: factory
    ).increment()
  }

  func limited(_ wait: Duration) {
    guard wait > .zero else { return }
    Timer(
      label: "kube_client_rate_limiter_duration_seconds", dimensions: [], preferredDisplayUnit: .seconds,
      factory: factory
    ).record(duration: wait)
  }

  /// - Parameter code: The HTTP status, or the kind of failure.
  func end(_ observation: Observation, attempts: Int, code: String, error: (any Error)?) {
    let labels = observation.labels
    Counter(label: "kube_client_requests_total", dimensions: dimensions(labels, code: code), factory: factory)
      .increment()
    Timer(
      label: "kube_client_request_duration_seconds",
      dimensions: [("verb", labels.verb), ("resource", labels.resource)],
      preferredDisplayUnit: .seconds, factory: factory
    ).record(duration: observation.elapsed.duration)
    let span = observation.span
    if span.isRecording {
      span.updateAttributes { attributes in
        if let status = Int(code) { attributes["http.response.status_code"] = status }
        if attempts > 1 { attributes["http.request.resend_count"] = attempts - 1 }
        if error != nil { attributes["error.type"] = code }
      }
      if let error {
        span.recordError(error)
        span.setStatus(.init(code: .error))
      }
    }
    span.end()
  }

  private func dimensions(_ labels: CallLabels, code: String) -> [(String, String)] {
    [("verb", labels.verb), ("resource", labels.resource), ("code", code)]
  }
}

extension KubeError {
  /// The HTTP status, or the kind of failure: few values.
  var metricCode: String {
    switch self {
    case .status(let status): String(status.code)
    case .transport(let failure): failure.kind.rawValue
    case .decoding: "decoding"
    case .config: "config"
    case .request: "request"
    }
  }
}

private struct FieldInjector: Injector {
  func inject(_ value: String, forKey key: String, into carrier: inout HTTPFields) {
    // A tracer's word that no header can carry is left out: tracing must not fail calls.
    guard let name = HTTPField.Name(key), HTTPField.isValidValue(value) else { return }
    carrier[name] = value
  }
}
