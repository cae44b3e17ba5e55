#if Server
  public import ServiceLifecycle
  public import WGECore
  public import WGEKube

  /// Tells an ``EventHub`` what changes in a cluster: one watch for each topic.
  ///
  /// Only that something changed is told, never what: whoever listens reads again with their own rights.
  public struct ChangeFeed: Service {
    private let client: KubeClient
    private let topics: [String: ResourceType]
    private let hub: EventHub

    /// - Parameters:
    ///   - client: with the server's own identity; needs `list` and `watch` on each resource.
    ///   - topics: topic name to the resource whose changes are published under it.
    ///   - hub: where to publish.
    public init(client: KubeClient, topics: [String: ResourceType], hub: EventHub) {
      self.client = client
      self.topics = topics
      self.hub = hub
    }

    /// Watches until cancelled or told to stop. Lost connections heal by themselves.
    public func run() async throws {
      await cancelWhenGracefulShutdown {
        await withTaskGroup(of: Void.self) { group in
          for (topic, resource) in topics {
            group.addTask { [client, hub] in
              for await event in Watcher(resource, client: client) {
                switch event {
                case .applied(let object), .deleted(let object): hub.publish(topic, key: object.key.description)
                case .restarted: hub.publish(topic)
                default: break
                }
              }
            }
          }
        }
      }
    }
  }
#endif
