import Foundation
import HTTPTypes
import Testing
import WGECore
import WGEHTTP
import WGETestSupport

@testable import WGEGit

/// Git over HTTP as it goes over networks: TLS with an authority of one's own, redirects, refusals, slow and
/// broken peers.
@Suite struct SecureTransportTests {
  private func transport(trusting pem: [UInt8]) throws -> CurlTransport {
    try CurlTransport(.init(tls: TLSConfiguration(trustRoots: .pem(pem)), proxy: .off))
  }

  @Test func exchangeOverTLSWithAnOwnAuthority() async throws {
    try await withFleet { host, fleet, folder in
      try await TestKeys.with(names: "DNS:localhost") { keys in
        let server = try SmallHTTPServer.git(host) { $0 == "Bearer t0ken" }
        guard let relay = try await TLSRelay.start(to: server.port, keys) else { return }
        defer { relay.stop() }
        let trusted = try transport(trusting: keys.bytes("ca.pem"))
        let url = "https://localhost:\(relay.port)/git/acme/fleet.git"
        let credentials: GitRemote.CredentialProvider = { .bearer(Secret("t0ken")) }
        try await checkExchange(
          GitRemote(url: url, transport: trusted, credentials: credentials), folder, bare: host.diskPath(of: fleet))

        // Another authority, the system's, and a name that is not in the certificate: no request goes out.
        let before = server.requests.count
        let others: [(String, (any HTTPTransport)?)] = [
          (url, try transport(trusting: keys.bytes("other.pem"))), (url, nil),
          ("https://127.0.0.1:\(relay.port)/git/acme/fleet.git", trusted),
        ]
        for (url, transport) in others {
          let remote = try GitRemote(url: url, transport: transport, credentials: credentials)
          #expect(await gitError { try await GitRepository.clone(remote, into: folder + "/x.git") }?.code == .tls)
          let git = try await host.open(fleet).git
          let head = try await git.resolve(.branch(branch("main")))
          #expect(await gitError { try await git.push(head, to: branch("new"), at: remote) }?.code == .tls)
        }
        #expect(server.requests.count == before)
      }
    }
  }

