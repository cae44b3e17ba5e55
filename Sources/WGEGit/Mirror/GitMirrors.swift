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
/// reads. Who takes a mirror away holds both alone, so that none goes while it is read, and removes them with it.
///
/// Nothing is kept of URLs where nothing was found, neither in memory nor on disk.
public actor GitMirrors {
  private struct Entry {
    var repository: GitRepository?
    var users = 0
    var lastUse: UInt64 = 0
    var proofs = MirrorProofs()
    var running: RunningFetch?
    /// Fetches that were begun; the running one has this number.
    var begun = 0
    /// The running fetch needs no credential, so that its outcome proves nothing of its caller's.
    var isAnonymous = false
    /// The last fetch, or the running one, brings tags.
    var hasTags = false
    /// It was fetched by this process, and not found damaged since.
    var isKnown = false

    /// Nobody here wants it now.
    var isIdle: Bool { users == 0 && running == nil }
  }

  /// A mirror that nobody takes away before the lock is released.
  struct InUse: Sendable {
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
  /// Where mirrors are measured and removed, one after the other.
  private let cleaner = GitExecutor()

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
  /// A mirror is shared by all who name it, but read only by those whose credential its remote takes: by a fetch
  /// now, or by one within `freshness` that this object did with the same credential. What else lets one in, such
  /// as a transport's client certificate, is not told apart: give it mirrors of its own.
  /// - Parameters:
  ///   - remote: where to fetch from, and the credential.
  ///   - identity: one text for one repository; nil: the remote's URL.
  ///   - freshness: a mirror that was fetched so recently with this credential is not fetched again. Default:
  ///     always fetch.
  ///   - tags: bring them too, moved ones as well.
  ///   - body: must not keep the repository, and must not write to it.
  /// - Throws: ``GitHostError``, or what `body` throws.
  public func withMirror<T: Sendable>(
    of remote: GitRemote, identity: String? = nil, freshness: Duration = .zero, tags: Bool = false,
    _ body: @Sendable (GitRepository) async throws -> T
  ) async throws -> T {
    let (remote, holder) = try await remote.signedIn()
    let key = Self.name(identity ?? remote.url)
    uses += 1
    entries[key, default: Entry()].users += 1
    entries[key]?.lastUse = uses
    let result: Result<T, any Error>
    do {
      result = .success(try await withMirror(key, remote, holder, freshness, tags, body))
    } catch {
      result = .failure(error)
    }
    await leave(key)
    return try result.get()
  }

  private func withMirror<T: Sendable>(
    _ key: String, _ remote: GitRemote, _ holder: MirrorProofs.Holder, _ freshness: Duration, _ tags: Bool,
    _ body: @Sendable (GitRepository) async throws -> T
  ) async throws -> T {
    do {
      return try await use(try await fresh(key, remote, holder, freshness, tags), body)
    } catch let error as GitHostError where error.code == .corrupt {
      forget(key)
      return try await use(try await refresh(key, remote, holder, tags, anew: true), body)
    }
  }

  private func forget(_ key: String) {
    entries[key]?.repository = nil
    entries[key]?.isKnown = false
    entries[key]?.proofs = MirrorProofs()
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
    _ key: String, _ remote: GitRemote, _ holder: MirrorProofs.Holder, _ freshness: Duration, _ tags: Bool
  ) async throws -> InUse {
    if freshness > .zero, let entry = entries[key], entry.hasTags || !tags, let proven = entry.proofs[holder],
      proven + freshness > .now, let mirror = try await hold(key)
    {
      return mirror
    }
    return try await refresh(key, remote, holder, tags, anew: false)
  }

  /// Nil when another process removed the mirror since.
  private func hold(_ key: String) async throws -> InUse? {
    let lock = try await HeldFileLock.shared("\(folder)/\(key).use")
    let path = "\(folder)/\(key).git"
    guard entries[key]?.isKnown == true, AtomicFile.isFolder(path) else {
      lock.release()
      return nil
    }
    if let repository = entries[key]?.repository { return InUse(repository: repository, lock: lock) }
    // It was closed for others.
    do {
      let repository = try await GitRepository.open(at: path)
      entries[key]?.repository = repository
      return InUse(repository: repository, lock: lock)
    } catch {
      lock.release()
      throw error
    }
  }

  /// Fetches. Anonymous callers that come while one is fetched share the fetch after it: what is fetched
  /// now may be older than what they must see. With a credential each fetches for itself, which shows
  /// whether the credential is good. Whoever is cancelled while it waits goes at once.
  private func refresh(
    _ key: String, _ remote: GitRemote, _ holder: MirrorProofs.Holder, _ tags: Bool, anew: Bool
  ) async throws -> InUse {
    let begun = entries[key]?.begun ?? 0
    while let entry = entries[key], let running = entry.running {
      let isShared =
        entry.begun > begun && entry.isAnonymous && remote.credentials == nil && (entry.hasTags || !tags)
      let repository = try await running.outcome()
      if isShared, !anew, repository != nil, let mirror = try await hold(key) { return mirror }
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
    let update = MirrorUpdate(remote: remote, tags: tags, place: "\(folder)/\(key)", limits: limits)
    let (mirror, bytes) = try await update.run(known: known, anew: anew)
    fetched = mirror
    entries[key]?.repository = mirror.repository
    entries[key]?.isKnown = true
    entries[key]?.proofs.add(holder, at: .now)
    sizes[key] = bytes
    return mirror
  }

  // MARK: - What is kept

  private func leave(_ key: String) async {
    entries[key]?.users -= 1
    if let entry = entries[key], entry.isIdle, !entry.isKnown { entries[key] = nil }
    let open = entries.filter { $0.value.repository != nil }
    if open.count > GitDefaults.maximumOpenMirrors,
      let oldest = open.filter({ $0.value.isIdle }).min(by: { $0.value.lastUse < $1.value.lastUse })?.key
    {
      entries[oldest]?.repository = nil
    }
    await evict()
  }

  private func evict() async {
    let eviction = MirrorEviction(
      folder: folder, maximumBytes: maximumBytes, sizes: sizes, lastUses: entries.mapValues(\.lastUse),
      inUse: Set(entries.lazy.filter { !$0.value.isIdle }.map(\.key)))
    guard let outcome = try? await cleaner.run({ eviction.run() }) else { return }
    // What changed here meanwhile is newer than what was seen there.
    for (key, bytes) in outcome.sizes where sizes[key] == nil { sizes[key] = bytes }
    let looked = Set(eviction.sizes.keys).union(eviction.lastUses.keys).subtracting(eviction.inUse)
    for key in looked where outcome.sizes[key] == nil {
      if let entry = entries[key], !entry.isIdle || entry.lastUse != eviction.lastUses[key] { continue }
      entries[key] = nil
      sizes[key] = nil
    }
  }

  /// How many remotes something is known of, and of how many the repository is open: for tests.
  var knownCounts: (entries: Int, open: Int) { (entries.count, entries.count { $0.value.repository != nil }) }

  /// Those that wait for the fetch of a mirror.
  func waitingCount(_ identity: String) -> Int { entries[Self.name(identity)]?.running?.waitingCount ?? 0 }

  private static func name(_ identity: String) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let digest = SHA256.hash(data: Array(identity.utf8))
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
