internal import WGEAuth
internal import WGEGit
internal import WGEKube
internal import WGEPipelines

/// The one table from errors of every module to status codes.
public enum ErrorMapping {
  /// The status of any error.
  ///
  /// Errors that no line knows become `unknown` with their description: modules promise that
  /// descriptions hold no secret.
  public static func status(of error: any Error) -> APIStatus {
    switch error {
    case let error as APIStatus: error
    case let error as RequestShapeError: APIStatus(.invalidArgument, error.description)
    case let error as KubeError: status(of: error)
    case let error as AuthError: status(of: error)
    case let error as PipelinesError: APIStatus(code(error.code), error.message)
    case let error as GitHostError: APIStatus(code(error.code), error.description, retryAfter: error.retryAfter)
    case is CancellationError: APIStatus(.cancelled, "the call was cancelled")
    default: APIStatus(.unknown, String(describing: error))
    }
  }

  /// Kubernetes answers keep their meaning: the HTTP code first, then the reason.
  static func status(of error: KubeError) -> APIStatus {
    let message = error.description
    return switch error {
    case .status(let status):
      APIStatus(code(http: status.code, reason: status.reason), message, retryAfter: error.retryAfter)
    case .transport(let failure): APIStatus(code(failure), message)
    case .decoding: APIStatus(.internalError, message)
    case .config: APIStatus(.failedPrecondition, message)
    case .request: APIStatus(.invalidArgument, message)
    }
  }

  static func status(of error: AuthError) -> APIStatus {
    switch error {
    case .unauthenticated: APIStatus(.unauthenticated, "Authentication required")
    case .refused(let why): APIStatus(.permissionDenied, why)
    case .rateLimited(let wait): APIStatus(.resourceExhausted, "too many attempts", retryAfter: wait)
    case .busy: APIStatus(.unavailable, error.description, retryAfter: .seconds(1))
    case .unavailable: APIStatus(.unavailable, error.description)
    case .configuration: APIStatus(.failedPrecondition, error.description)
    }
  }

  private static func code(http: Int, reason: KubeStatus.Reason) -> StatusCode {
    switch http {
    case 400, 422, 413, 415: .invalidArgument
    case 401: .unauthenticated
    case 403: .permissionDenied
    case 404: .notFound
    case 405: .unimplemented
    case 409: reason == .alreadyExists ? .alreadyExists : .aborted
    case 410: .outOfRange
    case 429: .resourceExhausted
    case 503: .unavailable
    case 504: .deadlineExceeded
    default: .internalError
    }
  }

  private static func code(_ failure: TransportFailure) -> StatusCode {
    failure.kind == .timedOut ? .deadlineExceeded : .unavailable
  }

  private static func code(_ code: PipelinesError.Code) -> StatusCode {
    switch code {
    case .unauthenticated: .unauthenticated
    case .forbidden: .permissionDenied
    case .notFound: .notFound
    case .invalid: .invalidArgument
    case .notWaiting: .failedPrecondition
    case .conflict: .aborted
    case .unavailable: .unavailable
    case .other: .unknown
    }
  }

  /// A Git host that refuses the server's own credential is not the caller's fault: they must not
  /// be sent to sign in again.
  private static func code(_ code: GitHostError.Code) -> StatusCode {
    switch code {
    case .unauthorized, .accessDenied, .expired, .tls: .failedPrecondition
    case .forbidden: .permissionDenied
    case .notFound: .notFound
    case .alreadyExists: .alreadyExists
    case .conflict, .staleHead: .aborted
    case .noChanges, .notMergeable, .emptyRepository: .failedPrecondition
    case .validation: .invalidArgument
    case .tooLarge: .outOfRange
    case .rateLimited: .resourceExhausted
    case .unavailable, .network: .unavailable
    case .timeout: .deadlineExceeded
    case .unsupported: .unimplemented
    case .cancelled: .cancelled
    case .protocolViolation: .internalError
    case .corrupt: .dataLoss
    }
  }
}
