import HTTPTypes
import Synchronization
import Testing
import WGETestSupport

@testable import WGEHTTP

/// The parent of every suite here: one after the other, since most watch connections or threads.
@Suite(.serialized, .timeLimit(.minutes(3))) struct HTTPSuites {}

/// A number that threads and tasks share.
final class Counter: Sendable {
  private let storage = Atomic<Int>(0)
  var value: Int { storage.load(ordering: .relaxed) }
  func add(_ count: Int = 1) { storage.add(count, ordering: .relaxed) }
}

/// Values that threads and tasks collect.
final class Collected<Value: Sendable>: Sendable {
  private let storage = Mutex<[Value]>([])
  var values: [Value] { storage.withLock { $0 } }
  func add(_ value: Value) { storage.withLock { $0.append(value) } }
}

/// Waits until a number has stopped growing, and answers it.
func settled(_ number: () -> Int) async throws -> Int {
  var last = -1
  var same = 0
  try await eventually("the number stops growing") {
    let now = number()
    same = now == last ? same + 1 : 0
    last = now
    return same >= 60
  }
  return last
}

extension CurlTransport {
  /// A transport without proxy, shut down at the end.
  static func with<R>(
    _ change: (inout Configuration) -> Void = { _ in }, _ body: (CurlTransport) async throws -> R
  ) async throws -> R {
    var configuration = Configuration(proxy: .off)
    change(&configuration)
    let transport = try CurlTransport(configuration)
    do {
      let result = try await body(transport)
      await transport.shutdown()
      return result
    } catch {
      await transport.shutdown()
      throw error
    }
  }

  /// The error of a request that must fail, in its head or in its body.
  func failure(_ request: HTTPTransportRequest) async -> HTTPError? {
    do {
      let response = try await execute(request)
      for try await _ in response.body {}
      return nil
    } catch {
      return error as? HTTPError
    }
  }

  func text(_ request: HTTPTransportRequest) async throws -> String {
    String(decoding: try await execute(request).body.collect(), as: UTF8.self)
  }
}
