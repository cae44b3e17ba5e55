#if Server
  public import CoreMetrics
  internal import Synchronization

  /// Keeps metrics in memory and writes them as Prometheus text. Hosts bootstrap `MetricsSystem` with
  /// it, or pass it to what they want measured.
  ///
  /// Bounded: a metric has at most ``ServerDefaults/metricSeries`` series; label values past that are
  /// counted together under `overflow="true"`, so that a label taken from outside cannot fill the
  /// memory. Recording takes one short lock per series. Safe to use from any task.
  public final class PrometheusMetrics: MetricsFactory {
    private struct Family {
      var kind: MetricKind
      var series: [String: MetricSeries] = [:]

      mutating func find(_ labels: String) -> MetricSeries {
        if let known = series[labels] { return known }
        let made = MetricSeries(buckets: kind.buckets)
        series[labels] = made
        return made
      }
    }

    private let seriesLimit: Int
    private let families = Mutex<[String: Family]>([:])

    /// An empty registry.
    public init(seriesLimit: Int = ServerDefaults.metricSeries) { self.seriesLimit = max(1, seriesLimit) }

    /// A counter of whole numbers.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
      series(label, dimensions, .counter)
    }

    /// A counter.
    public func makeFloatingPointCounter(
      label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
      FloatingPointSeries(series(label, dimensions, .counter))
    }

    /// A value that goes up and down.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
      series(label, dimensions, .gauge)
    }

    /// A distribution when it aggregates, else a value.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
      series(label, dimensions, aggregate ? .histogram(label.hasSuffix("_bytes") ? .bytes : .plain) : .gauge)
    }

    /// A distribution in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
      series(label, dimensions, .histogram(.seconds))
    }

    /// Series stay until the process ends: a counter that starts over would look like a restart.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// See ``destroyCounter(_:)``.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// See ``destroyCounter(_:)``.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// See ``destroyCounter(_:)``.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// See ``destroyCounter(_:)``.
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func series(_ label: String, _ dimensions: [(String, String)], _ kind: MetricKind) -> MetricSeries {
      let name = Self.name(label)
      let labels = Self.labels(dimensions)
      return families.withLock { families in
        if families[name] == nil, families.count >= ServerDefaults.metricNames {
          return families["wge_metrics_overflow", default: Family(kind: .counter)].find("")
        }
        var family = families.removeValue(forKey: name) ?? Family(kind: kind)
        defer { families[name] = family }
        let isKnown = family.series[labels] != nil || family.series.count < seriesLimit
        return family.find(isKnown ? labels : #"overflow="true""#)
      }
    }

    /// Everything as Prometheus text, format 0.0.4, in order of names.
    public func exposition() -> String {
      let families = self.families.withLock { $0 }
      var out = ""
      for (name, family) in families.sorted(by: { $0.key < $1.key }) {
        out += "# TYPE \(name) \(family.kind.text)\n"
        for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
          series.write(name, labels, family.kind, to: &out)
        }
      }
      return out
    }

    /// Letters, digits, `_` and `:`; everything else becomes `_`.
    private static func name(_ label: String) -> String {
      var out = label.unicodeScalars.map { scalar -> Character in
        let isFit = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        return isFit || scalar == "_" || scalar == ":" ? Character(scalar) : "_"
      }
      if out.first.map({ ("0"..."9").contains($0) }) ?? true { out.insert("_", at: 0) }
      return String(out)
    }

    private static func labels(_ dimensions: [(String, String)]) -> String {
      dimensions.sorted { $0.0 < $1.0 }.map { key, value in
        let escaped = value.prefix(128).map { character -> String in
          switch character {
          case "\\": #"\\"#
          case "\"": #"\""#
          case "\n", "\r\n", "\r": #"\n"#
          default: String(character)
          }
        }.joined()
        return "\(name(key).replacing(":", with: "_"))=\"\(escaped)\""
      }.joined(separator: ",")
    }
  }

#endif
