internal import CWGEGit2
internal import WGECore

/// A bare repository on disk, worked on through libgit2 without ever making a checkout.
///
/// All work of one value runs in order on its own executor, off the cooperative pool; open a
/// repository twice to read it in parallel. Several processes may use the same repository: branches
/// move by compare-and-swap. Throws ``GitHostError``.
public actor GitRepository {
  /// The repository's folder.
  public nonisolated let path: String
  let handle: Owned
  private let executor: GitExecutor
  private let scratchFolder: TemporaryFolder?

  /// Runs the actor's work on its own serial queue.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private init(
    path: String, executor: GitExecutor, scratchFolder: TemporaryFolder? = nil, lender: String? = nil
  ) throws(GitHostError) {
    let handle = try Owned("open the repository \(path)", git_repository_free) { git_repository_open_bare(&$0, path) }
    if let lender { try Self.attachMemory(to: handle.pointer, andObjectsOf: lender) }
    self.handle = handle
    self.path = path
    self.executor = executor
    self.scratchFolder = scratchFolder
  }

  var repository: OpaquePointer { handle.pointer }

  /// Opens the bare repository in exactly this folder; parents are not searched.
  /// - Throws: `notFound`, `forbidden` when the folder belongs to another system user.
  public static func open(at path: String) async throws -> GitRepository {
    try GitLibrary.start()
    let executor = GitExecutor()
    return try await executor.run { try GitRepository(path: path, executor: executor) }
  }

  /// Makes an empty bare repository; missing parent folders are made too.
  /// - Throws: `alreadyExists` when the folder holds a repository.
  public static func create(
    at path: String, defaultBranch: BranchName
  ) async throws -> GitRepository {
    try GitLibrary.start()
    let executor = GitExecutor()
    return try await executor.run {
      try initialise(path: path, defaultBranch: defaultBranch)
      return try GitRepository(path: path, executor: executor)
    }
  }

  /// A repository in a temporary folder whose new objects stay in memory and that reads the objects
  /// of another one: for commits that are pushed and forgotten. Nothing is written to the lender.
  ///
  /// The folder goes when the value does. The lender must not be repacked meanwhile.
  public static func scratch(borrowingObjectsOf lender: String) async throws -> GitRepository {
    try GitLibrary.start()
    let executor = GitExecutor()
    return try await executor.run {
      let folder = try TemporaryFolder()
      try initialise(path: folder.path, defaultBranch: BranchName("main"))
      return try GitRepository(path: folder.path, executor: executor, scratchFolder: folder, lender: lender)
    }
  }

  private static func attachMemory(
    to repository: OpaquePointer, andObjectsOf lender: String
  ) throws(GitHostError) {
    let odb = try Owned("open the object store", git_odb_free) { git_repository_odb(&$0, repository) }
    var memory: UnsafeMutablePointer<git_odb_backend>?
    try git("make an in-memory object store") { git_mempack_new(&memory) }
    // The store owns the backend from here on.
    try git("attach the in-memory object store") { git_odb_add_backend(odb.pointer, memory, 999) }
    try git("borrow the objects of \(lender)") { git_odb_add_disk_alternate(odb.pointer, lender + "/objects") }
  }

  private static func initialise(path: String, defaultBranch: BranchName) throws(GitHostError) {
    var options = git_repository_init_options()
    try git("prepare options") {
      git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION))
    }
    options.flags =
      GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue
      | GIT_REPOSITORY_INIT_NO_REINIT.rawValue
    _ = try Owned("make the repository \(path)", git_repository_free) { repository in
      defaultBranch.value.withCString { name in
        options.initial_head = name
        return git_repository_init_ext(&repository, path, &options)
      }
    }
  }
}
