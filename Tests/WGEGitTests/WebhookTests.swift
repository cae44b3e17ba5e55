import Crypto
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

  /// Azure's subscriptions sign in with a user and a password, or with a field of their own.
  @Test func azureSignsInInTwoWays() throws {
    let body = Array("{\"eventType\":\"other\"}".utf8)
    func admits(_ hook: GitWebhook, _ fields: [String: String]) -> Bool {
      do {
        _ = try hook.event(fields: fields, body: body, now: Timestamp(seconds: 0))
        return true
      } catch {
        #expect(error.code == .unauthorized)
        return false
      }
    }
    func basic(_ text: String) -> [String: String] { ["Authorization": "Basic " + Base64.encode(text.utf8)] }
    let secrets = [Secret("old"), Secret("new")]
    let any = GitWebhook(provider: .azureDevOps, secrets: secrets)
    let named = GitWebhook(provider: .azureDevOps, secrets: secrets, userName: "hook")
    let own = GitWebhook(provider: .azureDevOps, secrets: secrets, header: "X-Wge-Secret")
    #expect(admits(any, basic("whoever:new")) && admits(any, basic("whoever:old")) && !admits(any, basic("u:x")))
    #expect(admits(named, basic("hook:new")))
    for text in ["hook2:new", "hoo:new", ":new", "Hook:new", "hook:x", "hook:hook"] {
      #expect(!admits(named, basic(text)), "\(text)")
    }
    #expect(admits(own, ["x-wge-secret": "new"]) && admits(own, ["X-WGE-SECRET": "old"]))
    for fields in [basic("u:new"), ["X-Wge-Secret": ""], ["X-Wge-Secret": "ne"], [:]] { #expect(!admits(own, fields)) }
  }

  @Test func contentTypesAreOfAnyCase() throws {
    let hook = GitWebhook(provider: .azureDevOps, secrets: [Secret("s")], header: "x-s")
    let json =
      "{\"eventType\":\"git.pullrequest.created\",\"resource\":{\"pullRequestId\":7,\"repository\":"
      + "{\"name\":\"config\",\"project\":{\"name\":\"acme\"}}}}"
    let form = Array(("a=b&payload=" + json.percentEncodedSegment).utf8)
    for type in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-URLEncoded; charset=UTF-8"] {
      let event = try hook.event(
        fields: ["X-S": "s", "Content-Type": type], body: form, now: Timestamp(seconds: 0))
      #expect(event?.number == 7, "\(type)")
    }
  }

  private func read(_ provider: GitProvider, _ fields: [String: String], _ json: JSON) -> GitWebhookEvent? {
    WebhookReader(provider: provider, fields: fields, json: json).event()
  }

  @Test func aPushOfSeveralReferencesNamesNone() {
    let old = "1111111111111111111111111111111111111111"
    let new = "2222222222222222222222222222222222222222"
    func server(_ name: String) -> JSON {
      ["ref": ["id": .string("refs/heads/\(name)")], "fromHash": .string(old), "toHash": .string(new)]
    }
    func cloud(_ name: String) -> JSON { ["new": ["type": "branch", "name": .string(name), "target": ["hash": "x"]]] }
    func azure(_ name: String) -> JSON {
      ["name": .string("refs/heads/\(name)"), "oldObjectId": .string(old), "newObjectId": .string(new)]
    }
    let place: JSON = ["slug": "config", "project": ["key": "WG"]]
    func events(_ names: [String]) -> [GitWebhookEvent?] {
      [
        read(
          .bitbucketServer, ["x-event-key": "repo:refs_changed"],
          ["repository": place, "changes": .array(names.map(server))]),
        read(
          .bitbucketCloud, ["x-event-key": "repo:push"],
          ["repository": ["full_name": "acme/fleet"], "push": ["changes": .array(names.map(cloud))]]),
        read(
          .azureDevOps, [:],
          [
            "eventType": "git.push",
            "resource": [
              "repository": ["name": "config", "project": ["name": "acme"]], "refUpdates": .array(names.map(azure)),
            ],
          ]),
      ]
    }
    for event in events(["one"]) { #expect(event?.reference == "refs/heads/one") }
    for event in events(["one", "two"]) {
      #expect(event?.kind == .push && event?.repository.isEmpty == false)
      #expect(event?.reference == nil && event?.before == nil && event?.after == nil)
    }
    for event in events([]) { #expect(event == nil) }
  }

  @Test func gitLabTellsOfTags() {
    let event = read(
      .gitlab, [:],
      ["object_kind": "tag_push", "ref": "refs/tags/v1", "project": ["path_with_namespace": "acme/fleet"]])
    #expect(event?.kind == .push && event?.reference == "refs/tags/v1")
  }

  /// Everything but the signed id can be changed by whoever replays a delivery.
  @Test func theReplayIDOfASignedDeliveryIsTheSignedOne() throws {
    let body = Array(
      "{\"object_kind\":\"push\",\"ref\":\"refs/heads/x\",\"project\":{\"path_with_namespace\":\"a/b\"}}".utf8)
    let code = HMAC<SHA256>.authenticationCode(
      for: Array("id-1.0.".utf8) + body, using: SymmetricKey(data: Array("secret".utf8)))
    let hook = GitWebhook(provider: .gitlab, secrets: [Secret("secret")])
    var fields = [
      "webhook-id": "id-1", "webhook-timestamp": "0", "webhook-signature": "v1," + Base64.encode(Array(code)),
      "Idempotency-Key": "forged", "X-Gitlab-Event-UUID": "forged",
    ]
    #expect(try hook.event(fields: fields, body: body, now: Timestamp(seconds: 0))?.deliveryID == "id-1")
    fields = ["X-Gitlab-Token": "secret", "Idempotency-Key": "key"]
    #expect(try hook.event(fields: fields, body: body, now: Timestamp(seconds: 0))?.deliveryID == "key")
  }

  // MARK: - Hostile deliveries

  /// The fixtures that are authentic, with what makes them so.
  private func authentic() throws -> [(
    provider: GitProvider, hook: GitWebhook, fields: [String: String], body: [UInt8]
  )] {
    var result: [(GitProvider, GitWebhook, [String: String], [UInt8])] = []
    for provider in GitProvider.allCases where provider != .local {
      for file in Vectors.files(in: "git/providers/\(provider.rawValue)", ext: "json")
      where file.name.hasPrefix("webhook") {
        let fixture = try JSON(parsing: file.read())
        guard fixture["expect"]?["valid"]?.boolValue == true else { continue }
        let hook = GitWebhook(provider: provider, secrets: [Secret(fixture["secret"]?.stringValue ?? "")])
        var fields: [String: String] = [:]
        for member in fixture["headers"]?.objectValue ?? [:] { fields[member.key] = member.value.stringValue }
        result.append((provider, hook, fields, Array((fixture["rawBody"]?.stringValue ?? "").utf8)))
      }
    }
    return result
  }

  /// One bit of the body or of a signature: refused, with the same words each time.
  @Test func everyChangedBitIsNoticed() throws {
    var (checked, refusals) = (0, Set<String>())
    for delivery in try authentic() {
      func refuse(_ fields: [String: String], _ body: [UInt8]) {
        checked += 1
        do {
          let event = try delivery.hook.event(fields: fields, body: body, now: Timestamp(seconds: 1_767_225_600))
          // Only the connection test needs no signature.
          #expect(event?.kind == .ping, "\(delivery.provider)")
        } catch {
          refusals.insert(error.message)
          #expect(error.code == .unauthorized)
        }
      }
      let signature = delivery.fields.first { $0.key.lowercased().contains("signature") }
      if let signature {
        for index in stride(from: 0, to: delivery.body.count, by: 7) {
          var body = delivery.body
          body[index] ^= 1
          refuse(delivery.fields, body)
        }
        // Of GitLab's list any may be good, so that one is changed as a whole below.
        for index in signature.value.indices where !signature.value.contains(" ") {
          var fields = delivery.fields
          var text = signature.value
          text.replaceSubrange(index...index, with: text[index] == "0" ? "1" : "0")
          fields[signature.key] = text
          refuse(fields, delivery.body)
        }
        for value in ["", "sha1=00", "sha256=", "sha256=zz", "v1,", "v0,AAAA", String(repeating: "a", count: 100_000)] {
          var fields = delivery.fields
          fields[signature.key] = value
          refuse(fields, delivery.body)
        }
      }
      refuse([:], delivery.body)
    }
    guard checked > 0 else {
      print(Vectors.skipMessage("git/providers"))
      return
    }
    #expect(refusals.count == 1)
    print("WEBHOOK FORGERIES: \(checked) passed, 0 failed, 0 skipped")
  }

  /// Bodies of every shape, authentic by a plain token or password: an event, nothing, or an error.
  @Test func bodiesOfAnyShapeDoNoHarm() throws {
    var generator = SeededGenerator(seed: 7)
    let values: [JSON] = [
      .null, true, -1, .number(JSONNumber(Int64.max)), .number(JSONNumber(1e300) ?? JSONNumber(0)), "", "refs/heads/",
      "\u{0}", .array([]),
      [:], .array([.null, [:]]), .string(String(repeating: "f", count: 40)), .string(String(repeating: "0", count: 40)),
    ]
    let providers: [(GitProvider, [String: String])] = [
      (.gitlab, ["X-Gitlab-Token": "s"]), (.azureDevOps, ["Authorization": "Basic " + Base64.encode("u:s".utf8)]),
    ]
    func damage(_ json: JSON) -> JSON {
      if Int.random(in: 0..<12, using: &generator) == 0 { return values.randomElement(using: &generator) ?? .null }
      switch json {
      case .object(let members): return .object(JSONObject(members.map { ($0.key, damage($0.value)) }))
      case .array(let elements): return .array(elements.map(damage))
      default: return json
      }
    }
    let bodies = try authentic().compactMap { try? JSON(parsing: $0.body) }
    for (provider, fields) in providers {
      let hook = GitWebhook(provider: provider, secrets: [Secret("s")])
      for body in bodies {
        for _ in 0..<60 {
          let event = try? hook.event(fields: fields, body: damage(body).serialized(), now: Timestamp(seconds: 0))
          // No reference, then no values either.
          if let found = event, found.kind == .push, found.reference == nil {
            #expect(found.before == nil && found.after == nil)
          }
        }
      }
    }
    // Times at the ends of the range.
    for stamp in ["9223372036854775807", "-9223372036854775808", "99999999999999999999", "", "x", "0"] {
      let fields = ["webhook-id": "1", "webhook-timestamp": stamp, "webhook-signature": "v1,AAAA"]
      let hook = GitWebhook(provider: .gitlab, secrets: [Secret("s")])
      #expect(throws: GitHostError.self) {
        try hook.event(fields: fields, body: [], now: Timestamp(seconds: 1_767_225_600))
      }
    }
  }
}
