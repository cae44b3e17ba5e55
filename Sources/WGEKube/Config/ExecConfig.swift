/// A command that prints credentials (client.authentication.k8s.io).
public struct ExecConfig: Sendable, Hashable {
  /// A name to find in PATH, or a path.
  public var command: String
  /// Passed to the command as they are.
  public var arguments: [String]
  /// Added to the process's own environment, in order.
  public var environment: [Variable]
  /// `client.authentication.k8s.io/v1` or `…/v1beta1`.
  public var apiVersion: String
  /// How to get the command when it is missing.
  public var installHint: String?
  /// Tell the command which cluster the credentials are for.
  public var provideClusterInfo: Bool
  /// Whether the command needs a person.
  public var interactiveMode: InteractiveMode

  /// One environment variable.
  public struct Variable: Sendable, Hashable {
    /// The variable's name.
    public var name: String
    /// Its value; may be a credential.
    public var value: String

    /// With these values; the properties say what they mean.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Whether the command talks to a person on standard input, which this client never offers.
  public enum InteractiveMode: String, Sendable, Hashable {
    case never = "Never"
    case ifAvailable = "IfAvailable"
    case always = "Always"
  }

  /// With these values; the properties say what they mean.
  public init(
    command: String, arguments: [String] = [], environment: [Variable] = [],
    apiVersion: String = "client.authentication.k8s.io/v1", installHint: String? = nil,
    provideClusterInfo: Bool = false, interactiveMode: InteractiveMode = .never
  ) {
    self.command = command
    self.arguments = arguments
    self.environment = environment
    self.apiVersion = apiVersion
    self.installHint = installHint
    self.provideClusterInfo = provideClusterInfo
    self.interactiveMode = interactiveMode
  }
}
