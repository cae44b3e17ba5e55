internal import Crypto
internal import WGECore

/// Bare mirrors of remote repositories, one folder each below a root, kept between uses and restarts.
///
/// A mirror is fetched by one at a time, in this process and between processes; several read it at
/// once. It is cloned beside its place and moved there whole. What a fetch left that was killed
/// half-way is removed at the next use, and a mirror that is damaged is cloned anew. Above the limit,
/// the mirrors that were used longest ago and by nobody now, here or in another process, are removed.
///
/// Two lock files stand beside each mirror: `.lock` is held alone by who fetches, `.use` is shared by who
/// reads. Who takes a mirror away holds both alone, so that none goes while it is read.
public actor GitMirrors {
  private struct Entry {
    var repository: GitRepository?
    var users = 0
    var lastUse: UInt64 = 0
    var fetched: ContinuousClock.Instant?
    var running: RunningFetch?
    /// Fetches that were begun; the running one has this number.
    var begun = 0
    /// The running fetch needs no credential, so that its outcome proves nothing of its caller's.
    var isAnonymous = false
    /// The last fetch, or the running one, brings tags.
    var hasTags = false
  }

  /// A mirror that nobody takes away before the lock is released.
  private struct InUse: Sendable {
    var repository: GitRepository
    var lock: HeldFileLock
  }

  private let folder: String
  private let maximumBytes: Int64
  private let limits: GitTransferLimits
  private var entries: [String: Entry] = [:]
  private var uses: UInt64 = 0
  /// Bytes on disk by key, as they were when this process last fetched or met the mirror.
  private var sizes: [String: Int64] = [:]

  /// - Parameters:
  ///   - folder: an absolute path that nothing else uses; made when missing.
  ///   - maximumBytes: on disk, of all mirrors together. Default ``GitDefaults/maximumMirrorBytes``.
  ///   - limits: of each fetch.
  /// - Throws: ``GitHostError``.
  public init(
    folder: String, maximumBytes: Int64 = GitDefaults.maximumMirrorBytes,
    limits: GitTransferLimits = GitTransferLimits()
  ) throws(GitHostError) {
    guard folder.hasPrefix("/") else {
      throw .validation(field: "folder", "the folder \(GitHostError.quote(folder)) is not an absolute path")
    }
    try GitLibrary.start()
    try AtomicFile.makeFolder(folder)
    self.folder = folder
    self.maximumBytes = maximumBytes
    self.limits = limits
  }

  /// Works with an up-to-date mirror. It is not removed or cloned anew meanwhile, by no process; others may fetch
  /// into it, which moves branches and keeps every object.
  ///
  /// The caller must have the right to read the repository: a mirror is shared by all who name it.
  /// - Parameters:
  ///   - remote: where to fetch from, and the credential.
  ///   - identity: one text for one repository; nil: the remote's URL.
  ///   - freshness: a mirror that was fetched so recently is not fetched again. Default: always fetch.
  ///   - tags: bring them too, moved ones as well.
  ///   - body: must not keep the repository, and must not write to it.
  /// - Throws: ``GitHostError``, or what `body` throws.
  public func withMirror<T: Sendable>(
    of remote: GitRemote, identity: String? = nil, freshness: Duration = .zero, tags: Bool = false,
    _ body: @Sendable (GitRepository) async throws -> T
  ) async throws -> T {
    let key = Self.name(identity ?? remote.url)
    uses += 1
    entries[key, default: Entry()].users += 1
    entries[key]?.lastUse = uses
    defer {
      entries[key]?.users -= 1
      evict()
    }
    do {
      return try await use(try await fresh(key, remote, freshness, tags), body)
    } catch let error as GitHostError where error.code == .corrupt {
      entries[key]?.repository = nil
      entries[key]?.fetched = nil
      return try await use(try await refresh(key, remote, tags, anew: true), body)
    }
  }

  private func use<T: Sendable>(
    _ mirror: InUse, _ body: @Sendable (GitRepository) async throws -> T
  ) async throws -> T {
    defer { mirror.lock.release() }
    return try await body(mirror.repository)
  }

  /// The folder of a repository's mirror, whether or not it exists.
  public nonisolated func path(ofMirror identity: String) -> String { "\(folder)/\(Self.name(identity)).git" }

  private func fresh(
    _ key: String, _ remote: GitRemote, _ freshness: Duration, _ tags: Bool
  ) async throws -> InUse {
    if let entry = entries[key], let repository = entry.repository, let fetched = entry.fetched,
      entry.hasTags || !tags, freshness > .zero, fetched + freshness > .now,
      let mirror = try await hold(repository, key)
    {
      return mirror
    }
    return try await refresh(key, remote, tags, anew: false)
  }

  /// Nil when another process removed the mirror since.
  private func hold(_ repository: GitRepository, _ key: String) async throws -> InUse? {
    let lock = try await HeldFileLock.shared("\(folder)/\(key).use")
    guard AtomicFile.isFolder("\(folder)/\(key).git") else {
      lock.release()
      return nil
    }
    return InUse(repository: repository, lock: lock)
  }

  /// Fetches. Anonymous callers that come while one is fetched share the fetch after it: what is fetched
  /// now may be older than what they must see. With a credential each fetches for itself, which shows
  /// whether the credential is good. Whoever is cancelled while it waits goes at once.
  private func refresh(_ key: String, _ remote: GitRemote, _ tags: Bool, anew: Bool) async throws -> InUse {
    let begun = entries[key]?.begun ?? 0
    while let entry = entries[key], let running = entry.running {
      let isShared =
        entry.begun > begun && entry.isAnonymous && remote.credentials == nil && (entry.hasTags || !tags)
      let repository = try await running.outcome()
      if isShared, !anew, let repository, let mirror = try await hold(repository, key) { return mirror }
    }
    let running = RunningFetch()
    let known = anew ? nil : entries[key]?.repository
    entries[key]?.running = running
    entries[key]?.begun += 1
    entries[key]?.isAnonymous = remote.credentials == nil
    entries[key]?.hasTags = tags
    var fetched: InUse?
    defer {
      entries[key]?.running = nil
      running.end(fetched?.repository)
    }
    let mirror = try await Self.fetch(
      remote, tags, into: "\(folder)/\(key)", known: known, anew: anew, limits: limits)
    fetched = mirror
    entries[key]?.repository = mirror.repository
    entries[key]?.fetched = .now
    sizes[key] = sizeOfTree("\(folder)/\(key).git")
    return mirror
  }

  private static func fetch(
    _ remote: GitRemote, _ tags: Bool, into place: String, known: GitRepository?, anew: Bool,
    limits: GitTransferLimits
  ) async throws -> InUse {
    let lock = try await HeldFileLock.acquire(place + ".lock")
    defer { lock.release() }
    let use = place + ".use"
    let repository = try await bringUpToDate(
      place + ".git", remote, tags, known: known, anew: anew, limits: limits, use: use)
    // Before the other lock goes, so that nobody takes the mirror away in between.
    return InUse(repository: repository, lock: try await HeldFileLock.shared(use))
  }

  private static func bringUpToDate(
    _ path: String, _ remote: GitRemote, _ tags: Bool, known: GitRepository?, anew: Bool,
    limits: GitTransferLimits, use: String
  ) async throws -> GitRepository {
    if !anew {
      do {
        if !AtomicFile.isFolder(path) { throw GitHostError(.notFound, "there is no mirror yet") }
        removeLeftovers(in: path)
        let repository: GitRepository
        if let known {
          repository = known
        } else {
          repository = try await GitRepository.open(at: path)
          try await repository.checkIntegrity()
        }
        if let head = try await repository.fetch(remote, tags: tags, limits: limits),
          try await repository.defaultBranch() != head
        {
          try await repository.setDefaultBranch(head)
        }
        return repository
      } catch let error as GitHostError where error.code == .corrupt || !AtomicFile.isFolder(path) {
        // Cloned anew below.
      } catch let error as GitHostError where error.code == .notFound {
        // The remote says so, or a mirror without its parts does: only the latter is cloned anew.
        if (try? await GitRepository.open(at: path)) != nil { throw error }
      }
    }
    let fresh = path + ".new"
    removeTree(fresh)
    _ = try await GitRepository.clone(remote, into: fresh, tags: tags, limits: limits)
    if AtomicFile.isFolder(path) {
      // Whoever still reads the old one is waited for, shortly: it may be somebody who waits for this.
      let alone = try await HeldFileLock.acquire(use, timeout: GitDefaults.mirrorUseDeadline)
      defer { alone.release() }
      removeTree(path)
    }
    try AtomicFile.moveFolder(fresh, to: path)
    return try await GitRepository.open(at: path)
  }

  /// Half-written packs and locks of processes that died. Only called under the mirror's lock, so
  /// nobody alive has them.
  private static func removeLeftovers(in path: String) {
    for name in (try? AtomicFile.names(in: path + "/objects/pack")) ?? []
    where !name.hasSuffix(".pack") && !name.hasSuffix(".idx") && !name.hasSuffix(".keep") {
      AtomicFile.remove("\(path)/objects/pack/\(name)")
    }
    var folders = [path, path + "/refs"]
    while let folder = folders.popLast() {
      for name in (try? AtomicFile.names(in: folder)) ?? [] {
        let child = folder + "/" + name
        if name.hasSuffix(".lock") { AtomicFile.remove(child) }
        if folder != path, AtomicFile.isFolder(child) { folders.append(child) }
      }
    }
  }

  // MARK: - Eviction

  private func evict() {
    var mirrors: [(key: String, bytes: Int64, lastUse: UInt64)] = []
    for name in (try? AtomicFile.names(in: folder)) ?? [] where name.hasSuffix(".git") {
      let key = String(name.dropLast(4))
      // What other processes fetch counts when it is fetched here: walking all mirrors at each use would cost more.
      let bytes = sizes[key] ?? sizeOfTree("\(folder)/\(name)")
      sizes[key] = bytes
      mirrors.append((key, bytes, entries[key]?.lastUse ?? 0))
    }
    if mirrors.count < sizes.count {
      let there = Set(mirrors.map(\.key))
      sizes = sizes.filter { there.contains($0.key) }
    }
    var total = mirrors.reduce(0) { $0 + $1.bytes }
    for mirror in mirrors.sorted(by: { $0.lastUse < $1.lastUse }) where total > maximumBytes {
      let place = "\(folder)/\(mirror.key)"
      guard entries[mirror.key]?.users ?? 0 == 0,
        // Somebody else's process may be at it.
        let lock = try? HeldFileLock.tryAcquire(place + ".lock")
      else { continue }
      defer { lock.release() }
      guard let alone = try? HeldFileLock.tryAcquire(place + ".use") else { continue }
      defer { alone.release() }
      removeTree(place + ".git")
      entries[mirror.key] = nil
      sizes[mirror.key] = nil
      total -= mirror.bytes
    }
  }

  /// Those that wait for the fetch of a mirror.
  func waitingCount(_ identity: String) -> Int { entries[Self.name(identity)]?.running?.waitingCount ?? 0 }

  private static func name(_ identity: String) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let digest = SHA256.hash(data: Array(identity.utf8))
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension GitRepository {
  /// That every branch's commit and tree can be read.
  /// - Throws: `corrupt`.
  func checkIntegrity() throws(GitHostError) {
    do throws(GitHostError) {
      for branch in try branches() {
        _ = try lookUpTree(ofCommit: branch.head)
      }
    } catch {
      throw GitHostError(.corrupt, "the repository \(path) is damaged: \(error.message)", remedy: "clone it anew")
    }
  }
}
