internal import WGERegex

/// A regular expression that was compiled once in an evaluation.
struct CompiledPattern: Sendable {
  let regex: LinearRegex
}
