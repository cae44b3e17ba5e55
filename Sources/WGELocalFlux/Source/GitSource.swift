public import WGECore

/// Where a source reconciler gets Git content from.
///
/// One conformer ships, ``MirrorGitSource``; tests bring their own.
public protocol GitSource: Sendable {
  /// Brings the local copy up to date and resolves a reference.
  /// - Returns: the commit, as 40 or 64 hexadecimal digits.
  /// - Throws: ``GitSourceError``.
  func fetch(url: String, reference: GitSourceReference, credentials: GitSourceCredentials?) async throws -> String

  /// The files of a commit that was fetched before.
  /// - Parameter folder: relative, without slashes at the ends; empty for all.
  /// - Throws: ``GitSourceError``.
  func files(url: String, commit: String, under folder: String) async throws -> [GitSourceFile]
}

/// What of a repository to follow.
public enum GitSourceReference: Sendable, Hashable {
  /// The head of a branch.
  case branch(String)
  /// A tag.
  case tag(String)
  /// One commit, by its full id.
  case commit(String)
  /// A full reference name, `refs/heads/main`.
  case name(String)
}

/// User name and password, or token, for an HTTP remote; a private key for one over ssh.
public struct GitSourceCredentials: Sendable, Hashable {
  /// The user name; hosts that take a token alone ignore it.
  public var username: String
  /// Password or token; the passphrase of a private key, empty for none.
  public var password: Secret<String>
  /// For ssh: a private key in OpenSSH or PEM form.
  public var identity: Secret<String>?
  /// For ssh: the lines of a `known_hosts` file.
  public var knownHosts: String?

  /// Credentials of that user.
  public init(username: String, password: Secret<String>) {
    self.username = username
    self.password = password
  }

  /// A key for ssh.
  public init(identity: Secret<String>, passphrase: Secret<String> = Secret(""), knownHosts: String?) {
    username = "git"
    password = passphrase
    self.identity = identity
    self.knownHosts = knownHosts
  }
}

/// One file of a commit.
public struct GitSourceFile: Sendable, Hashable {
  /// Relative to the root of the tree.
  public var path: String
  /// What it holds.
  public var bytes: [UInt8]

  /// A file with that content.
  public init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }
}

/// Why a source cannot be read. The reason is the one Flux writes into the condition.
public struct GitSourceError: Error, Hashable, CustomStringConvertible {
  /// `GitOperationFailed`, `AuthenticationFailed`, `URLInvalid`.
  public var reason: String
  /// What happened and what to do, without credentials.
  public var description: String

  /// An error with that reason.
  public init(reason: String = "GitOperationFailed", _ description: String) {
    self.reason = reason
    self.description = description
  }
}
