internal import WGECore

/// Reads what the providers' webhooks have in common out of their bodies.
struct WebhookReader {
  let provider: GitProvider
  /// Names in lower case.
  let fields: [String: String]
  let json: JSON

  func event() -> GitWebhookEvent? {
    switch provider {
    case .github: gitHub()
    case .gitlab: gitLab()
    case .bitbucketServer: bitbucketServer()
    case .bitbucketCloud: bitbucketCloud()
    case .azureDevOps: azureDevOps()
    case .local: nil
    }
  }

  private func push(_ repository: String?, _ reference: String?, _ before: String?, _ after: String?)
    -> GitWebhookEvent?
  {
    guard let repository, let reference else { return nil }
    func id(_ text: String?) -> GitObjectID? {
      text.flatMap { GitObjectID($0) }.flatMap { $0 == .zero ? nil : $0 }
    }
    return GitWebhookEvent(
      kind: .push, repository: repository, reference: reference, before: id(before), after: id(after))
  }

  /// A push that names each reference that it changed.
  private func push(
    _ repository: String?, _ changes: [JSON], _ read: (JSON) -> (reference: String?, before: String?, after: String?)
  ) -> GitWebhookEvent? {
    if changes.count > 1, let repository { return GitWebhookEvent(kind: .push, repository: repository) }
    guard let change = changes.first.map(read) else { return nil }
    return push(repository, change.reference, change.before, change.after)
  }

  private func pull(_ repository: String?, _ number: Int64?, _ action: String?) -> GitWebhookEvent? {
    guard let repository, let number = number.flatMap({ Int(exactly: $0) }) else { return nil }
    return GitWebhookEvent(kind: .pullRequest, repository: repository, number: number, action: action)
  }

  private func comment(_ repository: String?, _ number: Int64?) -> GitWebhookEvent? {
    var event = pull(repository, number, "commented")
    event?.kind = .comment
    return event
  }

  private func gitHub() -> GitWebhookEvent? {
    let repository = json.text("repository", "full_name")
    switch fields["x-github-event"] {
    case "ping": return GitWebhookEvent(kind: .ping, repository: repository ?? "")
    case "push": return push(repository, json.text("ref"), json.text("before"), json.text("after"))
    case "pull_request":
      let action: String?
      switch json.text("action") {
      case "opened", "reopened": action = "opened"
      case "synchronize", "edited", "ready_for_review", "converted_to_draft": action = "updated"
      case "labeled", "unlabeled": action = "labelled"
      case "closed": action = json.flag("pull_request", "merged") == true ? "merged" : "closed"
      case let other: action = other
      }
      return pull(repository, json.integer("number"), action)
    case "issue_comment" where json["issue"]?["pull_request"] != nil:
      return comment(repository, json.integer("issue", "number"))
    case "pull_request_review_comment": return comment(repository, json.integer("pull_request", "number"))
    default: return nil
    }
  }

  private func gitLab() -> GitWebhookEvent? {
    let repository = json.text("project", "path_with_namespace")
    switch json.text("object_kind") {
    case "push", "tag_push": return push(repository, json.text("ref"), json.text("before"), json.text("after"))
    case "merge_request":
      let action: String?
      switch json.text("object_attributes", "action") {
      case "open", "reopen": action = "opened"
      case "update": action = json["changes"]?["labels"] != nil ? "labelled" : "updated"
      case "merge": action = "merged"
      case "close": action = "closed"
      case let other: action = other
      }
      return pull(repository, json.integer("object_attributes", "iid"), action)
    case "note": return comment(repository, json.integer("merge_request", "iid"))
    default: return nil
    }
  }

  private func bitbucketServer() -> GitWebhookEvent? {
    func name(_ json: JSON?) -> String? {
      guard let key = json?.text("project", "key"), let slug = json?.text("slug") else { return nil }
      return "\(key)/\(slug)"
    }
    let pullPlace = name(json["pullRequest"]?["toRef"]?["repository"])
    let number = json.integer("pullRequest", "id")
    switch fields["x-event-key"] ?? json.text("eventKey") {
    case "repo:refs_changed":
      return push(name(json["repository"]), json.list("changes")) {
        ($0.text("ref", "id"), $0.text("fromHash"), $0.text("toHash"))
      }
    case "pr:opened": return pull(pullPlace, number, "opened")
    case "pr:modified", "pr:from_ref_updated": return pull(pullPlace, number, "updated")
    case "pr:merged": return pull(pullPlace, number, "merged")
    case "pr:declined", "pr:deleted": return pull(pullPlace, number, "closed")
    case "pr:comment:added": return comment(pullPlace, number)
    default: return nil
    }
  }

  private func bitbucketCloud() -> GitWebhookEvent? {
    let repository = json.text("repository", "full_name")
    let number = json.integer("pullrequest", "id")
    switch fields["x-event-key"] {
    case "repo:push":
      return push(repository, json.list("push", "changes")) { change in
        let type = change.text("new", "type") ?? change.text("old", "type")
        let name = change.text("new", "name") ?? change.text("old", "name")
        return (
          name.map { (type == "tag" ? "refs/tags/" : "refs/heads/") + $0 }, change.text("old", "target", "hash"),
          change.text("new", "target", "hash")
        )
      }
    case "pullrequest:created": return pull(repository, number, "opened")
    case "pullrequest:updated": return pull(repository, number, "updated")
    case "pullrequest:fulfilled": return pull(repository, number, "merged")
    case "pullrequest:rejected": return pull(repository, number, "closed")
    case "pullrequest:comment_created": return comment(repository, number)
    default: return nil
    }
  }

  private func azureDevOps() -> GitWebhookEvent? {
    let resource = json["resource"] ?? .null
    func name(_ json: JSON?) -> String? {
      guard let project = json?.text("project", "name"), let name = json?.text("name") else { return nil }
      return "\(project)/\(name)"
    }
    let repository = name(resource["repository"])
    switch json.text("eventType") {
    case "git.push":
      return push(repository, resource.list("refUpdates")) {
        ($0.text("name"), $0.text("oldObjectId"), $0.text("newObjectId"))
      }
    case "git.pullrequest.created": return pull(repository, resource.integer("pullRequestId"), "opened")
    case "git.pullrequest.merged", "git.pullrequest.updated":
      let action =
        switch resource.text("status") {
        case "completed": "merged"
        case "abandoned": "closed"
        default: "updated"
        }
      return pull(repository, resource.integer("pullRequestId"), action)
    case "ms.vss-code.git-pullrequest-comment-event":
      return comment(name(resource["pullRequest"]?["repository"]), resource.integer("pullRequest", "pullRequestId"))
    default: return nil
    }
  }
}
