import Benchmark
import WGEWorkloads

// Each workload alone: percentiles, and baselines to compare a change with. The peers are measured by
// wge-ratios, in turns with the workload.
let benchmarks: @Sendable () -> Void = {
  let workloads: [Workload]
  do { workloads = try Workload.all() } catch {
    Benchmark("workloads") { benchmark in benchmark.error("\(error)") }
    return
  }
  for workload in workloads {
    Benchmark(
      workload.name,
      configuration: .init(
        metrics: [.wallClock, .cpuTotal, .peakMemoryResident], warmupIterations: 1, maxDuration: .seconds(2),
        maxIterations: 1000),
      closure: { _ in for _ in 0..<workload.repetitions { try await workload.body() } },
      teardown: { try await workload.cleanUp() })
  }
}
