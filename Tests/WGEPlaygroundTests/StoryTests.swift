#if Server
  import Testing
  import WGETestSupport

  @testable import WGEPlayground

  /// The promotion story, told on a whole world in this process and by the program that people run.
  @Suite(.serialized) struct StoryTests {
    @Test("One promotion from dev to prod, through every floor")
    func story() async throws {
      try await Playground(Playground.Options(ephemeral: true)).check(version: "1.1.0", deadline: .seconds(120))
    }

    @Test("Killed at any moment and restarted on its data, the promotion still completes, once")
    func killed() async throws {
      guard let program = Program.ofThisPackage("wge-playground") else {
        print("skipped: killed: there is no wge-playground beside the tests")
        return
      }
      try await withTemporaryDirectory { directory in
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3 {
          let process = try Self.program(program, directory: directory).start()
          try await Task.sleep(for: .milliseconds(Int.random(in: 300...6000, using: &generator)))
          process.kill()
          _ = try await process.end()
        }
        let last = try await Self.program(program, directory: directory).run()
        #expect(last.code == 0, "\(last.text)")
      }
    }

    private static func program(_ program: String, directory: String) -> Program {
      Program(program, ["--check", "--data", directory + "/world", "--timeout", "120"])
    }
  }
#endif
