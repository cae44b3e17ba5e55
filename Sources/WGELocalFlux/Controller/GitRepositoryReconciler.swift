import WGECore
import WGEKube

/// Follows a Git repository: fetches, and reports the commit as the source's artifact.
struct GitRepositoryReconciler: Reconciler {
  let source: any GitSource

  func reconcile(_ key: ObjectKey, _ context: ReconcileContext) async throws -> Requeue {
    guard let object = context.object, !object.isBeingDeleted, !object.isSuspended else { return .done }
    var status = FluxStatus(of: object)
    status.markHandled(object)
    let now = context.wallClock.now()
    let interval = object.fluxInterval()
    do {
      let url = object["spec"]?["url"]?.stringValue ?? ""
      let reference = try Self.reference(of: object)
      let credentials = try await credentials(of: object, client: context.client)
      let commit = try await source.fetch(url: url, reference: reference, credentials: credentials)
      let revision = Self.revision(reference, commit: commit)
      let message = "stored artifact for revision '\(revision)'"
      if status["artifact"]?["revision"]?.stringValue != revision {
        let path = "gitrepository/\(object.namespace ?? "")/\(object.name)/\(commit)"
        status["artifact"] = [
          "revision": .string(revision), "lastUpdateTime": .string(now.rfc3339), "path": .string(path),
          "url": .string("\(url)#\(commit)"),
        ]
      }
      for type in ["Ready", "ArtifactInStorage"] {
        status.set(
          type, .true, reason: "Succeeded", message: message, generation: object.generation, now: now)
      }
      status.remove("FetchFailed")
    } catch let error as GitSourceError {
      for (type, value) in [("Ready", ConditionStatus.false), ("FetchFailed", .true)] {
        status.set(
          type, value, reason: error.reason, message: error.description, generation: object.generation, now: now)
      }
    }
    try await context.write(status, to: object, FluxCRDs.gitRepositories)
    return .after(interval)
  }

  private static func reference(of object: DynamicObject) throws -> GitSourceReference {
    let reference = object["spec"]?["ref"]
    // Precedence as in source-controller: commit, name, semver, tag, branch.
    if let commit = reference?["commit"]?.stringValue, !commit.isEmpty { return .commit(commit) }
    if let name = reference?["name"]?.stringValue, !name.isEmpty { return .name(name) }
    if let range = reference?["semver"]?.stringValue, !range.isEmpty {
      throw GitSourceError("spec.ref.semver \(range): not supported by LocalFlux; use branch, tag, name or commit")
    }
    if let tag = reference?["tag"]?.stringValue, !tag.isEmpty { return .tag(tag) }
    for field in ["verify", "include"] where object["spec"]?[field] != nil {
      throw GitSourceError("spec.\(field): not supported by LocalFlux; remove it or run real Flux")
    }
    return .branch(reference?["branch"]?.stringValue ?? "master")
  }

  private static func revision(_ reference: GitSourceReference, commit: String) -> String {
    let digest = "\(commit.count == 64 ? "sha256" : "sha1"):\(commit)"
    return switch reference {
    case .branch(let name), .tag(let name), .name(let name): "\(name)@\(digest)"
    case .commit: digest
    }
  }

  private func credentials(of object: DynamicObject, client: KubeClient) async throws -> GitSourceCredentials? {
    guard let name = object["spec"]?["secretRef"]?["name"]?.stringValue else { return nil }
    let key = ObjectKey(namespace: object.namespace, name: name)
    let secret: DynamicObject
    do {
      secret = try await client.get(.secrets, key)
    } catch let error as KubeError where error.isNotFound {
      throw GitSourceError(reason: "AuthenticationFailed", "secret \(key) of spec.secretRef does not exist; create it")
    }
    func text(_ field: String) -> String? { secret.secretText(field)?.reveal() }
    if let identity = text("identity") {
      return GitSourceCredentials(
        identity: Secret(identity), passphrase: Secret(text("password") ?? ""), knownHosts: text("known_hosts"))
    }
    guard let password = text("password") ?? text("bearerToken") else {
      throw GitSourceError(
        reason: "AuthenticationFailed",
        "secret \(key) of spec.secretRef has neither password, bearerToken nor identity; add one")
    }
    return GitSourceCredentials(username: text("username") ?? "git", password: Secret(password))
  }
}
