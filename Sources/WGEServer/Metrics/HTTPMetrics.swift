#if Server
  internal import CoreMetrics
  internal import HTTPTypes
  internal import Metrics

  /// The golden signals of the HTTP side.
  struct HTTPMetrics: Sendable {
    private let factory: any MetricsFactory
    private let inflight: Meter

    init(factory: any MetricsFactory) {
      self.factory = factory
      inflight = Meter(label: "http_requests_inflight", dimensions: [], factory: factory)
    }

    func began() { inflight.increment() }
    func ended() { inflight.decrement() }

    /// - Parameter route: a template, never a path: paths have no end.
    func record(
      _ method: HTTPRequest.Method, route: String, _ status: HTTPResponse.Status, time: Duration, size: Int?
    ) {
      let dimensions = [
        ("method", Self.known.contains(method) ? method.rawValue : "other"), ("route", route),
        ("code", "\(status.code)"),
      ]
      let (seconds, attoseconds) = time.components
      factory.makeTimer(label: "http_request_duration_seconds", dimensions: dimensions)
        .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
      if let size {
        factory.makeRecorder(label: "http_response_size_bytes", dimensions: dimensions, aggregate: true).record(
          Int64(size))
      }
    }

    private static let known: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
  }
#endif
