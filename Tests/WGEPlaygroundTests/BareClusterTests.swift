#if Server
  import Foundation
  import Logging
  import Testing
  import WGECore
  import WGEKube
  import WGETestSupport

  @testable import WGEPlayground

  @Suite struct BareClusterTests {
    /// What a newcomer starts without options can be used with the kubeconfig that it names.
    @Test func withoutTokensTheKubeconfigIsAnAdministrators() async throws {
      try await withTemporaryDirectory { directory in
        let cluster = BareCluster(
          port: 0, tokens: [], directory: URL(filePath: directory), ephemeral: true,
          logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (ready, isReady) = AsyncThrowingStream<String, any Error>.makeStream()
        let run = Task {
          do {
            try await cluster.run { _, kubeconfig in isReady.yield(kubeconfig) }
            isReady.finish()
          } catch is CancellationError {
            isReady.finish()
          } catch { isReady.finish(throwing: error) }
        }
        for try await path in ready {
          let config = try Kubeconfig.load(file: path)
          let client = try KubeClient(kubeconfig: config)
          #expect(try await client.list(.namespaces).items.contains { $0.name == "default" })
          run.cancel()
        }
        await run.value
      }
    }
  }
#endif
