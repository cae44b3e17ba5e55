public import HTTPTypes

/// How one RPC of the contract is reached over HTTP: its `google.api.http` annotation.
///
/// The table of all rules, ``all``, is made from the protos, so gRPC, HTTP and the OpenAPI document
/// cannot disagree.
public struct HTTPRule: Sendable, Hashable {
  /// Where the request message comes from, apart from the fields that the path carries.
  public enum Body: Sendable, Hashable {
    /// From the query; there is no body.
    case none
    /// From the body, a JSON object of the whole message.
    case whole
    /// One field from the body, the others from the query.
    case field(String)
  }

  /// Full service name, a slash, method name: `pipelines.v1.Pipelines/GetPipeline`.
  public let rpc: String
  /// The HTTP method.
  public let method: HTTPRequest.Method
  /// The path template as written: `/v1/pipelines/{name}`.
  public let path: String
  /// Where the rest of the message comes from.
  public let body: Body
  /// Full name of the request message.
  public let input: String
  /// Full name of the response message.
  public let output: String
  /// Whether callers who have not signed in are answered.
  public let isPublic: Bool

  /// The template, parsed.
  public let template: PathTemplate

  /// The table of rules is the only place that makes them.
  init(
    rpc: String, method: HTTPRequest.Method, path: String, body: Body, input: String, output: String, isPublic: Bool
  ) {
    self.rpc = rpc
    self.method = method
    self.path = path
    self.body = body
    self.input = input
    self.output = output
    self.isPublic = isPublic
    template = PathTemplate(path)
  }

  /// The rule of an RPC by its full name.
  public static func named(_ rpc: String) -> HTTPRule? { byName[rpc] }

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.rpc, $0) })
}
