import HTTPTypes
import Synchronization
import WGECore
import WGEKube

/// A transport that answers what a test scripted, and remembers what it was asked.
final class ScriptedTransport: KubeTransport {
  struct Answer: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var chunks: [[UInt8]] = []
    /// Ends the body with this error.
    var failure: KubeError?
    /// The body never ends.
    var hangs = false

    static func json(_ json: JSON, status: Int = 200, headers: [(String, String)] = []) -> Answer {
      Answer(status: status, headers: [("Content-Type", "application/json")] + headers, chunks: [json.serialized()])
    }

    static func text(_ text: String, status: Int, type: String = "text/plain") -> Answer {
      Answer(status: status, headers: [("Content-Type", type)], chunks: [Array(text.utf8)])
    }

    static func failure(_ code: Int, _ reason: String, message: String = "no", headers: [(String, String)] = [])
      -> Answer
    {
      .json(
        [
          "kind": "Status", "status": "Failure", "code": .number(.int(Int64(code))), "reason": .string(reason),
          "message": .string(message),
        ],
        status: code, headers: headers)
    }

    var fields: HTTPFields {
      var fields = HTTPFields()
      for (name, value) in headers {
        if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
      }
      return fields
    }
  }

  typealias Handler = @Sendable (_ request: KubeRequest, _ index: Int) async throws -> Answer

  private let handler: Handler
  private let asked = Mutex<[KubeRequest]>([])

  init(_ handler: @escaping Handler) { self.handler = handler }

  /// Answers in order; the last one again and again.
  convenience init(_ answers: [Answer]) {
    self.init { _, index in answers[min(index, answers.count - 1)] }
  }

  var requests: [KubeRequest] { asked.withLock { $0 } }

  private func answer(_ request: KubeRequest) async throws -> Answer {
    let index = asked.withLock { asked in
      asked.append(request)
      return asked.count - 1
    }
    return try await handler(request, index)
  }

  func send(_ request: KubeRequest) async throws -> KubeResponse {
    let answer = try await answer(request)
    if let failure = answer.failure { throw failure }
    return KubeResponse(status: .init(code: answer.status), headers: answer.fields, body: Array(answer.chunks.joined()))
  }

  func stream(_ request: KubeRequest) async throws -> KubeByteStream {
    let answer = try await answer(request)
    return KubeByteStream(
      status: .init(code: answer.status), headers: answer.fields,
      body: AsyncThrowingStream { continuation in
        for chunk in answer.chunks { continuation.yield(chunk) }
        if !answer.hangs { continuation.finish(throwing: answer.failure) }
      })
  }
}

extension KubeRequest {
  var target: String {
    "\(method.rawValue) \(path)"
      + (query.isEmpty ? "" : "?" + query.map { "\($0.name)=\($0.value)" }.joined(separator: "&"))
  }

  var json: JSON? { try? JSON(parsing: body) }

  func header(_ name: String) -> [String] { HTTPField.Name(name).map { headers[values: $0] } ?? [] }
}

func configMap(_ name: String, namespace: String? = "shop", version: String = "1") -> DynamicObject {
  let members: JSONObject = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)]]
  var object = DynamicObject(members)
  object.setValue(.string(version), at: ["metadata", "resourceVersion"])
  if let namespace { object.setValue(.string(namespace), at: ["metadata", "namespace"]) }
  return object
}

func configMapList(_ names: [String], token: String? = nil, version: String = "10") -> JSON {
  var metadata: JSONObject = ["resourceVersion": .string(version)]
  if let token { metadata["continue"] = .string(token) }
  return [
    "kind": "ConfigMapList", "apiVersion": "v1", "metadata": .object(metadata),
    "items": .array(names.map { ["metadata": ["name": .string($0), "namespace": "shop"]] }),
  ]
}

/// A typed object for the tests.
struct Widget: KubeObject, Equatable {
  static let resource = ResourceType(group: "example.com", version: "v1", kind: "Widget", plural: "widgets")
  struct Spec: Codable, Sendable, Equatable { var size: Int }
  var metadata: ObjectMeta
  var spec: Spec
}
