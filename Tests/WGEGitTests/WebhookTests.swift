import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

@Suite struct WebhookTests {
  @Test func fixtures() throws {
    let report = SuiteReport("GIT WEBHOOKS")
    for provider in GitProvider.allCases where provider != .local {
      for file in Vectors.files(in: "git/providers/\(provider.rawValue)", ext: "json")
      where file.name.hasPrefix("webhook") {
        let fixture = try JSON(parsing: file.read())
        report.run("\(provider.rawValue)/\(file.name)") { try check(fixture, provider) }
      }
    }
    guard report.passed + report.failures.count > 0 else {
      print(Vectors.skipMessage("git/providers"))
      return
    }
    report.finish()
    #expect(report.failures.isEmpty)
  }

  private func check(_ fixture: JSON, _ provider: GitProvider) throws -> String? {
    let hook = GitWebhook(provider: provider, secrets: [Secret(fixture["secret"]?.stringValue ?? "")])
    var fields: [String: String] = [:]
    for member in fixture["headers"]?.objectValue ?? [:] { fields[member.key] = member.value.stringValue }
    let body = Array((fixture["rawBody"]?.stringValue ?? "").utf8)
    let expect = fixture["expect"] ?? .null
    let now = Timestamp(seconds: expect["now"]?.intValue ?? 1_767_225_600)
    let event: GitWebhookEvent?
    do {
      event = try hook.event(fields: fields, body: body, now: now)
    } catch {
      if expect["valid"]?.boolValue == true { return "was refused: \(error)" }
      return error.code == .unauthorized ? nil : "\(error)"
    }
    if expect["valid"]?.boolValue != true { return "was accepted" }
    let wanted = expect["event"] ?? .null
    let found: [String: String?] = [
      "kind": event?.kind.rawValue, "repository": event?.repository, "ref": event?.reference,
      "before": event?.before?.description, "after": event?.after?.description, "action": event?.action,
    ]
    for member in wanted.objectValue ?? [:] where member.key != "number" {
      if (found[member.key] ?? nil) != member.value.stringValue {
        return "\(member.key) is \(String(describing: found[member.key]))"
      }
    }
    if let number = wanted["number"]?.intValue, event?.number != Int(number) { return "the number differs" }
    return nil
  }

  @Test func secretsRotateAndAbsentOnesAcceptNothing() throws {
    let fields = ["X-Gitlab-Token": "new"]
    let body = Array(
      "{\"object_kind\":\"push\",\"ref\":\"refs/heads/x\",\"project\":{\"path_with_namespace\":\"a/b\"}}".utf8)
    let now = Timestamp(seconds: 0)
    let rotating = GitWebhook(provider: .gitlab, secrets: [Secret("old"), Secret("new")])
    #expect(try rotating.event(fields: fields, body: body, now: now)?.reference == "refs/heads/x")
    for secrets in [[], [Secret("")], [Secret("other")]] {
      #expect(throws: GitHostError.self) {
        try GitWebhook(provider: .gitlab, secrets: secrets).event(fields: ["X-Gitlab-Token": ""], body: body, now: now)
      }
    }
    #expect(throws: GitHostError.self) {
      try GitWebhook(provider: .gitlab, secrets: [Secret("new")], requiresSignature: true)
        .event(fields: fields, body: body, now: now)
    }
    #expect(throws: GitHostError.self) {
      try rotating.event(fields: fields, body: [UInt8](repeating: 32, count: 6 << 20), now: now)
    }
  }

  @Test func replaysAreSeenOnceAndForgotten() {
    var memory = WebhookReplayMemory(lifetime: .seconds(10), limit: 4)
    let deliveries: [(id: String, second: Int64, isNew: Bool)] = [
      ("a", 0, true), ("a", 0, false), ("a", 10, true), ("b", 11, true), ("c", 11, true), ("d", 11, true),
      // The fifth makes room: the oldest is forgotten, the newest is not.
      ("e", 11, true), ("a", 12, true), ("e", 12, false),
    ]
    for (index, delivery) in deliveries.enumerated() {
      let isNew = memory.isNew(delivery.id, now: Timestamp(seconds: delivery.second))
      #expect(isNew == delivery.isNew, "delivery \(index)")
    }
  }

  @Test func hostileBodiesAreRefusedOrIgnored() throws {
    let hook = GitWebhook(provider: .azureDevOps, secrets: [Secret("s")])
    let fields = ["authorization": "Basic " + Base64.encode("u:s".utf8)]
    for text in [
      "", "[]", "{}", "null", "{\"eventType\":\"git.push\"}", "{\"eventType\":\"git.push\",\"resource\":[]}",
    ] {
      let event = try? hook.event(fields: fields, body: Array(text.utf8), now: Timestamp(seconds: 0))
      #expect((event ?? nil) == nil, "\(text)")
    }
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: GitHostError.self) {
      try hook.event(fields: fields, body: Array(deep.utf8), now: Timestamp(seconds: 0))
    }
  }
}
