/// Something to measure, and what it is measured against.
public struct Workload: Sendable {
  /// One run. Every run does the same amount of work; the first one may also make the fixtures, so
  /// it is not to be counted.
  public typealias Body = @Sendable () async throws -> Void

  /// What is done, in a few words.
  public var name: String
  /// The project's way.
  public var body: Body
  /// Who does the same another way; nil when no peer is at hand.
  public var peer: (name: String, body: Body)?
  /// How many runs one measurement takes, so that it is well above the clock's grain.
  public var repetitions: Int
  /// Removes what the runs left on the disk.
  public var cleanUp: Body

  init(
    _ name: String, repetitions: Int = 1, peer: (name: String, body: Body)? = nil, cleanUp: @escaping Body = {},
    _ body: @escaping Body
  ) {
    self.name = name
    self.repetitions = repetitions
    self.peer = peer
    self.cleanUp = cleanUp
    self.body = body
  }

  /// Everything that is measured.
  /// - Throws: where a fixture is not what it should be.
  public static func all() throws -> [Workload] {
    let engines = try values() + templates() + [markerEdit(), engine()]
    return try engines + cluster() + [gitCommit(), gitPush(files: 1000), gitPush(files: 100_000)] + rego()
  }
}

/// Keeps the optimiser from dropping a result that nobody reads.
@inline(never) @_optimize(none)
func consume<T>(_ value: T) {}

/// A workload found that its own work was not done: nothing it measures would count.
struct WorkloadFailure: Error, CustomStringConvertible {
  let description: String

  static func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw WorkloadFailure(description: message()) }
  }
}

/// A fixture that is made by the first who needs it.
actor Lazily<Value: Sendable> {
  private var task: Task<Value, any Error>?
  private let make: @Sendable () async throws -> Value

  init(_ make: @escaping @Sendable () async throws -> Value) { self.make = make }

  func value() async throws -> Value {
    if let task { return try await task.value }
    let task = Task { [make] in try await make() }
    self.task = task
    return try await task.value
  }

  /// The value if somebody needed it.
  func made() async throws -> Value? { try await task?.value }
}

/// Counts, so that every run makes something new.
actor Counter {
  private var count = 0

  func next() -> Int {
    count += 1
    return count
  }
}
