import Foundation
import HTTPTypes
import Testing
import WGECore
import WGETestSupport

@testable import WGEHTTP

/// One connection per thread; answers with what the handshake and the request said.
private let pythonServer = """
  import json, socket, ssl, sys, threading
  cert, key, client_ca, version = sys.argv[1:5]
  context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
  context.load_cert_chain(cert, key)
  if client_ca:
      context.load_verify_locations(client_ca)
      context.verify_mode = ssl.CERT_REQUIRED
  if version == "1.2":
      context.maximum_version = ssl.TLSVersion.TLSv1_2
  if version == "1.1":
      context.minimum_version = ssl.TLSVersion.TLSv1
      context.maximum_version = ssl.TLSVersion.TLSv1_1
      context.set_ciphers("ALL:@SECLEVEL=0")
  names = {}
  def remember(sock, name, context):
      sock.server_side_name = name
  context.sni_callback = remember
  def serve(raw):
      spare = raw.dup()
      try:
          with context.wrap_socket(raw, server_side=True) as connection:
              name = getattr(connection, "server_side_name", None)
              file = connection.makefile("rb")
              while True:
                  head = []
                  while True:
                      line = file.readline().decode("latin-1").strip()
                      if not line: break
                      head.append(line)
                  if not head: return
                  host = [l.split(": ")[1] for l in head if l.lower().startswith("host: ")]
                  peer = connection.getpeercert() or {}
                  common = [v for rdn in peer.get("subject", ()) for k, v in rdn if k == "commonName"]
                  body = json.dumps([name, host[0], common[0] if common else None, connection.version()]).encode()
                  status = b"302 Found" if head[0].split(" ")[1].startswith("/to?") else b"200 OK"
                  place = head[0].split(" ")[1][4:].encode()
                  connection.sendall(b"HTTP/1.1 " + status + b"\\r\\nLocation: " + place + b"\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
      except (OSError, ssl.SSLError):
          # Closing with unread bytes would reset the connection and take the alert with it.
          try:
              spare.shutdown(socket.SHUT_WR)
              while spare.recv(4096): pass
          except OSError:
              pass
      finally:
          spare.close()
  listener = socket.create_server(("127.0.0.1", 0), backlog=64)
  print(listener.getsockname()[1], flush=True)
  def accept():
      while True:
          threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
  threading.Thread(target=accept, daemon=True).start()
  sys.stdin.read()
  """

extension HTTPSuites {
  /// Whom the transport trusts, whom it refuses and what it then says.
  @Suite struct TLSTests {
    private func server(
      _ keys: TestKeys, _ name: String = "server", clientCA: String = "", version: String = ""
    ) async throws -> ScriptServer? {
      try await ScriptServer.start(
        "python3", pythonServer,
        [keys.path("\(name).pem"), keys.path("\(name).key"), clientCA.isEmpty ? "" : keys.path(clientCA), version])
    }

    private func tls(_ keys: TestKeys, _ authority: String = "ca.pem") throws -> TLSConfiguration {
      TLSConfiguration(trustRoots: .pem(try keys.bytes(authority)))
    }

    private func failure(
      _ tls: TLSConfiguration, _ url: String, versions: CurlTransport.Configuration.Versions = .automatic
    ) async throws -> TLSFailure? {
      try await CurlTransport.with({
        $0.tls = tls
        $0.versions = versions
      }) { transport in
        let error = await transport.failure(
          HTTPTransportRequest(
            url: url, options: HTTPRequestOptions(timeouts: HTTPTimeouts(connect: .seconds(20), idle: .seconds(20)))))
        guard case .tls(let target, let failure)? = error else {
          Issue.record("\(String(describing: error))")
          return nil
        }
        #expect(target == url + "/")
        return failure
      }
    }

    @Test func trustsTheGivenAuthorityAlone() async throws {
      try await TestKeys.with { keys in
        guard let server = try await server(keys) else { return }
        defer { server.stop() }
        let url = "https://localhost:\(server.port)"
        let trusted = try tls(keys)
        try await CurlTransport.with({ $0.tls = trusted }) { transport in
          let text = try await transport.text(HTTPTransportRequest(url: url))
          #expect(text == #"["localhost", "localhost:\#(server.port)", null, "TLSv1.3"]"#)
          let text1 = try await transport.text(HTTPTransportRequest(url: "https://127.0.0.1:\(server.port)"))
          #expect(text1.hasPrefix("[null"))
        }
        for tls in [try tls(keys, "other.pem"), TLSConfiguration()] {
          let failure = try await failure(tls, url)
          guard case .untrustedAuthority? = failure else {
            Issue.record("\(String(describing: failure))")
            continue
          }
          #expect(failure?.description.contains("add the certificate authority") == true)
        }
      }
    }

