import HTTPTypes
import Synchronization
import WGECore
import WGEHTTP

@testable import WGEGit

/// A server that is made of a closure.
final class ClosureTransport: HTTPTransport {
  private let handler: @Sendable (SeenRequest, Int) throws -> (status: Int, fields: HTTPFields, body: JSON)
  private let seen = Mutex<[SeenRequest]>([])

  var requests: [SeenRequest] { seen.withLock { $0 } }

  init(_ handler: @escaping @Sendable (SeenRequest, Int) throws -> (status: Int, fields: HTTPFields, body: JSON)) {
    self.handler = handler
  }

  func execute(_ request: HTTPTransportRequest) async throws -> HTTPTransportResponse {
    let one = SeenRequest(request)
    let number = seen.withLock { seen in
      seen.append(one)
      return seen.count
    }
    let answer = try handler(one, number)
    return HTTPTransportResponse(
      status: HTTPResponse.Status(code: answer.status), fields: answer.fields, url: request.url,
      body: HTTPBody(answer.body.serialized()))
  }
}
