import Testing
import WGECore

@testable import WGEKube

@Suite struct ResourcePathTests {
  @Test(
    arguments: [
      (ResourceType.configMaps, "shop", "web", nil, "/api/v1/namespaces/shop/configmaps/web"),
      (.deployments, "shop", "web", .scale, "/apis/apps/v1/namespaces/shop/deployments/web/scale"),
      (.namespaces, "ignored", "shop", nil, "/api/v1/namespaces/shop"),
      (.configMaps, "shop", "system:node", nil, "/api/v1/namespaces/shop/configmaps/system%3Anode"),
      (.configMaps, "shop", "a b?c#d&e=f+g", nil, "/api/v1/namespaces/shop/configmaps/a%20b%3Fc%23d%26e%3Df%2Bg"),
      (.configMaps, "shop", "é", nil, "/api/v1/namespaces/shop/configmaps/%C3%A9"),
      (.configMaps, "shop", "...", nil, "/api/v1/namespaces/shop/configmaps/..."),
      (.configMaps, "shop", "\\..\\x;y", nil, "/api/v1/namespaces/shop/configmaps/%5C..%5Cx%3By"),
    ] as [(ResourceType, String, String, Subresource?, String)])
  func objects(resource: ResourceType, namespace: String, name: String, subresource: Subresource?, path: String) throws
  {
    #expect(try ResourcePath.object(resource, namespace: namespace, name: name, subresource: subresource) == path)
  }

  @Test(arguments: [
    "", ".", "..", "/", "a/b", "../../secrets/x", "a%2Fb", "%", "a\u{0}b", "a\nb", "\u{7F}", "..%2f..", "a/../b",
  ])
  func whatNoNameCanHoldIsRefusedEverywhere(text: String) {
    let odd = ResourceType(group: text.isEmpty ? "/" : text, version: "v1", kind: "X", plural: "xs")
    #expect(throws: KubeError.self) { try ResourcePath.object(.configMaps, namespace: "shop", name: text) }
    #expect(throws: KubeError.self) { try ResourcePath.object(.configMaps, namespace: text, name: "x") }
    #expect(throws: KubeError.self) {
      try ResourcePath.object(.configMaps, namespace: "shop", name: "x", subresource: Subresource(rawValue: text))
    }
    #expect(throws: KubeError.self) { try ResourcePath.collection(odd, namespace: nil) }
    #expect(throws: KubeError.self) {
      try ResourcePath.collection(ResourceType(group: "", version: text, kind: "X", plural: "xs"), namespace: nil)
    }
    #expect(throws: KubeError.self) {
      try ResourcePath.collection(ResourceType(group: "", version: "v1", kind: "X", plural: text), namespace: nil)
    }
  }

  @Test func everyByteStaysInItsSegment() throws {
    for scalar in (0...0x2FF).compactMap(Unicode.Scalar.init) {
      guard let path = try? ResourcePath.object(.configMaps, namespace: "shop", name: "a\(Character(scalar))b") else {
        continue
      }
      #expect(path.split(separator: "/", omittingEmptySubsequences: false).count == 7)
      #expect(path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?#\\;".utf8.contains($0) })
    }
  }

  @Test func anEmptyNameNeverBecomesAList() async {
    let transport = ScriptedTransport([.json([:])])
    let client = KubeClient(transport: transport)
    await #expect(throws: KubeError.request("the name of ConfigMap is empty")) {
      try await client.delete(.configMaps, ObjectKey(namespace: "shop", name: ""))
    }
    #expect(transport.requests.isEmpty)
  }
}
