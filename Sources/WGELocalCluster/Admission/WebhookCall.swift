public import WGECore

extension LocalCluster {
  /// One question to a webhook: an admission or a conversion review to be answered.
  public struct WebhookCall: Sendable {
    /// Whom a webhook's configuration names.
    public enum Target: Sendable, Hashable {
      /// An absolute HTTPS URL.
      case url(String)
      /// A service of the cluster. Nothing runs behind it here: a handler or
      /// ``LocalCluster/Configuration/serviceURL`` says where it answers.
      case service(namespace: String, name: String, port: Int, path: String)
    }

    /// The webhook's name, as messages give it.
    public var name: String
    /// Where the question goes.
    public var target: Target
    /// PEM certificates of the authorities to trust; empty for the system's.
    public var authorities: [UInt8]
    /// An `AdmissionReview` or a `ConversionReview` with its `request`.
    public var body: JSON
    /// After which the webhook counts as failed.
    public var timeout: Duration
  }

  /// Answers webhooks without a network, of admission and of conversion: gives the whole answer, or nil to have it asked for over HTTPS.
  public typealias WebhookHandler = @Sendable (WebhookCall) async throws -> JSON?
  /// Gives the base URL (`https://host:port`) at which a service answers, or nil where it does not.
  public typealias ServiceResolver = @Sendable (_ namespace: String, _ name: String, _ port: Int) async -> String?
}

extension LocalCluster.WebhookCall.Target {
  /// - Parameter client: a configuration's `clientConfig`.
  init(_ client: JSON) {
    if let service = client["service"] {
      self = .service(
        namespace: service["namespace"]?.stringValue ?? "", name: service["name"]?.stringValue ?? "",
        port: Int(service["port"]?.intValue ?? 443), path: service["path"]?.stringValue ?? "")
    } else {
      self = .url(client["url"]?.stringValue ?? "")
    }
  }
}
