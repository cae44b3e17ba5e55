#if Server
  /// Why a local cluster's HTTPS face cannot be served.
  public enum LocalClusterServerError: Error, CustomStringConvertible {
    /// The certificates could not be made, read or stored.
    case certificates(String)
    /// The address cannot be listened on, as text `host:port: reason`.
    case cannotListen(String)

    /// A sentence that says what to change.
    public var description: String {
      switch self {
      case .certificates(let problem):
        "certificates of the local cluster: \(problem); make the folder writable or name another data directory"
      case .cannotListen(let problem):
        "cannot listen on \(problem); choose another port, or 0 for a free one"
      }
    }
  }
#endif
