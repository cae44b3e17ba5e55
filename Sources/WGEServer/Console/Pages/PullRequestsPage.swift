#if Server
  public import WGECore
  public import WGEKube

  /// The pull requests that the console shows and merges: a seam to the host's Git side.
  public protocol ConsolePullRequests: Sendable {
    /// Newest first.
    func list(as principal: Principal) async throws -> [ConsolePullRequest]
    /// Merges an open one.
    func merge(as principal: Principal, repository: String, number: Int) async throws
  }

  /// A pull request as the console lists it.
  public struct ConsolePullRequest: Sendable, Hashable {
    /// `owner/name`.
    public var repository: String
    /// Its number there.
    public var number: Int
    /// Its title.
    public var title: String
    /// `open`, `merged` or `closed`.
    public var state: String
    /// The branch to merge, and the one to merge into.
    public var head: String
    /// The branch to merge into.
    public var base: String
    /// When it was opened.
    public var createdAt: Timestamp

    /// A pull request from its parts.
    public init(
      repository: String, number: Int, title: String, state: String, head: String, base: String, createdAt: Timestamp
    ) {
      self.repository = repository
      self.number = number
      self.title = title
      self.state = state
      self.head = head
      self.base = base
      self.createdAt = createdAt
    }
  }

  /// The list of pull requests.
  struct PullRequestsPage: Sendable {
    let summary: String
    let isEmpty: Bool
    let rows: [Row]

    struct Row: Sendable {
      let repository: String
      let number: String
      let title: String
      let status: Pill
      let branches: String
      let opened: String
      let merge: Bool
    }

    init(_ list: [ConsolePullRequest]) {
      let open = list.filter { $0.state == "open" }.count
      summary = "\(open) open, \(list.count - open) merged or closed"
      isEmpty = list.isEmpty
      rows = list.map {
        Row(
          repository: $0.repository, number: "\($0.number)", title: $0.title, status: .pullRequest($0.state),
          branches: "\($0.head) → \($0.base)", opened: PipelinePage.time($0.createdAt), merge: $0.state == "open")
      }
    }
  }
#endif
