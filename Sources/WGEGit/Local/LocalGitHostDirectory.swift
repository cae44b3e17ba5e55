public import WGECore

/// Finds repositories of one ``LocalGitHost`` for controllers, whose resources name a provider: any
/// other than `local` is refused, so that a resource meant for GitHub is not acted on here.
public struct LocalGitHostDirectory: GitHostDirectory {
  private let host: LocalGitHost

  /// A directory of the host's repositories, which it finds by their `file://` URLs and by those under
  /// its base URL.
  public init(host: LocalGitHost) { self.host = host }

  /// See ``GitHostDirectory/location(of:provider:token:)``. The token is not needed and not looked at.
  public func location(of cloneURL: String, provider: String?, token: Secret<String>?) async throws -> GitHostLocation {
    if let provider, !provider.isEmpty, provider != host.provider {
      throw GitHostError(
        .unsupported, "this host serves repositories of the provider local only, not \(GitHostError.quote(provider))",
        remedy: "set the pull-request's type to local", field: "provider")
    }
    return try await host.location(of: cloneURL, provider: provider, token: token)
  }
}
