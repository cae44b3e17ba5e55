import Synchronization
import Testing

/// Polls until the condition holds; false after a deadline that only a hang reaches.
func eventually(_ condition: () async -> Bool) async -> Bool {
  for _ in 0..<3000 {
    if await condition() { return true }
    try? await Task.sleep(for: .milliseconds(10))
  }
  return false
}

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

/// The parent of every suite here: one after the other, since most watch connections or threads.
@Suite(.serialized) struct HTTPSuites {}
