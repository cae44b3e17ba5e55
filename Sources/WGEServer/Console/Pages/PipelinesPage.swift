#if Server
  import WGECore
  import WGEPipelines

  /// The list of pipelines.
  struct PipelinesPage: Sendable {
    let summary: String
    let errors: [String]
    let hasErrors: Bool
    let isEmpty: Bool
    let rows: [Row]

    struct Row: Sendable {
      let href: String
      let name: String
      let namespace: String
      let application: String
      let environments: [Environment]
    }

    struct Environment: Sendable {
      let name: String
      let revision: String
      let status: Pill
    }

    init(_ list: PipelineList) {
      let waiting = list.pipelines.filter { $0.environments.contains { $0.waitingRevision != nil } }.count
      summary =
        "\(list.pipelines.count) \(list.pipelines.count == 1 ? "pipeline" : "pipelines")"
        + (waiting == 0 ? "" : ", \(waiting) waiting for approval")
      errors = list.errors.map { $0.namespace.isEmpty ? $0.message : "\($0.namespace): \($0.message)" }
      hasErrors = !errors.isEmpty
      isEmpty = list.pipelines.isEmpty
      rows = list.pipelines.map { pipeline in
        Row(
          href: ConsolePath.pipeline(pipeline.key), name: pipeline.key.name, namespace: pipeline.key.namespace ?? "",
          application: "\(pipeline.appRef.kind)/\(pipeline.appRef.name)",
          environments: pipeline.environments.map {
            Environment(name: $0.name, revision: PipelinePage.runningRevision(of: $0), status: Pill($0.state))
          })
      }
    }
  }
#endif
