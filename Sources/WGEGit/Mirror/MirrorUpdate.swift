/// Brings one mirror up to date, or clones it, under its lock.
struct MirrorUpdate: Sendable {
  var remote: GitRemote
  var tags: Bool
  /// The mirror's path without its suffix.
  var place: String
  var limits: GitTransferLimits

  private var path: String { place + ".git" }
  private var useLock: String { place + ".use" }

  /// - Parameters:
  ///   - known: the repository, when this process has it open.
  ///   - anew: clone also what is there.
  /// - Returns: the mirror, which stays until its lock is released, and its bytes on disk. A failure leaves nothing
  ///   where no mirror was.
  func run(known: GitRepository?, anew: Bool) async throws -> (mirror: GitMirrors.InUse, bytes: Int64) {
    let lock = try await HeldFileLock.acquire(place + ".lock")
    do {
      let repository = try await bringUpToDate(known: known, anew: anew)
      let path = path
      let bytes = try await GitExecutor().run { sizeOfTree(path) }
      // Before the other lock goes, so that nobody takes the mirror away in between.
      let use = try await HeldFileLock.shared(useLock)
      lock.release()
      return (GitMirrors.InUse(repository: repository, lock: use), bytes)
    } catch {
      let place = place
      try await GitExecutor().run { MirrorEviction.removeLeftovers(place, lock) }
      throw error
    }
  }

  private func bringUpToDate(known: GitRepository?, anew: Bool) async throws -> GitRepository {
    if !anew {
      do {
        return try await fetch(known)
      } catch let error as GitHostError where error.code == .corrupt || !AtomicFile.isFolder(path) {
        // Cloned anew below.
      } catch let error as GitHostError where error.code == .notFound {
        // The remote says so, or a mirror without its parts does: only the latter is cloned anew.
        if (try? await GitRepository.open(at: path)) != nil { throw error }
      }
    }
    let path = path
    let fresh = path + ".new"
    try await GitExecutor().run { removeTree(fresh) }
    _ = try await GitRepository.clone(remote, into: fresh, tags: tags, limits: limits)
    var alone: HeldFileLock?
    defer { alone?.release() }
    // Whoever still reads the old one is waited for, shortly: it may be somebody who waits for this.
    if AtomicFile.isFolder(path) {
      alone = try await HeldFileLock.acquire(useLock, timeout: GitDefaults.mirrorUseDeadline)
    }
    try await GitExecutor().run {
      removeTree(path)
      try AtomicFile.moveFolder(fresh, to: path)
    }
    return try await GitRepository.open(at: path)
  }

  private func fetch(_ known: GitRepository?) async throws -> GitRepository {
    guard AtomicFile.isFolder(path) else { throw GitHostError(.notFound, "there is no mirror yet") }
    let path = path
    try await GitExecutor().run { Self.removeLeftovers(in: path) }
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
