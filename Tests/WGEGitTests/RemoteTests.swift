import Foundation
import Synchronization
import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

@Suite struct RemoteTests {
  private let fleet: RepositoryPath
  private let main: BranchName

  init() throws {
    fleet = try RepositoryPath("acme/fleet")
    main = try BranchName("main")
  }

  private func withHost(_ body: (LocalGitHost, String) async throws -> Void) async throws {
    try await withFleet { host, _, folder in try await body(host, folder) }
  }

  @Test func exchangeOverFile() async throws {
    try await withHost { host, folder in
      try await checkExchange(GitRemote(url: host.cloneURL(of: fleet)), folder, bare: host.diskPath(of: fleet))
    }
  }

  @Test func exchangeOverHTTP() async throws {
    try await withHost { host, folder in
      let server = try SmallHTTPServer.git(host)
      let remote = try GitRemote(url: server.url + "/git/acme/fleet.git")
      try await checkExchange(remote, folder, bare: host.diskPath(of: fleet))
    }
  }

  @Test func exchangeOverHTTPWithPassword() async throws {
    try await withHost { host, folder in
      let expected = "Basic " + Data("git:s3cret".utf8).base64EncodedString()
      let server = try SmallHTTPServer.git(host) { $0 == expected }
      let remote = try GitRemote(url: server.url + "/git/acme/fleet.git") {
        .basic(username: "git", password: Secret("s3cret"))
      }
      try await checkExchange(remote, folder, bare: host.diskPath(of: fleet))
    }
  }

  @Test func exchangeOverHTTPWithBearer() async throws {
    try await withHost { host, folder in
      let server = try SmallHTTPServer.git(host) { $0 == "Bearer t0ken" }
      let remote = try GitRemote(url: server.url + "/git/acme/fleet.git") { .bearer(Secret("t0ken")) }
      try await checkExchange(remote, folder, bare: host.diskPath(of: fleet))
      #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer t0ken" })
    }
  }

  @Test func refusedCredentials() async throws {
    try await withHost { host, folder in
      let server = try SmallHTTPServer.git(host) { _ in false }
      let url = server.url + "/git/acme/fleet.git"
      let asked = Mutex(0)
      let providers: [GitRemote.CredentialProvider?] = [
        nil,
        {
          asked.withLock { $0 += 1 }
          return .basic(username: "git", password: Secret("s3cret"))
        },
        { .bearer(Secret("s3cret")) },
        { .bearer(Secret("s3cret\r\nX: y")) },
        { throw GitCLI.Failure(description: "s3cret") },
      ]
      for provider in providers {
        let remote = try GitRemote(url: url, credentials: provider)
        let error = await gitError { try await GitRepository.clone(remote, into: folder + "/x.git") }
        #expect(error?.code == .unauthorized || error?.field == "token")
        #expect(error.map { "\($0) \($0.message) \($0.remedy)".contains("s3cret") } == false)
        #expect(!AtomicFile.isFolder(folder + "/x.git"))
      }
      #expect(asked.withLock { $0 } <= 2)
    }
  }

  @Test func credentialsStayAtHome() async throws {
    try await withHost { host, folder in
      let thief = try SmallHTTPServer { _ in .text(401, headers: [("WWW-Authenticate", "Basic realm=\"x\"")]) }
      let place = thief.url
      let server = try SmallHTTPServer { request in
        .text(
          302, headers: [("Location", place.replacingOccurrences(of: "127.0.0.1", with: "localhost") + request.target)])
      }
      for credential in [GitCredential.basic(username: "git", password: Secret("s3cret")), .bearer(Secret("s3cret"))] {
        let remote = try GitRemote(url: server.url + "/git/acme/fleet.git") { credential }
        let error = await gitError { try await GitRepository.clone(remote, into: folder + "/x.git") }
        #expect(error != nil)
      }
      #expect(thief.requests.allSatisfy { $0.headers["authorization"] == nil })
    }
  }

