public import HTTPTypes
public import WGECore

/// The gRPC status codes but `ok`.
public enum StatusCode: Int, Sendable, Hashable, CaseIterable {
  case cancelled = 1
  case unknown = 2
  case invalidArgument = 3
  case deadlineExceeded = 4
  case notFound = 5
  case alreadyExists = 6
  case permissionDenied = 7
  case resourceExhausted = 8
  case failedPrecondition = 9
  case aborted = 10
  case outOfRange = 11
  case unimplemented = 12
  case internalError = 13
  case unavailable = 14
  case dataLoss = 15
  case unauthenticated = 16

  /// The HTTP status that carries this code.
  public var httpStatus: HTTPResponse.Status {
    switch self {
    case .invalidArgument, .failedPrecondition, .outOfRange: .badRequest
    case .unauthenticated: .unauthorized
    case .permissionDenied: .forbidden
    case .notFound: .notFound
    case .alreadyExists, .aborted: .conflict
    case .resourceExhausted: .tooManyRequests
    case .cancelled: HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")
    case .unknown, .internalError, .dataLoss: .internalServerError
    case .unimplemented: .notImplemented
    case .unavailable: .serviceUnavailable
    case .deadlineExceeded: .gatewayTimeout
    }
  }
}

/// The error of a call as every client sees it.
public struct APIStatus: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of error.
  public var code: StatusCode
  /// For people. Never holds a secret.
  public var message: String
  /// How long to wait before another try, where the cause said so.
  public var retryAfter: Duration?

  /// An error with a code and one sentence.
  public init(_ code: StatusCode, _ message: String, retryAfter: Duration? = nil) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  /// The message.
  public var description: String { message }

  /// `{"code": …, "message": …, "details": []}`.
  public var json: JSON {
    ["code": .number(.int(Int64(code.rawValue))), "message": .string(message), "details": []]
  }
}
