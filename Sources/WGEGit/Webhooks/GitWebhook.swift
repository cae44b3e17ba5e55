internal import Crypto
public import WGECore

/// What a host's webhook tells, reduced to what triggers something here. Nothing of it is trusted as
/// state: whoever hears it looks at the repository itself.
public struct GitWebhookEvent: Sendable, Hashable {
  /// What happened.
  public enum Kind: String, Sendable, Hashable { case push, pullRequest, comment, ping }

  /// What happened.
  public var kind: Kind
  /// Owner and name as the host writes them; empty for a ping.
  public var repository: String
  /// The full reference of a push; nil when the push changed several, or none that is named.
  public var reference: String?
  /// Where the reference was; nil when it was made, or there is no one ``reference``.
  public var before: GitObjectID?
  /// Where it is; nil when it was deleted, or there is no one ``reference``.
  public var after: GitObjectID?
  /// The pull request's number.
  public var number: Int?
  /// `opened`, `updated`, `closed`, `merged`, `labelled`, or the host's own word.
  public var action: String?
  /// The host's name for the delivery, for ``WebhookReplayMemory``.
  public var deliveryID: String?
}

/// Verifies and reads the webhooks of one subscription.
///
/// The signature is checked over the raw body before anything is parsed, in constant time, and a
/// refusal does not say what was wrong.
public struct GitWebhook: Sendable {
  private let provider: GitProvider
  private let secrets: [Secret<String>]
  private let requiresSignature: Bool
  private let userName: String?
  private let header: String?

  /// - Parameters:
  ///   - provider: whose webhooks these are.
  ///   - secrets: any of them is good, so that they can be rotated; none: nothing is accepted.
  ///   - requiresSignature: of GitLab, accept signed deliveries only, not the plain token.
  ///   - userName: of Azure DevOps, the user that the subscription signs in as; nil: any.
  ///   - header: of Azure DevOps, the field of the subscription's own whose value is the secret, instead of the
  ///     Basic sign-in whose password is.
  public init(
    provider: GitProvider, secrets: [Secret<String>], requiresSignature: Bool = false, userName: String? = nil,
    header: String? = nil
  ) {
    self.provider = provider
    self.secrets = secrets.filter { !$0.reveal().isEmpty }
    self.requiresSignature = requiresSignature
    self.userName = userName
    self.header = header?.lowercased()
  }

  /// The event of a delivery; nil for kinds that mean nothing here (answer 204).
  /// - Parameters:
  ///   - fields: the request's header fields, names in any case.
  ///   - body: as it came, at most ``GitDefaults/maximumWebhookBytes`` bytes.
  ///   - now: for signatures that carry a time.
  /// - Throws: ``GitHostError``: `unauthorized` (answer 401), `tooLarge` (413), `validation` (400).
  public func event(
    fields: [String: String], body: [UInt8], now: Timestamp
  ) throws(GitHostError) -> GitWebhookEvent? {
    guard body.count <= GitDefaults.maximumWebhookBytes else {
      throw GitHostError(.tooLarge, "the webhook's body has \(body.count) bytes")
    }
    var lower: [String: String] = [:]
    for (name, value) in fields { lower[name.lowercased()] = value }
    // The connection test carries no signature and does nothing.
    if provider == .bitbucketServer, lower["x-event-key"] == "diagnostics:ping" {
      return GitWebhookEvent(kind: .ping, repository: "")
    }
    guard isAuthentic(lower, body, now) else { throw GitHostError(.unauthorized, "the webhook is not authentic") }
    let json = try Self.payload(lower, body)
    guard var event = WebhookReader(provider: provider, fields: lower, json: json).event() else { return nil }
    event.deliveryID = Self.deliveryID(provider, lower, json)
    return event
  }

  // MARK: - Authenticity

  private func isAuthentic(_ fields: [String: String], _ body: [UInt8], _ now: Timestamp) -> Bool {
    switch provider {
    case .github: hasHexSignature(fields["x-hub-signature-256"], body)
    case .bitbucketServer, .bitbucketCloud: hasHexSignature(fields["x-hub-signature"], body)
    case .gitlab:
      if fields["webhook-signature"] != nil || requiresSignature {
        hasTimedSignature(fields, body, now)
      } else {
        isSecret(Array((fields["x-gitlab-token"] ?? "").utf8))
      }
    case .azureDevOps:
      if let header {
        isSecret(Array((fields[header] ?? "").utf8))
      } else {
        hasBasicSecret(fields["authorization"])
      }
    case .local: false
    }
  }

  private func isSecret(_ text: [UInt8]) -> Bool {
    // Equal lengths for the comparison, and every secret looked at.
    secrets.reduce(false) { found, secret in
      let same = SHA256.hash(data: Array(secret.reveal().utf8)) == SHA256.hash(data: text)
      return found || same
    }
  }

