internal import Synchronization
public import WGECore

/// A Git host on this machine's disk: bare repositories and pull requests under one folder, for
/// laptops, tests and demonstrations.
///
/// A repository is `<folder>/<owner>/<name>.git`, which any Git client can clone, fetch and push by
/// path or, when something serves it (``LocalGitHTTPBackend``), by URL. Pull requests live inside the
/// bare repository. The branches are the truth: a pushed head shows up in its pull request, and a head
/// that someone merged into its base with plain Git is found merged.
///
/// Everything survives a crash at any point, and several processes may use one folder at once.
/// A handle acts as one user; ``acting(as:)`` gives another user's.
public struct LocalGitHost: GitHost {
  /// Whose name commits, pull requests and merges bear.
  public let user: GitHostUser
  private let shared: Shared

  /// - Parameters:
  ///   - folder: an absolute path; made when missing.
  ///   - user: who acts.
  ///   - baseURL: where the repositories are served over http, without a trailing slash; nil: clone
  ///     URLs are `file://`.
  ///   - clock: for the dates of commits and pull requests.
  ///   - signer: signs the commits and merges that this host makes; nil: they stay unsigned.
  /// - Throws: ``GitHostError``.
  public init(
    folder: String, user: GitHostUser, baseURL: String? = nil, clock: any WallClock = SystemWallClock(),
    signer: (any CommitSigner)? = nil
  ) throws(GitHostError) {
    guard folder.hasPrefix("/") else {
      throw .validation(field: "folder", "the folder \(GitHostError.quote(folder)) is not an absolute path")
    }
    try GitLibrary.start()
    try AtomicFile.makeFolder(folder)
    self.user = user
    shared = Shared(folder: AtomicFile.resolved(folder), baseURL: baseURL, clock: clock, signer: signer)
  }

  private init(user: GitHostUser, shared: Shared) {
    self.user = user
    self.shared = shared
  }

  /// The same host, acting as somebody else.
  public func acting(as user: GitHostUser) -> LocalGitHost { LocalGitHost(user: user, shared: shared) }

  /// The same repositories with clone URLs under another base, known only once a server has its port.
  public func served(at baseURL: String) -> LocalGitHost {
    LocalGitHost(
      user: user,
      shared: Shared(folder: shared.folder, baseURL: baseURL, clock: shared.clock, signer: shared.signer))
  }

  /// Always `local`.
  public var provider: String { "local" }

  /// Everything that the protocol knows.
  public var capabilities: GitHostCapabilities {
    GitHostCapabilities(
      mergeMethods: Set(MergeMethod.allCases), hasLabels: true, hasDrafts: true, hasMultiFileAPI: true,
      hasReviewers: true, hasCommitStatuses: true)
  }

  /// The folder that holds everything, without symbolic links.
  public var folder: String { shared.folder }

  var clock: any WallClock { shared.clock }
  var baseURL: String? { shared.baseURL }
  var signer: (any CommitSigner)? { shared.signer }

  // MARK: - Repositories

  /// Makes an empty repository.
  /// - Throws: `alreadyExists`, `validation` for a name that does not suit a folder.
  @discardableResult
  public func createRepository(
    _ repository: RepositoryPath, defaultBranch: BranchName? = nil
  ) async throws -> GitHostRepository {
    let path = try diskPath(of: repository)
    let branch: BranchName
    if let defaultBranch { branch = defaultBranch } else { branch = try BranchName("main") }
    // Made aside and moved into place, so that a crash leaves no half repository under its name.
    let folder = shared.folder
    try await GitExecutor().run { try Self.removeLeftovers(in: folder) }
    let aside = "\(folder)/.new-\(UInt64.random(in: 0 ... .max))"
    let outcome: Result<Void, any Error>
    do {
      _ = try await GitRepository.create(at: aside, defaultBranch: branch)
      outcome = .success(try await GitExecutor().run { try Self.moveIntoPlace(aside, path, repository) })
    } catch {
      outcome = .failure(error)
    }
    try await GitExecutor().run { removeTree(aside) }
    try outcome.get()
    return try await self.repository(repository)
  }

  private static func removeLeftovers(in folder: String) throws(GitHostError) {
    for name in try AtomicFile.names(in: folder) where name.hasPrefix(".new-") {
      let left = "\(folder)/\(name)"
      if AtomicFile.age(of: left).map({ $0 > .seconds(600) }) == true { removeTree(left) }
    }
  }

  private static func moveIntoPlace(
    _ aside: String, _ path: String, _ repository: RepositoryPath
  ) throws(GitHostError) {
    try AtomicFile.makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
    do {
      try AtomicFile.moveFolder(aside, to: path)
    } catch  where error.code == .alreadyExists {
      throw GitHostError(.alreadyExists, "the repository \(repository) exists already")
    }
  }

  /// All repositories, ordered by path.
  public func repositories() throws(GitHostError) -> [RepositoryPath] {
    var result: [RepositoryPath] = []
    var folders = [""]
    while let owner = folders.popLast() {
      for name in try AtomicFile.names(in: shared.folder + "/" + owner) where !name.hasPrefix(".") {
        if name.hasSuffix(".git") {
          if let path = try? RepositoryPath(owner: owner, name: name.dropLast(4)) { result.append(path) }
        } else if AtomicFile.isFolder("\(shared.folder)/\(owner)/\(name)"), folders.count < 10_000 {
          folders.append(owner.isEmpty ? name : owner + "/" + name)
        }
      }
    }
    return result.sorted { $0.description < $1.description }
  }

