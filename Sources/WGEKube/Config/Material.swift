public import WGECore

/// A certificate or key: in the kubeconfig itself, or in a file that it names.
public enum Material: Sendable, Hashable {
  /// The PEM text.
  case inline(Secret<[UInt8]>)
  /// An absolute path.
  case file(String)

  /// The bytes, read anew from a file each time.
  /// - Parameter problem: What to report when the file cannot be read.
  func read(_ problem: (BoundedFile.Problem) -> KubeconfigProblem) throws -> Secret<[UInt8]> {
    switch self {
    case .inline(let bytes): return bytes
    case .file(let path):
      do {
        return Secret(try BoundedFile.read(path, limit: KubeDefaults.maximumCredentialFileBytes))
      } catch {
        throw KubeError.config(problem(error))
      }
    }
  }
}
