/// Unicode's simple case mappings, one code point to one, as Go's `unicode` package has them.
package enum UnicodeCase {
  package static func upper(_ scalar: UInt32) -> UInt32 {
    scalar < 0x80 ? (scalar &- 0x61 < 26 ? scalar - 32 : scalar) : uppers.map(scalar)
  }

  package static func lower(_ scalar: UInt32) -> UInt32 {
    scalar < 0x80 ? (scalar &- 0x41 < 26 ? scalar + 32 : scalar) : lowers.map(scalar)
  }

  package static func title(_ scalar: UInt32) -> UInt32 {
    scalar < 0x80 ? (scalar &- 0x61 < 26 ? scalar - 32 : scalar) : titles.map(scalar)
  }

  /// The next code point that differs only in case, in a cycle: `k`, the Kelvin sign, `K`, `k`...
  package static func nextFold(_ scalar: UInt32) -> UInt32 { folds.map(scalar) }

  /// Adds to a set all that differs from its members only in case.
  /// - Returns: how many ranges it looked at or added: what it cost.
  @discardableResult
  package static func closeUnderFolding(_ set: inout ScalarSet) -> Int {
    var work = 0
    set.normalise()
    let bounds = set.bounds
    for index in stride(from: 0, to: bounds.count, by: 2) {
      let (low, high) = (bounds[index], bounds[index + 1])
      for run in folds.runs where run.high >= low && run.low <= high {
        var scalar = max(low, run.low)
        if run.stride == 2, (scalar - run.low) % 2 == 1 { scalar += 1 }
        while scalar <= min(high, run.high) {
          var other = folds.map(scalar)
          while other != scalar {
            set.insert(other, other)
            work += 1
            other = folds.map(other)
          }
          scalar += run.stride
        }
      }
    }
    set.normalise()
    return work + bounds.count
  }

  private static let uppers = Mapping(UnicodeTables.upper)
  private static let lowers = Mapping(UnicodeTables.lower)
  private static let titles = Mapping(UnicodeTables.title)
  private static let folds = Mapping(UnicodeTables.fold)

  /// Runs of code points that map by the same distance. Runs of every second code point interleave, so the search
  /// looks at the neighbours too.
  private struct Mapping: Sendable {
    struct Run: Sendable {
      var low: UInt32
      var high: UInt32
      var stride: UInt32
      var delta: Int32
    }
    var runs: [Run] = []

    init(_ text: String) {
      var position: Int = 0
      for word in text.split(separator: " ") {
        let parts = word.split(separator: ":")
        guard parts.count == 3, let gap = Int(parts[0], radix: 36), let delta = Int32(parts[2], radix: 36) else {
          continue
        }
        let isEverySecond = parts[1].hasSuffix("*")
        let count = Int(isEverySecond ? parts[1].dropLast() : parts[1], radix: 36) ?? 0
        let low = position + gap
        let high = low + count * (isEverySecond ? 2 : 1)
        runs.append(Run(low: UInt32(low), high: UInt32(high), stride: isEverySecond ? 2 : 1, delta: delta))
        position = high
      }
    }

    func map(_ scalar: UInt32) -> UInt32 {
      var low = 0
      var high = runs.count
      while low < high {
        let middle = (low + high) / 2
        if runs[middle].low <= scalar { low = middle + 1 } else { high = middle }
      }
      // A run with a stride may enclose the start of the next ones.
      for index in stride(from: low - 1, through: max(low - 4, 0), by: -1) {
        let run = runs[index]
        if scalar <= run.high, (scalar - run.low) % run.stride == 0 {
          return UInt32(truncatingIfNeeded: Int64(scalar) + Int64(run.delta))
        }
      }
      return scalar
    }
  }
}
