internal import HTTPTypes

extension KubeClient {
  /// A client that writes only while the token is valid and reads always.
  ///
  /// A write after the end of leadership throws ``LeaderElectionError/notLeading(identity:)`` and
  /// sends nothing, also when leadership ended while the write waited for a connection. What was sent
  /// already is on its way: the margin between ``LeaderElector/Options/renewDeadline`` and
  /// ``LeaderElector/Options/leaseDuration`` is for that.
  public func fenced(by token: LeadershipToken) -> KubeClient {
    withTransport(FencedTransport(base: transport, token: token))
  }
}

/// Refuses writes of a leader that leads no more.
private struct FencedTransport: KubeTransport {
  let base: any KubeTransport
  let token: LeadershipToken

  func send(_ request: KubeRequest) async throws -> KubeResponse { try await base.send(fenced(request)) }

  func stream(_ request: KubeRequest) async throws -> KubeByteStream { try await base.stream(fenced(request)) }

  /// Checked now, and again by the transport at the last moment: the process may be paused in between.
  private func fenced(_ request: KubeRequest) throws -> KubeRequest {
    if request.method.isRead { return request }
    try token.check()
    var request = request
    request.beforeSending = { [token, other = request.beforeSending] in
      try other?()
      try token.check()
    }
    return request
  }
}

extension HTTPRequest.Method {
  fileprivate var isRead: Bool { self == .get || self == .head || self == .options }
}
