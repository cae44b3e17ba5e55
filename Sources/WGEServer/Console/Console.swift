#if Server
  import Mustache
  import WGEClusters
  import WGECore
  import WGEKube
  import WGEPipelines

  /// The web console's pages, which are complete without a script.
  ///
  /// It knows services, not HTTP: the server authenticates, checks that a POST came from its own pages, and
  /// turns requests and responses into ``ConsoleRequest`` and ``ConsoleResponse``. Whatever a page shows was
  /// read with the caller's own rights.
  struct Console: Sendable {
    private let library: MustacheLibrary
    private let clusters: (any ClustersService)?
    private let pipelines: (any PipelinesService)?
    private let pullRequests: (any ConsolePullRequests)?

    /// Sections without a service are not shown.
    init(
      clusters: (any ClustersService)?, pipelines: (any PipelinesService)?, pullRequests: (any ConsolePullRequests)?
    ) throws {
      library = try ConsoleTemplates.library()
      self.clusters = clusters
      self.pipelines = pipelines
      self.pullRequests = pullRequests
    }

    private var sections: [(href: String, label: String)] {
      var sections: [(String, String)] = []
      if pipelines != nil { sections.append(("/pipelines", "Pipelines")) }
      if clusters != nil { sections.append(("/clusters", "Clusters")) }
      if pullRequests != nil { sections.append(("/pullrequests", "Pull requests")) }
      return sections
    }

    // MARK: Pages

    /// The page of a GET.
    func page(_ request: ConsoleRequest) async -> ConsoleResponse {
      if request.segments.first == "assets" {
        guard let asset = ConsoleAsset.at(request.path) else { return failure(404, "There is no such file.", request) }
        return .asset(asset)
      }
      guard request.principal != nil else { return .seeOther("/login?next=\(ConsolePath.encode(request.location))") }
      if request.segments.isEmpty { return .seeOther(sections.first?.href ?? "/clusters") }
      do {
        guard let block = try await block(of: request) else {
          return failure(404, "There is no such page.", request)
        }
        return .page(status: 200, html: block.html(self, request, "page"))
      } catch {
        let (status, message) = ConsoleFailure.explain(error)
        return failure(status, message, request)
      }
    }

    /// The main block of a page alone, for the live stream. Nil where there is no such page.
    func fragment(_ request: ConsoleRequest) async throws -> String? {
      try await block(of: request)?.html(self, request, "block")
    }

    /// The sign-in page.
    func signIn(_ request: ConsoleRequest, message: String? = nil, status: Int = 200) -> ConsoleResponse {
      let next = request.query["next"] ?? request.form["next"] ?? "/"
      let content = SignInPage(
        message: message, next: SafeLink.isLocalPath(next) ? next : "/", username: request.form["username"] ?? "")
      return .page(status: status, html: render("login", title: "Sign in", content, request))
    }

    struct SignInPage: Sendable {
      let message: String?
      let next: String
      let username: String
    }

    struct Block: Sendable {
      /// Renders it within `page` or `block`.
      let html: @Sendable (Console, ConsoleRequest, String) -> String

      init<Content: Sendable>(_ template: String, title: String, _ content: Content) {
        html = { console, request, form in console.render(template, title: title, content, request, as: form) }
      }
    }

    private func block(of request: ConsoleRequest) async throws -> Block? {
      guard let principal = request.principal else { return nil }
      switch request.segments {
      case ["clusters"]:
        guard let clusters else { return nil }
        let list = try await clusters.list(as: principal, filter: ClusterFilter())
        return Block("clusters", title: "Clusters", ClustersPage(list))
      case ["pipelines"]:
        guard let pipelines else { return nil }
        return Block(
          "pipelines", title: "Pipelines", PipelinesPage(try await pipelines.list(as: principal, namespace: nil)))
      case ["pullrequests"]:
        guard let pullRequests else { return nil }
        let list = try await pullRequests.list(as: principal)
        return Block("pullrequests", title: "Pull requests", PullRequestsPage(list))
      case let segments where segments.count == 3 && segments[0] == "pipelines":
        guard let pipelines else { return nil }
        let view = try await pipelines.get(as: principal, ObjectKey(namespace: segments[1], name: segments[2]))
        return Block("pipeline", title: view.key.name, PipelinePage(view))
      default: return nil
      }
    }

    // MARK: Actions

    /// What a form does, then back to the page it stands on.
    func submit(_ request: ConsoleRequest) async -> ConsoleResponse {
      guard let principal = request.principal else {
        return .seeOther("/login?next=\(ConsolePath.encode(request.location))")
      }
      do {
        let done: String
        if request.segments == ["pullrequests"], let pullRequests {
          guard let number = request.form["number"].flatMap({ Int($0) }), let repository = request.form["repository"]
          else { return failure(400, "The form names no pull request.", request) }
          try await pullRequests.merge(as: principal, repository: repository, number: number)
          done = "Merged pull request \(number)."
        } else if request.segments.count == 3, request.segments[0] == "pipelines", let pipelines {
          done = try await answer(request, as: principal, pipelines)
        } else {
          return failure(404, "There is no such action.", request)
        }
        return .seeOther("\(request.path)?done=\(ConsolePath.encode(done))")
      } catch let error as UnknownDecision {
        return failure(400, error.description, request)
      } catch {
        let (_, message) = ConsoleFailure.explain(error)
        return .seeOther("\(request.path)?failed=\(ConsolePath.encode(message))")
      }
    }

    private struct UnknownDecision: Error, CustomStringConvertible {
      let description = "The form must say approve, reject or retry, and for which environment."
    }

    private func answer(_ request: ConsoleRequest, as principal: Principal, _ service: any PipelinesService)
      async throws
      -> String
    {
      let key = ObjectKey(namespace: request.segments[1], name: request.segments[2])
      guard let environment = request.form["env"] else { throw UnknownDecision() }
      let comment = request.form["comment"].flatMap { $0.isEmpty ? nil : String($0.prefix(1000)) }
      let answer = PromotionAnswer(
        pipeline: key, environment: environment, revision: request.form["revision"] ?? "", comment: comment)
      switch request.form["decision"] {
      case "approve":
        _ = try await service.approve(as: principal, answer)
        return "Approved \(answer.revision) for \(environment)."
      case "reject":
        _ = try await service.reject(as: principal, answer)
        return "Rejected \(answer.revision) for \(environment)."
      case "retry":
        _ = try await service.retry(as: principal, key, environment: environment)
        return "Trying again in \(environment)."
      default: throw UnknownDecision()
      }
    }

    // MARK: Rendering

    private func notice(_ request: ConsoleRequest) -> Notice? {
      if let text = request.query["done"] { return Notice(text: String(text.prefix(400)), tone: "done") }
      return request.query["failed"].map { Notice(text: String($0.prefix(1000)), tone: "error") }
    }

    struct ErrorPage: Sendable {
      let heading: String
      let message: String
      let back: String
    }

    /// The page that says what went wrong.
    func failure(_ status: Int, _ message: String, _ request: ConsoleRequest) -> ConsoleResponse {
      let heading =
        switch status {
        case 400, 422: "That did not fit"
        case 403: "Not allowed"
        case 404: "Not found, or no access"
        case 503, 504: "No answer"
        default: "Something went wrong"
        }
      let content = ErrorPage(heading: heading, message: message, back: sections.first?.href ?? "/")
      return .page(status: status, html: render("error", title: heading, content, request))
    }

    private func render<Content: Sendable>(
      _ template: String, title: String, _ content: Content, _ request: ConsoleRequest, as form: String = "page"
    ) -> String {
      let frame = PageFrame(
        title: title, request: request, sections: sections, notice: form == "page" ? notice(request) : nil,
        content: content)
      return library.render(frame, withTemplate: "\(form)-\(template)") ?? ""
    }
  }
#endif
