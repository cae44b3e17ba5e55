internal import Crypto
internal import HTTPTypes
public import WGECore
public import WGEHTTP

/// Signs people in at a Git host: by code with state and proof key, by device, and by refresh token.
///
/// Codes and secrets travel in bodies, never in URLs; a code is exchanged once.
public struct OAuthFlow: Sendable {
  private let application: OAuthApplication
  private let client: RESTClient

  /// A flow of an application.
  public init(_ application: OAuthApplication, transport: any HTTPTransport, settings: GitHostSettings? = nil) {
    var settings = settings ?? GitHostSettings()
    settings.requestTimeout = min(settings.requestTimeout, GitDefaults.oauthTimeout)
    self.application = application
    client = RESTClient(root: application.webURL, dialect: OAuthDialect(), transport: transport, settings: settings)
  }

  // MARK: - By code

  /// Begins a sign-in.
  public func begin() -> OAuthAttempt {
    let state = Self.random()
    var query = [
      ("client_id", application.clientID), ("redirect_uri", application.redirectURI),
      ("response_type", application.provider == .azureDevOps && application.azure == .legacy ? "Assertion" : "code"),
      ("state", state),
    ]
    if !application.scopes.isEmpty { query.append(("scope", application.scopes.joined(separator: " "))) }
    var verifier: String?
    if application.usesProofKey {
      let text = Self.random()
      verifier = text
      query.append(("code_challenge", Self.challenge(of: text)))
      query.append(("code_challenge_method", "S256"))
    }
    // Ordered by name, blanks as plus signs: what the providers' own examples look like.
    let text = query.sorted { $0.0 < $1.0 }.map {
      "\($0.0)=\($0.1.percentEncodedSegment.replacing("%20", with: "+"))"
    }.joined(separator: "&")
    return OAuthAttempt(
      url: application.webURL + application.authorizePath + "?" + text, state: Secret(state),
      verifier: verifier.map { Secret($0) })
  }

  /// Ends a sign-in: the code that came back for a token.
  /// - Parameters:
  ///   - state: as it came back; nil when it did not.
  ///   - attempt: what was kept; nil when nothing was, as after a forged link.
  /// - Throws: ``GitHostError``: `forbidden` with reason `state` when the two do not belong together;
  ///   `accessDenied`, `expired`, `validation` from the provider.
  public func finish(
    code: Secret<String>, state: String?, attempt: OAuthAttempt?
  ) async throws(GitHostError) -> OAuthToken {
    guard let attempt, let state, !state.isEmpty,
      SHA256.hash(data: Array(state.utf8)) == SHA256.hash(data: Array(attempt.state.reveal().utf8))
    else {
      throw GitHostError(.forbidden, "failed CSRF token check", remedy: "begin the sign-in again", reason: "state")
    }
    var form = [("redirect_uri", application.redirectURI)]
    switch application.provider {
    case .bitbucketCloud: form = [("grant_type", "authorization_code"), ("code", code.reveal())]
    case .azureDevOps where application.azure == .legacy:
      form += try assertion("urn:ietf:params:oauth:grant-type:jwt-bearer", code.reveal())
    default:
      form += try clientFields() + [("code", code.reveal())]
      if application.provider != .github { form.append(("grant_type", "authorization_code")) }
      if application.provider == .azureDevOps { form.append(("scope", application.scopes.joined(separator: " "))) }
      if let verifier = attempt.verifier { form.append(("code_verifier", verifier.reveal())) }
    }
    let json = try await post(application.tokenPath, form, "exchange the code for a token")
    if let failure = failure(json, "could not exchange code") { throw failure }
    return try token(json)
  }

