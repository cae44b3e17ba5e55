public import WGECore

/// An application that is registered with a provider, by which people sign in.
public struct OAuthApplication: Sendable {
  /// Which of Azure DevOps' two sign-ins.
  public enum AzureSignIn: Sendable, Hashable {
    /// Microsoft Entra, with the tenant's id or domain.
    case entra(tenant: String)
    /// The one of before; takes no new applications any more.
    case legacy
  }

  /// Who signs people in.
  public var provider: GitProvider
  /// The public id.
  public var clientID: String
  /// Nil for device flows of public clients.
  public var clientSecret: Secret<String>?
  /// `https://github.com`, or where the own server is, without a trailing slash.
  public var webURL: String
  /// Where the provider sends people back to; must be registered there, and be ours. Empty for device
  /// sign-ins.
  public var redirectURI: String
  /// What the token may do.
  public var scopes: [String]
  /// Of Azure DevOps only.
  public var azure: AzureSignIn

  /// An application.
  /// - Parameters:
  ///   - redirectURI: https, or http on loopback; empty when only devices sign in.
  ///   - webURL: nil for the public service; Bitbucket Server has none.
  ///   - scopes: nil for what committing and pull requests need.
  /// - Throws: ``GitHostError`` with code `validation`.
  public init(
    provider: GitProvider, clientID: String, clientSecret: Secret<String>?, redirectURI: String,
    webURL: String? = nil, scopes: [String]? = nil, azure: AzureSignIn = .legacy
  ) throws(GitHostError) {
    guard !clientID.isEmpty else { throw .validation(field: "clientID", "the OAuth client's id is empty") }
    self.provider = provider
    self.clientID = clientID
    self.clientSecret = clientSecret
    self.redirectURI = redirectURI
    self.azure = azure
    let (place, usual): (String?, [String])
    switch provider {
    case .github: (place, usual) = ("https://github.com", ["repo"])
    case .gitlab: (place, usual) = ("https://gitlab.com", ["api", "read_user"])
    case .bitbucketServer: (place, usual) = (nil, ["REPO_WRITE", "REPO_READ", "PUBLIC_REPOS"])
    // The scopes are set on the consumer.
    case .bitbucketCloud: (place, usual) = ("https://bitbucket.org", [])
    case .azureDevOps:
      switch azure {
      case .legacy: (place, usual) = ("https://app.vssps.visualstudio.com", ["vso.code_write"])
      case .entra:
        (place, usual) = (
          "https://login.microsoftonline.com",
          ["499b84ac-1321-427f-aa17-267ca6975798/vso.code_write", "offline_access"]
        )
      }
    case .local: throw .validation(field: "provider", "local hosts have no sign-in")
    }
    guard let root = webURL ?? place, RESTClient.origin(of: root) != nil else {
      throw .validation(
        field: "webURL", "the OAuth application says not where \(provider.rawValue) is",
        remedy: "give the server's address, for instance https://bitbucket.example.com")
    }
    guard RESTClient.isProtected(root) else {
      throw .validation(
        field: "webURL", "the client's secret would go over plain http to \(GitHostError.withoutUserInfo(root))",
        remedy: "use https")
    }
    guard redirectURI.isEmpty || RESTClient.isProtected(redirectURI) else {
      throw .validation(
        field: "redirectURI", "the code would come back over plain http", remedy: "use https, or http on loopback")
    }
    self.webURL = root
    self.scopes = scopes ?? usual
  }

  var authorizePath: String {
    switch provider {
    case .github: "/login/oauth/authorize"
    case .gitlab: "/oauth/authorize"
    case .bitbucketServer: "/rest/oauth2/latest/authorize"
    case .bitbucketCloud: "/site/oauth2/authorize"
    case .azureDevOps: tenantPath.map { $0 + "authorize" } ?? "/oauth2/authorize"
    case .local: ""
    }
  }

  var tokenPath: String {
    switch provider {
    case .github: "/login/oauth/access_token"
    case .gitlab: "/oauth/token"
    case .bitbucketServer: "/rest/oauth2/latest/token"
    case .bitbucketCloud: "/site/oauth2/access_token"
    case .azureDevOps: tenantPath.map { $0 + "token" } ?? "/oauth2/token"
    case .local: ""
    }
  }

  /// Nil where there is no device flow.
  var devicePath: String? {
    switch provider {
    case .github: "/login/device/code"
    case .gitlab: "/oauth/authorize_device"
    case .azureDevOps: tenantPath.map { $0 + "devicecode" }
    default: nil
    }
  }

  private var tenantPath: String? {
    if case .entra(let tenant) = azure { "/\(tenant.percentEncodedSegment)/oauth2/v2.0/" } else { nil }
  }

  /// Bitbucket Cloud and Azure's old sign-in do not know proof keys.
  var usesProofKey: Bool {
    switch provider {
    case .github, .gitlab, .bitbucketServer: true
    case .azureDevOps: azure != .legacy
    case .bitbucketCloud, .local: false
    }
  }
}

/// One sign-in that was begun. Keep it in the person's session, on the server; use it once.
public struct OAuthAttempt: Sendable, CustomStringConvertible {
  /// Where to send the person.
  public let url: String
  /// Comes back with the code; also the value of the anti-forgery cookie.
  public let state: Secret<String>
  /// The proof key's verifier; nil where the provider knows none.
  public let verifier: Secret<String>?

  /// Where, without the state.
  public var description: String { "a sign-in at \(url.prefix { $0 != "?" })" }
}

/// A token that a provider gave.
public struct OAuthToken: Sendable {
  /// What requests are signed with.
  public var accessToken: Secret<String>
  /// `bearer`.
  public var type: String
  /// What it may do, as far as the provider says.
  public var scopes: [String]
  /// Nil: it does not run out.
  public var lifetime: Duration?
  /// Gets the next token; keep it on the server. A provider that rotates gives a new one each time.
  public var refreshToken: Secret<String>?
}

/// A device sign-in that was begun: the person types the code on a page of the provider.
public struct OAuthDeviceCode: Sendable {
  /// For ``OAuthFlow/poll(_:)``; keep it on the server.
  public let deviceCode: Secret<String>
  /// What the person types.
  public let userCode: String
  /// Where.
  public let verificationURI: String
  /// The shortest pause between two polls.
  public var interval: Duration
  /// How long the code is good.
  public let lifetime: Duration
}

/// What a poll of a device sign-in gives.
public enum OAuthDevicePoll: Sendable {
  /// The person has not decided yet: poll again after so long.
  case again(after: Duration)
  case token(OAuthToken)
}
