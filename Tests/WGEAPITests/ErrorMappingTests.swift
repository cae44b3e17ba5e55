import HTTPTypes
import Testing
import WGEAPI
import WGEAuth
import WGECore
import WGEGit
import WGEKube
import WGEPipelines

@Suite struct ErrorMappingTests {
  /// The table of the HTTP gateway.
  static let http: [StatusCode: Int] = [
    .cancelled: 499, .unknown: 500, .invalidArgument: 400, .deadlineExceeded: 504, .notFound: 404, .alreadyExists: 409,
    .permissionDenied: 403, .resourceExhausted: 429, .failedPrecondition: 400, .aborted: 409, .outOfRange: 400,
    .unimplemented: 501, .internalError: 500, .unavailable: 503, .dataLoss: 500, .unauthenticated: 401,
  ]

  @Test func everyCodeHasItsStatus() {
    for code in StatusCode.allCases { #expect(code.httpStatus.code == Self.http[code], "\(code)") }
    #expect(StatusCode.allCases.map(\.rawValue) == Array(1...16))
  }

  @Test(arguments: [
    (404, KubeStatus.Reason.notFound, StatusCode.notFound), (403, .forbidden, .permissionDenied),
    (401, .unauthorized, .unauthenticated), (409, .conflict, .aborted), (409, .alreadyExists, .alreadyExists),
    (422, .invalid, .invalidArgument), (400, .badRequest, .invalidArgument),
    (429, .tooManyRequests, .resourceExhausted), (504, .timeout, .deadlineExceeded),
    (503, .serviceUnavailable, .unavailable), (500, .internalError, .internalError), (410, .gone, .outOfRange),
    (418, .unknown, .internalError),
  ])
  func kubernetes(code: Int, reason: KubeStatus.Reason, expected: StatusCode) {
    let error = KubeError.status(KubeStatus(code: code, reason: reason, message: "said Kubernetes"))
    let status = ErrorMapping.status(of: error)
    #expect(status.code == expected)
    #expect(status.message.contains("said Kubernetes"))
  }

  @Test func transport() {
    let down = KubeError.transport(TransportFailure(.cannotConnect, message: "nobody listens"))
    #expect(ErrorMapping.status(of: down).code == .unavailable)
    let slow = KubeError.transport(TransportFailure(.timedOut, message: "too slow"))
    #expect(ErrorMapping.status(of: slow).code == .deadlineExceeded)
  }

  @Test func retryAfterIsKept() {
    let error = KubeError.status(
      KubeStatus(code: 429, reason: .tooManyRequests, message: "slow down", retryAfter: .seconds(7)))
    #expect(ErrorMapping.status(of: error).retryAfter == .seconds(7))
    #expect(ErrorMapping.status(of: AuthError.rateLimited(retryAfter: .seconds(3))).retryAfter == .seconds(3))
  }

  @Test func pipelines() {
    let codes: [PipelinesError.Code: StatusCode] = [
      .unauthenticated: .unauthenticated, .forbidden: .permissionDenied, .notFound: .notFound,
      .invalid: .invalidArgument, .notWaiting: .failedPrecondition, .conflict: .aborted, .unavailable: .unavailable,
      .other: .unknown,
    ]
    for code in PipelinesError.Code.allCases {
      #expect(ErrorMapping.status(of: PipelinesError(code, "m")) == codes[code].map { APIStatus($0, "m") }, "\(code)")
    }
  }

  @Test func gitHostsNeverSendCallersToSignIn() {
    for code in GitHostError.Code.allCases {
      let status = ErrorMapping.status(of: GitHostError(code, "m"))
      #expect(status.code != .unauthenticated, "\(code)")
      #expect(status.code != .unknown, "\(code)")
    }
  }

  @Test func everythingElse() {
    struct Odd: Error, CustomStringConvertible { let description = "odd" }
    #expect(ErrorMapping.status(of: Odd()) == APIStatus(.unknown, "odd"))
    #expect(ErrorMapping.status(of: CancellationError()).code == .cancelled)
    #expect(ErrorMapping.status(of: AuthError.unauthenticated).code == .unauthenticated)
    #expect(ErrorMapping.status(of: APIStatus(.dataLoss, "x")) == APIStatus(.dataLoss, "x"))
  }

  @Test func bodies() {
    #expect(APIStatus(.notFound, "gone").json == ["code": 5, "message": "gone", "details": []])
  }
}
