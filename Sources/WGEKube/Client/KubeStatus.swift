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
  public var details: Details?
  /// How long the server asks to wait, from the body or the `Retry-After` header.
  public var retryAfter: Duration?
  /// With reason `Expired` on a list: a token to go on with a newer state than the earlier pages.
  public var continueToken: String?

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
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.rawValue = value }
    public var description: String { rawValue }

    public static let unknown: Reason = ""
    public static let badRequest: Reason = "BadRequest"
    public static let unauthorized: Reason = "Unauthorized"
    public static let forbidden: Reason = "Forbidden"
    public static let notFound: Reason = "NotFound"
    public static let methodNotAllowed: Reason = "MethodNotAllowed"
    public static let notAcceptable: Reason = "NotAcceptable"
    public static let alreadyExists: Reason = "AlreadyExists"
    public static let conflict: Reason = "Conflict"
    public static let gone: Reason = "Gone"
    public static let expired: Reason = "Expired"
    public static let requestEntityTooLarge: Reason = "RequestEntityTooLarge"
    public static let unsupportedMediaType: Reason = "UnsupportedMediaType"
    public static let invalid: Reason = "Invalid"
    public static let tooManyRequests: Reason = "TooManyRequests"
    public static let internalError: Reason = "InternalError"
    public static let serviceUnavailable: Reason = "ServiceUnavailable"
    public static let timeout: Reason = "Timeout"
    /// The server did not get to the call in time: safe to try again.
    public static let serverTimeout: Reason = "ServerTimeout"
    public static let storeReadError: Reason = "StoreReadError"
  }

  /// `metav1.StatusDetails`: which object the failure is about.
  public struct Details: Sendable, Hashable {
    public var name: String?
    public var group: String?
    /// The resource (`configmaps`) in most answers, the kind in some.
    public var kind: String?
    public var uid: String?
    public var causes: [Cause]
    public var retryAfterSeconds: Int64?

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
    public var message: String
    /// `spec.replicas`; nil when the cause is about no single field.
    public var field: String?

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
    message = text.isEmpty ? "the server answered \(code)\(reason == .unknown ? "" : " \(reason)")" : text
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
    let excerpt = Self.excerpt(body)
    if excerpt.isEmpty { return "the server answered \(httpStatus) without a body" }
    return "the server answered \(httpStatus) with \(type) in place of a Kubernetes Status: \(excerpt)"
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
