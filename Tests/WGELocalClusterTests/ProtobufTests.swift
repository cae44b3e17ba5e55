import Testing
import WGECore
import WGELocalCluster

/// The protobuf form in which kubectl sends typed objects.
@Suite struct ProtobufTests {
  private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
  private func field(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
  private func field(_ number: UInt8, varint value: UInt8) -> [UInt8] { [number << 3, value] }

  private func envelope(_ apiVersion: String, _ kind: String, _ raw: [UInt8]) -> [UInt8] {
    [0x6B, 0x38, 0x73, 0] + field(1, field(1, apiVersion) + field(2, kind)) + field(2, raw)
  }

  private static let type = "application/vnd.kubernetes.protobuf"

  @Test func objectsAreReadByTheirNumbers() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let labels = field(11, field(1, "app") + field(2, "shop"))
    let map = envelope(
      "v1", "ConfigMap",
      field(1, field(1, "a") + labels) + field(2, field(1, "k") + field(2, "v")) + field(4, varint: 1))
    let answer = try await cluster.send("POST", TestCluster.configMaps, raw: map, type: Self.type)
    #expect(answer.code == 201)
    #expect(answer.body["data"] == ["k": "v"])
    #expect(answer.body["immutable"] == true)
    #expect(answer.body["metadata"]?["labels"] == ["app": "shop"])

    let port = field(4, [0x08, 1] + field(3, "http"))
    let service = envelope(
      "v1", "Service", field(1, field(1, "s")) + field(2, field(1, field(2, "TCP") + field(3, varint: 80) + port)))
    let created = try await cluster.send("POST", "/api/v1/namespaces/default/services", raw: service, type: Self.type)
    #expect(created.body["spec"]?["ports"] == [["port": 80, "protocol": "TCP", "targetPort": "http"]])
  }

  @Test func damagedMessagesAreRefused() async throws {
    let cluster = try TestCluster()
    defer { cluster.cluster.close() }
    let map = envelope("v1", "ConfigMap", field(1, field(1, "a")) + field(2, field(1, "k") + field(2, "v")))
    for length in 0..<map.count {
      let answer = try await cluster.send(
        "POST", TestCluster.configMaps, raw: Array(map[..<length]), type: Self.type, query: ["dryRun": "All"])
      // A message that ends early at a field's edge may still be a message, of nothing much.
      #expect([400, 422].contains(answer.code), "\(length): \(answer.code)")
    }
    var nested: [UInt8] = []
    for _ in 0..<60 { nested = field(1, nested.count > 120 ? [] : nested) }
    #expect(
      try await cluster.send("POST", TestCluster.configMaps, raw: envelope("v1", "ConfigMap", nested), type: Self.type)
        .code >= 400)
    try await cluster.create(TestCluster.definitions, TestCluster.widgets(["type": "object"]))
    #expect(try await cluster.send("POST", TestCluster.widgetPath, raw: map, type: Self.type).code == 415)
  }
}
