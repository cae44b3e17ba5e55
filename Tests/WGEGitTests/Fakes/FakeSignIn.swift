import WGECore

@testable import WGEGit

/// A provider's sign-in: codes and refresh tokens that are good once, proof keys that are compared, devices
/// whose person decides when told to.
struct FakeSignIn {
  struct Grant {
    var challenge: String?
    var redirect: String
  }

  /// What polls of the device answer, in order; then a token.
  var device: [JSON] = []
  var codes: [String: Grant] = [:]
  var refreshTokens: Set<String> = []
  /// A refresh token that is used again is a stolen one: everything is revoked.
  var isRevoked = false
  var rotates = true
  private var count = 0

  /// The person agrees: the query that the browser brings back.
  mutating func agree(_ url: String) -> (code: String, state: String) {
    let query = Dictionary(
      url.split(separator: "?").last.map(SeenRequest.pairs)?.map { ($0.name, $0.value) } ?? []
    ) { first, _ in first }
    count += 1
    codes["code-\(count)"] = Grant(challenge: query["code_challenge"], redirect: query["redirect_uri"] ?? "")
    return ("code-\(count)", query["state"] ?? "")
  }

  mutating func answer(_ form: [String: String]) -> FakeAnswer {
    func refusal(_ word: String) -> FakeAnswer {
      .json(["error": .string(word), "error_description": "refused SECRET-ECHO"], 400)
    }
    let grant = form["grant_type"] ?? "authorization_code"
    if grant == "urn:ietf:params:oauth:grant-type:device_code" {
      if !device.isEmpty { return .json(device.removeFirst()) }
      return issue()
    }
    if grant == "refresh_token" {
      let old = form["refresh_token"] ?? form["assertion"] ?? ""
      guard !isRevoked, refreshTokens.contains(old) else {
        isRevoked = true
        return refusal("invalid_grant")
      }
      if rotates { refreshTokens.remove(old) }
      return issue()
    }
    guard let code = form["code"] ?? form["assertion"], let known = codes.removeValue(forKey: code) else {
      return refusal("invalid_grant")
    }
    if let challenge = known.challenge {
      if OAuthFlow.challenge(of: form["code_verifier"] ?? "") != challenge { return refusal("invalid_grant") }
    }
    if let redirect = form["redirect_uri"], redirect != known.redirect { return refusal("invalid_grant") }
    return issue()
  }

  private mutating func issue() -> FakeAnswer {
    count += 1
    refreshTokens.insert("refresh-\(count)")
    // Azure writes the number as a text.
    return .json([
      "access_token": .string("access-\(count)"), "token_type": "bearer", "expires_in": "7200",
      "refresh_token": .string("refresh-\(count)"), "scope": "api read_user",
    ])
  }
}
