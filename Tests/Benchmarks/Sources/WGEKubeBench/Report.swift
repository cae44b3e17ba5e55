internal import Foundation

/// One measured value.
struct Sample: Sendable {
  var metric: String
  var value: Double
  var unit: String
  var lowerIsBetter: Bool

  init(_ metric: String, _ value: Double, _ unit: String, lowerIsBetter: Bool = false) {
    self.metric = metric
    self.value = value
    self.unit = unit
    self.lowerIsBetter = lowerIsBetter
  }
}

/// The samples of one workload on all targets.
struct Report {
  let workload: String
  let targets: [String]
  private var metrics: [String] = []
  private var samples: [String: [String: [Sample]]] = [:]

  init(workload: String, targets: [String]) {
    self.workload = workload
    self.targets = targets
  }

  mutating func add(_ sample: Sample, of target: String) {
    if !metrics.contains(sample.metric) { metrics.append(sample.metric) }
    samples[sample.metric, default: [:]][target, default: []].append(sample)
  }

  /// Medians with the least and the greatest value, and how many times better each target is than
  /// the last one.
  func printTable() {
    for metric in metrics {
      say("\(workload): \(metric)")
      let base = targets.last.flatMap { samples[metric]?[$0] }.map(Self.median)
      for target in targets {
        guard let row = samples[metric]?[target], let first = row.first else { continue }
        let median = Self.median(row)
        let values = row.map(\.value)
        var line = "  \(target.padding(toLength: 14, withPad: " ", startingAt: 0)) \(Self.text(median)) \(first.unit)"
        if row.count > 1 {
          line += " (\(Self.text(values.min() ?? 0))...\(Self.text(values.max() ?? 0)))"
        }
        if let base, target != targets.last, base > 0, median > 0 {
          let ratio = first.lowerIsBetter ? base / median : median / base
          line += "  \(Self.text(ratio))x"
        }
        say(line)
      }
    }
  }

  private static func median(_ samples: [Sample]) -> Double {
    let values = samples.map(\.value).sorted()
    return values[values.count / 2]
  }

  private static func text(_ value: Double) -> String {
    switch abs(value) {
    case 100...: String(format: "%.0f", value)
    case 10..<100: String(format: "%.1f", value)
    default: String(format: "%.3f", value)
    }
  }
}

/// Prints a line at once, also into a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
