public import CoreMetrics
public import Logging
internal import Metrics
public import ServiceLifecycle
public import WGECore

/// Lets one of several processes act at a time, by a Lease object in Kubernetes.
///
/// ```swift
/// let elector = LeaderElector(client: client, lease: ObjectKey(namespace: "wge", name: "controller"), identity: hostName)
/// try await elector.run { token in
///   try await makeController(client: client.fenced(by: token)).run()
/// }
/// ```
/// The work is cancelled, and its token invalid, before another candidate can begin: by this
/// process's own clock, also when the server is away or the process was paused. When leadership was
/// lost the elector stands again. When the work ends, or the elector is stopped, the lease is
/// released so that another takes over at once.
///
/// Interoperates with client-go's lease lock.
public struct LeaderElector: Sendable {
  /// How an election runs.
  public struct Options: Sendable {
    /// How long others wait after a leader's last sign of life. Whole seconds, default 15 s.
    public var leaseDuration: Duration
    /// How long a leader leads after its last successful renewal; shorter than ``leaseDuration`` by
    /// the time that work under way needs to stop. Default 10 s.
    public var renewDeadline: Duration
    /// The time between attempts; up to a fifth more at random. Default 2 s.
    public var retryPeriod: Duration
    /// What all of this is measured with. It must go on while the process or machine is paused, as
    /// `ContinuousClock` does.
    public var clock: any Clock<Duration>
    /// What dates the lease, for people to read.
    public var wallClock: any WallClock
    /// Where changes of leadership are reported.
    public var logger: Logger
    /// Where they are counted; nil for the global metrics system.
    public var metrics: (any MetricsFactory)?

    /// Options with their defaults, those of client-go.
    public init(
      leaseDuration: Duration = KubeDefaults.leaseDuration, renewDeadline: Duration = KubeDefaults.renewDeadline,
      retryPeriod: Duration = KubeDefaults.leaseRetryPeriod, clock: any Clock<Duration> = ContinuousClock(),
      wallClock: any WallClock = SystemWallClock(), logger: Logger = Logger(label: "wge.kube.leader"),
      metrics: (any MetricsFactory)? = nil
    ) {
      self.leaseDuration = leaseDuration
      self.renewDeadline = renewDeadline
      self.retryPeriod = retryPeriod
      self.clock = clock
      self.wallClock = wallClock
      self.logger = logger
      self.metrics = metrics
    }
  }

  /// The namespace and name of the Lease.
  public let lease: ObjectKey
  /// The name of this candidate; no two processes may share one. A host name with a random suffix
  /// is good.
  public let identity: String
  private let client: KubeClient
  private let options: Options
  private let timeline: Timeline
  private let logger: Logger

  /// A candidate in the election for a lease.
  public init(client: KubeClient, lease: ObjectKey, identity: String, options: Options = .init()) {
    // Attempts follow one another anyway, and each must end in time.
    self.client = client.retrying(.none)
    self.lease = lease
    self.identity = identity
    self.options = options
    timeline = Timeline(options.clock)
    var logger = options.logger
    logger[metadataKey: "lease"] = "\(lease)"
    logger[metadataKey: "identity"] = "\(identity)"
    self.logger = logger
  }

  // MARK: Running

  /// Waits for leadership, does the work while it lasts, and again after it was lost.
  ///
  /// Returns when the work returned, or when the task was cancelled or the service group shuts down
  /// gracefully; a graceful shutdown reaches the work, which ends it, before the lease is released.
  ///
  /// - Throws: ``LeaderElectionError/invalidSettings(_:)``, and what the work throws while it leads.
  public func run(_ work: @escaping @Sendable (LeadershipToken) async throws -> Void) async throws {
    try checkSettings()
    let stopping = Gate()
    try await withGracefulShutdownHandler {
      while !Task.isCancelled, !stopping.isOpen {
        var state = LeaderElectionState(
          identity: identity, leaseDuration: options.leaseDuration, renewDeadline: options.renewDeadline)
        guard await campaign(&state, stopping: stopping) else { return }
        if try await lead(&state, work) { return }
      }
    } onGracefulShutdown: {
      stopping.open()
    }
  }

