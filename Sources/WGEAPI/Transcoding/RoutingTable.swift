public import HTTPTypes

/// Finds the endpoint of a method and path among those that a server was composed with.
public struct RoutingTable: Sendable {
  /// What a method and path lead to.
  public enum Outcome: Sendable {
    /// An endpoint, and the fields that the path carries.
    case endpoint(any APIEndpoint, fields: [String: String])
    /// The path is served, but by these methods only.
    case methodNotAllowed([HTTPRequest.Method])
    /// The contract has such a path, but this server was composed without the service.
    case notServed(HTTPRule)
    /// No such path.
    case notFound
  }

  private let endpoints: [any APIEndpoint]
  private let unserved: [HTTPRule]

  /// - Parameter endpoints: at most one per RPC.
  public init(_ endpoints: [any APIEndpoint]) {
    // A literal segment wins over a field, wherever templates overlap.
    self.endpoints = endpoints.sorted { $0.rule.template.fieldCount < $1.rule.template.fieldCount }
    let served = Set(endpoints.map(\.rule.rpc))
    precondition(served.count == endpoints.count, "two endpoints serve the same RPC")
    unserved = HTTPRule.all.filter { !served.contains($0.rpc) }
  }

  /// Looks a request up. `HEAD` is served where `GET` is.
  public func route(_ method: HTTPRequest.Method, _ path: RequestPath) -> Outcome {
    let method = method == .head ? .get : method
    var allowed: [HTTPRequest.Method] = []
    for endpoint in endpoints {
      guard let fields = endpoint.rule.template.match(path) else { continue }
      if endpoint.rule.method == method { return .endpoint(endpoint, fields: fields) }
      // A template that only matches through a field must not hide what a literal one serves.
      if !allowed.contains(endpoint.rule.method) { allowed.append(endpoint.rule.method) }
    }
    if let rule = unserved.first(where: { $0.method == method && $0.template.match(path) != nil }) {
      return .notServed(rule)
    }
    return allowed.isEmpty ? .notFound : .methodNotAllowed(allowed)
  }
}

extension PathTemplate {
  fileprivate var fieldCount: Int {
    segments.count { if case .field = $0 { true } else { false } }
  }
}
