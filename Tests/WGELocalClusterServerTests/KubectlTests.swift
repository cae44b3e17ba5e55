#if Server
  import Foundation
  import Testing
  import WGECore
  import WGEKube
  import WGELocalCluster
  import WGETestSupport

  @testable import WGELocalClusterServer

  /// The HTTPS face against its real clients: kubectl, and WGEKube over libcurl.
  @Suite(.serialized) struct HTTPSFaceTests {
    private struct Face: Sendable {
      let kubeconfig: Kubeconfig
      let path: String
    }

    private func withFace(_ body: @escaping @Sendable (Face) async throws -> Void) async throws {
      var configuration = LocalCluster.Configuration()
      configuration.tokens = [
        .init(token: Secret("secret-token"), user: "admin", groups: ["system:masters"]),
        .init(token: Secret("other-token"), user: "guest"),
      ]
      let cluster = try LocalCluster(configuration: configuration)
      defer { cluster.close() }
      let certificates = try ServingCertificates.ephemeral()
      let server = LocalClusterServer(transport: cluster.transport(as: .anonymous), certificates: certificates)
      try await withTemporaryDirectory { directory in
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await server.run() }
          let kubeconfig = Kubeconfig(
            clusters: [
              .init(
                name: "local", server: "https://127.0.0.1:\(try await server.port())",
                certificateAuthority: .inline(Secret(Array(certificates.authorityPEM.utf8))))
            ], users: [.init(name: "admin", token: Secret("secret-token"))],
            contexts: [.init(name: "local", cluster: "local", user: "admin")], currentContext: "local")
          let path = directory + "/kubeconfig"
          try Data(kubeconfig.serialized()).write(to: URL(filePath: path))
          defer { group.cancelAll() }
          try await body(Face(kubeconfig: kubeconfig, path: path))
        }
      }
    }

    /// libcurl 7 resets every stream that it is done with; a server that takes that for an attack cuts
    /// the connection after a few hundred requests.
    @Test("A quick client is not taken for an attacker")
    func quickClient() async throws {
      try await withFace { face in
        let client = try KubeClient(kubeconfig: face.kubeconfig).retrying(.none)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for writer in 0..<8 {
            group.addTask {
              for index in 0..<100 {
                let object = DynamicObject(.configMaps, namespace: "default", name: "w\(writer)-\(index)")
                _ = try await client.create(.configMaps, object)
                _ = try await client.get(.configMaps, object.key)
              }
            }
          }
          try await group.waitForAll()
        }
        #expect(try await client.listAll(.configMaps, namespace: "default").items.count >= 800)
      }
    }

    @Test("More watches than one connection takes all see a change")
    func manyWatches() async throws {
      try await withFace { face in
        let client = try KubeClient(kubeconfig: face.kubeconfig)
        let version = try await client.list(.configMaps, namespace: "default").resourceVersion
        try await withThrowingTaskGroup(of: Bool.self) { group in
          for _ in 0..<150 {
            let events = try await client.watch(
              .configMaps, namespace: "default", options: WatchOptions(resourceVersion: version))
            group.addTask {
              for try await event in events { return event.object?.name == "seen" }
              return false
            }
          }
          _ = try await client.create(.configMaps, DynamicObject(.configMaps, namespace: "default", name: "seen"))
          for try await saw in group { #expect(saw) }
        }
      }
    }

    @Test("A client over HTTPS reads, writes and watches")
    func client() async throws {
      try await withFace { face in
        let client = try KubeClient(kubeconfig: face.kubeconfig)
        let map = try DynamicObject(
          apiVersion: "v1", kind: "ConfigMap", metadata: ObjectMeta(name: "a", namespace: "default"))
        let created = try await client.create(.configMaps, map)
        var options = WatchOptions()
        options.resourceVersion = created.resourceVersion
        let events = try await client.watch(.configMaps, namespace: "default", options: options)
        try await client.patch(
          .configMaps, created.key, .merge(["data": ["x": "1"]]))
        var seen: String?
        for try await event in events {
          if case .modified(let object) = event { seen = object["data"]?["x"]?.stringValue }
          break
        }
        #expect(seen == "1")
      }
    }

    @Test("A wrong token, a missing right and a wrong authority are told apart")
    func refused() async throws {
      try await withFace { face in
        var stranger = face.kubeconfig
        stranger.users[0].token = Secret("wrong")
        await #expect { try await KubeClient(kubeconfig: stranger).list(.secrets) } throws: {
          ($0 as? KubeError)?.isUnauthorized == true
        }
        var guest = face.kubeconfig
        guest.users[0].token = Secret("other-token")
        await #expect { try await KubeClient(kubeconfig: guest).list(.secrets) } throws: {
          ($0 as? KubeError)?.isForbidden == true
        }
        var untrusting = face.kubeconfig
        let other = try ServingCertificates.ephemeral()
        untrusting.clusters[0].certificateAuthority = .inline(Secret(Array(other.authorityPEM.utf8)))
        await #expect { try await KubeClient(kubeconfig: untrusting).list(.secrets) } throws: {
          guard case .transport = $0 as? KubeError else { return false }
          return "\($0)".contains("not trusted") && !"\($0)".contains("secret-token")
        }
      }
    }

    @Test("kubectl applies, waits, reads, describes and deletes")
    func kubectl() async throws {
      guard let kubectl = Self.find("kubectl") else {
        print("skipped: kubectl: there is no kubectl on PATH")
        return
      }
      try await withFace { face in
        let manifest = face.path + ".yaml"
        try Data("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata: {version: '1'}\n".utf8)
          .write(to: URL(filePath: manifest))
        let table: [(arguments: [String], expected: String)] = [
          (["apply", "-f", manifest], "configmap/shop created"),
          (["apply", "--server-side", "--force-conflicts", "-f", manifest], "configmap/shop serverside-applied"),
          (["get", "configmap", "shop", "-o", "jsonpath={.data.version}"], "1"),
          (["get", "configmaps"], "NAME"), (["describe", "configmap", "shop"], "version:"),
          (["patch", "configmap", "shop", "--type=merge", "-p", "{\"data\":{\"version\":\"2\"}}"], "patched"),
          (["get", "configmap", "shop", "-o", "yaml"], "version: \"2\""),
          (["wait", "--for=jsonpath={.data.version}=2", "configmap/shop", "--timeout=20s"], "condition met"),
          (["auth", "can-i", "delete", "pods"], "yes"), (["api-resources"], "configmaps"),
          (["delete", "configmap", "shop"], "deleted"),
        ]
        for row in table {
          let output = try await Self.run(kubectl, ["--kubeconfig", face.path] + row.arguments)
          #expect(output.contains(row.expected), "kubectl \(row.arguments.joined(separator: " ")): \(output)")
        }
      }
    }

    private static func find(_ program: String) -> String? {
      (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs a program to its end on a thread that may block: the server under test needs the cooperative pool.
    private static func run(_ program: String, _ arguments: [String]) async throws -> String {
      try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async {
          let process = Process()
          process.executableURL = URL(filePath: program)
          process.arguments = arguments
          let pipe = Pipe()
          process.standardOutput = pipe
          process.standardError = pipe
          do {
            try process.run()
            let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            continuation.resume(returning: String(decoding: data, as: UTF8.self))
          } catch { continuation.resume(throwing: error) }
        }
      }
    }
  }

  @Suite struct ServingCertificatesTests {
    @Test("Certificates are kept across restarts, renewed before their end, and keys are private")
    func kept() throws {
      try withTemporaryDirectory { directory in
        let folder = URL(filePath: directory).appending(path: "pki")
        let first = try ServingCertificates.load(from: folder)
        #expect(try ServingCertificates.load(from: folder).authorityPEM == first.authorityPEM)
        let later = Date().addingTimeInterval(360 * 86_400)
        #expect(try ServingCertificates.load(from: folder, now: later).authorityPEM != first.authorityPEM)
        for name in ["ca.key", "tls.key"] {
          let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: name).path)
          #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }
      }
    }

    @Test("A damaged file is replaced, not believed")
    func damaged() throws {
      try withTemporaryDirectory { directory in
        let folder = URL(filePath: directory)
        let first = try ServingCertificates.load(from: folder)
        try Data("garbage".utf8).write(to: folder.appending(path: "tls.crt"))
        #expect(try ServingCertificates.load(from: folder).authorityPEM != first.authorityPEM)
      }
    }

    @Test("Queries are read as Go reads them")
    func queries() {
      let items = RequestBridge.parseQuery("a=1&b=x%20y+z&c&=d")
      #expect(items?.map(\.name) == ["a", "b", "c", ""])
      #expect(items?.map(\.value) == ["1", "x y z", "", "d"])
      #expect(RequestBridge.parseQuery("a=%zz") == nil)
      #expect(RequestBridge.parseQuery("a=%ff") == nil)
    }
  }
#endif
