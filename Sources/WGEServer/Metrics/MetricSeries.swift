#if Server
  internal import CoreMetrics
  internal import Synchronization

  /// What a metric is, and the upper bounds of its buckets.
  enum MetricKind: Sendable, Hashable {
    enum Unit: Sendable, Hashable {
      case seconds
      case bytes
      case plain
    }

    case counter
    case gauge
    case histogram(Unit)

    var text: String {
      switch self {
      case .counter: "counter"
      case .gauge: "gauge"
      case .histogram: "histogram"
      }
    }

    /// The usual ones of Prometheus clients for times; powers of ten and of four for the others.
    var buckets: [Double] {
      switch self {
      case .counter, .gauge: []
      case .histogram(.seconds): [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
      case .histogram(.bytes): [256, 1024, 4096, 16384, 65536, 262_144, 1_048_576, 4_194_304, 16_777_216]
      case .histogram(.plain): [1, 10, 100, 1000, 10_000, 100_000]
      }
    }
  }

  /// The values of one metric with one set of labels.
  final class MetricSeries: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    private struct State {
      var value: Double = 0
      var count: UInt64 = 0
      var buckets: [UInt64]
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(buckets: [Double]) {
      bounds = buckets
      state = Mutex(State(buckets: Array(repeating: 0, count: buckets.count)))
    }

    func add(_ amount: Double) { state.withLock { $0.value += amount } }

    func increment(by amount: Int64) { add(Double(amount)) }
    func increment(by amount: Double) { add(amount) }
    func decrement(by amount: Double) { add(-amount) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { state.withLock { $0.value = value } }
    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func reset() { state.withLock { $0 = State(buckets: $0.buckets.map { _ in 0 }) } }

    func record(_ value: Double) {
      guard !bounds.isEmpty else {
        set(value)
        return
      }
      guard value.isFinite else { return }
      let bucket = bounds.firstIndex { value <= $0 }
      state.withLock { state in
        state.value += value
        state.count &+= 1
        if let bucket { state.buckets[bucket] &+= 1 }
      }
    }

    func write(_ name: String, _ labels: String, _ kind: MetricKind, to out: inout String) {
      let state = self.state.withLock { $0 }
      let braced = labels.isEmpty ? "" : "{\(labels)}"
      guard case .histogram = kind, !bounds.isEmpty else {
        out += "\(name)\(braced) \(Self.text(state.value))\n"
        return
      }
      let prefix = labels.isEmpty ? "" : labels + ","
      var sum: UInt64 = 0
      for (bound, count) in zip(bounds, state.buckets) {
        sum &+= count
        out += "\(name)_bucket{\(prefix)le=\"\(Self.text(bound))\"} \(sum)\n"
      }
      out += "\(name)_bucket{\(prefix)le=\"+Inf\"} \(state.count)\n"
      out += "\(name)_sum\(braced) \(Self.text(state.value))\n"
      out += "\(name)_count\(braced) \(state.count)\n"
    }

    /// Whole numbers without a fraction; Prometheus' words for the rest.
    private static func text(_ value: Double) -> String {
      if value.isNaN { return "NaN" }
      if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
      if let whole = Int64(exactly: value) { return "\(whole)" }
      return "\(value)"
    }
  }

  /// A counter of fractions; two protocols want the same method of different types.
  final class FloatingPointSeries: FloatingPointCounterHandler {
    private let series: MetricSeries

    init(_ series: MetricSeries) { self.series = series }

    func increment(by amount: Double) { series.add(amount) }
    func reset() { series.reset() }
  }
#endif
