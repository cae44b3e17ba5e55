internal import WGECore
public import WGEHTTP

/// What is special of one host of an installation, for ``ProviderDirectory``.
public struct ProviderHostSettings: Sendable {
  /// Where the host's pages are, context path included: `https://tools.example.com/bitbucket`. Nil: as repository
  /// URLs say, which ssh URLs of Bitbucket Server do not.
  public var webURL: String?
  /// Where the API is, of GitHub and Bitbucket Cloud, when not in its usual place. The others' is below ``webURL``.
  public var apiURL: String?
  /// The API's version, of Azure DevOps: `6.0` for Server 2020, `7.0` for Server 2022. Nil:
  /// ``GitDefaults/azureAPIVersion``.
  public var apiVersion: String?
  /// Whose trust roots, client certificate and proxy apply to the host. Nil: those of the directory's transport.
  public var transport: (any HTTPTransport)?
  /// Take `http://` URLs of the host, and send it credentials that way.
  public var allowsPlainHTTP: Bool

  /// What is special; nothing by default.
  public init(
    webURL: String? = nil, apiURL: String? = nil, apiVersion: String? = nil, transport: (any HTTPTransport)? = nil,
    allowsPlainHTTP: Bool = false
  ) {
    self.webURL = webURL
    self.apiURL = apiURL
    self.apiVersion = apiVersion
    self.transport = transport
    self.allowsPlainHTTP = allowsPlainHTTP
  }

  /// Where the host that serves a repository is, without a trailing slash.
  func root(of url: RepositoryURL) throws(GitHostError) -> String {
    if let webURL {
      guard let origin = RESTClient.origin(of: webURL), ["https://", "http://"].contains(where: origin.hasPrefix) else {
        throw refusal("webURL", webURL)
      }
      return origin + Self.path(of: webURL).map { "/" + $0 }.joined()
    }
    // Where https is: the URL may be of ssh, on another port.
    guard var origin = url.webURL.flatMap({ RESTClient.origin(of: $0) }) else {
      throw GitHostError(
        .unsupported, "the web address of the server cannot be told from the ssh URL",
        remedy: "use the repository's https URL, or give the host's web address in the settings", field: "url")
    }
    if url.reference.transport == .http { origin = "http://" + url.reference.place }
    return origin + (url.contextPath.map { "/" + $0.percentEncodedPath } ?? "")
  }

  /// The repository's name at the host: without the context path, where GitLab is below one.
  func path(of url: RepositoryURL) throws(GitHostError) -> RepositoryPath {
    let path = try url.path()
    guard url.provider == .gitlab, url.reference.transport != .ssh, let webURL else { return path }
    let context = Self.path(of: webURL)
    let owner = path.owner.split(separator: "/").map { String($0) }
    guard !context.isEmpty, owner.starts(with: context), owner.count > context.count else { return path }
    return try RepositoryPath(owner: owner.dropFirst(context.count).joined(separator: "/"), name: path.name)
  }

  func refusal(_ field: String, _ text: String) -> GitHostError {
    .validation(
      field: field, "\(GitHostError.quote(GitHostError.withoutUserInfo(text))) is no web address",
      remedy: "write https://git.example.com")
  }

  private static func path(of url: String) -> [String] {
    guard let scheme = url.firstRange(of: "://") else { return [] }
    let path = url[scheme.upperBound...].prefix { $0 != "?" && $0 != "#" }
    return path.split(separator: "/").dropFirst().map(String.init)
  }
}
