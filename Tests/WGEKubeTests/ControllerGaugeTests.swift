import CoreMetrics
import Dispatch
import MetricsTestKit
import Testing
import WGECore
import WGETestSupport

@testable import WGEKube

@Suite struct ControllerGaugeTests {
  /// Metrics whose queue depth takes a while to write when there is something in the queue.
  private final class SlowDepth: MetricsFactory {
    final class Depth: RecorderHandler {
      struct State: Sendable {
        var last = 0.0
        var writing = 0
      }

      let state = Locked(State())

      func record(_ value: Int64) { record(Double(value)) }

      func record(_ value: Double) {
        let isSlow = state.withLock { state in
          state.writing += 1
          return value > 0
        }
        if isSlow { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(50)) }
        state.withLock { state in
          state.last = value
          state.writing -= 1
        }
      }
    }

    let depth = Depth()
    private let others = TestMetrics()

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
      others.makeCounter(label: label, dimensions: dimensions)
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
      if label == "workqueue_depth" { return depth }
      return others.makeRecorder(label: label, dimensions: dimensions, aggregate: aggregate)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
      others.makeTimer(label: label, dimensions: dimensions)
    }

    func destroyCounter(_ handler: any CounterHandler) { others.destroyCounter(handler) }
    func destroyTimer(_ handler: any TimerHandler) { others.destroyTimer(handler) }
    func destroyRecorder(_ handler: any RecorderHandler) {
      if !(handler is Depth) { others.destroyRecorder(handler) }
    }
  }

  /// Two tasks that look at the queue, one after the other, write what they saw in that order: else the
  /// gauge of an idle controller would stay at what the slower one saw.
  @Test func anIdleControllersDepthIsZero() async throws {
    let server = MiniServer()
    let metrics = SlowDepth()
    var options = ControllerTests.options()
    options.metrics = metrics
    let done = Recorded<ObjectKey>()
    let controller = ControllerTests.controller(server, options) { key, _ in
      done.append(key)
      return .done
    }
    try await ControllerTests.running(controller) {
      for number in 1...10 {
        server.put(.testWidgets, "w\(number)")
        try await eventually("the object is reconciled") { done.count == number }
        try await eventually("nothing waits, and the gauge says so", timeout: .seconds(20)) {
          metrics.depth.state.withLock { $0.writing == 0 && $0.last == 0 }
        }
      }
    }
  }
}
