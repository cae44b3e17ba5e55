public import WGECore

/// Finds repositories of one ``LocalGitHost`` by the URLs that people write for them.
///
/// `file://<folder>/owner/name.git` always works; so does every base URL that the host is served under.
public struct LocalGitHostDirectory: GitHostDirectory {
  private let host: LocalGitHost
  private let baseURLs: [String]

  /// - Parameters:
  ///   - host: acts on what is found.
  ///   - baseURLs: where it is served, without trailing slashes.
  public init(host: LocalGitHost, servedAt baseURLs: [String] = []) {
    self.host = host
    self.baseURLs = baseURLs
  }

  /// See ``GitHostDirectory/location(of:provider:token:)``. The token is not needed and not looked at.
  public func location(of cloneURL: String, provider: String?, token: Secret<String>?) async throws -> GitHostLocation {
    if let provider, !provider.isEmpty, provider != host.provider {
      throw GitHostError(
        .unsupported, "this host serves repositories of the provider local only, not \(GitHostError.quote(provider))",
        remedy: "set the pull-request's type to local", field: "provider")
    }
    let reference = try RepositoryReference(url: cloneURL)
    for base in ["file://" + host.folder] + baseURLs {
      let root = try RepositoryReference(url: base)
      guard root.transport == reference.transport, root.host == reference.host, root.port == reference.port,
        reference.segments.starts(with: root.segments)
      else { continue }
      let path = reference.segments.dropFirst(root.segments.count)
      guard path.count >= 2, let name = path.last else { continue }
      let repository = try RepositoryPath(owner: path.dropLast().joined(separator: "/"), name: name)
      return GitHostLocation(host: host, repository: repository)
    }
    throw GitHostError(
      .notFound, "no repository of this host is at \(reference)", remedy: "its repositories are below \(host.folder)",
      field: "url")
  }
}
