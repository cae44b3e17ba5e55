internal import WGECore

// Making and deleting a branch so that a lost answer is no failure: the branch itself says what became of it.

extension RESTHost {
  /// Makes a branch by `post`, which is sent again when it did nothing.
  /// - Throws: `alreadyExists` when the branch was there before.
  func makeBranch(
    _ name: BranchName, at commit: GitObjectID, in repository: RepositoryPath,
    _ post: () async throws(GitHostError) -> Void
  ) async throws(GitHostError) {
    for attempt in 1... {
      do throws(GitHostError) {
        return try await post()
      } catch {
        let isDoubtful = error.isTransient || (attempt > 1 && error.code == .alreadyExists)
        guard isDoubtful, let head = await headAfterAll(of: name, in: repository) else { throw error }
        if head == commit { return }
        guard head == nil, attempt < GitDefaults.branchAttempts else { throw error }
        try await pause(attempt, error, "make the branch \(name)")
      }
    }
  }

  /// Deletes a branch by `send`, which is sent again when it did nothing and must not repeat itself.
  /// - Throws: `notFound` when the branch was gone before; `staleHead` when it moved from where it is expected.
  func removeBranch(
    _ name: BranchName, expectedHead: GitObjectID?, in repository: RepositoryPath,
    _ send: () async throws(GitHostError) -> Void
  ) async throws(GitHostError) {
    for attempt in 1... {
      do throws(GitHostError) {
        return try await send()
      } catch {
        if attempt > 1, error.code == .notFound { return }
        guard error.isTransient, let head = await headAfterAll(of: name, in: repository) else { throw error }
        guard let head else { return }
        try GitBranch(name: name, head: head).require(expectedHead)
        guard attempt < GitDefaults.branchAttempts else { throw error }
        try await pause(attempt, error, "delete the branch \(name)")
      }
    }
  }

  /// Where a branch is; nil: that cannot be told, and what failed first says it better.
  private func headAfterAll(of name: BranchName, in repository: RepositoryPath) async -> GitObjectID?? {
    do throws(GitHostError) { return .some(try await head(of: name, in: repository)) } catch { return nil }
  }

  /// - Throws: the failure itself when its host wants more patience than there is.
  private func pause(_ attempt: Int, _ failure: GitHostError, _ doing: String) async throws(GitHostError) {
    let pause = max(failure.retryAfter ?? .zero, client.settings.backoff * (1 << attempt))
    guard pause <= client.settings.patience else { throw failure }
    do {
      try await client.settings.clock.sleep(for: pause)
    } catch {
      throw GitHostError(.cancelled, "the attempt to \(doing) was cancelled")
    }
  }
}
