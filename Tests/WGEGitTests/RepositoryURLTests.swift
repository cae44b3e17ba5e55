import Testing
import WGECore
import WGETestSupport

@testable import WGEGit

@Suite struct RepositoryURLTests {
  @Test func vectors() throws {
    guard let file = Vectors.file("git/repo-urls.json") else {
      print(Vectors.skipMessage("git/repo-urls.json"))
      return
    }
    let report = SuiteReport("REPO URLS")
    let rows = try JSON(parsing: file.read())["rows"]?.arrayValue ?? []
    #expect(!rows.isEmpty)
    for row in rows {
      report.run(row["id"]?.stringValue ?? "?") { try check(row) }
    }
    report.finish()
    #expect(report.failures.isEmpty)
  }

  private func check(_ row: JSON) throws -> String? {
    var hosts: [String: GitProvider] = [:]
    for member in row["hostTypes"]?.objectValue ?? [:] {
      hosts[member.key] = member.value.stringValue.flatMap(GitProvider.init(rawValue:))
    }
    let policy = RepositoryURL.Policy(
      allowsFiles: row["policy"]?["allowFile"]?.boolValue ?? false,
      insecureHosts: Set((row["policy"]?["insecureHosts"]?.arrayValue ?? []).compactMap(\.stringValue)))
    let text = row["url"]?.stringValue ?? ""
    let expect = row["expect"] ?? .null
    var hostProblem: GitHostError?
    var types = GitHostTypes.builtIn
    do { types = try GitHostTypes(hosts) } catch { hostProblem = error }
    guard expect["ok"]?.boolValue == true else {
      do {
        let found = try RepositoryURL(text, hostTypes: types, policy: policy)
        return "was accepted as \(found.identity)"
      } catch {
        if error.description.contains("s3cret") || error.description.contains("TOKEN") { return "shows a secret" }
        return error.reason == expect["error"]?.stringValue ? nil : "was refused as \(error.reason ?? "?")"
      }
    }
    if let hostProblem { throw hostProblem }
    let url = try RepositoryURL(text, hostTypes: types, policy: policy)
    let user = url.reference.user == "git" ? nil : url.reference.user
    let found: [String: String?] = [
      "provider": url.provider == .local ? nil : url.provider.rawValue, "protocol": url.reference.transport.rawValue,
      "host": url.provider == .local ? nil : url.reference.host,
      "cloneURL": url.provider == .local ? nil : url.cloneURL, "user": user,
      "owner": url.provider == .local ? nil : url.owner, "name": url.provider == .local ? nil : url.name,
      "organization": url.organization, "project": url.project, "contextPath": url.contextPath, "webURL": url.webURL,
      "httpsURL": url.httpsURL, "sshURL": url.sshURL, "apiBase": url.apiBase,
      "identity": url.provider == .local ? nil : url.identity, "path": url.filePath,
    ]
    for (key, value) in found where expect[key]?.stringValue != value {
      return "\(key) is \(value ?? "nil"), not \(expect[key]?.stringValue ?? "nil")"
    }
    if expect["port"]?.intValue != url.reference.port.map(Int64.init) { return "the port differs" }
    if let legacy = row["upstream"]?["normalized"]?.stringValue, RepositoryURL.legacyNormalized(text.trimmed) != legacy
    {
      return "legacy is \(RepositoryURL.legacyNormalized(text.trimmed)), not \(legacy)"
    }
    return nil
  }

  @Test func hostTypeSettings() throws {
    let types = try GitHostTypes(setting: " Git.Acme.test = gitlab , code.acme.test:7990=bitbucket-server ")
    #expect(types.provider(host: "git.acme.test", port: nil) == .gitlab)
    #expect(types.provider(host: "code.acme.test", port: 7990) == .bitbucketServer)
    #expect(types.provider(host: "code.acme.test", port: nil) == nil)
    #expect(types.provider(host: "github.com", port: nil) == .github)
    #expect(try GitHostTypes(setting: "{\"a.test\": \"github\"}").provider(host: "a.test", port: 1) == .github)
    for bad in ["x", "a.test=svn", "a.test=local", "=github", "{\"a\":1}", "{", "a_b.test=github", "a.test:0=github"] {
      let error = #expect(throws: GitHostError.self, "\(bad)") { try GitHostTypes(setting: bad) }
      #expect(error?.field == "hostTypes")
    }
  }

  @Test func anyTextIsParsedOrRefused() throws {
    var generator = SystemRandomNumberGenerator()
    let pieces = [
      "https://", "ssh://", "git@", "file://", ":", "/", "//", "..", "%2e", "%", "%zz", "@", "[::1]", "github.com",
      "dev.azure.com", "_git", "v3", "a", "ü", "\u{0}", " ", "-", ".git", "scm", "projects", "repos", "?", "#",
      ":99999",
    ]
    let types = try GitHostTypes(["a": .bitbucketServer, "[::1]": .azureDevOps])
    for _ in 0..<3000 {
      let text = (0..<Int.random(in: 0...9, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? ""
      }
      .joined()
      if let url = try? RepositoryURL(
        text, hostTypes: types, policy: RepositoryURL.Policy(allowsFiles: true, insecureHosts: ["a"]))
      {
        // What was understood is understood again in its canonical form.
        #expect(
          (try? RepositoryURL(
            url.cloneURL, hostTypes: types, policy: RepositoryURL.Policy(allowsFiles: true, insecureHosts: ["a"])))?
            .identity == url.identity, "\(text)")
      }
      _ = RepositoryURL.legacyNormalized(text)
    }
  }
}
