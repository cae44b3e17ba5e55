/// Why a local cluster cannot start.
public enum LocalClusterError: Error, Hashable, CustomStringConvertible {
  /// The file that holds the state cannot be used; the problem says what to do.
  case storage(path: String, problem: String)
  /// The configuration contradicts itself.
  case configuration(String)

  /// A sentence that names the file or the setting, and what to do.
  public var description: String {
    switch self {
    case .storage(let path, let problem): "the local cluster's state in \(path) cannot be used: \(problem)"
    case .configuration(let problem): "the local cluster's configuration is wrong: \(problem)"
    }
  }
}
