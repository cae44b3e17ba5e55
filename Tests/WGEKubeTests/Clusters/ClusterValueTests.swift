import Testing
import WGECore
import WGEKube

@Suite struct ClusterValueTests {
  @Test(
    arguments: [
      ("management", nil, "management"), ("hub", nil, "hub"), ("flux-system/leaf-eu", "flux-system", "leaf-eu"),
    ] as [(String, String?, String)])
  func identifiers(text: String, namespace: String?, name: String) throws {
    let id = try #require(ClusterID(text))
    #expect(id.namespace == namespace && id.name == name && id.description == text)
    #expect(id.isManagement == (namespace == nil))
    #expect(try JSON(encoding: id) == .string(text))
    #expect(try JSON.string(text).decode(ClusterID.self) == id)
  }

  @Test(arguments: ["", "/", "a/", "/b", "a/b/c", "//", "a//b"])
  func whatIsNoIdentifier(text: String) {
    #expect(ClusterID(text) == nil)
    #expect(throws: (any Error).self) { try JSON.string(text).decode(ClusterID.self) }
  }

  @Test func order() {
    let ids = [
      ClusterID(namespace: "b", name: "a"), .management, ClusterID(namespace: "a", name: "z"),
      .management(named: "hub"),
    ]
    #expect(ids.sorted().map(\.description) == ["hub", "management", "a/z", "b/a"])
    #expect(ClusterID.management == .management(named: "management"))
  }

  private static func status(_ code: Int, name: String? = nil) -> KubeError {
    .status(KubeStatus(code: code, reason: .unknown, message: "m", details: .init(name: name)))
  }

  @Test(
    arguments: [
      (status(401), .unauthorized), (status(403), .forbidden), (status(404), .resourceMissing),
      (status(404, name: "x"), .notFound),
      (status(504), .timeout), (status(503), .unreachable), (status(500), .other), (status(409), .other),
      (.transport(TransportFailure(.cannotResolve, message: "")), .unreachable),
      (.transport(TransportFailure(.cannotConnect, message: "")), .unreachable),
      (.transport(TransportFailure(.connectionLost, message: "")), .unreachable),
      (.transport(TransportFailure(.timedOut, message: "")), .timeout),
      (.transport(TransportFailure(.tls, message: "")), .tls),
      (.transport(TransportFailure(.tooLarge, message: "")), .decode), (.decoding(what: "", problem: ""), .decode),
      (.config(KubeconfigProblem(problem: "")), .invalidKubeconfig), (.request(""), .other),
    ] as [(KubeError, ClusterError.Code)])
  func codes(error: KubeError, code: ClusterError.Code) {
    let id = ClusterID(namespace: "a", name: "b")
    #expect(ClusterError(id, error).code == code)
    #expect(ClusterError(id, error).cluster == id)
  }

  @Test func otherErrorsKeepTheirWords() {
    struct Odd: Error, CustomStringConvertible { let description = "odd" }
    let id = ClusterID.management
    #expect(ClusterError(id, Odd()) == ClusterError(id, .other, "odd"))
    let inner = ClusterError(ClusterID(namespace: "a", name: "b"), .notReady, "m")
    #expect(ClusterError(id, inner) == inner)
    #expect("\(inner)" == "cluster a/b: m")
  }
}
