/// What can go wrong between a client and a Kubernetes API server.
///
/// ```swift
/// do {
///   try await client.delete(.configMaps, key)
/// } catch let error as KubeError where error.isNotFound {
///   // gone already
/// }
/// ```
/// Cancellation is not among them: it stays a `CancellationError`.
public enum KubeError: Error, Sendable, Hashable {
  /// The server answered that the call failed.
  case status(KubeStatus)
  /// There was no answer.
  case transport(TransportFailure)
  /// The answer is not what the API promises. `what` names the request or object, `problem` the
  /// place and the difference.
  case decoding(what: String, problem: String)
  /// A kubeconfig cannot be used.
  case config(KubeconfigProblem)
  /// The call was not sent, since it cannot mean what it says: an empty name, a user name that no
  /// header can carry.
  case request(String)
}

extension KubeError: CustomStringConvertible {
  /// A sentence for people; no credential is in it.
  public var description: String {
    switch self {
    case .status(let status): status.description
    case .transport(let failure): failure.description
    case .decoding(let what, let problem): "\(what): \(problem)"
    case .config(let problem): problem.description
    case .request(let message): message
    }
  }
}

extension KubeError {
  /// The server's Status, when there is one.
  public var status: KubeStatus? { if case .status(let status) = self { status } else { nil } }

  /// The HTTP status, when the server answered.
  public var code: Int? { status?.code }

  /// The object or the resource does not exist.
  public var isNotFound: Bool { code == 404 }

  /// An object of that name exists.
  public var isAlreadyExists: Bool { status?.reason == .alreadyExists }

  /// The object changed since it was read, or another field manager owns the field.
  public var isConflict: Bool { code == 409 && !isAlreadyExists }

  /// The asked-for state is no longer there; list anew. True for every 410, ``isExpired`` among them.
  public var isGone: Bool { code == 410 || status?.reason == .gone || status?.reason == .expired }

  /// A resource version or a continue token is too old; list anew.
  public var isExpired: Bool { status?.reason == .expired }

  /// The server knows the caller and does not allow it.
  public var isForbidden: Bool { code == 403 }

  /// The server does not know the caller.
  public var isUnauthorized: Bool { code == 401 }

  /// The object breaks a rule of its kind; ``KubeStatus/details`` name the fields.
  public var isInvalid: Bool { code == 422 || status?.reason == .invalid }

  /// The request makes no sense to the server.
  public var isBadRequest: Bool { code == 400 }

  /// The resource does not have the verb.
  public var isMethodNotAllowed: Bool { code == 405 }

  /// The server has no form of the answer that was asked for.
  public var isNotAcceptable: Bool { code == 406 }

  /// The object or the request is too large.
  public var isTooLarge: Bool {
    if case .transport(let failure) = self { return failure.kind == .tooLarge }
    return code == 413
  }

  /// The resource does not take this form of body or patch.
  public var isUnsupportedMediaType: Bool { code == 415 }

  /// The server failed. The call may have taken effect.
  public var isInternalError: Bool { code == 500 && status?.reason != .serverTimeout }

  /// The server, or one behind it, is not there.
  public var isServiceUnavailable: Bool { code == 503 }

  /// Time ran out, at the server or on the way: the call may have taken effect.
  public var isTimeout: Bool {
    if case .transport(let failure) = self { return failure.kind == .timedOut }
    return status?.reason == .timeout || status?.reason == .serverTimeout || code == 504
  }

  /// Whether one of the causes that the server gives has this reason, such as `FieldValueInvalid`.
  public func hasCause(_ reason: String) -> Bool { status?.details?.causes.contains { $0.reason == reason } ?? false }

  /// An eviction was refused since a pod disruption budget does not allow it now.
  public var isBlockedByDisruptionBudget: Bool { isTooManyRequests && hasCause("DisruptionBudget") }

  /// The namespace is being deleted and takes no new objects.
  public var isNamespaceTerminating: Bool { isForbidden && hasCause("NamespaceTerminating") }

  /// The server asks to slow down.
  public var isTooManyRequests: Bool { code == 429 }

  /// Two field managers want one field. Only server-side apply reports these.
  public var isApplyConflict: Bool {
    isConflict && hasCause("FieldManagerConflict")
  }

  /// True when nothing answered at the server's address.
  public var isUnreachable: Bool {
    guard case .transport(let failure) = self else { return false }
    return [.cannotResolve, .cannotConnect, .connectionLost, .timedOut, .circuitOpen].contains(failure.kind)
  }

  /// True when the same call may well succeed a little later: overload, time-outs, broken
  /// connections. Says nothing about whether the call took effect.
  public var isTransient: Bool {
    switch self {
    case .status(let status):
      [429, 502, 503, 504].contains(status.code) || status.reason == .serverTimeout
        || status.reason == .timeout
    case .transport(let failure):
      switch failure.kind {
      case .cannotResolve, .cannotConnect, .timedOut, .connectionLost, .credentials, .circuitOpen: true
      case .tls, .tooLarge, .protocolViolation, .closed: false
      }
    case .decoding, .config, .request: false
    }
  }

  /// How long the server asks to wait before the next try.
  public var retryAfter: Duration? { status?.retryAfter }
}
