internal import WGECore
public import WGEKube

extension KubePipelinesService {
  /// How many namespaces are listed at once.
  private static let concurrency = 8

  /// See ``PipelinesService/list(as:namespace:)``.
  ///
  /// One list over all namespaces where the principal may do that, else one for each namespace in
  /// which they may list.
  public func list(as principal: Principal, namespace: String?) async throws -> PipelineList {
    try await translating(nil) {
      let client = try await observer.directory.client(for: observer.management, as: principal)
      var result = PipelineList(pipelines: [])
      if let namespace {
        add(try await outcome(client, namespace), to: &result)
      } else {
        do {
          add(.success(try await client.listAll(Pipeline.resource).items), to: &result)
        } catch let error as KubeError where error.isForbidden {
          for outcome in try await byNamespace(client) { add(outcome, to: &result) }
        }
      }
      result.pipelines.sort { $0.key < $1.key }
      result.errors.sort { ($0.namespace, $0.message) < ($1.namespace, $1.message) }
      return result
    }
  }

  private typealias Outcome = Result<[DynamicObject], PipelineListFailure>

  private func byNamespace(_ client: KubeClient) async throws -> [Outcome] {
    let server = try await observer.directory.client(for: observer.management, as: .server)
    let namespaces = try await server.listAll(.namespaces).items.map(\.name)
    return try await withThrowingTaskGroup(of: Outcome?.self) { tasks in
      var waiting = namespaces[...]
      func start() {
        guard let namespace = waiting.popFirst() else { return }
        tasks.addTask {
          do {
            // A namespace that the principal may not list is none of their business, and no error.
            let mayList = try await client.review(ResourceAttributes("list", Pipeline.resource, namespace: namespace))
            guard mayList.allowed else { return nil }
          } catch let error as KubeError {
            return .failure(PipelineListFailure(namespace: namespace, message: error.description))
          }
          return try await outcome(client, namespace)
        }
      }
      for _ in 0..<Self.concurrency { start() }
      var outcomes: [Outcome] = []
      while let outcome = try await tasks.next() {
        if let outcome { outcomes.append(outcome) }
        start()
      }
      return outcomes
    }
  }

  private func outcome(_ client: KubeClient, _ namespace: String) async throws -> Outcome {
    do {
      return .success(try await client.listAll(Pipeline.resource, namespace: namespace).items)
    } catch let error as KubeError {
      // Whom the server does not know at all must sign in, whatever the namespace.
      if error.isUnauthorized { throw error }
      return .failure(PipelineListFailure(namespace: namespace, message: error.description))
    }
  }

  private func add(_ outcome: Outcome, to list: inout PipelineList) {
    switch outcome {
    case .failure(let failure):
      list.errors.append(PipelineList.Failure(namespace: failure.namespace, message: failure.message))
    case .success(let objects):
      for object in objects {
        do {
          var object = object
          // Items of a list come without type.
          object["apiVersion"] = .string(Pipeline.resource.apiVersion)
          object["kind"] = .string(Pipeline.resource.kind)
          let pipeline: Pipeline = try TypedCodec.decode(object)
          list.pipelines.append(PipelineViewBuilder(pipeline: pipeline, observer: observer).view())
        } catch {
          list.errors.append(
            PipelineList.Failure(namespace: object.namespace ?? "", message: "\(object.key) cannot be read: \(error)"))
        }
      }
    }
  }
}

/// A namespace that could not be listed, while the list is being made.
private struct PipelineListFailure: Error {
  var namespace: String
  var message: String
}