  /// `sha256=` and 64 hexadecimal digits of HMAC-SHA256 over the body.
  private func hasHexSignature(_ field: String?, _ body: [UInt8]) -> Bool {
    guard let field, field.hasPrefix("sha256="), let code = Self.bytes(hex: field.dropFirst(7)), code.count == 32 else {
      return false
    }
    return secrets.reduce(false) { found, secret in
      let key = SymmetricKey(data: Array(secret.reveal().utf8))
      let same = HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: body, using: key)
      return found || same
    }
  }

  /// `v1,` and Base64 of HMAC-SHA256 over `id.timestamp.body`; several, separated by spaces.
  private func hasTimedSignature(_ fields: [String: String], _ body: [UInt8], _ now: Timestamp) -> Bool {
    guard let id = fields["webhook-id"], let stamp = fields["webhook-timestamp"], let seconds = Int64(stamp),
      let signatures = fields["webhook-signature"]
    else { return false }
    let distance = Timestamp(seconds: seconds).duration(since: now)
    guard distance <= GitDefaults.webhookTolerance, distance >= .zero - GitDefaults.webhookTolerance else {
      return false
    }
    let signed = Array("\(id).\(stamp).".utf8) + body
    let codes = signatures.split(separator: " ").prefix(16).compactMap { text -> [UInt8]? in
      guard text.hasPrefix("v1,") else { return nil }
      return Base64.decodeCanonical(text.dropFirst(3))
    }
    return secrets.reduce(false) { found, secret in
      let text = secret.reveal()
      let bytes = text.hasPrefix("whsec_") ? Base64.decode(text.dropFirst(6)) : Array(text.utf8)
      let key = SymmetricKey(data: bytes ?? Array(text.utf8))
      let same = codes.contains { HMAC<SHA256>.isValidAuthenticationCode($0, authenticating: signed, using: key) }
      return found || same
    }
  }

  private func hasBasicSecret(_ field: String?) -> Bool {
    guard let field, field.lowercased().hasPrefix("basic "), let pair = Base64.decode(field.dropFirst(6)),
      let colon = pair.firstIndex(of: UInt8(ascii: ":"))
    else { return false }
    // Both are compared whatever comes of the first, and at equal lengths.
    let isUser = userName.map { SHA256.hash(data: Array($0.utf8)) == SHA256.hash(data: Array(pair[..<colon])) } ?? true
    let isPassword = isSecret(Array(pair[(colon + 1)...]))
    return isUser && isPassword
  }

  private static func bytes(hex: Substring) -> [UInt8]? {
    let digits = Array(hex.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var result: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard digits[index].isHexDigit, digits[index + 1].isHexDigit,
        let byte = UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16)
      else { return nil }
      result.append(byte)
    }
    return result
  }

  // MARK: - Payload

  private static func payload(_ fields: [String: String], _ body: [UInt8]) throws(GitHostError) -> JSON {
    var text = body
    if fields["content-type"]?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false {
      let pair = body.split(separator: UInt8(ascii: "&")).first { $0.starts(with: "payload=".utf8) }
      let value = String(decoding: pair?.dropFirst(8) ?? [], as: UTF8.self).replacing("+", with: "%20")
      text = Array((value.percentDecoded ?? "").utf8)
    }
    let options = JSONParseOptions(
      maximumDepth: GitDefaults.maximumAnswerDepth, maximumBytes: GitDefaults.maximumWebhookBytes)
    do {
      return try JSON(parsing: text, options: options)
    } catch {
      throw .validation(field: "body", "the webhook's body is not JSON")
    }
  }

  private static func deliveryID(_ provider: GitProvider, _ fields: [String: String], _ json: JSON) -> String? {
    switch provider {
    case .github: fields["x-github-delivery"]
    // Of a signed delivery, only the id that is signed: a replay could bear any other.
    case .gitlab:
      fields["webhook-signature"] != nil
        ? fields["webhook-id"] : fields["idempotency-key"] ?? fields["x-gitlab-event-uuid"]
    case .bitbucketServer: fields["x-request-id"]
    case .bitbucketCloud: fields["x-request-uuid"]
    case .azureDevOps: json.text("id")
    case .local: nil
    }
  }
}

/// Delivery ids that were seen, so that a delivery that is sent again does nothing. Bounded in time and
/// number.
public struct WebhookReplayMemory: Sendable {
  private var seen: [String: Timestamp] = [:]
  private var order: [(id: String, at: Timestamp)] = []
  private let lifetime: Duration
  private let limit: Int

  /// - Parameters:
  ///   - lifetime: how long an id is remembered. Default 24 hours.
  ///   - limit: how many; the oldest are forgotten first. Default 100 000.
  public init(lifetime: Duration = .seconds(86_400), limit: Int = 100_000) {
    self.lifetime = lifetime
    self.limit = max(limit, 1)
  }

  /// True the first time that an id is seen.
  public mutating func isNew(_ id: String, now: Timestamp) -> Bool {
    let expired = order.prefix { $0.at.advanced(by: lifetime) <= now }.count
    for entry in order.prefix(expired) { seen[entry.id] = nil }
    order.removeFirst(expired)
    if seen[id] != nil { return false }
    if order.count >= limit {
      // A quarter at once, so that it is not done for every delivery.
      let count = max(limit / 4, 1)
      for entry in order.prefix(count) { seen[entry.id] = nil }
      order.removeFirst(count)
    }
    seen[id] = now
    order.append((id, now))
    return true
  }
}
