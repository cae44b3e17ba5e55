import Testing
import WGECore
import WGETestSupport

/// The random tests of this module for as long as asked, with new seeds.
@Suite(.enabled(if: Fuzzing.seconds != nil, "set FUZZ_SECONDS")) struct CoreFuzz {
  @Test func json() async throws {
    try await Fuzzing.run("JSON") { seed in
      var random = SeededGenerator(seed: seed)
      try JSONRandomTests.checkRoundTrip(&random, "seed \(seed)")
      _ = try JSONRandomTests.checkDamaged(&random, "seed \(seed)")
    }
  }

  @Test func yaml() async throws {
    try await Fuzzing.run("YAML") { seed in
      var random = SeededGenerator(seed: seed)
      try YAMLWriterTests.checkReadBack(&random, "seed \(seed)")
      _ = try YAMLReaderTests.checkDamaged(&random, "seed \(seed)")
    }
  }

  @Test func patches() async throws {
    try await Fuzzing.run("patches") { seed in
      var random = SeededGenerator(seed: seed)
      try JSONPatchTests.checkRandomPatch(&random, "seed \(seed)")
      JSONMergePatchTests.checkDifference(&random, "seed \(seed)")
    }
  }

  @Test func selectors() async throws {
    try await Fuzzing.run("selectors") { seed in
      var random = SeededGenerator(seed: seed)
      _ = try LabelSelectorTests.checkRandomText(&random, "seed \(seed)")
    }
  }

  @Test func quantities() async throws {
    try await Fuzzing.run("quantities") { seed in
      var random = SeededGenerator(seed: seed)
      QuantityTests.checkRandomText(&random, "seed \(seed)")
    }
  }
}
