/// Clients per cluster and principal, bounded: the least recently used goes first, and what was
/// not used for a while goes too. Clients are small, but each keeps its own discovery.
struct ClientPool: Sendable {
  struct Key: Hashable, Sendable {
    var cluster: ClusterID
    var principal: Principal
  }

  private struct Entry: Sendable {
    var client: KubeClient
    var lastUse: UInt64
    var idle: Elapsed
  }

  private var entries: [Key: Entry] = [:]
  private var uses: UInt64 = 0
  private var lastSweep: Elapsed
  let capacity: Int
  let lifetime: Duration
  let clock: any Clock<Duration>

  init(capacity: Int, lifetime: Duration, clock: any Clock<Duration>) {
    self.capacity = max(1, capacity)
    self.lifetime = lifetime
    self.clock = clock
    lastSweep = Elapsed(clock)
  }

  var count: Int { entries.count }

  /// The client of a key, made when it is not there.
  mutating func client(for key: Key, make: () throws -> KubeClient) rethrows -> KubeClient {
    uses &+= 1
    if var entry = entries[key], entry.idle.duration < lifetime {
      entry.lastUse = uses
      entry.idle = Elapsed(clock)
      entries[key] = entry
      return entry.client
    }
    let client = try make()
    entries[key] = Entry(client: client, lastUse: uses, idle: Elapsed(clock))
    sweep()
    if entries.count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
      entries[oldest.key] = nil
    }
    return client
  }

  /// Drops the clients of a cluster.
  mutating func remove(_ cluster: ClusterID) { entries = entries.filter { $0.key.cluster != cluster } }

  /// Drops what was not used for too long, now and then: looking costs as much as there is.
  private mutating func sweep() {
    guard lastSweep.duration >= lifetime / 4 else { return }
    lastSweep = Elapsed(clock)
    entries = entries.filter { $0.value.idle.duration < lifetime }
  }
}