  /// The election and its work as a service of a group.
  public func service(_ work: @escaping @Sendable (LeadershipToken) async throws -> Void) -> some Service {
    LeaderElectionService(elector: self, work: work)
  }

  private struct LeaderElectionService: Service {
    let elector: LeaderElector
    let work: @Sendable (LeadershipToken) async throws -> Void

    func run() async throws { try await elector.run(work) }
  }

  private func checkSettings() throws {
    if identity.isEmpty { throw LeaderElectionError.invalidSettings("the identity is empty") }
    if options.leaseDuration < .seconds(1) {
      throw LeaderElectionError.invalidSettings("leaseDuration must be at least one second")
    }
    if options.leaseDuration.components.attoseconds != 0 {
      throw LeaderElectionError.invalidSettings("leaseDuration must be whole seconds: the Lease holds no fraction")
    }
    if options.renewDeadline >= options.leaseDuration {
      throw LeaderElectionError.invalidSettings(
        "renewDeadline must be shorter than leaseDuration, or two candidates could lead at once")
    }
    if options.retryPeriod <= .zero || options.retryPeriod * 1.2 >= options.renewDeadline {
      throw LeaderElectionError.invalidSettings("retryPeriod must be positive and well below renewDeadline")
    }
  }

  // MARK: Standing

  /// True when this candidate leads; false when it is to stop.
  private func campaign(_ state: inout LeaderElectionState, stopping: Gate) async -> Bool {
    while !Task.isCancelled, !stopping.isOpen {
      await attempt(&state)
      if state.isLeading(now: timeline.now) { return true }
      await pause(stopping)
    }
    return false
  }

  private func pause(_ stopping: Gate?) async {
    let delay = options.retryPeriod * Double.random(in: 1...1.2)
    await withTaskGroup(of: Void.self) { [timeline] group in
      group.addTask { try? await timeline.sleep(for: delay) }
      if let stopping { group.addTask { try? await stopping.wait() } }
      await group.next()
      group.cancelAll()
    }
  }

  /// Reads the lease unless it is known to be ours, then does what is to be done about it.
  private func attempt(_ state: inout LeaderElectionState) async {
    do {
      if !state.isLeading(now: timeline.now) {
        let seen = try await read()
        state.observed(seen, now: timeline.now)
      }
      let begun = timeline.now
      switch state.action(now: begun, date: options.wallClock.now()) {
      case .wait: return
      case .create(let record):
        let stored = try await bounded { try await client.create(.leases, record.written(into: newLease())) }
        state.wrote(stored, begun: begun, now: timeline.now)
      case .replace(let record):
        guard let lease = state.lease else { return }
        let stored = try await bounded { try await client.replace(.leases, record.written(into: lease)) }
        state.wrote(stored, begun: begun, now: timeline.now)
      }
    } catch is CancellationError {
      return
    } catch let error as KubeError where error.isConflict || error.isAlreadyExists || error.isNotFound {
      // Somebody else wrote first; what they wrote decides.
      if let seen = try? await read() { state.observed(seen, now: timeline.now) }
      logger.debug("the lease was changed by another", metadata: ["holder": "\(holder(state))"])
    } catch {
      logger.warning("the lease cannot be read or written: \(error)")
    }
  }

  private func newLease() throws -> DynamicObject {
    try DynamicObject(
      apiVersion: ResourceType.leases.apiVersion, kind: ResourceType.leases.kind,
      metadata: ObjectMeta(name: lease.name, namespace: lease.namespace ?? client.defaultNamespace))
  }

  private func read() async throws -> DynamicObject? {
    do {
      return try await bounded { try await client.get(.leases, lease) }
    } catch let error as KubeError where error.isNotFound {
      return nil
    }
  }

