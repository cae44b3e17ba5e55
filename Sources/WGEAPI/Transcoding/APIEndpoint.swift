public import SwiftProtobuf
public import WGEAuth
public import WGEKube
#if Server
  public import GRPCCore
#endif

/// Who calls, and what of the request is not in its message.
public struct APICall: Sendable {
  /// The caller; nil when they have not signed in, which only public RPCs see.
  public var user: UserPrincipal?
  /// Identifies the request in logs and answers.
  public var requestID: String

  /// A call by this user.
  public init(user: UserPrincipal?, requestID: String) {
    self.user = user
    self.requestID = requestID
  }

  /// The identity that Kubernetes is called with.
  ///
  /// - Throws: ``APIStatus`` with code `unauthenticated` when nobody has signed in. There is no way
  ///   from a call to the server's own identity.
  public var principal: Principal {
    get throws {
      guard let user else { throw APIStatus(.unauthenticated, "Authentication required") }
      return user.principal
    }
  }
}

/// One RPC of the contract and what answers it, over gRPC and over HTTP alike.
public protocol APIEndpoint: Sendable {
  /// Its HTTP binding.
  var rule: HTTPRule { get }

  /// Answers an HTTP request: the JSON text of the response message.
  ///
  /// - Throws: ``APIStatus`` always: every other error has been mapped.
  func answer(
    path: [String: String], query: [(name: String, value: String)], body: [UInt8], call: APICall
  ) async throws(APIStatus) -> [UInt8]

  #if Server
    /// Registers the RPC with a gRPC router. `caller` says who calls, from the request's metadata.
    func register<Transport: ServerTransport>(
      with router: inout RPCRouter<Transport>, caller: @escaping GRPCCaller)
  #endif
}

/// A request message in, a response message out.
public struct UnaryEndpoint<Input: Message & Sendable, Output: Message & Sendable>: APIEndpoint {
  /// Its HTTP binding.
  public let rule: HTTPRule
  private let handler: @Sendable (Input, APICall) async throws -> Output

  /// - Parameters:
  ///   - rpc: full service name, a slash, method name. It must be in the contract with these two
  ///     messages; anything else is a programming error.
  ///   - handler: calls the service. It may throw any error; ``ErrorMapping`` gives it its code.
  public init(_ rpc: String, handler: @escaping @Sendable (Input, APICall) async throws -> Output) {
    guard let rule = HTTPRule.named(rpc), rule.input == Input.protoMessageName, rule.output == Output.protoMessageName
    else { preconditionFailure("\(rpc) with \(Input.protoMessageName) is not in the contract") }
    self.rule = rule
    self.handler = handler
  }

  /// Answers a message; the one way in for both protocols.
  func answer(_ input: Input, call: APICall) async throws(APIStatus) -> Output {
    do {
      guard rule.isPublic || call.user != nil else { throw APIStatus(.unauthenticated, "Authentication required") }
      try ProtoJSON.requireFields(input)
      return try await handler(input, call)
    } catch {
      throw ErrorMapping.status(of: error)
    }
  }

  /// Decodes, answers, encodes.
  public func answer(
    path: [String: String], query: [(name: String, value: String)], body: [UInt8], call: APICall
  ) async throws(APIStatus) -> [UInt8] {
    let input: Input
    do {
      input = try ProtoJSON.decode(Input.self, rule: rule, path: path, query: query, body: body)
    } catch {
      throw ErrorMapping.status(of: error)
    }
    let output = try await answer(input, call: call)
    do {
      return try ProtoJSON.encode(output)
    } catch {
      throw ErrorMapping.status(of: error)
    }
  }
}
