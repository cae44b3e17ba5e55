import ArgumentParser
import WGECommandLine
import WGECore

#if canImport(Glibc)
  import Glibc
#endif

/// A command that answers whether part of what was asked could not be read.
protocol WgeCommand: AsyncParsableCommand {
  func work() async throws -> Bool
}

extension WgeCommand {
  func run() async throws {
    do {
      if try await work() { throw ExitCode(ExitStatus.partial.rawValue) }
    } catch let failure as CommandFailure {
      Terminal.warn(failure.description)
      throw ExitCode(failure.code.rawValue)
    }
  }
}

/// `wge login`
struct Login: WgeCommand {
  static let configuration = CommandConfiguration(
    abstract: "Sign in with the cluster-user account; the session is kept in a file of yours.")
  @Argument(help: "The server's URL.") var server: String
  @Option(name: .shortAndLong) var username = "admin"
  @Option(help: "A PEM file with the certificate authority to trust.") var ca: String?
  @Flag(help: "Read the password from standard input instead of asking.") var passwordStdin = false

  func work() async throws -> Bool {
    guard let password = passwordStdin ? readLine() : getpass("Password: ").map({ String(cString: $0) }) else {
      throw CommandFailure("no password given")
    }
    try await APIClient(server: server, token: nil, authority: ca).signIn(
      username: username, password: Secret(password))
    print("Signed in to \(server) as \(username).")
    return false
  }
}

/// `wge logout`
struct Logout: WgeCommand {
  static let configuration = CommandConfiguration(abstract: "End the session.")
  @OptionGroup var connection: Connection

  func work() async throws -> Bool {
    // The file goes in any case: a server that is gone must not keep anybody signed in.
    defer { SessionFile.remove() }
    _ = try await connection.client().post("/oauth2/logout", [:])
    return false
  }
}

/// `wge approve`
struct Approve: WgeCommand {
  static let configuration = CommandConfiguration(abstract: "Approve the promotion that waits in an environment.")
  @OptionGroup var connection: Connection
  @OptionGroup var arguments: PipelineArguments
  @Option(name: .shortAndLong, help: "The environment to promote into.") var env: String
  @Option(name: .shortAndLong, help: "The revision to approve. Default: the one that waits.") var revision: String?
  @Option(name: .shortAndLong, help: "Why; kept with the approval.") var comment = ""

  func work() async throws -> Bool {
    let client = try connection.client()
    let name = APIClient.encode(arguments.pipeline)
    var approved = revision
    if approved == nil {
      let answer = try await client.get("/v1/pipelines/\(name)", query: ["namespace": arguments.namespace])
      approved =
        answer.value(at: ["pipeline", "status", "environments", env, "waitingStatus", "revision"])?.stringValue
    }
    guard let approved, !approved.isEmpty else { throw CommandFailure("nothing waits for approval in \(env)") }
    let answer = try await client.post(
      "/v1/pipelines/approve/\(name)",
      [
        "namespace": .string(arguments.namespace), "env": .string(env), "revision": .string(approved),
        "comment": .string(comment),
      ])
    let url = answer.text("pullRequestUrl")
    print(
      "Approved \(approved) for \(env)."
        + (url.isEmpty ? " The pull request follows: wge get prs" : " Pull request: \(url)"))
    return false
  }
}

/// `wge merge`
struct Merge: WgeCommand {
  static let configuration = CommandConfiguration(abstract: "Merge a pull request of the server's own Git host.")
  @OptionGroup var connection: Connection
  @Argument(help: "The repository, as `wge get prs` shows it.") var repository: String
  @Argument(help: "The pull request's number.") var number: Int64

  func work() async throws -> Bool {
    let answer = try await connection.client().post(
      "/v1/pull_requests/merge", ["repository": .string(repository), "number": .number(.int(number))])
    print("Merged \(repository) #\(number): \(answer["pullRequest"]?.text("title") ?? "")")
    return false
  }
}
