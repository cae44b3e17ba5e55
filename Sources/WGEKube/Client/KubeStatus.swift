public import WGECore

/// `metav1.Status`: how an API server says that a call failed.
///
/// Decoding is lenient, since proxies and aggregated servers answer too: a field of the wrong type
/// counts as absent, and what the body does not say is taken from the HTTP status.
public struct KubeStatus: Sendable, Hashable {
  /// The HTTP status code.
  public var code: Int
  /// Machine-readable; empty when the server gave none.
  public var reason: Reason
  /// For people. Never empty.
  public var message: String
  /// Which object the failure is about, and how; nil when not given.
  public var details: Details?
  /// How long the server asks to wait, from the body or the `Retry-After` header.
  public var retryAfter: Duration?
  /// With reason `Expired` on a list: a token to go on with a newer state than the earlier pages.
  public var continueToken: String?

  /// With these values; the properties say what they mean.
  public init(
    code: Int, reason: Reason, message: String, details: Details? = nil, retryAfter: Duration? = nil,
    continueToken: String? = nil
  ) {
    self.code = code
    self.reason = reason
    self.message = message
    self.details = details
    self.retryAfter = retryAfter
    self.continueToken = continueToken
  }

  /// `metav1.StatusReason`. An open set: servers may send others.
  public struct Reason: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The word as the server sends it; empty for none.
    public var rawValue: String
    /// A value that this client need not know.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// A value that this client need not know.
    public init(stringLiteral value: String) { self.rawValue = value }
    /// The word as the server sends it.
    public var description: String { rawValue }

    /// No reason given.
    public static let unknown: Reason = ""
    /// 400: the request makes no sense to the server.
    public static let badRequest: Reason = "BadRequest"
    /// 401: the server does not know the caller.
    public static let unauthorized: Reason = "Unauthorized"
    /// 403: the caller may not do that.
    public static let forbidden: Reason = "Forbidden"
    /// 404: no such object or resource.
    public static let notFound: Reason = "NotFound"
    /// 405: the resource does not have this verb.
    public static let methodNotAllowed: Reason = "MethodNotAllowed"
    /// 406: no form of the answer that the client takes.
    public static let notAcceptable: Reason = "NotAcceptable"
    /// 409: an object of that name exists.
    public static let alreadyExists: Reason = "AlreadyExists"
    /// 409: the object changed meanwhile, or a field is someone else's.
    public static let conflict: Reason = "Conflict"
    /// 410: what was asked for is no longer kept.
    public static let gone: Reason = "Gone"
    /// 410: the resource version or continue token is too old.
    public static let expired: Reason = "Expired"
    /// 413: the object is too large.
    public static let requestEntityTooLarge: Reason = "RequestEntityTooLarge"
    /// 415: the resource does not take this form of body or patch.
    public static let unsupportedMediaType: Reason = "UnsupportedMediaType"
    /// 422: the object breaks a rule of its kind; the causes name the fields.
    public static let invalid: Reason = "Invalid"
    /// 429: slow down.
    public static let tooManyRequests: Reason = "TooManyRequests"
    /// 500: the server failed.
    public static let internalError: Reason = "InternalError"
    /// 503: the server, or one behind it, is not there.
    public static let serviceUnavailable: Reason = "ServiceUnavailable"
    /// 504: the call took too long and may have taken effect.
    public static let timeout: Reason = "Timeout"
    /// The server did not get to the call in time: safe to try again.
    public static let serverTimeout: Reason = "ServerTimeout"
    /// 500: stored data cannot be read.
    public static let storeReadError: Reason = "StoreReadError"
  }

  /// `metav1.StatusDetails`: which object the failure is about.
  public struct Details: Sendable, Hashable {
    /// The object's name.
    public var name: String?
    /// The API group; nil for the core group.
    public var group: String?
    /// The resource (`configmaps`) in most answers, the kind in some.
    public var kind: String?
    /// The object's identity.
    public var uid: String?
    /// All problems there are, where there are several.
    public var causes: [Cause]
    /// How long to wait before the next try, in seconds.
    public var retryAfterSeconds: Int64?

    /// With these values; the properties say what they mean.
    public init(
      name: String? = nil, group: String? = nil, kind: String? = nil, uid: String? = nil, causes: [Cause] = [],
      retryAfterSeconds: Int64? = nil
    ) {
      self.name = name
      self.group = group
      self.kind = kind
      self.uid = uid
      self.causes = causes
      self.retryAfterSeconds = retryAfterSeconds
    }
  }

  /// `metav1.StatusCause`: one of several problems, mostly with a field.
  public struct Cause: Sendable, Hashable {
    /// `FieldValueInvalid`, `FieldManagerConflict` and so on; empty when not given.
    public var reason: String
    /// For people.
    public var message: String
    /// `spec.replicas`; nil when the cause is about no single field.
    public var field: String?

    /// With these values; the properties say what they mean.
    public init(reason: String, message: String, field: String? = nil) {
      self.reason = reason
      self.message = message
      self.field = field
    }
  }
}

// MARK: - Decoding

