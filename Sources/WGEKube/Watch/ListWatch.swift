internal import WGECore

/// What a watcher needs of a server: pages of a list, and a stream of changes.
///
/// The seam between the watcher and the client, so that tests script it call by call.
struct ListWatch: Sendable {
  /// Answers one page. Throws ``WatchFailure``, ``KubeError`` or `CancellationError`.
  var list: @Sendable (ListOptions) async throws -> KubeList<DynamicObject>

  /// Opens a watch, says so, and passes on each event until the server ends it. The next event is
  /// read only when `receive` returned. Throws as ``list``.
  var watch:
    @Sendable (
      _ options: WatchOptions, _ opened: @Sendable () async -> Void,
      _ receive: @Sendable (WatchEvent<DynamicObject>) async throws -> Void
    ) async throws -> Void
}

extension WatchFailure {
  /// Sorts an error by what a watcher does about it. Nil for cancellation.
  init?(_ error: any Error) {
    switch error {
    case is CancellationError: return nil
    case let failure as WatchFailure: self = failure
    case let error as KubeError: self.init(error)
    default: self.init(.transient, "\(error)")
    }
  }

  private init(_ error: KubeError) {
    let kind: Kind =
      switch error {
      case .status where error.isGone: .expired
      case .status(let status) where status.isVersionAhead: .versionAhead
      case .status where error.isForbidden || error.isUnauthorized: .refused
      case .status where error.isNotFound: .notFound
      case .status where error.isInvalid || error.code == 400: .unsupported
      case .decoding: .malformed
      case .transport(let failure) where failure.kind == .protocolViolation: .malformed
      default: .transient
      }
    self.init(kind, error.description, retryAfter: error.retryAfter)
  }
}

extension KubeStatus {
  /// "Too large resource version": this replica of the server is behind the version asked for.
  fileprivate var isVersionAhead: Bool {
    details?.causes.contains { $0.reason == "ResourceVersionTooLarge" } ?? false
  }
}