    @Test func looksAtTheNameAndTheDates() async throws {
      try await TestKeys.with { keys in
        guard let good = try await server(keys), let expired = try await server(keys, "expired") else { return }
        defer {
          good.stop()
          expired.stop()
        }
        var wrong = try tls(keys)
        wrong.serverName = "elsewhere.example"
        let name = try await failure(wrong, "https://localhost:\(good.port)")
        guard case .wrongName? = name else {
          Issue.record("\(String(describing: name))")
          return
        }
        let date = try await failure(try tls(keys), "https://localhost:\(expired.port)")
        guard case .outsideValidity? = date else {
          Issue.record("\(String(describing: date))")
          return
        }
      }
    }

    @Test func verifiesNothingWhenToldSo() async throws {
      try await TestKeys.with { keys in
        guard let server = try await server(keys, "expired") else { return }
        defer { server.stop() }
        try await CurlTransport.with({ $0.tls = TLSConfiguration(verifiesServer: false) }) { transport in
          let text2 = try await transport.text(HTTPTransportRequest(url: "https://localhost:\(server.port)"))
          #expect(text2.contains("TLSv1.3"))
        }
      }
    }

    @Test func asksForAnotherServerName() async throws {
      try await TestKeys.with { keys in
        guard let server = try await server(keys) else { return }
        defer { server.stop() }
        var configuration = try tls(keys)
        configuration.serverName = "inside.example"
        try await CurlTransport.with({ $0.tls = configuration }) { transport in
          for _ in 0..<2 {
            let response = try await transport.execute(
              HTTPTransportRequest(url: "https://localhost:\(server.port)/p?q"))
            #expect(response.url == "https://localhost:\(server.port)/p?q")
            let text = String(decoding: try await response.body.collect(), as: UTF8.self)
            #expect(text == #"["inside.example", "localhost:\#(server.port)", null, "TLSv1.3"]"#)
          }
        }
        configuration.serverName = "127.0.0.1"
        try await CurlTransport.with({ $0.tls = configuration }) { transport in
          let text = try await transport.text(HTTPTransportRequest(url: "https://localhost:\(server.port)"))
          #expect(text == #"[null, "localhost:\#(server.port)", null, "TLSv1.3"]"#)
        }
      }
    }

    @Test(arguments: ["1.2", "1.3"]) func showsAClientCertificate(version: String) async throws {
      try await TestKeys.with { keys in
        guard let server = try await server(keys, clientCA: "ca.pem", version: version) else { return }
        defer { server.stop() }
        let url = "https://localhost:\(server.port)"
        var configuration = try tls(keys)
        configuration.clientIdentity = .init(
          certificateChain: try keys.bytes("client.pem"), privateKey: Secret(try keys.bytes("client.key")))
        try await CurlTransport.with({ $0.tls = configuration }) { transport in
          let text3 = try await transport.text(HTTPTransportRequest(url: url))
          #expect(
            text3
              == #"["localhost", "localhost:\#(server.port)", "client", "TLSv\#(version)"]"#)
        }
        let missing = try await failure(try tls(keys), url)
        switch (version, missing) {
        case ("1.3", .clientCertificateRefused?): break
        // Nothing but "handshake failure" is said, so the message must think of it.
        case ("1.2", .handshake?): #expect(missing?.description.contains("client certificate") == true)
        default: Issue.record("\(version): \(String(describing: missing))")
        }
        configuration.clientIdentity?.privateKey = Secret(try keys.bytes("server.key"))
        let mismatch = try await failure(configuration, url)
        guard case .clientIdentityInvalid? = mismatch else {
          Issue.record("\(version): \(String(describing: mismatch))")
          return
        }
      }
    }

