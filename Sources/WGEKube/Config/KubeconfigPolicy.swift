/// What a kubeconfig may make this process do.
///
/// A kubeconfig is a small program: it can start commands, read files and send traffic elsewhere.
/// That is what its owner wants of a file on their own disk, and what a tenant who may write a
/// Secret must not get from a server.
public struct KubeconfigPolicy: Sendable, Hashable {
  /// Credential plugins may be run.
  public var allowsExec: Bool
  /// Files may be named: certificates, keys, tokens.
  public var allowsFiles: Bool
  /// The proxy may be on this machine.
  public var allowsLoopbackProxy: Bool

  /// With these values; the properties say what they mean.
  public init(allowsExec: Bool, allowsFiles: Bool, allowsLoopbackProxy: Bool) {
    self.allowsExec = allowsExec
    self.allowsFiles = allowsFiles
    self.allowsLoopbackProxy = allowsLoopbackProxy
  }

  /// For files of whoever runs the process.
  public static let trusted = KubeconfigPolicy(allowsExec: true, allowsFiles: true, allowsLoopbackProxy: true)

  /// For what comes from a Secret or over a network: credentials must be in the kubeconfig itself.
  public static let untrusted = KubeconfigPolicy(allowsExec: false, allowsFiles: false, allowsLoopbackProxy: false)
}
