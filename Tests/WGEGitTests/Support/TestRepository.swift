import WGETestSupport

@testable import WGEGit

/// A new bare repository, the git command in it, and the folder that holds it.
func withRepository(_ body: (GitRepository, GitCLI, String) async throws -> Void) async throws {
  try await withTemporaryDirectory { folder in
    let repository = try await GitRepository.create(at: folder + "/a.git", defaultBranch: branch("main"))
    try await body(repository, GitCLI(folder: folder + "/a.git"), folder)
  }
}