  @Test func redirectsWithinTheHost() async throws {
    try await withFleet { host, fleet, folder in
      let git = try SmallHTTPServer.git(host)
      let backend = try #require(URL(string: git.url))
      let server = try SmallHTTPServer { request in
        // A repository that was renamed, as hosts tell it: only the list of references is redirected.
        if request.target.hasPrefix("/git/old/name.git/info/refs") {
          return .text(
            301,
            headers: [("Location", request.target.replacingOccurrences(of: "/old/name.git", with: "/acme/fleet.git"))])
        }
        if request.target.hasPrefix("/git/loop.git") { return .text(302, headers: [("Location", request.target)]) }
        if request.target.hasPrefix("/git/page.git") { return .text(302, headers: [("Location", "/login")]) }
        return (try? await relay(request, to: backend)) ?? .text(502)
      }
      try await checkExchange(
        GitRemote(url: server.url + "/git/old/name.git"), folder, bare: host.diskPath(of: fleet))
      for name in ["loop", "page"] {
        let remote = try GitRemote(url: server.url + "/git/\(name).git")
        #expect(
          await gitError { try await GitRepository.clone(remote, into: folder + "/x.git") }?.code == .protocolViolation)
      }
    }
  }

  @Test func refusals() async throws {
    try await withFleet { host, fleet, folder in
      let cases: [(Int, [(name: String, value: String)], GitHostError.Code)] = [
        (401, [], .unauthorized), (403, [], .forbidden), (404, [], .notFound), (410, [], .notFound),
        (413, [], .tooLarge), (429, [("Retry-After", "7")], .rateLimited), (500, [], .unavailable),
        (503, [], .unavailable), (418, [], .protocolViolation), (204, [], .protocolViolation),
        (304, [], .protocolViolation),
      ]
      let git = try await host.open(fleet).git
      let head = try await git.resolve(.branch(branch("main")))
      for (status, headers, code) in cases {
        let server = try SmallHTTPServer { _ in .text(status, "s3cret", headers: headers) }
        let remote = try GitRemote(url: server.url + "/a/b.git") { .basic(username: "git", password: Secret("s3cret")) }
        let errors = [
          await gitError { try await GitRepository.clone(remote, into: folder + "/x.git") },
          await gitError { try await git.push(head, to: branch("new"), at: remote) },
        ]
        for error in errors {
          #expect(error?.code == code, "\(status)")
          #expect(error?.status == status)
          #expect(error.map { "\($0) \($0.paths)".contains("s3cret") } == false)
          if status == 429 { #expect(error?.retryAfter == .seconds(7)) }
        }
        #expect(!AtomicFile.isFolder(folder + "/x.git"))
      }
    }
  }

  /// A peer that stops in the middle: silent, or gone.
  @Test func brokenBodies() async throws {
    try await withFleet { host, fleet, folder in
      let big = (0..<40_000).map { "\($0 &* 2_654_435_761)" }.joined()
      let git = try await host.open(fleet).git
      try await git.put(["big": big], on: "main")
      let backend = LocalGitHTTPBackend(host: host)
      for (isSilent, code) in [(true, GitHostError.Code.timeout), (false, .network)] {
        let server = try SmallHTTPServer { request in
          let response = await backend.respond(to: request)
          return SmallHTTPServer.Answer(
            status: response.status, headers: response.headers,
            body: request.method == "POST" ? Broken(response.body, after: 30_000, isSilent: isSilent) : response.body)
        }
        let remote = try GitRemote(url: server.url + "/git/acme/fleet.git")
        let error = await gitError {
          try await GitRepository.clone(
            remote, into: folder + "/x.git",
            limits: isSilent ? GitTransferLimits(idleTimeout: .milliseconds(300)) : GitTransferLimits())
        }
        #expect(error?.code == code, "\(String(describing: error))")
        #expect(!AtomicFile.isFolder(folder + "/x.git"))
      }
    }
  }

  /// More than is kept in memory before it is sent.
  @Test func largePush() async throws {
    try await withFleet { host, fleet, folder in
      let server = try SmallHTTPServer.git(host)
      let remote = try GitRemote(url: server.url + "/git/acme/fleet.git")
      let clone = try await GitRepository.clone(remote, into: folder + "/clone.git")
      var random = SeededGenerator(seed: 7)
      let bytes = (0..<6_000_000).map { _ in UInt8.random(in: 0...255, using: &random) }
      let main = try branch("main")
      let commit = try await clone.commit(
        CommitRequest(branch: main, message: "m", changes: [.put(path("big"), bytes: bytes)]), author: alice.identity,
        at: someTime
      ).commit
      try await clone.push(commit, to: main, at: remote)
      #expect(try await host.file(path("big"), at: .branch(main), in: fleet).bytes == bytes)
      let posts = server.requests.filter { $0.method == "POST" && $0.target.contains("receive-pack") }
      #expect(posts.last?.headers["transfer-encoding"] == "chunked")
      try GitCLI(folder: host.diskPath(of: fleet))("fsck", "--strict")
    }
  }

  @Test func hostileAnswers() async throws {
    try await withFleet { host, fleet, folder in
      let git = try await host.open(fleet).git
      let head = try await git.resolve(.branch(branch("main")))
      let id = String(repeating: "a", count: 40)
      func packet(_ text: String) -> String { String(decoding: PacketLine.encode(Array(text.utf8)), as: UTF8.self) }
      let service = packet("# service=git-receive-pack\n") + "0000"
      let answers: [(String, GitHostError.Code)] = [
        ("", .protocolViolation), ("zzzz", .protocolViolation), ("0003", .protocolViolation),
        ("fff0", .network), (service, .network), (service + "0005", .network),
        (service + packet("x") + "0000", .protocolViolation),
        (service + packet("\(id) \0 caps") + packet("nonsense"), .protocolViolation),
        (service + packet("ERR repository not found"), .notFound),
        (service + packet("ERR access denied"), .forbidden),
        (service + packet("\(id) refs/heads/main\0object-format=sha256") + "0000", .unsupported),
      ]
      for (text, code) in answers {
        let server = try SmallHTTPServer { request in
          let program = request.target.contains("upload") ? "upload" : "receive"
          return .text(
            200, text.replacingOccurrences(of: "receive-pack\n", with: "\(program)-pack\n"),
            headers: [("Content-Type", "application/x-git-\(program)-pack-advertisement")])
        }
        let remote = try GitRemote(url: server.url + "/a/b.git")
        #expect(await gitError { try await git.push(head, to: branch("new"), at: remote) }?.code == code, "\(text)")
        #expect(await gitError { try await GitRepository.clone(remote, into: folder + "/x.git") } != nil)
      }
      // A list without end.
      let endless = Endless(
        first: Array(service.utf8),
        then: Array(packet("\(id) refs/heads/\(String(repeating: "x", count: 60_000))\n").utf8))
      let server = try SmallHTTPServer { _ in
        SmallHTTPServer.Answer(
          status: 200, headers: [("Content-Type", "application/x-git-receive-pack-advertisement")],
          body: endless)
      }
      let remote = try GitRemote(url: server.url + "/a/b.git")
      #expect(await gitError { try await git.push(head, to: branch("new"), at: remote) }?.code == .tooLarge)
    }
  }
}

