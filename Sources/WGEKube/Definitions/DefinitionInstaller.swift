public import WGECore

/// Installs CustomResourceDefinitions and waits until the API server serves them.
///
/// Applied server-side and by force, so that installing the same definitions again, or newer ones over
/// older, changes only what differs.
public struct DefinitionInstaller: Sendable {
  /// How long to wait for a definition to be established. Default 30 s.
  public static let defaultTimeout: Duration = .seconds(30)

  private let client: KubeClient
  private let timeout: Duration

  /// An installer for that client's cluster.
  public init(client: KubeClient, timeout: Duration = defaultTimeout) {
    self.client = client
    self.timeout = timeout
  }

  /// Applies the definitions, waits for each, and forgets what discovery knew before.
  /// - Throws: `KubeError` of the API server; ``DefinitionError`` when one is not established in time.
  public func install(_ objects: [DynamicObject]) async throws {
    for object in objects {
      try await client.apply(
        .customResourceDefinitions, object, force: true, options: WriteOptions(fieldManager: client.fieldManager))
    }
    for object in objects { try await waitUntilEstablished(object.name) }
    client.discovery.invalidate()
  }

  private func waitUntilEstablished(_ name: String) async throws {
    var waited: Duration = .zero
    var pause: Duration = .milliseconds(20)
    while true {
      let object = try await client.get(.customResourceDefinitions, ObjectKey(name: name))
      let conditions = object["status"]?["conditions"]?.arrayValue ?? []
      func status(_ type: String) -> JSON? { conditions.first { $0["type"]?.stringValue == type } }
      if status("Established")?["status"]?.stringValue == "True" { return }
      if let refused = status("NamesAccepted"), refused["status"]?.stringValue == "False" {
        throw DefinitionError(name: name, problem: Self.words(refused))
      }
      guard waited < timeout else {
        // Of several conditions that are not True, the one that a person can do something about.
        let failing = status("NonStructuralSchema").flatMap { $0["status"]?.stringValue == "True" ? $0 : nil }
        let why = (failing ?? status("Established")).map(Self.words) ?? "the server has set no condition"
        throw DefinitionError(name: name, problem: "not established after \(timeout): \(why)")
      }
      try await client.clock.sleep(for: pause)
      waited += pause
      pause = min(pause * 2, .seconds(1))
    }
  }

  /// `NamesAccepted is False (KindConflict): "Widget" is already in use`
  private static func words(_ condition: JSON) -> String {
    func text(_ field: String) -> String? { condition[field]?.stringValue.flatMap { $0.isEmpty ? nil : $0 } }
    let reason = text("reason").map { " (\($0))" } ?? ""
    return "\(text("type") ?? "a condition") is \(text("status") ?? "unknown")\(reason)"
      + (text("message").map { ": \($0.prefix(1024))" } ?? "")
  }
}

/// A definition that the API server took but does not serve.
public struct DefinitionError: Error, Hashable, CustomStringConvertible {
  /// The definition's name, `pipelines.pipelines.weave.works`.
  public let name: String
  /// What keeps it from being served.
  public let problem: String

  /// What happened, as a sentence.
  public var description: String { "CustomResourceDefinition \(name): \(problem)" }
}