extension KubeStatus {
  /// Reads a Status object.
  /// - Parameter httpStatus: Used for what the object does not say.
  /// - Returns: Nil when the value is not an object of kind Status.
  public init?(_ json: JSON, httpStatus: Int = 500) {
    guard case .object(let members) = json, members["kind"]?.stringValue == "Status" else { return nil }
    code = members["code"]?.intValue.flatMap { (100...599).contains($0) ? Int($0) : nil } ?? httpStatus
    reason = members["reason"]?.stringValue.map(Reason.init(rawValue:)) ?? Reason(httpStatus: code)
    details = members["details"].flatMap(Details.init)
    continueToken = members["metadata"]?["continue"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    let text = members["message"]?.stringValue ?? ""
    message =
      text.isEmpty
      ? "the server answered \(code)\(reason == .unknown ? "" : " \(reason)")"
      : String(text.prefix(KubeDefaults.maximumMessageCharacters))
    retryAfter = details?.retryAfterSeconds.flatMap { $0 > 0 ? .seconds(min($0, 86_400)) : nil }
  }

  /// From any answer with an error status: a Status object, or what a proxy or a broken server
  /// sent instead, of which an excerpt is kept.
  init(httpStatus: Int, contentType: String?, retryAfterHeader: String?, body: [UInt8]) {
    if let json = try? JSON(parsing: body, options: JSONParseOptions(maximumDepth: 64)),
      let status = KubeStatus(json, httpStatus: httpStatus)
    {
      self = status
      // The transport's word on the code is the one that counts: it was not taken from the body.
      code = httpStatus
    } else {
      self.init(
        code: httpStatus, reason: Reason(httpStatus: httpStatus),
        message: Self.message(httpStatus: httpStatus, contentType: contentType, body: body))
    }
    if let header = retryAfterHeader, let seconds = Int64(header), seconds >= 0 {
      let wait = Duration.seconds(min(seconds, 86_400))
      retryAfter = max(retryAfter ?? .zero, wait)
    }
  }

  private static func message(httpStatus: Int, contentType: String?, body: [UInt8]) -> String {
    let type = contentType.map { $0.prefix { $0 != ";" } }.map(String.init) ?? "a body without type"
    var excerpt = type.contains("html") ? Self.htmlExcerpt(body) : ""
    if excerpt.isEmpty { excerpt = Self.excerpt(body) }
    if excerpt.isEmpty { return "the server answered \(httpStatus) without a body" }
    return "the server answered \(httpStatus) with \(type) in place of a Kubernetes Status: \(excerpt)"
  }

  /// What a page says, without its markup: proxies explain themselves in title and text.
  static func htmlExcerpt(_ body: [UInt8]) -> String {
    var text: [UInt8] = []
    var rest = body.prefix(KubeDefaults.maximumErrorBytes)
    while let byte = rest.first, text.count <= KubeDefaults.errorExcerptBytes {
      guard byte == UInt8(ascii: "<") else {
        text.append(byte)
        rest = rest.dropFirst()
        continue
      }
      let tag = String(decoding: rest.dropFirst().prefix(7), as: UTF8.self).lowercased()
      rest = (rest.firstIndex(of: UInt8(ascii: ">")).map { rest[($0 + 1)...] }) ?? []
      // Neither is meant for people, and both may be long.
      if tag.hasPrefix("script") || tag.hasPrefix("style") {
        while let next = rest.firstIndex(of: UInt8(ascii: "<")) {
          rest = rest[next...]
          if rest.dropFirst().first == UInt8(ascii: "/") { break }
          rest = rest.dropFirst()
        }
      }
      text.append(0x20)
    }
    return excerpt(text)
  }

  /// The beginning of a body on one line, fit for a message or a log.
  static func excerpt(_ body: [UInt8]) -> String {
    var text = ""
    var pendingSpace = false
    for scalar in String(decoding: body.prefix(KubeDefaults.errorExcerptBytes), as: UTF8.self).unicodeScalars {
      if scalar.properties.isWhitespace || scalar.properties.generalCategory == .control {
        pendingSpace = !text.isEmpty
        continue
      }
      // A character cut in half at the end of the excerpt.
      if scalar == "\u{FFFD}" { continue }
      if pendingSpace { text.append(" ") }
      pendingSpace = false
      text.unicodeScalars.append(scalar)
    }
    return body.count > KubeDefaults.errorExcerptBytes ? text + "…" : text
  }
}

extension KubeStatus.Reason {
  /// The reason that Kubernetes pairs with an HTTP status.
  init(httpStatus: Int) {
    switch httpStatus {
    case 400: self = .badRequest
    case 401: self = .unauthorized
    case 403: self = .forbidden
    case 404: self = .notFound
    case 405: self = .methodNotAllowed
    case 406: self = .notAcceptable
    case 409: self = .conflict
    case 410: self = .gone
    case 413: self = .requestEntityTooLarge
    case 415: self = .unsupportedMediaType
    case 422: self = .invalid
    case 429: self = .tooManyRequests
    case 500: self = .internalError
    case 503: self = .serviceUnavailable
    case 504: self = .timeout
    default: self = .unknown
    }
  }
}

extension KubeStatus.Details {
  init?(_ json: JSON) {
    guard case .object(let members) = json else { return nil }
    func text(_ key: String) -> String? { members[key]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } }
    self.init(
      name: text("name"), group: text("group"), kind: text("kind"), uid: text("uid"),
      causes: (members["causes"]?.arrayValue ?? []).compactMap { cause in
        guard case .object(let cause) = cause else { return nil }
        return KubeStatus.Cause(
          reason: cause["reason"]?.stringValue ?? "", message: cause["message"]?.stringValue ?? "",
          field: cause["field"]?.stringValue)
      },
      retryAfterSeconds: members["retryAfterSeconds"]?.intValue)
  }
}

extension KubeStatus: CustomStringConvertible {
  /// `409 Conflict: the object has been modified…`
  public var description: String {
    reason == .unknown ? "\(code): \(message)" : "\(code) \(reason): \(message)"
  }
}