  /// One request, no longer than half the renew deadline, so that one that hangs leaves time for
  /// another.
  private func bounded(_ request: @escaping @Sendable () async throws -> DynamicObject) async throws -> DynamicObject {
    let deadline = options.renewDeadline / 2
    guard let object = try await withDeadline(deadline, clock: options.clock, request) else {
      throw KubeError.transport(
        TransportFailure(.timedOut, message: "no answer about the lease \(lease) within \(deadline)"))
    }
    return object
  }

  private func holder(_ state: LeaderElectionState) -> String {
    state.lease.map { LeaseRecord($0).holder } ?? ""
  }

  // MARK: Leading

  /// Does the work and keeps the lease. True when the work returned by itself; false when
  /// leadership was lost.
  private func lead(
    _ state: inout LeaderElectionState, _ work: @escaping @Sendable (LeadershipToken) async throws -> Void
  ) async throws -> Bool {
    guard let until = state.leadsUntil else { return false }
    let token = LeadershipToken(identity: identity, term: state.term, until: until, timeline: timeline)
    let gauge = Gauge(
      label: "leader_election_master_status", dimensions: [("name", "\(lease)")],
      factory: options.metrics ?? MetricsSystem.factory)
    gauge.record(1)
    logger.notice("leading", metadata: ["term": "\(token.term)"])
    defer {
      token.revoke()
      gauge.record(0)
    }
    let shared = Locked(state)
    let ending = await withTaskGroup(of: Ending.self) { group -> Ending in
      group.addTask {
        do {
          try await work(token)
          return .worked(.success(()))
        } catch { return .worked(.failure(error)) }
      }
      group.addTask { await self.renew(token, shared: shared) }
      group.addTask { await self.guardTime(token) }
      var first: Ending?
      for await ending in group {
        switch ending {
        // Cancelled from outside: the work is ending too and its token may last for that.
        case .stoodDown: continue
        case .lost: token.revoke()
        case .worked: break
        }
        first = first ?? ending
        group.cancelAll()
      }
      return first ?? .stoodDown
    }
    state = shared.value
    if case .worked(let result) = ending, token.isValid || (try? result.get()) != nil || Task.isCancelled {
      await release(state)
      logger.notice("stopped leading")
      if !Task.isCancelled { try result.get() }
      return true
    }
    // The work may have found out first, by a write that was refused; that is no failure of its own.
    state.stoppedLeading()
    logger.error("lost leadership; standing again")
    return false
  }

  private enum Ending: Sendable {
    case worked(Result<Void, any Error>)
    case lost
    case stoodDown
  }

  private func renew(_ token: LeadershipToken, shared: Locked<LeaderElectionState>) async -> Ending {
    while true {
      await pause(nil)
      if Task.isCancelled { return .stoodDown }
      var state = shared.value
      await attempt(&state)
      shared.set(state)
      if Task.isCancelled { return .stoodDown }
      if state.isHeldByAnother {
        logger.warning("another leads", metadata: ["holder": "\(holder(state))"])
        return .lost
      }
      if let until = state.leadsUntil { token.extend(until: until) }
      if !token.isValid { return .lost }
    }
  }

  /// Ends when the token does.
  private func guardTime(_ token: LeadershipToken) async -> Ending {
    while let until = token.validUntil, timeline.now < until {
      do { try await timeline.sleep(until: until) } catch { return .stoodDown }
    }
    return .lost
  }

  /// Gives the lease up if it is still ours, in a task that the end of this one does not cancel.
  private func release(_ state: LeaderElectionState) async {
    guard let record = state.release(date: options.wallClock.now()), let lease = state.lease else { return }
    await Task {
      do {
        _ = try await bounded { try await client.replace(.leases, record.written(into: lease)) }
      } catch {
        logger.info("the lease was not released, others wait it out: \(error)")
      }
    }.value
  }
}
