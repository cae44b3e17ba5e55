import HTTPTypes
import WGEAuth
import WGECore
import WGEKube
import WGETestSupport

/// bcrypt at its lowest cost, so that tests stay quick.
let cheapCost = 4

func account(_ name: String = "admin", password: String = "s3cret") throws -> ClusterUserAccount {
  try ClusterUserAccount(username: name, hash: try BcryptHash.make(Secret(password), cost: cheapCost))
}

/// A source whose account a test changes.
actor ChangingAccount: ClusterUserSource {
  var current: ClusterUserAccount?
  var failure: (any Error)?

  init(_ current: ClusterUserAccount?) { self.current = current }

  func set(_ account: ClusterUserAccount?) { current = account }
  func fail(_ error: (any Error)?) { failure = error }

  func account() async throws -> ClusterUserAccount? {
    if let failure { throw failure }
    return current
  }
}

/// Answers like an API server, from a closure.
struct FakeTransport: KubeTransport {
  let answer: @Sendable (KubeRequest) async throws -> KubeResponse

  func send(_ request: KubeRequest) async throws -> KubeResponse { try await answer(request) }

  func stream(_ request: KubeRequest) async throws -> KubeByteStream {
    throw KubeError.request("this test has no streams")
  }
}

func answer(_ status: Int, _ json: JSON) -> KubeResponse {
  KubeResponse(
    status: .init(code: status), headers: [.contentType: "application/json"], body: json.serialized())
}

func failure(_ status: Int, _ reason: String) -> KubeResponse {
  answer(
    status,
    [
      "apiVersion": "v1", "kind": "Status", "status": "Failure", "message": .string("test: \(reason)"),
      "reason": .string(reason), "code": .number(.int(Int64(status))),
    ])
}

func address(_ text: String) throws -> ClientAddress {
  guard let address = ClientAddress(text) else { throw AuthError.configuration("\(text) is no address") }
  return address
}
