#if Server
  import FoundationEssentials
  import WGECommandLine
  import WGECore
  import WGEGit
  import WGEKube

  /// The promotion that the playground exists to show, driven through the public API and asserted step by step.
  ///
  /// Each step looks at the state first, so the story can be told again from anywhere: after a crash it goes on.
  struct Story: Sendable {
    let world: World
    let api: APIClient
    let version: String
    let deadline: Duration
    private let start = ContinuousClock.now

    init(world: World, serverURL: String, version: String, deadline: Duration) throws {
      self.world = world
      self.version = version
      self.deadline = deadline
      api = try APIClient(server: serverURL, token: world.settings.adminToken, authority: nil)
    }

    func run() async throws {
      try await step("clusters", "both leaves are registered and answer") {
        let ready = try await api.get("/v1/clusters").elements("gitopsClusters").filter { cluster in
          ["Ready", "ClusterConnectivity"].allSatisfy { cluster.condition($0)?.text("status") == "True" }
        }
        return Set(ready.map { $0.text("name") }).isSuperset(of: ["leaf-eu", "leaf-us"])
      }
      try await step("first sync", "every target has a revision") {
        try await targets().allSatisfy { !$0.revision.isEmpty }
      }
      try await step("release", "a commit brings \(version) to dev") {
        try await commitToDev()
        return try await environment("dev").isAt(version)
      }
      try await promote("staging")
      try await step("gate", "prod waits for a person to approve \(version)") {
        if try await pullRequests(into: "prod").isEmpty == false { return true }
        return try await environment("prod").waiting == version
      }
      try await step("approval", "the approval opens the pull request for prod") {
        if try await environment("prod").waiting == version {
          let body: JSON = [
            "namespace": .string(Seed.pipeline.namespace), "env": "prod", "revision": .string(version),
            "comment": "the playground's check",
          ]
          _ = try await api.post("/v1/pipelines/approve/\(Seed.pipeline.name)", body)
        }
        return try await pullRequests(into: "prod").isEmpty == false
      }
      try await promote("prod")
      try await step("leaves", "both leaves hold the ConfigMap of \(version)") { try await configMapsArrived() }
      try await step("pipeline", "every environment is up to date") {
        let pipeline = try await pipeline()
        return ["dev", "staging", "prod"].allSatisfy { state(of: $0, in: pipeline).text("state") == "UpToDate" }
      }
      try await assertHistory()
      Playground.tell("story told: \(version) is everywhere")
    }

    // MARK: Steps

    private func promote(_ environment: String) async throws {
      try await step("\(environment) pull request", "is open for \(version)") {
        try await !pullRequests(into: environment).isEmpty
      }
      try await step("\(environment) merge", "the pull request is merged") {
        for request in try await pullRequests(into: environment) where request.text("state") == "open" {
          _ = try await api.post(
            "/v1/pull_requests/merge",
            ["repository": .string(request.text("repository")), "number": request["number"] ?? 0])
        }
        return try await pullRequests(into: environment).allSatisfy { $0.text("state") == "merged" }
      }
      try await step("\(environment) rollout", "all targets run \(version)") {
        try await self.environment(environment).isAt(version)
      }
    }

    private func commitToDev() async throws {
      for (path, text) in Seed.files(repositoryURL: world.repositoryURL)
      where path == Seed.devRelease || path == Seed.devConfig {
        let file = try await world.host.file(
          try GitPath(path), at: .branch(BranchName("main")), in: world.repositoryPath)
        let wanted = text.replacing(Seed.firstVersion, with: version)
        if file.text == wanted { continue }
        _ = try await world.host.commitFiles(
          CommitRequest(
            branch: BranchName("main"), message: "Release shop \(version) to dev",
            changes: [.put(try GitPath(path), text: wanted)]), in: world.repositoryPath)
      }
    }

    private func configMapsArrived() async throws -> Bool {
      for leaf in world.clusters.dropFirst() {
        // As kubectl would: over HTTPS, with the kubeconfig that people get.
        let client = try KubeClient(kubeconfig: .load(file: world.kubeconfig(leaf.name).path))
        let map = try await client.get(.configMaps, ObjectKey(namespace: "shop-prod", name: "shop-config"))
        guard map["data"]?["version"]?.stringValue == version else { return false }
      }
      return true
    }

    private func assertHistory() async throws {
      let prod = state(of: "prod", in: try await pipeline())
      let records = [prod["promotion"] ?? [:]] + prod.elements("history")
      let approval = records.filter { $0.text("revision") == version }.flatMap { $0.elements("approvals") }.first
      guard let approval, approval.text("approvedBy") == World.administrator, !approval.text("approvedAt").isEmpty
      else {
        throw PlaygroundError("the history of prod does not say who approved \(version), and when")
      }
      for environment in ["staging", "prod"] {
        let count = try await pullRequests(into: environment).count
        guard count == 1 else {
          throw PlaygroundError("\(count) pull requests for \(version) into \(environment); there must be exactly one")
        }
      }
      say("history", "\(approval.text("approvedBy")) approved at \(approval.text("approvedAt")); one pull request each")
    }

    // MARK: Reading

    private struct EnvironmentState {
      let revisions: [String]
      let ready: Bool
      let waiting: String

      func isAt(_ version: String) -> Bool { ready && !revisions.isEmpty && revisions.allSatisfy { $0 == version } }
    }

    private func pipeline() async throws -> JSON {
      try await api.get("/v1/pipelines/\(Seed.pipeline.name)", query: ["namespace": Seed.pipeline.namespace])[
        "pipeline"]
        ?? [:]
    }

    private func state(of environment: String, in pipeline: JSON) -> JSON {
      pipeline.value(at: ["status", "environments", environment]) ?? [:]
    }

    private func environment(_ name: String) async throws -> EnvironmentState {
      let state = state(of: name, in: try await pipeline())
      let targets = state.elements("targetsStatuses")
      return EnvironmentState(
        revisions: targets.map { $0.text("revision") }, ready: targets.allSatisfy { $0["ready"]?.boolValue == true },
        waiting: state["waitingStatus"]?.text("revision") ?? "")
    }

    private func targets() async throws -> [(revision: String, ready: Bool)] {
      let pipeline = try await pipeline()
      let all = ["dev", "staging", "prod"].flatMap { state(of: $0, in: pipeline).elements("targetsStatuses") }
      guard all.count == 4 else { return [("", false)] }
      return all.map { ($0.text("revision"), $0["ready"]?.boolValue ?? false) }
    }

    /// All pull requests, of whatever state, that promote this version into the environment.
    private func pullRequests(into environment: String) async throws -> [JSON] {
      let head = "promotion-\(Seed.pipeline.namespace)-\(Seed.pipeline.name)-\(environment)"
      return try await api.get("/v1/pull_requests", query: ["state": "all"]).elements("pullRequests").filter {
        $0.text("sourceBranch") == head && $0.text("title").hasSuffix(" to \(version)")
      }
    }

    // MARK: Telling

    /// Repeats until the condition holds. What throws meanwhile is shown only when time runs out.
    private func step(_ name: String, _ meaning: String, until condition: () async throws -> Bool) async throws {
      let limit = ContinuousClock.now + deadline
      var last = "not yet"
      while ContinuousClock.now < limit {
        do {
          if try await condition() {
            say(name, meaning)
            return
          }
          last = "not yet"
        } catch is CancellationError {
          throw CancellationError()
        } catch {
          last = "\(error)"
        }
        try await Task.sleep(for: .milliseconds(150))
      }
      throw PlaygroundError("\(name): after \(deadline) it is still not so that \(meaning): \(last)")
    }

    private func say(_ name: String, _ text: String) {
      let elapsed = (ContinuousClock.now - start).components
      let tenths = elapsed.attoseconds / 100_000_000_000_000_000
      let time = "\(elapsed.seconds).\(tenths)s"
      let column = name + String(repeating: " ", count: max(1, 22 - name.count))
      Playground.tell(String(repeating: " ", count: max(0, 7 - time.count)) + time + "  " + column + text)
    }
  }
#endif
