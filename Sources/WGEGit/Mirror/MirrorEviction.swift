internal import WGECore

/// Removes what a folder of mirrors has too much of: mirrors above its limit, and what clones left that were
/// killed or failed. Blocking.
///
/// Decided from a look at the actor's memory that may be old when it is acted on. The locks decide what may go:
/// nothing is removed but under both of its locks, held alone.
struct MirrorEviction: Sendable {
  var folder: String
  var maximumBytes: Int64
  /// Bytes by key, where known.
  var sizes: [String: Int64]
  /// Rising numbers of the mirrors' last uses, by key.
  var lastUses: [String: UInt64]
  /// Keys whose users need not be disturbed.
  var inUse: Set<String>

  struct Outcome: Sendable {
    /// Mirrors that are there still.
    var sizes: [String: Int64] = [:]
  }

  func run() -> Outcome {
    var outcome = Outcome()
    var unfinished: Set<String> = []
    var locks: Set<String> = []
    for name in (try? AtomicFile.names(in: folder)) ?? [] {
      if name.hasSuffix(".git") {
        let key = String(name.dropLast(4))
        // What other processes fetch counts when it is fetched here: walking all at each use would cost more.
        outcome.sizes[key] = sizes[key] ?? sizeOfTree("\(folder)/\(name)")
      } else if name.hasSuffix(Self.unfinished) {
        unfinished.insert(String(name.dropLast(Self.unfinished.count)))
      } else if name.hasSuffix(".lock") {
        locks.insert(String(name.dropLast(5)))
      } else if name.hasSuffix(".use") {
        locks.insert(String(name.dropLast(4)))
      }
    }
    var total = outcome.sizes.values.reduce(0, +)
    for key in unfinished.union(locks.subtracting(outcome.sizes.keys)) where !inUse.contains(key) {
      total += removeLeftovers(key)
    }
    for (key, bytes) in outcome.sizes.sorted(by: { lastUses[$0.key] ?? 0 < lastUses[$1.key] ?? 0 }) {
      if total <= maximumBytes { break }
      guard !inUse.contains(key), remove(key) else { continue }
      outcome.sizes[key] = nil
      total -= bytes
    }
    return outcome
  }

  private static let unfinished = ".git.new"

  /// Removes a mirror unless somebody is at it, here or in another process.
  private func remove(_ key: String) -> Bool {
    let place = "\(folder)/\(key)"
    guard let lock = try? HeldFileLock.tryAcquire(place + ".lock") else { return false }
    guard let alone = try? HeldFileLock.tryAcquire(place + ".use") else {
      lock.release()
      return false
    }
    removeTree(place + ".git")
    alone.remove()
    lock.remove()
    return true
  }

  /// Removes a clone that was killed, and the locks of a mirror that is not there.
  /// - Returns: the bytes of a clone that is being made.
  private func removeLeftovers(_ key: String) -> Int64 {
    let place = "\(folder)/\(key)"
    guard let lock = try? HeldFileLock.tryAcquire(place + ".lock") else { return sizeOfTree(place + Self.unfinished) }
    Self.removeLeftovers(place, lock)
    return 0
  }

  /// The same by who holds the mirror's lock, which ends with it.
  static func removeLeftovers(_ place: String, _ lock: HeldFileLock) {
    removeTree(place + unfinished)
    guard !AtomicFile.isFolder(place + ".git"), let alone = try? HeldFileLock.tryAcquire(place + ".use") else {
      lock.release()
      return
    }
    alone.remove()
    lock.remove()
  }
}