    @Test func theClientCertificateStaysAtItsOrigin() async throws {
      try await TestKeys.with { keys in
        guard let here = try await server(keys, clientCA: "ca.pem"),
          let there = try await server(keys, clientCA: "ca.pem")
        else {
          return
        }
        defer {
          here.stop()
          there.stop()
        }
        var configuration = try tls(keys)
        configuration.clientIdentity = .init(
          certificateChain: try keys.bytes("client.pem"), privateKey: Secret(try keys.bytes("client.key")))
        try await CurlTransport.with({ $0.tls = configuration }) { transport in
          let url = "https://localhost:\(here.port)/to?https://localhost:\(there.port)/"
          let response = try await transport.execute(HTTPTransportRequest(url: url))
          #expect(response.status == .found)
          try await response.body.discard(upTo: 1000)
          let error = await transport.failure(
            HTTPTransportRequest(url: url, options: HTTPRequestOptions(redirects: .follow(1))))
          guard case .tls(_, .clientCertificateRefused)? = error else {
            Issue.record("\(String(describing: error))")
            return
          }
        }
      }
    }

    @Test func refusesOldVersionsAndPlainText() async throws {
      try await TestKeys.with { keys in
        guard let old = try await server(keys, version: "1.1"), let modern = try await server(keys, version: "1.2")
        else { return }
        defer {
          old.stop()
          modern.stop()
        }
        let plain = try ScriptedServer { connection in
          connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
          connection.waitForEnd()
        }
        var strict = try tls(keys)
        strict.minimumVersion = .v1_3
        for (tls, port) in [(try tls(keys), old.port), (strict, modern.port), (try tls(keys), plain.port)] {
          let failure = try await failure(tls, "https://localhost:\(port)")
          guard case .handshake? = failure else {
            Issue.record("\(String(describing: failure))")
            continue
          }
        }
      }
    }

    @Test func refusesWhatIsNotPEM() throws {
      let identity = TLSConfiguration.ClientIdentity(
        certificateChain: Array("-----BEGIN CERTIFICATE-----".utf8), privateKey: Secret(Array("s3cret".utf8)))
      for (tls, part) in [
        (TLSConfiguration(trustRoots: .pem([])), "trust roots"),
        (TLSConfiguration(trustRoots: .pem(Array("hello".utf8))), "trust roots"),
        (TLSConfiguration(clientIdentity: identity), "key"),
      ] {
        do {
          _ = try CurlTransport(CurlTransport.Configuration(tls: tls, proxy: .off))
          Issue.record("accepted")
        } catch {
          #expect(error.description.contains(part))
          #expect(!error.description.contains("s3cret"))
        }
      }
      #expect(throws: HTTPError.self) {
        try CurlTransport(CurlTransport.Configuration(tls: TLSConfiguration(serverName: "a b\r\n"), proxy: .off))
      }
    }

    @Test func brokenPEMIsNamed() async throws {
      try await TestKeys.with { keys in
        guard let server = try await server(keys, clientCA: "ca.pem") else { return }
        defer { server.stop() }
        let broken = Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)
        let roots = try await failure(TLSConfiguration(trustRoots: .pem(broken)), "https://localhost:\(server.port)")
        guard case .trustRootsInvalid? = roots else {
          Issue.record("\(String(describing: roots))")
          return
        }
        var configuration = try tls(keys)
        configuration.clientIdentity = .init(certificateChain: broken, privateKey: Secret(try keys.bytes("client.key")))
        let identity = try await failure(configuration, "https://localhost:\(server.port)")
        guard case .clientIdentityInvalid? = identity else {
          Issue.record("\(String(describing: identity))")
          return
        }
      }
    }

    /// Requests that waited for the first handshake with an origin share its failure at once.
    @Test func aFailedHandshakeFailsAllWhoWaitedForIt() async throws {
      let server = try ScriptedServer { connection in
        // Long enough that all ask meanwhile.
        usleep(900_000)
        connection.write("nonsense")
        connection.waitForEnd()
      }
      try await CurlTransport.with { transport in
        await withTaskGroup(of: HTTPError?.self) { group in
          for number in 0..<100 {
            group.addTask {
              await transport.failure(HTTPTransportRequest(url: "https://127.0.0.1:\(server.port)/\(number)"))
            }
          }
          for await error in group {
            guard case .tls? = error else {
              Issue.record("\(String(describing: error))")
              continue
            }
          }
        }
        #expect(server.accepted < 10)
      }
    }
  }
}
