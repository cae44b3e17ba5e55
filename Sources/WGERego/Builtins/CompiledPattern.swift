internal import WGERegex

/// A regular expression that was compiled once in an evaluation.
struct CompiledPattern: Sendable {
  let regex: LinearRegex
}

extension BuiltinContext {
  /// Keeps a pattern for the rest of the evaluation, unless those that are kept take much memory.
  func keep(_ regex: LinearRegex, _ pattern: String) {
    let footprint = regexFootprint + regex.footprint
    guard regexes.count < 1000, footprint <= RegoDefaults.maximumPatternBytes else { return }
    regexFootprint = footprint
    regexes[pattern] = CompiledPattern(regex: regex)
  }
}
