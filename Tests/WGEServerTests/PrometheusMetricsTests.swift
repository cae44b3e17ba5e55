#if Server
  import CoreMetrics
  import Testing
  import WGEServer

  @Suite struct PrometheusMetricsTests {
    @Test func writesAllKinds() {
      let metrics = PrometheusMetrics()
      let counter = metrics.makeCounter(label: "c_total", dimensions: [("b", "2"), ("a", "1")])
      counter.increment(by: 2)
      metrics.makeCounter(label: "c_total", dimensions: [("a", "1"), ("b", "2")]).increment(by: 1)
      metrics.makeFloatingPointCounter(label: "f.total", dimensions: []).increment(by: 0.5)
      let meter = metrics.makeMeter(label: "g", dimensions: [])
      meter.set(Int64(5))
      meter.decrement(by: 2)
      metrics.makeRecorder(label: "r", dimensions: [], aggregate: false).record(7.5)
      metrics.makeTimer(label: "t_seconds", dimensions: [("x", "y")]).recordNanoseconds(30_000_000)
      let text = metrics.exposition()
      #expect(text.contains("# TYPE c_total counter\nc_total{a=\"1\",b=\"2\"} 3\n"))
      #expect(text.contains("# TYPE f_total counter\nf_total 0.5\n"))
      #expect(text.contains("# TYPE g gauge\ng 3\n"))
      #expect(text.contains("r 7.5\n"))
      #expect(text.contains("t_seconds_bucket{x=\"y\",le=\"0.025\"} 0\n"))
      #expect(text.contains("t_seconds_bucket{x=\"y\",le=\"0.05\"} 1\n"))
      #expect(text.contains("t_seconds_bucket{x=\"y\",le=\"+Inf\"} 1\n"))
      #expect(text.contains("t_seconds_sum{x=\"y\"} 0.03\n"))
      #expect(text.contains("t_seconds_count{x=\"y\"} 1\n"))
    }

    @Test func labelsAreEscapedAndBounded() {
      let metrics = PrometheusMetrics(seriesLimit: 3)
      metrics.makeCounter(label: "9 odd\"name", dimensions: [("k:-", "a\"b\\c\nd")]).increment(by: 1)
      #expect(metrics.exposition().contains(#"_9_odd_name{k__="a\"b\\c\nd"} 1"#))
      for index in 0..<100 { metrics.makeCounter(label: "n", dimensions: [("i", "\(index)")]).increment(by: 1) }
      let lines = metrics.exposition().split(separator: "\n").filter { $0.hasPrefix("n{") }
      #expect(lines.count == 4)
      #expect(lines.contains(#"n{overflow="true"} 97"#))
    }

    @Test func oddNumbers() {
      let metrics = PrometheusMetrics()
      metrics.makeMeter(label: "a", dimensions: []).set(Double.infinity)
      metrics.makeMeter(label: "b", dimensions: []).set(Double.nan)
      metrics.makeMeter(label: "c", dimensions: []).set(1e300)
      metrics.makeTimer(label: "d", dimensions: []).recordNanoseconds(.max)
      let text = metrics.exposition()
      #expect(text.contains("a +Inf\n") && text.contains("b NaN\n") && text.contains("c 1e+300\n"))
      #expect(text.contains("d_count 1\n"))
    }
  }
#endif