  /// A new token for a refresh token. One that a provider rotates is good once: keep the new one.
  /// - Throws: ``GitHostError``: `unauthorized` with reason `invalidGrant` when it is not good any more.
  public func refresh(_ refreshToken: Secret<String>) async throws(GitHostError) -> OAuthToken {
    var form: [(String, String)]
    switch application.provider {
    case .bitbucketCloud: form = [("grant_type", "refresh_token"), ("refresh_token", refreshToken.reveal())]
    case .azureDevOps where application.azure == .legacy:
      form = try assertion("refresh_token", refreshToken.reveal()) + [("redirect_uri", application.redirectURI)]
    default:
      form = try clientFields() + [("grant_type", "refresh_token"), ("refresh_token", refreshToken.reveal())]
      if application.provider != .github { form.append(("redirect_uri", application.redirectURI)) }
      if application.provider == .azureDevOps { form.append(("scope", application.scopes.joined(separator: " "))) }
    }
    let json = try await post(application.tokenPath, form, "refresh the token")
    if var failure = failure(json, "could not refresh the token") {
      if failure.reason == "invalid_grant" {
        failure.code = .unauthorized
        failure.reason = "invalidGrant"
        failure.remedy = "sign in again"
      }
      throw failure
    }
    var result = try token(json)
    if result.refreshToken == nil { result.refreshToken = refreshToken }
    return result
  }

  // MARK: - By device

  /// Begins a sign-in on another device.
  /// - Throws: `unsupported` where the provider has none.
  public func beginDevice() async throws(GitHostError) -> OAuthDeviceCode {
    guard let path = application.devicePath else {
      throw GitHostError(.unsupported, "\(application.provider.rawValue) has no device sign-in")
    }
    let form = [("client_id", application.clientID), ("scope", application.scopes.joined(separator: " "))]
    let json = try await post(path, form, "begin the device sign-in")
    if let failure = failure(json, "could not begin the device sign-in") { throw failure }
    guard let code = json.text("device_code"), let user = json.text("user_code"),
      let page = json.text("verification_uri") ?? json.text("verification_url")
    else { throw GitHostError(.protocolViolation, "the device sign-in's answer holds no code") }
    return OAuthDeviceCode(
      deviceCode: Secret(code), userCode: user, verificationURI: page,
      interval: .seconds(max(1, min(json.integer("interval") ?? 5, 300))),
      lifetime: .seconds(max(0, json.integer("expires_in") ?? 900)))
  }

  /// Asks once whether the person has decided. Wait for the interval that it gives before asking again.
  /// - Throws: ``GitHostError``: `expired`, `accessDenied`, `validation`, `unsupported`.
  public func poll(_ device: OAuthDeviceCode) async throws(GitHostError) -> OAuthDevicePoll {
    let form = [
      ("client_id", application.clientID), ("device_code", device.deviceCode.reveal()),
      ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
    ]
    let json = try await post(application.tokenPath, form, "ask for the device's token")
    switch json.text("error") {
    case "authorization_pending": return .again(after: device.interval)
    case "slow_down":
      // At least as slow as RFC 8628 asks for, whatever is named.
      let named = Duration.seconds(max(0, min(json.integer("interval") ?? 0, 300)))
      return .again(after: min(max(named, device.interval + .seconds(5)), .seconds(300)))
    default: break
    }
    if let failure = failure(json, "the device sign-in failed") { throw failure }
    return .token(try token(json))
  }

  /// Polls at the provider's pace until the person has decided. A poll that does not reach the provider is
  /// made again.
  /// - Throws: ``GitHostError``: `accessDenied`; `expired` when nobody decided in time; `cancelled`.
  public func token(for device: OAuthDeviceCode) async throws(GitHostError) -> OAuthToken {
    var device = device
    var waited: Duration = .zero
    while waited + device.interval <= device.lifetime {
      do {
        try await client.settings.clock.sleep(for: device.interval)
      } catch {
        throw GitHostError(.cancelled, "the device sign-in was cancelled")
      }
      waited += device.interval
      do throws(GitHostError) {
        switch try await poll(device) {
        case .token(let token): return token
        // "Slow down" holds for all polls that follow.
        case .again(let interval): device.interval = max(interval, .seconds(1))
        }
      } catch {
        guard error.isTransient, error.code != .cancelled else { throw error }
        device.interval = max(device.interval, min(error.retryAfter ?? .zero, .seconds(300)))
      }
    }
    throw GitHostError(
      .expired, "the device sign-in failed: the code ran out before it was entered", remedy: "begin the sign-in again",
      reason: "expired_token")
  }

