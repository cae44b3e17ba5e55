internal import Crypto
internal import Synchronization
public import WGECore

/// Slows down guessing of passwords.
///
/// Five sign-ins a minute for an address, five for a user name; after five failures in a row one
/// user name at one address waits 1 s, 2 s, 4 s, up to 15 min; after thirty failures in a quarter of
/// an hour a user name is open only to addresses that have signed in with it. Such an address is
/// never locked out by what others do. User names are kept as digests, and everything is bounded.
/// Safe to use from any task.
public final class LoginLimiter: Sendable {
  /// The numbers.
  public struct Configuration: Sendable, Hashable {
    /// Sign-ins per minute, and at once, for an address and for a user name.
    public var perMinute: Int
    /// Failures in a row before one user name at one address has to wait.
    public var freeFailures: Int
    /// Failures per user name in a quarter of an hour.
    public var failuresPerUser: Int

    /// See ``AuthDefaults`` for the defaults.
    public init(
      perMinute: Int = AuthDefaults.signInsPerMinute, freeFailures: Int = 5,
      failuresPerUser: Int = AuthDefaults.failuresPerUser
    ) {
      self.perMinute = max(1, perMinute)
      self.freeFailures = max(1, freeFailures)
      self.failuresPerUser = max(1, failuresPerUser)
    }
  }

  private struct Failures {
    var inARow = 0
    var lockedUntil: Timestamp?
  }

  private struct State {
    var addresses = BoundedCache<String, TokenBucket>(capacity: AuthDefaults.limiterKeys)
    var users = BoundedCache<[UInt8], TokenBucket>(capacity: AuthDefaults.limiterKeys)
    var pairs = BoundedCache<[UInt8], Failures>(capacity: AuthDefaults.limiterKeys)
    var recent = BoundedCache<[UInt8], [Timestamp]>(capacity: AuthDefaults.limiterKeys / 10)
    var known = BoundedCache<[UInt8], Timestamp>(capacity: AuthDefaults.limiterKeys)
  }

  private let configuration: Configuration
  private let clock: any WallClock
  private let state = Mutex(State())

  /// A limiter that has seen nothing yet.
  public init(configuration: Configuration = Configuration(), clock: any WallClock = SystemWallClock()) {
    self.configuration = configuration
    self.clock = clock
  }

  /// Call before a password is checked.
  ///
  /// - Throws: ``AuthError/rateLimited(retryAfter:)``.
  public func admit(user: String, from address: ClientAddress) throws(AuthError) {
    let now = clock.now()
    let wait = state.withLock { self.pause(&$0, Self.digest(user), Self.digest(user, address), address, now) }
    if let wait { throw .rateLimited(retryAfter: wait) }
  }

  /// Call after a password was checked.
  public func record(success: Bool, user: String, from address: ClientAddress) {
    let now = clock.now()
    let name = Self.digest(user)
    let pair = Self.digest(user, address)
    state.withLock { state in
      if success {
        state.pairs[pair] = nil
        state.known[pair] = now
        return
      }
      var failures = state.pairs[pair] ?? Failures()
      failures.inARow = min(failures.inARow + 1, 1000)
      if failures.inARow >= configuration.freeFailures {
        let doublings = min(failures.inARow - configuration.freeFailures, 20)
        failures.lockedUntil = now.advanced(by: min(.seconds(1 << doublings), AuthDefaults.longestLock))
      }
      state.pairs[pair] = failures
      var recent = (state.recent[name] ?? []).filter { now.duration(since: $0) < AuthDefaults.failureWindow }
      if recent.count < configuration.failuresPerUser { recent.append(now) }
      state.recent[name] = recent
    }
  }

  private func pause(
    _ state: inout State, _ name: [UInt8], _ pair: [UInt8], _ address: ClientAddress, _ now: Timestamp
  ) -> Duration? {
    if let until = state.pairs[pair]?.lockedUntil, now < until { return until.duration(since: now) }
    let (perMinute, key) = (configuration.perMinute, address.bucket)
    var byAddress = state.addresses[key] ?? TokenBucket(burst: perMinute, now: now)
    let addressWait = byAddress.take(perMinute: perMinute, burst: perMinute, now: now)
    state.addresses[key] = byAddress
    if let addressWait { return addressWait }
    if let since = state.known[pair], now.duration(since: since) < AuthDefaults.knownAddress { return nil }
    let recent = (state.recent[name] ?? []).filter { now.duration(since: $0) < AuthDefaults.failureWindow }
    if recent.count >= configuration.failuresPerUser, let first = recent.first {
      return first.advanced(by: AuthDefaults.failureWindow).duration(since: now)
    }
    var byUser = state.users[name] ?? TokenBucket(burst: perMinute, now: now)
    let userWait = byUser.take(perMinute: perMinute, burst: perMinute, now: now)
    state.users[name] = byUser
    return userWait
  }

  private static func digest(_ user: String, _ address: ClientAddress? = nil) -> [UInt8] {
    Array(SHA256.hash(data: Array("\(user)\u{0}\(address?.bucket ?? "")".utf8)))
  }
}
