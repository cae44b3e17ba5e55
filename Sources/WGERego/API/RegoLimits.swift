/// How far one evaluation may go. Reaching a limit ends it with ``RegoError/limit(_:)``.
public struct RegoLimits: Sendable, Hashable {
  /// Iterations, calls and elements that builtins touch. Default 100 million.
  public var steps: Int
  /// Wall time, or nil for none. Default 10 seconds.
  public var time: Duration?
  /// Elements of the collections that are built. Default 20 million.
  public var elements: Int
  /// Texts that builtins make, in bytes. Default 1 GiB.
  public var text: Int

  /// The defaults, or others.
  public init(
    steps: Int = RegoDefaults.maximumSteps, time: Duration? = RegoDefaults.timeout,
    elements: Int = RegoDefaults.maximumElements, text: Int = RegoDefaults.maximumTotalTextBytes
  ) {
    self.steps = steps
    self.time = time
    self.elements = elements
    self.text = text
  }
}

/// What the engine takes from its host: time, chance, cancellation and what `print` writes to.
///
/// All hooks are called on the thread that evaluates.
public struct RegoHost: Sendable {
  /// Nanoseconds since 1970, read once for each evaluation.
  public var nanosecondsSince1970: @Sendable () -> Int64
  /// Seeds `rand.intn` and `uuid.rfc4122`, once for each evaluation.
  public var seed: @Sendable () -> UInt64
  /// True when the evaluation shall end. Default: the current task is cancelled.
  public var isCancelled: @Sendable () -> Bool
  /// Where `print` writes, when ``RegoCompiler/Options/enablePrint`` is on.
  public var print: (@Sendable (String, SourceLocation?) -> Void)?
  /// Answers `http.send`; nil makes it fail.
  public var sendHTTP: (@Sendable (RegoValue) throws -> RegoValue)?
  /// Answers `net.lookup_ip_addr`; nil makes it fail.
  public var lookUpAddresses: (@Sendable (String) throws -> [String])?
  /// What `opa.runtime` gives. Default: an empty object.
  public var runtime: RegoValue

  /// A host with the system's clock and random seed, and nothing else.
  public init() {
    nanosecondsSince1970 = { SystemTime.nanosecondsSince1970() }
    seed = { UInt64.random(in: .min ... .max) }
    isCancelled = { Task.isCancelled }
    runtime = .object(.empty)
  }
}
