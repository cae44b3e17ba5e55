public import ArgumentParser
public import WGECommandLine

/// The command line of a WGE server: it talks to the public JSON API only.
@main struct Wge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wge",
    abstract: "Show applications across clusters and promote them.",
    discussion: """
      Sign in once with `wge login SERVER`, or set WGE_SERVER and WGE_TOKEN.
      Exit codes: 0 done, 1 failed, 2 usage, 3 not signed in, 4 not allowed, 5 some clusters failed, 6 no answer in time.
      """,
    subcommands: [Login.self, Logout.self, Get.self, Describe.self, Approve.self, Merge.self])
}

/// Where the server is and who asks; the same for every command.
struct Connection: ParsableArguments {
  @Option(help: "The server's URL. Default: WGE_SERVER, else the one signed in to last.")
  var server: String?

  @Option(help: "A Kubernetes bearer token. Default: WGE_TOKEN, else the session of `wge login`.")
  var token: String?

  @Option(help: "A PEM file with the certificate authority to trust, for a server with a private one.")
  var ca: String?

  @Flag(help: "Never colour the output (also NO_COLOR=1).")
  var noColor = false

  /// A client for the server.
  func client() throws -> APIClient { try APIClient(server: server, token: token, authority: ca) }

  /// Where to print.
  var terminal: Terminal { Terminal(color: !noColor) }
}

extension OutputFormat: ExpressibleByArgument {}

/// The namespace and name that most commands need.
struct PipelineArguments: ParsableArguments {
  @Argument(help: "Name of the pipeline.")
  var pipeline: String

  @Option(name: .shortAndLong, help: "Namespace of the pipeline.")
  var namespace = "default"
}
