import ArgumentParser
import WGECommandLine
import WGECore

/// `wge get …`
struct Get: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List clusters, pipelines or pull requests.",
    subcommands: [Clusters.self, Pipelines.self, PullRequests.self])

  struct Clusters: WgeCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the clusters that you may see.", aliases: ["cluster"])
    @OptionGroup var connection: Connection
    @Option(name: .shortAndLong, help: "table, json or yaml.") var output = OutputFormat.table
    @Option(name: [.customShort("l"), .long], help: "Only clusters with these labels.") var label = ""

    func work() async throws -> Bool {
      let list = try await connection.client().get("/v1/clusters", query: ["label": label])
      connection.terminal.print(list, as: output) { list in
        [["NAME", "NAMESPACE", "STATUS", "MESSAGE"]]
          + list.elements("gitopsClusters").map { cluster in
            let ready = cluster.condition("Ready")
            let reach = cluster.condition("ClusterConnectivity")
            let lost = reach?["status"]?.stringValue == "False"
            let status = lost ? "Unreachable" : ready?["status"]?.stringValue == "True" ? "Ready" : "Not Ready"
            return [
              cluster.text("name"), cluster.text("namespace", or: "-"), status,
              ((lost ? reach : ready)?.text("message")) ?? "",
            ]
          }
      }
      return Terminal.report(list.elements("errors"))
    }
  }

  struct Pipelines: WgeCommand {
    static let configuration = CommandConfiguration(
      abstract: "List pipelines and where each revision is.", aliases: ["pipeline"])
    @OptionGroup var connection: Connection
    @Option(name: .shortAndLong, help: "table, json or yaml.") var output = OutputFormat.table
    @Option(name: .shortAndLong, help: "Only this namespace. Default: all.") var namespace = ""

    func work() async throws -> Bool {
      let list = try await connection.client().get("/v1/pipelines", query: ["namespace": namespace])
      connection.terminal.print(list, as: output) { list in
        [["NAMESPACE", "NAME", "APPLICATION", "ENVIRONMENTS"]]
          + list.elements("pipelines").map { pipeline in
            let app = pipeline["appRef"] ?? [:]
            let environments = pipeline.elements("environmentSummaries").map {
              "\($0.text("name"))=\($0.text("revision", or: "?")) (\($0.text("state", or: "Unknown")))"
            }
            return [
              pipeline.text("namespace"), pipeline.text("name"), "\(app.text("kind"))/\(app.text("name"))",
              environments.joined(separator: "  "),
            ]
          }
      }
      return Terminal.report(list.elements("errors"))
    }
  }

  struct PullRequests: WgeCommand {
    static let configuration = CommandConfiguration(
      commandName: "prs", abstract: "List pull requests.", aliases: ["pr", "pullrequests"])
    @OptionGroup var connection: Connection
    @Option(name: .shortAndLong, help: "table, json or yaml.") var output = OutputFormat.table
    @Option(help: "open, merged, closed or all.") var state = "open"

    func work() async throws -> Bool {
      let list = try await connection.client().get("/v1/pull_requests", query: ["state": state])
      connection.terminal.print(list, as: output) { list in
        [["REPOSITORY", "NUMBER", "STATE", "TITLE", "URL"]]
          + list.elements("pullRequests").map {
            [
              $0.text("repository"), "#\($0["number"]?.intValue ?? 0)", $0.text("state"), $0.text("title"),
              $0.text("url"),
            ]
          }
      }
      return false
    }
  }
}

/// `wge describe …`
struct Describe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Show one thing in full.", subcommands: [OnePipeline.self])

  struct OnePipeline: WgeCommand {
    static let configuration = CommandConfiguration(
      commandName: "pipeline", abstract: "Every environment, target and promotion of a pipeline.")
    @OptionGroup var connection: Connection
    @OptionGroup var arguments: PipelineArguments
    @Option(name: .shortAndLong, help: "table, json or yaml.") var output = OutputFormat.table

    func work() async throws -> Bool {
      let path = "/v1/pipelines/\(APIClient.encode(arguments.pipeline))"
      let answer = try await connection.client().get(path, query: ["namespace": arguments.namespace])
      if output != .table {
        connection.terminal.print(answer, as: output) { _ in [] }
      } else {
        show(answer["pipeline"] ?? [:])
      }
      return Terminal.report(answer.elements("errors"))
    }

    private func show(_ pipeline: JSON) {
      let terminal = connection.terminal
      print(terminal.heading("\(pipeline.text("namespace"))/\(pipeline.text("name"))"))
      for environment in pipeline.elements("environments") {
        let state = pipeline.value(at: ["status", "environments", environment.text("name")]) ?? [:]
        print(
          "\n" + terminal.heading(environment.text("name")) + "  " + terminal.paint(state.text("state", or: "Unknown"))
            + "  " + state.text("message"))
        if let waiting = state["waitingStatus"]?["revision"]?.stringValue, !waiting.isEmpty {
          print(
            "  waits for approval of \(waiting): wge approve \(pipeline.text("name")) -n \(pipeline.text("namespace")) --env \(environment.text("name"))"
          )
        }
        terminal.printTable(
          [["  CLUSTER", "NAMESPACE", "REVISION", "READY", "ERROR"]]
            + state.elements("targetsStatuses").map { target in
              let cluster = target["clusterRef"] ?? [:]
              let name =
                cluster.text("name").isEmpty ? "management" : "\(cluster.text("namespace"))/\(cluster.text("name"))"
              return [
                "  " + name, target.text("namespace"), target.text("revision", or: "-"),
                target["ready"]?.boolValue == true ? "True" : "False", target.text("error"),
              ]
            })
        // The promotion under way first; one that has ended stands in the history too.
        let past = state.elements("history")
        let current = [state["promotion"] ?? .null].filter { record in
          !record.text("startedAt").isEmpty && !past.contains { $0.text("startedAt") == record.text("startedAt") }
        }
        for record in current + past {
          let actors = record.elements("approvals").map {
            "approved by \($0.text("approvedBy")) at \($0.text("approvedAt"))"
          }
          print(
            "  \(record.text("startedAt"))  \(record.text("revision"))  \(terminal.paint(record.text("state")))  \(([record.text("pullRequestUrl")] + actors).filter { !$0.isEmpty }.joined(separator: "  "))"
          )
        }
      }
    }
  }
}