  // MARK: - Parts

  private func clientFields() throws(GitHostError) -> [(String, String)] {
    var fields = [("client_id", application.clientID)]
    if let secret = application.clientSecret { fields.append(("client_secret", secret.reveal())) }
    return fields
  }

  private func assertion(_ grant: String, _ value: String) throws(GitHostError) -> [(String, String)] {
    guard let secret = application.clientSecret else {
      throw .validation(field: "clientSecret", "the OAuth application has no client secret")
    }
    return [
      ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
      ("client_assertion", secret.reveal()), ("grant_type", grant), ("assertion", value),
    ]
  }

  private func post(
    _ path: String, _ form: [(String, String)], _ doing: String
  ) async throws(GitHostError) -> JSON {
    var request = RESTRequest(.post, path, doing, body: .form(form.map { (name: $0.0, value: $0.1) }))
    if application.provider == .bitbucketCloud {
      guard let secret = application.clientSecret else {
        throw .validation(field: "clientSecret", "the OAuth application has no client secret")
      }
      request.fields[.authorization] =
        "Basic " + Base64.encode("\(application.clientID):\(secret.reveal())".utf8)
    }
    return try await client.json(request)
  }

  /// The failure that an answer of any status tells.
  private func failure(_ json: JSON, _ what: String) -> GitHostError? {
    guard let word = json.text("error") else { return nil }
    let said = json.text("error_description").map { ": " + GitHostError.masked($0) } ?? ""
    let (code, remedy): (GitHostError.Code, String) =
      switch word {
      case "expired_token", "code_expired": (.expired, "begin the sign-in again")
      case "access_denied": (.accessDenied, "allow the access on the provider's page")
      case "device_flow_disabled": (.unsupported, "allow device flows for the application")
      case "invalid_client", "unauthorized_client", "incorrect_client_credentials":
        (.unauthorized, "check the client's id and secret")
      case "temporarily_unavailable", "server_error": (.unavailable, "try again later")
      default: (.validation, "begin the sign-in again")
      }
    return GitHostError(code, "\(what): \(GitHostError.quote(word))\(said)", remedy: remedy, reason: word)
  }

  private func token(_ json: JSON) throws(GitHostError) -> OAuthToken {
    guard let access = json.text("access_token"), !access.isEmpty else {
      throw GitHostError(.protocolViolation, "the provider's answer holds no token")
    }
    // Azure writes the number as a text.
    var seconds = json.integer("expires_in") ?? json.text("expires_in").flatMap { Int64($0) }
    if seconds == 0 { seconds = 7200 }
    let scopes = json.text("scope") ?? json.text("scopes") ?? ""
    return OAuthToken(
      accessToken: Secret(access), type: json.text("token_type")?.lowercased() ?? "bearer",
      scopes: scopes.split { $0 == " " || $0 == "," }.map(String.init), lifetime: seconds.map { .seconds(max($0, 0)) },
      refreshToken: json.text("refresh_token").map { Secret($0) })
  }

  /// What the provider keeps of a proof key (RFC 7636, `S256`).
  static func challenge(of verifier: String) -> String {
    Base64.encode(SHA256.hash(data: Array(verifier.utf8)), as: .url)
  }

  /// 32 random bytes.
  private static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    return Base64.encode((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }, as: .url)
  }
}

/// Token endpoints tell failures in bodies of any status.
struct OAuthDialect: RESTDialect {
  let label = "the sign-in"
  let fields: HTTPFields = [.accept: "application/json"]
  let asksConditionally = false
  let followsRedirects = false

  func failure(_ answer: RESTAnswer, to request: RESTRequest, now: Timestamp) -> GitHostError? {
    if (200..<300).contains(answer.status) || answer.json["error"] != nil { return nil }
    return GitHostError(status: answer, doing: request.doing, label: label, said: answer.json.text("message"), now: now)
  }
}
