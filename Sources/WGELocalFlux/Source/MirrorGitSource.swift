internal import WGECore
public import WGEGit
public import WGEHTTP

/// ``GitSource`` over ``GitMirrors``, which survive restarts and kills.
public actor MirrorGitSource: GitSource {
  /// Bounds on what one source may hold.
  public enum Defaults {
    /// Manifest files in one commit.
    public static let maximumFiles = 10_000
    /// Bytes of all manifest files of one commit.
    public static let maximumBytes = 64 << 20
    /// Commits whose files are kept in memory: one per source and the one before.
    public static let cachedCommits = 8
    /// A mirror that was fetched so recently is not fetched again to read a commit of it: one day.
    public static let commitFreshness: Duration = .seconds(86_400)
  }

  private let directory: String
  private let transport: (any HTTPTransport)?
  private let knownHosts: SSHKnownHosts?
  private let allowsPlainHTTP: Bool
  private var opened: GitMirrors?
  /// What was fetched, with the credential of the last fetch that was good.
  private var remotes: [String: (remote: GitRemote, tags: Bool)] = [:]
  private var cache: [(key: String, files: [GitSourceFile])] = []

  /// - Parameters:
  ///   - directory: where the mirrors are; made when missing.
  ///   - transport: for https: whose trust roots, client certificate and proxy apply; see ``GitRemote``.
  ///   - knownHosts: for ssh: by which keys servers are recognised, where a source's Secret names none.
  ///   - allowsPlainHTTP: also send credentials over plain HTTP to hosts other than loopback. Default false.
  public init(
    directory: String, transport: (any HTTPTransport)? = nil, knownHosts: SSHKnownHosts? = nil,
    allowsPlainHTTP: Bool = false
  ) {
    self.directory = directory
    self.transport = transport
    self.knownHosts = knownHosts
    self.allowsPlainHTTP = allowsPlainHTTP
  }

  /// See ``GitSource/fetch(url:reference:credentials:)``.
  public func fetch(url: String, reference: GitSourceReference, credentials: GitSourceCredentials?) async throws
    -> String
  {
    do {
      let remote = try remote(url: url, credentials: credentials)
      let commit = try await mirrors().withMirror(of: remote, tags: reference.isTag) {
        try await Self.resolve(reference, in: $0)
      }
      remotes[url] = (remote, reference.isTag)
      return commit.description
    } catch let error as GitHostError {
      throw Self.translate(error, url: url)
    }
  }

  /// See ``GitSource/files(url:commit:under:)``. Only manifests are read: `.yaml`, `.yml` and `Kustomization`.
  public func files(url: String, commit: String, under folder: String) async throws -> [GitSourceFile] {
    let key = "\(commit) \(folder) \(url)"
    if let hit = cache.first(where: { $0.key == key }) { return hit.files }
    do {
      guard let (remote, tags) = remotes[url], let id = GitObjectID(commit) else {
        throw GitSourceError("commit \(commit) of \(url) was not fetched; the source is fetched again at its interval")
      }
      // A commit does not change: the mirror is as good as it was.
      let files = try await mirrors().withMirror(of: remote, freshness: Defaults.commitFreshness, tags: tags) {
        try await Self.read(id, under: folder, from: $0)
      }
      cache.insert((key, files), at: 0)
      cache.removeLast(max(0, cache.count - Defaults.cachedCommits))
      return files
    } catch let error as GitHostError {
      throw Self.translate(error, url: url)
    }
  }

  // MARK: Mirrors

  func remote(url: String, credentials: GitSourceCredentials?) throws -> GitRemote {
    try GitRemote(
      url: url, transport: transport, knownHosts: credentials?.knownHosts.map { SSHKnownHosts($0) } ?? knownHosts,
      allowsPlainHTTP: allowsPlainHTTP,
      credentials: credentials.map { credentials in { @Sendable in credentials.gitCredential } })
  }

  private func mirrors() throws -> GitMirrors {
    if let opened { return opened }
    let mirrors = try GitMirrors(folder: directory)
    opened = mirrors
    return mirrors
  }

  private static func resolve(_ reference: GitSourceReference, in repository: GitRepository) async throws
    -> GitObjectID
  {
    switch reference {
    case .branch(let name): return try await repository.resolve(.branch(BranchName(name)))
    case .name(let name):
      if let tag = TagName(reference: name) { return try await resolve(tag, in: repository) }
      guard let branch = BranchName(reference: name) else {
        throw GitSourceError("spec.ref.name \(name): LocalFlux follows refs/heads/ and refs/tags/ only")
      }
      return try await repository.resolve(.branch(branch))
    case .tag(let name): return try await resolve(TagName(name), in: repository)
    case .commit(let hex):
      guard let id = GitObjectID(hex) else {
        throw GitSourceError("spec.ref.commit \(hex): must be 40 hexadecimal digits")
      }
      return try await repository.resolve(.commit(id))
    }
  }

  private static func resolve(_ name: TagName, in repository: GitRepository) async throws -> GitObjectID {
    guard let tag = try await repository.tag(name) else {
      throw GitSourceError("there is no tag \(name.value) in the repository; push it, or correct spec.ref")
    }
    return try await repository.resolve(.commit(tag.target))
  }

  private static func read(_ commit: GitObjectID, under folder: String, from repository: GitRepository) async throws
    -> [GitSourceFile]
  {
    let entries = try await repository.tree(
      at: .commit(commit), under: folder.isEmpty ? nil : GitPath(folder), limit: GitDefaults.maximumTreeEntries)
    var files: [GitSourceFile] = []
    var bytes = 0
    for entry in entries where (entry.kind == .file || entry.kind == .executable) && isManifest(entry.path) {
      // A path that Git allows and WGE does not (a `..`, a `.git`) can be no manifest of ours.
      guard let path = try? GitPath(entry.path) else { continue }
      let content = try await repository.file(path, at: .commit(commit))
      bytes += content.bytes.count
      guard bytes <= Defaults.maximumBytes, files.count < Defaults.maximumFiles else {
        throw GitSourceError("the source holds more than \(Defaults.maximumBytes) bytes of manifests; split it")
      }
      files.append(GitSourceFile(path: entry.path, bytes: content.bytes))
    }
    return files
  }

  private static func isManifest(_ path: String) -> Bool {
    path.hasSuffix(".yaml") || path.hasSuffix(".yml") || path.hasSuffix("/Kustomization") || path == "Kustomization"
  }

  private static func translate(_ error: GitHostError, url: String) -> GitSourceError {
    let reason =
      switch error.code {
      case .unauthorized, .forbidden: "AuthenticationFailed"
      case .validation: "URLInvalid"
      default: "GitOperationFailed"
      }
    return GitSourceError(reason: reason, "failed to checkout and determine revision: \(error)")
  }
}

extension GitSourceReference {
  var isTag: Bool {
    switch self {
    case .tag: true
    case .name(let name): name.hasPrefix("refs/tags/")
    case .branch, .commit: false
    }
  }
}

extension GitSourceCredentials {
  var gitCredential: GitCredential {
    identity.map { .sshKey($0, passphrase: password.reveal().isEmpty ? nil : password) }
      ?? .basic(username: username, password: password)
  }
}
