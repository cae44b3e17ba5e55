#if Server
  import Foundation
  import Testing
  import HTTPTypes
  import WGECore
  import WGEHTTP
  import WGEKube
  import WGELocalCluster
  import WGETestSupport

  @testable import WGELocalClusterServer

  /// The HTTPS face against WGEKube over libcurl.
  @Suite(.serialized) struct HTTPSFaceTests {
    /// libcurl 7 resets every stream that it is done with; a server that takes that for an attack cuts
    /// the connection after a few hundred requests.
    @Test("A quick client is not taken for an attacker")
    func quickClient() async throws {
      try await withLocalFace { face in
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
      try await withLocalFace { face in
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
      try await withLocalFace { face in
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

    @Test("Both versions of HTTP are spoken, and connections are kept", arguments: [false, true])
    func versions(isTwo: Bool) async throws {
      try await withLocalFace { face in
        var configuration = CurlTransport.Configuration()
        configuration.tls.trustRoots = .pem(Array(face.certificates.authorityPEM.utf8))
        configuration.versions = isTwo ? .automatic : .http1
        configuration.connectionsPerHost = 1
        let transport = try CurlTransport(configuration)
        for _ in 0..<3 {
          let answer = try await transport.execute(
            HTTPTransportRequest(
              url: "\(face.url)/api/v1/namespaces", fields: [.authorization: "Bearer secret-token"]))
          #expect(answer.status == .ok)
          #expect(answer.version == (isTwo ? .http2 : .http1_1))
          #expect(try await answer.body.collect().count > 100)
        }
      }
    }

    @Test("A client certificate of the authority says who the client is; one of another is refused")
    func clientCertificates() async throws {
      try await withLocalFace { face in
        var jane = face.kubeconfig
        let issued = try face.certificates.issueClient(user: "jane", groups: ["system:masters", "devs"])
        jane.users[0].token = nil
        jane.users[0].clientCertificate = .inline(Secret(Array(issued.certificatePEM.utf8)))
        jane.users[0].clientKey = .inline(Secret(Array(issued.keyPEM.utf8)))
        let review = try DynamicObject(
          apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: ObjectMeta())
        let type = ResourceType(
          group: "authentication.k8s.io", version: "v1", kind: "SelfSubjectReview", plural: "selfsubjectreviews",
          scope: .cluster)
        let answer = try await KubeClient(kubeconfig: jane).create(type, review)
        #expect(answer["status"]?["userInfo"]?["username"] == "jane")
        #expect(answer["status"]?["userInfo"]?["groups"] == ["system:masters", "devs", "system:authenticated"])
        let foreign = try ServingCertificates.ephemeral().issueClient(user: "jane", groups: ["system:masters"])
        jane.users[0].clientCertificate = .inline(Secret(Array(foreign.certificatePEM.utf8)))
        jane.users[0].clientKey = .inline(Secret(Array(foreign.keyPEM.utf8)))
        let stranger = jane
        await #expect(throws: KubeError.self) { try await KubeClient(kubeconfig: stranger).list(.secrets) }
      }
    }

    @Test("A wrong token, a missing right and a wrong authority are told apart")
    func refused() async throws {
      try await withLocalFace { face in
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
      #expect(items.map(\.name) == ["a", "b", "c", ""])
      #expect(items.map(\.value) == ["1", "x y z", "", "d"])
      #expect(RequestBridge.parseQuery("a=%zz&b=1;c=2&d=%4&e=3").map(\.name) == ["e"])
      #expect(RequestBridge.parseQuery("a=%ff").map(\.value) == ["\u{FFFD}"])
    }
  }
#endif
