#if Server
  import Testing
  import WGEClusters
  import WGECore
  import WGEKube
  import WGEPipelines

  @testable import WGEServer

  /// A pipeline that waits for an approval in prod; it remembers the answers.
  private actor FakePipelines: PipelinesService {
    var approved: [PromotionAnswer] = []
    let message: String

    init(message: String = "") { self.message = message }

    nonisolated static func view(message: String = "", link: String = "https://git.example/pulls/1") -> PipelineView {
      var spec = PipelineEnvironment(name: "prod", targets: [PipelineTarget(namespace: "shop")])
      spec.promotion = nil
      var record = PromotionRecord(revision: "1.1.0", state: .gated)
      record.message = message
      record.startedAt = Timestamp(seconds: 1_700_000_000)
      record.pullRequest = PullRequestRecord(url: link, number: 1, state: .open)
      var environment = PipelineEnvironmentView(
        spec, promotion: nil, status: nil,
        targets: [
          PipelineTargetView(
            cluster: ClusterID(namespace: "fleet", name: "eu"), clusterRef: nil, namespace: "shop", ready: true,
            revision: "1.0.0")
        ])
      environment.state = record.state
      environment.message = message
      environment.waitingRevision = "1.1.0"
      environment.pullRequest = record.pullRequest
      return PipelineView(
        key: ObjectKey(namespace: "delivery", name: "shop"), appRef: .helmRelease("shop"), environments: [environment])
    }

    func list(as principal: Principal, namespace: String?) async throws -> PipelineList {
      PipelineList(pipelines: [Self.view()], errors: [.init(namespace: "secret", message: "forbidden")])
    }

    func get(as principal: Principal, _ pipeline: ObjectKey) async throws -> PipelineView {
      guard pipeline.name == "shop" else { throw PipelinesError(.notFound, "there is no pipeline \(pipeline)") }
      return Self.view(message: message)
    }

    func approve(as principal: Principal, _ answer: PromotionAnswer) async throws -> PromotionAnswerResult {
      guard answer.revision == "1.1.0" else { throw PipelinesError(.notWaiting, "\(answer.revision) does not wait") }
      approved.append(answer)
      return PromotionAnswerResult(environment: Self.view().environments[0])
    }

    func reject(as principal: Principal, _ answer: PromotionAnswer) async throws -> PromotionAnswerResult {
      throw PipelinesError(.forbidden, "you may not reject")
    }

    func retry(as principal: Principal, _ pipeline: ObjectKey, environment: String) async throws
      -> PromotionAnswerResult
    { throw PipelinesError(.notWaiting, "nothing to retry") }

    func listPullRequests(as principal: Principal, _ pipeline: ObjectKey) async throws -> PullRequestList {
      PullRequestList(items: [])
    }
  }

  private struct FakeClusters: ClustersService {
    func list(as principal: Principal, filter: ClusterFilter) async throws -> ClusterList {
      ClusterList(clusters: [.management(.management, asOf: Timestamp(seconds: 0))])
    }
  }

  @Suite struct ConsoleTests {
    private static func request(
      _ path: String, query: [String: String] = [:], form: [String: String] = [:], signedIn: Bool = true
    )
      -> ConsoleRequest
    {
      ConsoleRequest(
        segments: path.split(separator: "/").map(String.init), path: path, query: query, form: form,
        principal: signedIn ? .user(name: "jane", groups: []) : nil)
    }

    private static func console(_ pipelines: FakePipelines = FakePipelines()) throws -> Console {
      try Console(clusters: FakeClusters(), pipelines: pipelines, pullRequests: nil)
    }

    private func html(_ response: ConsoleResponse, status: Int = 200) throws -> String {
      guard case .page(let found, let html) = response else {
        Issue.record("expected a page, got \(response)")
        return ""
      }
      #expect(found == status)
      return html
    }

    @Test("A pipeline's page has a column with its state, its gate and its targets")
    func pipelinePage() async throws {
      let page = try html(await Self.console().page(Self.request("/pipelines/delivery/shop")))
      #expect(page.contains("Waiting for approval"))
      #expect(page.contains("id=\"approve-prod\""))
      #expect(page.contains("name=\"revision\" value=\"1.1.0\""))
      #expect(page.contains("fleet/eu"))
      #expect(page.contains("href=\"https://git.example/pulls/1\""))
      #expect(page.contains("aria-current=\"page\""))
    }

    @Test("What comes from a cluster is escaped")
    func escaping() async throws {
      let console = try Self.console(FakePipelines(message: "<script>alert(1)</script>\"'&"))
      let page = try html(await console.page(Self.request("/pipelines/delivery/shop")))
      #expect(!page.contains("<script>alert"))
      #expect(page.contains("&lt;script&gt;alert(1)"))
    }

    @Test(
      "A link that is no web address never becomes clickable",
      arguments: ["javascript:alert(1)", "data:x", "//evil", "/\\evil"])
    func unsafeLinks(url: String) {
      #expect(SafeLink.url(url) == nil)
      let page = PipelinePage(FakePipelines.view(link: url))
      #expect(page.lanes.first?.link == nil)
    }

    @Test("Lists say what could not be read")
    func listErrors() async throws {
      let page = try html(await Self.console().page(Self.request("/pipelines")))
      #expect(page.contains("secret: forbidden"))
      #expect(page.contains("href=\"/pipelines/delivery/shop\""))
    }

    @Test("The block of the live stream is what the page shows in its main part")
    func fragment() async throws {
      let console = try Self.console()
      let request = Self.request("/pipelines/delivery/shop")
      let block = try #require(try await console.fragment(request))
      #expect(try html(await console.page(request)).contains(block))
      #expect(!block.contains("<html"))
      #expect(try await console.fragment(Self.request("/nowhere")) == nil)
    }

    @Test("Signed out, pages lead to the sign-in, and back")
    func signedOut() async throws {
      guard case .seeOther(let path) = await (try Self.console()).page(Self.request("/clusters", signedIn: false))
      else {
        Issue.record("expected a redirect")
        return
      }
      #expect(path == "/login?next=%2Fclusters")
    }

    @Test(
      "The sign-in goes on only to paths of this server",
      arguments: ["https://evil", "//evil", "/\\evil", "javascript:x"])
    func openRedirect(next: String) throws {
      let page = try html(Self.console().signIn(Self.request("/login", query: ["next": next], signedIn: false)))
      #expect(page.contains("name=\"next\" value=\"/\""))
    }

    @Test("Approving passes on who, what and why, and comes back to the page")
    func approve() async throws {
      let service = FakePipelines()
      let form = ["decision": "approve", "env": "prod", "revision": "1.1.0", "comment": "fine"]
      let response = try await Self.console(service).submit(Self.request("/pipelines/delivery/shop", form: form))
      guard case .seeOther(let path) = response else {
        Issue.record("expected a redirect")
        return
      }
      #expect(path.hasPrefix("/pipelines/delivery/shop?done="))
      #expect(await service.approved.map(\.comment) == ["fine"])
    }

    @Test(
      "What is refused is said on the page that it came from",
      arguments: [
        ["decision": "approve", "env": "prod", "revision": "0.9.0"], ["decision": "reject", "env": "prod"],
        ["decision": "retry", "env": "prod"],
      ])
    func refused(form: [String: String]) async throws {
      let response = try await Self.console().submit(Self.request("/pipelines/delivery/shop", form: form))
      guard case .seeOther(let path) = response else {
        Issue.record("expected a redirect")
        return
      }
      #expect(path.contains("?failed="))
    }

    @Test(
      "Forms that make no sense are refused",
      arguments: [[:], ["decision": "approve"], ["decision": "x", "env": "prod"]])
    func malformed(form: [String: String]) async throws {
      _ = try html(await Self.console().submit(Self.request("/pipelines/delivery/shop", form: form)), status: 400)
    }

    @Test("What is not there has a page that says so")
    func notFound() async throws {
      let console = try Self.console()
      let missing = try html(await console.page(Self.request("/pipelines/delivery/gone")), status: 404)
      #expect(missing.contains("there is no pipeline delivery/gone"))
      _ = try html(await console.page(Self.request("/pullrequests")), status: 404)
      _ = try html(await console.page(Self.request("/assets/gone.css")), status: 404)
    }

    @Test("Assets are served under the name of their content")
    func assets() async throws {
      let page = try html(await Self.console().page(Self.request("/clusters")))
      for asset in ConsoleAsset.all { #expect(page.contains(asset.path)) }
      guard case .asset(let asset) = try await Self.console().page(Self.request(ConsoleAsset.script.path)) else {
        Issue.record("expected an asset")
        return
      }
      #expect(asset.bytes == ConsoleAsset.script.bytes)
    }

    @Test("Links start with the path that the server is mounted under")
    func mounted() async throws {
      var request = Self.request("/pipelines")
      request.base = "/wge"
      let page = try html(await Self.console().page(request))
      #expect(page.contains("href=\"/wge/pipelines/delivery/shop\""))
      #expect(!page.contains("href=\"/pipelines"))
    }

    @Test("No template holds an unescaped tag, an inline script or a style")
    func templates() {
      for (name, text) in ConsoleTemplates.all {
        #expect(!text.contains("{{{") && !text.contains("{{&"), "\(name)")
        #expect(!text.contains("style=") && !text.contains(" on"), "\(name) has an inline style or handler")
      }
    }
  }
#endif