  /// A repository, with its clone URL and default branch.
  /// - Throws: `notFound`.
  public func repository(_ repository: RepositoryPath) async throws -> GitHostRepository {
    let git = try await open(repository).git
    return GitHostRepository(
      path: repository, defaultBranch: try await git.defaultBranch(),
      webURL: baseURL.map { "\($0)/\(repository)" }, cloneURL: cloneURL(of: repository),
      isEmpty: try await git.isEmpty())
  }

  /// The repository's bare folder on disk.
  /// - Throws: `validation` for a name that does not suit a folder; existence is not checked.
  public func diskPath(of repository: RepositoryPath) throws(GitHostError) -> String {
    let segments = repository.description.split(separator: "/")
    for segment in segments {
      let isPlain = segment.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
      let lower = segment.lowercased()
      if !isPlain || segment.hasPrefix(".") || lower.hasSuffix(".git") || lower.hasSuffix(".lock") {
        throw .validation(
          field: "repository", "the repository \(GitHostError.quote(repository.description)) does not suit a folder",
          remedy: "use letters, digits, dot, dash and underscore; do not end with .git")
      }
    }
    return "\(shared.folder)/\(repository).git"
  }

  /// What `git clone` takes: under the base URL when there is one, else ``fileURL(of:)``.
  public func cloneURL(of repository: RepositoryPath) -> String {
    baseURL.map { "\($0)/\(repository).git" } ?? fileURL(of: repository)
  }

  /// The `file://` URL, whether or not the repository is also served under a base URL.
  public func fileURL(of repository: RepositoryPath) -> String {
    "file://\(shared.folder.percentEncodedPath)/\(repository).git"
  }

  func webURL(ofPullRequest number: Int, in repository: RepositoryPath) -> String {
    if let baseURL { return "\(baseURL)/\(repository)/pulls/\(number)" }
    // Without a server the record itself is what a person can open.
    return "\(cloneURL(of: repository))/wge/pulls/\(number).json"
  }

  // MARK: - Users

  /// The user that this handle acts as; there is no credential to check.
  public func currentUser() async throws -> GitHostUser { user }

  // MARK: - Open repositories

  struct OpenRepository: Sendable {
    let git: GitRepository
    let pulls: PullRequestStore
    let statuses: CommitStatusStore
  }

  func open(_ repository: RepositoryPath) async throws -> OpenRepository {
    let path = try diskPath(of: repository)
    if let open = shared.cached(path) { return open }
    let (pulls, statuses) = try await GitExecutor().run {
      guard AtomicFile.isFolder(path) else {
        throw GitHostError(
          .notFound, "there is no repository \(repository)", remedy: "check the owner and the name",
          field: "repository")
      }
      return (try PullRequestStore(repository: path), try CommitStatusStore(repository: path))
    }
    let open = OpenRepository(git: try await GitRepository.open(at: path), pulls: pulls, statuses: statuses)
    return shared.keep(open, at: path)
  }

  private final class Shared: Sendable {
    let folder: String
    let baseURL: String?
    let clock: any WallClock
    let signer: (any CommitSigner)?
    private let repositories = Mutex<(open: [String: (repository: OpenRepository, used: UInt64)], uses: UInt64)>(
      ([:], 0))

    init(folder: String, baseURL: String?, clock: any WallClock, signer: (any CommitSigner)?) {
      self.folder = folder
      self.baseURL = baseURL
      self.clock = clock
      self.signer = signer
    }

    func cached(_ path: String) -> OpenRepository? {
      repositories.withLock { state in
        guard let found = state.open[path] else { return nil }
        state.uses += 1
        state.open[path] = (found.repository, state.uses)
        return found.repository
      }
    }

    /// Keeps the first of two that were opened at once.
    func keep(_ repository: OpenRepository, at path: String) -> OpenRepository {
      repositories.withLock { state in
        if let found = state.open[path] { return found.repository }
        if state.open.count >= GitDefaults.maximumOpenRepositories,
          let oldest = state.open.min(by: { $0.value.used < $1.value.used })
        {
          state.open[oldest.key] = nil
        }
        state.uses += 1
        state.open[path] = (repository, state.uses)
        return repository
      }
    }
  }
}

extension LocalGitHost: GitHostDirectory {
  /// Finds a repository by its clone URL, `file://` or under the base URL. The URL decides; provider
  /// and token are not looked at, because this host has neither.
  /// - Throws: `unsupported` when the URL is not one of this host's.
  public func location(
    of cloneURL: String, provider: String?, token: Secret<String>?
  ) async throws -> GitHostLocation {
    guard let path = try repositoryPath(ofCloneURL: cloneURL) else {
      throw GitHostError(
        .unsupported, "the repository URL is not served by the local Git host",
        remedy: "use a URL that starts with \(baseURL ?? "file://" + folder)", field: "url")
    }
    return GitHostLocation(host: self, repository: path)
  }

  /// The repository that a clone URL of this host names; nil for other hosts' URLs.
  /// - Throws: `validation` for a bad URL.
  public func repositoryPath(ofCloneURL url: String) throws(GitHostError) -> RepositoryPath? {
    let reference = try RepositoryReference(url: url)
    for root in [baseURL, "file://" + folder.percentEncodedPath] {
      guard let root, let base = try? RepositoryReference(url: root + "/x"), base.transport == reference.transport,
        base.host == reference.host || base.transport == .file, base.port == reference.port
      else { continue }
      let prefix = base.segments.dropLast()
      guard reference.segments.starts(with: prefix) else { continue }
      let rest = reference.segments.dropFirst(prefix.count)
      if rest.count >= 2 { return try RepositoryPath(rest.joined(separator: "/")) }
    }
    return nil
  }
}

extension String {
  /// A path for a URL: everything but unreserved characters and slashes percent-encoded.
  var percentEncodedPath: String {
    var result: [UInt8] = []
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        result.append(byte)
      default:
        let digits = Array("0123456789ABCDEF".utf8)
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
