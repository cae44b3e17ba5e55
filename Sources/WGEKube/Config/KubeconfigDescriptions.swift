// Kubeconfigs hold credentials outside of Secret<T> too: in a plugin's arguments and environment,
// in a proxy's URL. So what is printed is names alone.

extension Kubeconfig: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Where it came from and which contexts it has. Never a credential.
  public var description: String {
    "kubeconfig\(source.map { " \($0)" } ?? "") (contexts: \(contexts.map(\.name).joined(separator: ", ")))"
  }

  /// As ``description``.
  public var debugDescription: String { description }

  /// Shows nothing.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension Kubeconfig.Cluster: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The entry's name.
  public var description: String { "cluster \(name)" }

  /// As ``description``.
  public var debugDescription: String { description }

  /// Shows nothing.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension Kubeconfig.User: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The entry's name.
  public var description: String { "user \(name)" }

  /// As ``description``.
  public var debugDescription: String { description }

  /// Shows nothing.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension ExecConfig: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The command without arguments and environment.
  public var description: String { "exec \(command)" }

  /// As ``description``.
  public var debugDescription: String { description }

  /// Shows nothing.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

extension KubeEndpoint: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The server and the context.
  public var description: String { context.map { "\(server) (context \($0))" } ?? server }

  /// As ``description``.
  public var debugDescription: String { description }

  /// Shows nothing.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