/// Hands a request on.
private func relay(_ request: SmallHTTPServer.Request, to backend: URL) async throws -> SmallHTTPServer.Answer {
  let transport = try CurlTransport(.init(proxy: .off))
  let response = try await transport.execute(
    HTTPTransportRequest(
      method: request.method == "GET" ? .get : .post, url: backend.absoluteString + request.target,
      fields: request.headers["content-type"].map { [.contentType: $0] } ?? [:],
      body: request.method == "GET" ? .none : .bytes(request.body)))
  return SmallHTTPServer.Answer(
    status: response.status.code,
    headers: response.fields.compactMap { field in
      field.name == .contentType ? (field.name.rawName, field.value) : nil
    }, body: SmallHTTPServer.Pieces(pieces: [try await response.body.collect()]))
}

/// A body that ends too early, or pauses for ever.
private struct Broken: AsyncSequence, Sendable {
  let body: (any AsyncSequence<[UInt8], any Error> & Sendable)?
  let after: Int
  let isSilent: Bool

  init(_ body: (any AsyncSequence<[UInt8], any Error> & Sendable)?, after: Int, isSilent: Bool) {
    self.body = body
    self.after = after
    self.isSilent = isSilent
  }

  func makeAsyncIterator() -> AsyncThrowingStream<[UInt8], any Error>.Iterator {
    AsyncThrowingStream { continuation in
      let task = Task {
        var left = after
        if let body {
          for try await piece in body {
            continuation.yield(Array(piece.prefix(left)))
            left -= piece.count
            if left <= 0 { break }
          }
        }
        if isSilent { try await Task.sleep(for: .seconds(30)) }
        continuation.finish(throwing: GitCLI.Failure(description: "cut"))
      }
      continuation.onTermination = { _ in task.cancel() }
    }.makeAsyncIterator()
  }
}

private struct Endless: AsyncSequence, Sendable {
  var first: [UInt8]
  var then: [UInt8]

  struct Iterator: AsyncIteratorProtocol {
    var first: [UInt8]?
    let chunk: [UInt8]
    mutating func next() async throws -> [UInt8]? {
      defer { first = nil }
      return first ?? chunk
    }
  }
  func makeAsyncIterator() -> Iterator {
    Iterator(first: first, chunk: Array(repeatElement(then, count: 16).joined()))
  }
}
