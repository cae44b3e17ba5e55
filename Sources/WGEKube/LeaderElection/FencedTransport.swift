internal import HTTPTypes

extension KubeClient {
  /// A client that writes only while the token is valid and reads always.
  ///
  /// A write after the end of leadership throws ``LeaderElectionError/notLeading(identity:)`` and
  /// sends nothing.
  public func fenced(by token: LeadershipToken) -> KubeClient {
    withTransport(FencedTransport(base: transport, token: token))
  }
}

/// Refuses writes of a leader that leads no more.
private struct FencedTransport: KubeTransport {
  let base: any KubeTransport
  let token: LeadershipToken

  func send(_ request: KubeRequest) async throws -> KubeResponse {
    if !request.method.isRead { try token.check() }
    return try await base.send(request)
  }

  func stream(_ request: KubeRequest) async throws -> KubeByteStream {
    if !request.method.isRead { try token.check() }
    return try await base.stream(request)
  }
}

extension HTTPRequest.Method {
  fileprivate var isRead: Bool { self == .get || self == .head || self == .options }
}
