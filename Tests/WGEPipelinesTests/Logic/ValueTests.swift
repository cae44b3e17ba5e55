import Testing
import WGECore

@testable import WGEPipelines

@Suite struct ValueTests {
  @Test func semanticVersionsInOrder() throws {
    // semver.org, section 11, and what comes around it.
    let ordered = [
      "0.0.1", "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
      "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0",
      "2.0.18446744073709551616", "10.0.0",
    ]
    for (index, low) in ordered.enumerated() {
      for high in ordered[(index + 1)...] {
        #expect(try #require(SemanticVersion(low)) < #require(SemanticVersion(high)), "\(low) < \(high)")
        #expect(try !(#require(SemanticVersion(high)) < #require(SemanticVersion(low))), "\(high) < \(low)")
        #expect(SemanticVersion.isRollback(from: "v" + high, to: low))
        #expect(!SemanticVersion.isRollback(from: low, to: "v" + high))
      }
    }
    #expect(!SemanticVersion.isRollback(from: "1.0.0+b", to: "1.0.0+a"))
    #expect(SemanticVersion.isRollback(from: "v1.2.0@sha256:aa", to: "v1.1.0@sha256:bb"))
  }

  @Test(arguments: [
    "", "v", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.03", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "1.2.3+", "1.2.3+a..b",
    "1.2.x", "-1.2.3", "1.2.3-ä", "main@sha1:abc", "vv1.2.3",
  ])
  func noSemanticVersion(_ text: String) {
    #expect(SemanticVersion(text) == nil)
    #expect(!SemanticVersion.isRollback(from: "1.0.0", to: text))
  }

  @Test func statesKeepTheirSpelling() {
    for text in [
      "UpToDate", "WaitingSource", "Gated", "Promoting", "PullRequestOpen", "Applying", "Stalled",
      "Abandoned", "Failed", "Superseded", "Verifying", "",
    ] {
      #expect(PromotionState(rawValue: text).rawValue == text)
    }
    #expect(PromotionState(rawValue: "Gated") == .gated)
  }