  @Test func credentialsNotOverPlainHTTP() {
    let provider: GitRemote.CredentialProvider = { .bearer(Secret("x")) }
    #expect(throws: GitHostError.self) { try GitRemote(url: "http://git.example.org/a/b", credentials: provider) }
    #expect(throws: Never.self) {
      try GitRemote(url: "http://git.example.org/a/b", allowsPlainHTTP: true, credentials: provider)
    }
    #expect(throws: Never.self) { try GitRemote(url: "http://git.example.org/a/b") }
    let error = #expect(throws: GitHostError.self) { try GitRemote(url: "git://example.org/a/b") }
    #expect(error?.code == .unsupported)
  }

  @Test func remotesThatFail() async throws {
    try await withHost { host, folder in
      func clone(_ url: String) async -> GitHostError? {
        await gitError { try await GitRepository.clone(GitRemote(url: url), into: folder + "/x.git") }
      }
      let server = try SmallHTTPServer.git(host)
      #expect(await clone(server.url + "/git/acme/none.git")?.code == .notFound)
      #expect(await clone("file://\(folder)/none.git")?.code == .notFound)
      #expect(await clone("http://127.0.0.1:1/a/b.git")?.code == .network)
      #expect(await clone("http://does-not-exist.invalid/a/b.git")?.code == .network)
      let broken = try SmallHTTPServer { _ in .text(500) }
      #expect(await clone(broken.url + "/a/b.git")?.code == .unavailable)
      let page = try SmallHTTPServer { _ in .text(200, "<html>", headers: [("Content-Type", "text/html")]) }
      #expect(await clone(page.url + "/a/b.git") != nil)

      try GitCLI(folder: folder)("init", "--quiet", "checkout")
      let git = try await host.open(fleet).git
      let head = try await git.resolve(.branch(main))
      #expect(
        await gitError { try await git.push(head, to: main, at: GitRemote(url: "file://\(folder)/checkout")) }?.code
          == .unsupported)
      #expect(
        await gitError { try await git.push(head, to: main, at: GitRemote(url: "file://\(folder)/none")) }?.code
          == .notFound)
    }
  }

  @Test func serverThatDeclines() async throws {
    try await withHost { host, _ in
      let bare = GitCLI(folder: try host.diskPath(of: fleet))
      try bare("config", "receive.denyDeletes", "true")
      let server = try SmallHTTPServer.git(host)
      let remote = try GitRemote(url: server.url + "/git/acme/fleet.git")
      let git = try await host.open(fleet).git
      let error = await gitError { try await git.delete(branch("topic"), at: remote) }
      #expect(error?.code == .forbidden)
      #expect(try bare("for-each-ref", "refs/heads/topic") != "")
    }
  }

  @Test func cancellationAndSilence() async throws {
    try await withHost { _, folder in
      let server = try SmallHTTPServer { _ in .silence }
      let remote = try GitRemote(url: server.url + "/git/acme/fleet.git")
      let quick = GitTransferLimits(idleTimeout: .milliseconds(200))
      #expect(
        await gitError { try await GitRepository.clone(remote, into: folder + "/x.git", limits: quick) }?.code
          == .timeout)
      let short = GitTransferLimits(deadline: .milliseconds(200))
      #expect(
        await gitError { try await GitRepository.clone(remote, into: folder + "/x.git", limits: short) }?.code
          == .timeout)
      let before = server.requests.count
      let task = Task { try await GitRepository.clone(remote, into: folder + "/x.git") }
      try await eventually { server.requests.count > before }
      task.cancel()
      #expect(await gitError { try await task.value }?.code == .cancelled)
      #expect(!AtomicFile.isFolder(folder + "/x.git"))
    }
  }

  @Test func limitsOfAFetch() async throws {
    try await withHost { host, folder in
      for url in [host.cloneURL(of: fleet), try SmallHTTPServer.git(host).url + "/git/acme/fleet.git"] {
        let server = try SmallHTTPServer.git(host)
        let url = url.hasPrefix("file") ? url : server.url + "/git/acme/fleet.git"
        let error = await gitError {
          try await GitRepository.clone(
            GitRemote(url: url), into: folder + "/x.git", limits: GitTransferLimits(objects: 2))
        }
        #expect(error?.code == .tooLarge, "\(url)")
      }
    }
  }

  /// Pushers that race on one branch: each gets through in the end and no commit is lost.
  @Test func concurrentPushersLoseNothing() async throws {
    try await withHost { host, folder in
      let server = try SmallHTTPServer.git(host)
      let urls = [host.cloneURL(of: fleet), server.url + "/git/acme/fleet.git"]
      let main = self.main
      try await withThrowingTaskGroup(of: Void.self) { group in
        for pusher in 0..<4 {
          group.addTask {
            let remote = try GitRemote(url: urls[pusher % 2])
            let own = try await GitRepository.clone(remote, into: "\(folder)/p\(pusher).git")
            for round in 0..<4 {
              while true {
                try await own.fetch(remote)
                let base = try await own.resolve(.branch(main))
                let commit = try await own.put(["p\(pusher)/r\(round)": "x"], on: "main")
                do {
                  try await own.push(commit, to: main, at: remote, lease: .exactly(base))
                  break
                } catch let error as GitHostError where error.code == .staleHead {
                  continue
                }
              }
            }
          }
        }
        try await group.waitForAll()
      }
      let git = GitCLI(folder: try host.diskPath(of: fleet))
      #expect(try git.line("rev-list", "--count", "main") == "17")
      #expect(try git("ls-tree", "-r", "--name-only", "main").split(separator: "\n").count == 18)
      try git("fsck", "--strict")
    }
  }

  // MARK: - The http backend with the git command

  @Test func personClonesAndPushesOverHTTP() async throws {
    try await withHost { host, folder in
      let server = try SmallHTTPServer.git(host)
      let url = server.url + "/git/acme/fleet.git"
      let blob = String(repeating: "0123456789abcdef", count: 200_000)
      let work = try await offPool {
        let work = try GitCLI.clone(url, to: folder + "/work")
        for index in 0..<30 { try work.write("many/\(index)", "\(index) \(index * 7919)") }
        try work.commit("big", blob, message: "much")
        try work("-c", "http.postBuffer=65536", "push", "--quiet", "origin", "main")
        try work("push", "--quiet", "origin", "HEAD:refs/heads/new/branch")
        return work
      }
      #expect(
        try await host.branch(branch("new/branch"), in: fleet).head.description == (try work.line("rev-parse", "HEAD")))
      #expect(try await host.file(path("big"), at: .branch(main), in: fleet).bytes.count == blob.utf8.count)
      let again = try await offPool {
        let again = try GitCLI.clone(url, to: folder + "/again")
        #expect(try again.line("rev-parse", "HEAD") == (try work.line("rev-parse", "HEAD")))
        try again.commit("x", "y")
        try again("push", "--quiet")
        return again
      }
      #expect(again.folder != work.folder)
      #expect(await (try? offPool { try work("push", "--quiet", "origin", "main~1:main") }) == nil)
      try GitCLI(folder: host.diskPath(of: fleet))("fsck", "--strict")
    }
  }

  @Test func backendServesNothingElse() async throws {
    try await withHost { host, folder in
      let backend = LocalGitHTTPBackend(host: host)
      func status(_ method: String, _ path: String, _ query: String = "", type: String? = nil) async -> Int {
        await backend.respond(
          to: LocalGitHTTPBackend.Request(
            method: method, path: path, query: query, contentType: type, body: SmallHTTPServer.Pieces(pieces: []))
        ).status
      }
      #expect(await status("GET", "/acme/fleet.git/info/refs", "service=git-upload-pack") == 200)
      for (path, query) in [
        ("/acme/fleet.git/info/refs", ""), ("/acme/fleet.git/info/refs", "service=git-upload-archive"),
        ("/acme/fleet.git/HEAD", ""),
        ("/acme/fleet.git/info/refs", "service=git-upload-pack&service=git-receive-pack"),
        ("/acme/fleet.git/config", ""),
        ("/acme/../acme/fleet.git/info/refs", "service=git-upload-pack"),
        ("/../fleet.git/info/refs", "service=git-upload-pack"),
        ("/acme/none.git/info/refs", "service=git-upload-pack"), ("/acme/fleet.git/wge/pulls/1.json", ""), ("/", ""),
        ("/-x/fleet.git/info/refs", "service=git-upload-pack"),
      ] {
        #expect(await status("GET", path, query) == 404, "\(path)?\(query)")
      }
      #expect(await status("POST", "/acme/fleet.git/git-upload-pack", type: "text/plain") == 404)
      #expect(await status("PUT", "/acme/fleet.git/git-upload-pack") == 404)
      let none = LocalGitHTTPBackend(host: host, git: folder + "/no-such-git")
      let request = LocalGitHTTPBackend.Request(
        method: "GET", path: "/acme/fleet.git/info/refs", query: "service=git-receive-pack",
        body: SmallHTTPServer.Pieces(pieces: []))
      #expect(await none.respond(to: request).status == 500)
      #expect(backend.target(of: request)?.access == .write)
      #expect(backend.target(of: request)?.repository == fleet)
      // An answer that nobody reads gives its slot back.
      let narrow = LocalGitHTTPBackend(host: host, maximumProcesses: 1)
      var held: LocalGitHTTPBackend.Response? = await narrow.respond(to: request)
      #expect(held?.status == 200)
      #expect(await narrow.respond(to: request).status == 503)
      held = nil
      try await eventually { await narrow.respond(to: request).status == 200 }
    }
  }
}
