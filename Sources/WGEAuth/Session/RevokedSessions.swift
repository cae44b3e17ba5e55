internal import WGECore

/// Sessions that people have ended, until they would have ended by themselves.
///
/// Bounded: when it is full, the sessions that were opened first are forgotten by name, and instead
/// every session as old as the youngest of them is refused. So nothing that was ended comes back;
/// at worst some people sign in again.
struct RevokedSessions: Sendable {
  private struct Entry {
    var signedIn: Timestamp
    var until: Timestamp
  }

  private let capacity: Int
  private var entries: [String: Entry] = [:]
  private var floor = Timestamp(seconds: .min)

  init(capacity: Int = AuthDefaults.revocations) { self.capacity = max(2, capacity) }

  mutating func revoke(_ claims: SessionClaims, until: Timestamp, now: Timestamp) {
    if entries.count >= capacity { makeRoom(now) }
    entries[claims.id] = Entry(signedIn: claims.signedIn, until: until)
  }

  func contains(_ claims: SessionClaims) -> Bool {
    claims.signedIn <= floor || entries[claims.id] != nil
  }

  private mutating func makeRoom(_ now: Timestamp) {
    entries = entries.filter { $0.value.until > now }
    guard entries.count >= capacity else { return }
    let oldest = entries.sorted { $0.value.signedIn < $1.value.signedIn }.prefix(capacity / 2)
    for (id, entry) in oldest {
      floor = max(floor, entry.signedIn)
      entries[id] = nil
    }
  }
}
