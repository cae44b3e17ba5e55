#if Server
  public import Hummingbird
  internal import HTTPTypes
  internal import NIOCore
  public import WGEAPI
  internal import WGEAuth
  internal import WGECore

  extension Response {
    /// JSON text.
    static func json(_ body: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
      Response(
        status: status, headers: [.contentType: "application/json; charset=utf-8", .contentLength: "\(body.count)"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    static func text(_ body: String, status: HTTPResponse.Status = .ok) -> Response {
      Response(
        status: status, headers: [.contentType: "text/plain; charset=utf-8", .contentLength: "\(body.utf8.count)"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

    /// The error of an API call: `{"code": …, "message": …, "details": []}`.
    public static func failure(_ status: APIStatus) -> Response {
      if status.code == .unauthenticated { return .refusal(.unauthorized, "Authentication required") }
      var response = Response.json(status.json.serialized(), status: status.code.httpStatus)
      if let wait = status.retryAfter { response.headers[.retryAfter] = "\(wait.wholeSeconds)" }
      return response
    }

    /// An error of the routes about signing in, and of what comes before a call:
    /// `{"message": …, "code": …}` with the HTTP status.
    static func refusal(_ status: HTTPResponse.Status, _ message: String, retryAfter: Duration? = nil) -> Response {
      let body: JSON = ["message": .string(message), "code": .number(.int(Int64(status.code)))]
      var response = Response.json(body.serialized(), status: status)
      if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
      if let retryAfter { response.headers[.retryAfter] = "\(retryAfter.wholeSeconds)" }
      return response
    }

    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> Response {
      var response = Response.refusal(.methodNotAllowed, "method not allowed")
      response.headers[.allow] = allowed.map(\.rawValue).sorted().joined(separator: ", ")
      return response
    }

    static var notFound: Response {
      .json(APIStatus(.notFound, "Not Found").json.serialized(), status: .notFound)
    }
  }

  extension AuthError {
    /// How the routes about signing in, and the gate before calls, tell the caller.
    var response: Response {
      switch self {
      case .unauthenticated: .refusal(.unauthorized, "Authentication required")
      case .refused(let why): .refusal(.forbidden, why)
      case .rateLimited(let wait): .refusal(.tooManyRequests, "Too Many Requests", retryAfter: wait)
      case .busy: .refusal(.serviceUnavailable, description, retryAfter: .seconds(1))
      // What is down, and where, is for the log.
      case .unavailable:
        .refusal(.serviceUnavailable, "credentials cannot be checked right now", retryAfter: .seconds(5))
      case .configuration: .refusal(.badRequest, "Please ensure that a password has been set.")
      }
    }
  }

  /// Stops a request with an answer of its own.
  struct AnswerError: Error {
    let response: Response

    init(_ response: Response) { self.response = response }
  }
#endif