  @Test func upstreamManifestIsRead() throws {
    let yaml = """
      apiVersion: pipelines.weave.works/v1alpha1
      kind: Pipeline
      metadata: {name: shop, namespace: delivery}
      spec:
        appRef: {apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, name: shop}
        environments:
        - name: dev
          targets: [{namespace: shop-dev}]
        - name: prod
          targets:
          - {namespace: shop, clusterRef: {kind: GitopsCluster, name: eu-1, namespace: fleet}}
          - {namespace: shop, clusterRef: {kind: GitopsCluster, name: us-1}}
          promotion:
            manual: true
            strategy:
              pull-request: {type: gitlab, url: "https://git.example.net/shop/fleet", baseBranch: main, secretRef: {name: promo}}
        promotion:
          strategy: {notification: {}, secretRef: {name: promo-hmac}}
      status:
        observedGeneration: -1
        environments:
          prod:
            waitingApproval: {revision: 5.0.0}
      """
    let pipeline = try YAML.parseSingle(yaml).decode(Pipeline.self)
    #expect(pipeline.spec.effectivePromotion(into: "dev")?.strategy.notification != nil)
    let prod = pipeline.spec.effectivePromotion(into: "prod")
    #expect(prod?.isManual == true)
    #expect(prod?.strategy.pullRequest?.type == .gitlab)
    #expect(prod?.strategy.pullRequest?.secretRef?.name == "promo")
    let references = pipeline.spec.environments[1].targets.compactMap(\.clusterRef)
    #expect(references.map { $0.key(inNamespace: "delivery").description } == ["fleet/eu-1", "delivery/us-1"])
    #expect(references.map(\.displayName) == ["GitopsCluster/fleet/eu-1", "GitopsCluster/us-1"])
    #expect(pipeline.status?.environments["prod"]?.waitingRevision == "5.0.0")
    // Round trip: what was read is what is written, hyphen included.
    let again = try JSON(encoding: pipeline)
    #expect(
      again.value(at: ["spec", "environments"])?[1]?.value(at: ["promotion", "strategy", "pull-request", "type"])
        == "gitlab")
    #expect(try again.decode(Pipeline.self) == pipeline)
  }

  @Test func recordsSurviveARoundTrip() throws {
    var record = PromotionRecord(revision: "1.0.0", state: .pullRequestOpen)
    record.startedAt = start
    record.attempt = 3
    record.pullRequest = pullRequest()
    record.approvals = [
      ApprovalRecord(revision: "1.0.0", decision: .approved, actor: "alice", time: start, comment: "ok")
    ]
    record.history = [
      PromotionHistoryEntry(revision: "0.9.0", state: .abandoned, startedAt: nil, finishedAt: start, message: "no")
    ]
    record.retry = RetryRecord(actor: "bob", time: start)
    #expect(try JSON(encoding: record).decode(PromotionRecord.self) == record)
    #expect(try JSON(parsing: "{}").decode(PromotionRecord.self).state == .waitingSource)
  }

  @Test func customResourceDefinition() throws {
    let crd = try YAML.parseSingle(Pipeline.customResourceDefinition)
    #expect(crd.value(at: ["metadata", "name"]) == "pipelines.pipelines.weave.works")
    let version = try #require(crd.value(at: ["spec", "versions"])?[0])
    let columns = version["additionalPrinterColumns"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
    #expect(columns == ["App Kind", "App Name", "Age", "Ready", "Status"])
    let spec = try #require(version.value(at: ["schema", "openAPIV3Schema", "properties", "spec", "properties"]))
    for promotion in [spec["promotion"], spec.value(at: ["environments", "items", "properties", "promotion"])] {
      let type = promotion?.value(at: [
        "properties", "strategy", "properties", "pull-request", "properties", "type", "enum",
      ])
      #expect(type?.arrayValue?.compactMap(\.stringValue) == GitHostType.all.map(\.rawValue))
    }
    // Every field that a record writes is in the schema: a server would drop others.
    var record = PromotionRecord(revision: "1", state: .gated)
    (record.startedAt, record.finishedAt, record.lastAttemptedTime) = (start, start, start)
    (record.attempt, record.nextAttemptTime, record.succeeded, record.reason) = (1, start, true, "r")
    (record.message, record.actor, record.pullRequest, record.appliedAt) = ("m", "a", pullRequest(), start)
    (record.generation, record.retry) = (1, RetryRecord(actor: "a", time: start))
    record.approvals = [ApprovalRecord(revision: "1", decision: .approved, actor: "a", time: start, comment: "c")]
    record.history = [
      PromotionHistoryEntry(
        revision: "1", state: .upToDate, startedAt: start, finishedAt: start, pullRequestURL: "u", actor: "a",
        approvals: record.approvals, message: "m")
    ]
    let schema = version.value(at: [
      "schema", "openAPIV3Schema", "properties", "status", "properties", "environments",
      "additionalProperties", "properties", "promotion",
    ])
    #expect(missing(try JSON(encoding: record), try #require(schema), "promotion").isEmpty)
  }

  /// Paths of a value that a schema does not list.
  private func missing(_ value: JSON, _ schema: JSON, _ path: String) -> [String] {
    switch value {
    case .object(let members):
      return members.flatMap { member -> [String] in
        guard let next = schema.value(at: ["properties", member.key]) else { return ["\(path).\(member.key)"] }
        return missing(member.value, next, "\(path).\(member.key)")
      }
    case .array(let elements): return elements.flatMap { missing($0, schema["items"] ?? .null, path + "[]") }
    default: return []
    }
  }

  @Test func pullRequestText() {
    var request = PromotionRequest(
      pipeline: ObjectKey(namespace: "foo", name: "bar"), pipelineUID: "u-1", environment: "prod",
      sourceEnvironment: "staging", revision: "1.2.3", startedAt: start)
    #expect(PromotionText.branch(request) == "promotion-foo-bar-prod")
    #expect(PromotionText.title(request) == "Promote foo/bar in prod to 1.2.3")
    let body = PromotionText.body(request)
    #expect(body.contains("<details>\n<summary>metadata</summary>\n"))
    #expect(body.contains("\n\nfoo/bar/prod\n"))
    #expect(PromotionText.isOf(body: body, request))
    #expect(PromotionText.isOf(body: body.replacing("\n", with: "\r\n"), request))
    #expect(PromotionText.names(body: body, request))
    // no prefix of another environment's name counts.
    var other = request
    other.environment = "prod-eu"
    #expect(!PromotionText.names(body: PromotionText.body(other), request))
    // What people write makes no line of its own.
    request.approvals = [
      ApprovalRecord(
        revision: "1.2.3", decision: .approved, actor: "eve\nfoo/bar/dev", time: start, comment: "</details>\nx")
    ]
    var dev = request
    dev.environment = "dev"
    #expect(!PromotionText.names(body: PromotionText.body(request), dev))
    #expect(PromotionText.body(request).components("</details>") == 1)
    #expect(PromotionText.isOf(commitMessage: PromotionText.commitMessage(request), request))
    #expect(!PromotionText.isOurs(commitMessage: PromotionText.commitMessage(request), dev))
    request.revision = String(repeating: "é", count: 400)
    #expect(PromotionText.title(request).utf8.count <= 250)
  }

  @Test("G-8, G-9, G-10: what can be said without asking") func pullRequestSettings() {
    func failure(_ type: String, _ url: String = "https://git.example/a/b", _ base: String = "main") -> String? {
      do {
        try PromotionRepositories.check(
          PullRequestPromotion(type: GitHostType(rawValue: type), url: url, baseBranch: base))
        return nil
      } catch { return error.message }
    }
    #expect(failure("") == "invalid git provider type: git provider type is empty")
    #expect(failure("subversion") == "invalid git provider type: the Git provider \"subversion\" is not supported")
    #expect(
      failure("github", "http://user:secret@git.example/a/b")?.contains(
        "only HTTPS supported: http://***@git.example/a/b") == true)
    #expect(failure("github", "http://user:secret@git.example/a/b")?.contains("secret") == false)
    #expect(failure("azure-devops") == nil)
    #expect(failure("local", "file:///srv/git/a/b.git") == nil)
    #expect(failure("local", "") != nil)
    #expect(failure("gitlab", "https://g/a/b", "") != nil)
  }
}

extension String {
  fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
