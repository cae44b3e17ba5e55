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
    var refresh: Task<InUse, any Error>?
    /// Fetches that were begun; the running one has this number.
    var begun = 0
    /// The running fetch needs no credential, so that its outcome proves nothing of its caller's.
    var isAnonymous = false
  }

  /// A mirror that nobody takes away while this is held.
  private struct InUse: Sendable {
    var repository: GitRepository
    var lock: HeldFileLock
  }

  private let folder: String
  private let maximumBytes: Int64
  private let limits: GitTransferLimits
  private var entries: [String: Entry] = [:]
  private var uses: UInt64 = 0

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
  ///   - body: must not keep the repository, and must not write to it.
  /// - Throws: ``GitHostError``, or what `body` throws.
  public func withMirror<T: Sendable>(
    of remote: GitRemote, identity: String? = nil, freshness: Duration = .zero,
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
      return try await use(try await fresh(key, remote, freshness), body)
    } catch let error as GitHostError where error.code == .corrupt {
      entries[key]?.repository = nil
      entries[key]?.fetched = nil
      return try await use(try await refresh(key, remote, anew: true), body)
    }
  }

  private func use<T: Sendable>(
    _ mirror: InUse, _ body: @Sendable (GitRepository) async throws -> T
  ) async throws -> T {
    defer { withExtendedLifetime(mirror.lock) {} }
    return try await body(mirror.repository)
  }

  /// The folder of a repository's mirror, whether or not it exists.
  public nonisolated func path(ofMirror identity: String) -> String { "\(folder)/\(Self.name(identity)).git" }

  private func fresh(_ key: String, _ remote: GitRemote, _ freshness: Duration) async throws -> InUse {
    if let entry = entries[key], let repository = entry.repository, let fetched = entry.fetched,
      freshness > .zero, fetched + freshness > .now
    {
      let lock = try await HeldFileLock.shared("\(folder)/\(key).use")
      // Another process may have removed it since.
      if AtomicFile.isFolder("\(folder)/\(key).git") { return InUse(repository: repository, lock: lock) }
    }
    return try await refresh(key, remote, anew: false)
  }

  /// Fetches. Anonymous callers that come while one is fetched share the fetch after it: what is fetched
  /// now may be older than what they must see. With a credential each fetches for itself, which shows
  /// whether the credential is good.
  private func refresh(_ key: String, _ remote: GitRemote, anew: Bool) async throws -> InUse {
    let begun = entries[key]?.begun ?? 0
    while let running = entries[key]?.refresh {
      let isShared =
        (entries[key]?.begun ?? 0) > begun && entries[key]?.isAnonymous == true && remote.credentials == nil
      let mirror = try? await running.value
      if isShared, !anew, let mirror { return mirror }
      // Its caller may not have come to this yet, and a finished task would be awaited without a pause.
      if entries[key]?.refresh == running { entries[key]?.refresh = nil }
      try Task.checkCancellation()
    }
    let path = "\(folder)/\(key).git"
    let known = anew ? nil : entries[key]?.repository
    let limits = limits
    let folder = folder
    let task = Task<InUse, any Error> {
      let lock = try await HeldFileLock.acquire("\(folder)/\(key).lock")
      defer { withExtendedLifetime(lock) {} }
      let use = "\(folder)/\(key).use"
      let repository = try await Self.bringUpToDate(path, remote, known: known, anew: anew, limits: limits, use: use)
      // Before the other lock goes, so that nobody takes the mirror away in between.
      return InUse(repository: repository, lock: try await HeldFileLock.shared(use))
    }
    entries[key]?.refresh = task
    entries[key]?.begun += 1
    entries[key]?.isAnonymous = remote.credentials == nil
    defer { if entries[key]?.refresh == task { entries[key]?.refresh = nil } }
    let mirror = try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
    entries[key]?.repository = mirror.repository
    entries[key]?.fetched = .now
    return mirror
  }

  private static func bringUpToDate(
    _ path: String, _ remote: GitRemote, known: GitRepository?, anew: Bool, limits: GitTransferLimits,
    use: String
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
        if let head = try await repository.fetch(remote, limits: limits), try await repository.defaultBranch() != head {
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
    _ = try await GitRepository.clone(remote, into: fresh, limits: limits)
    if AtomicFile.isFolder(path) {
      // Whoever still reads the old one is waited for, shortly: it may be somebody who waits for this.
      let alone = try await HeldFileLock.acquire(use, timeout: GitDefaults.mirrorUseDeadline)
      withExtendedLifetime(alone) { removeTree(path) }
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
    var sizes: [(key: String, bytes: Int64, lastUse: UInt64)] = []
    for name in (try? AtomicFile.names(in: folder)) ?? [] where name.hasSuffix(".git") {
      let key = String(name.dropLast(4))
      sizes.append((key, sizeOfTree("\(folder)/\(name)"), entries[key]?.lastUse ?? 0))
    }
    var total = sizes.reduce(0) { $0 + $1.bytes }
    for mirror in sizes.sorted(by: { $0.lastUse < $1.lastUse }) where total > maximumBytes {
      guard entries[mirror.key]?.users ?? 0 == 0, entries[mirror.key]?.refresh == nil,
        // Somebody else's process may be at it.
        let lock = try? HeldFileLock.tryAcquire("\(folder)/\(mirror.key).lock"),
        let alone = try? HeldFileLock.tryAcquire("\(folder)/\(mirror.key).use")
      else { continue }
      withExtendedLifetime((lock, alone)) { removeTree("\(folder)/\(mirror.key).git") }
      entries[mirror.key] = nil
      total -= mirror.bytes
    }
  }

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
