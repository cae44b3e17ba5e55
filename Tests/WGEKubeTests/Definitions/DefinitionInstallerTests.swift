import Testing
import WGECore
import WGEKube
import WGETestSupport

@Suite struct DefinitionInstallerTests {
  private let definition = DynamicObject(.customResourceDefinitions, name: "widgets.example.com")

  private func install(_ conditions: [[String: String]]...) async throws -> (
    error: DefinitionError?, requests: [String]
  ) {
    let clock = ManualClock()
    let definition = definition
    let transport = ScriptedTransport { _, index in
      var object = definition
      let now = conditions[min(max(0, index - 1), conditions.count - 1)]
      object["status"] = [
        "conditions": .array(now.map { .object(JSONObject($0.map { ($0.key, JSON.string($0.value)) })) })
      ]
      return .json(object.json)
    }
    let client = KubeClient(transport: transport, clock: clock)
    let task = Task { try await DefinitionInstaller(client: client, timeout: .seconds(10)).install([definition]) }
    let winder = Task {
      while !Task.isCancelled {
        if clock.sleeperCount > 0 { clock.advance(by: .seconds(1)) }
        await Task.yield()
      }
    }
    defer { winder.cancel() }
    do {
      try await task.value
      return (nil, transport.requests.map(\.target))
    } catch let error as DefinitionError {
      return (error, transport.requests.map(\.target))
    }
  }

  @Test func appliesByForceAndWaits() async throws {
    let (error, requests) = try await install(
      [], [["type": "Established", "status": "False", "reason": "Installing", "message": "the initial names"]],
      [["type": "Established", "status": "True"]])
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com"
    #expect(error == nil)
    #expect(requests == ["PATCH \(path)?fieldManager=wge&force=true"] + Array(repeating: "GET \(path)", count: 3))
  }

  @Test func theConditionIsQuoted() async throws {
    let refused = try await install([
      [
        "type": "NamesAccepted", "status": "False", "reason": "KindConflict", "message": "\"Widget\" is already in use",
      ],
      ["type": "Established", "status": "False"],
    ])
    #expect(
      refused.error?.description
        == "CustomResourceDefinition widgets.example.com: NamesAccepted is False (KindConflict): "
        + "\"Widget\" is already in use")
    // Names that are taken stay so: nobody waits for the time-out.
    #expect(refused.requests.count == 2)
    let late = try await install([
      ["type": "Established", "status": "False", "reason": "Installing", "message": "the initial names"]
    ])
    #expect(
      late.error?.problem == "not established after 10.0 seconds: Established is False (Installing): the initial names")
    let structure = try await install([
      ["type": "NonStructuralSchema", "status": "True", "reason": "Violations", "message": "spec.x: Required value"],
      ["type": "Established", "status": "False"],
    ])
    #expect(structure.error?.problem.contains("NonStructuralSchema is True (Violations): spec.x") == true)
    #expect(
      try await install([]).error?.problem == "not established after 10.0 seconds: the server has set no condition")
  }
}
