import Synchronization

/// Values that closures of a test gather.
final class Collected<Value: Sendable>: Sendable {
  private let gathered = Mutex<[Value]>([])

  func add(_ value: Value) { gathered.withLock { $0.append(value) } }

  var values: [Value] { gathered.withLock { $0 } }
}
