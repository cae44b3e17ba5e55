/// Every limit and time-out of this module, with the reason for its value.
public enum GitDefaults {
  /// A reference becomes a file name; 244 leaves room for `.lock` and a prefix within 255 bytes.
  public static let maximumBranchNameBytes = 244
  /// What POSIX promises for a path.
  public static let maximumPathBytes = 4096
  /// What every common file system takes for one name.
  public static let maximumPathComponentBytes = 255
  /// Deeper trees are not made by people, and both Git and libgit2 walk them recursively.
  public static let maximumPathDepth = 256
  /// One file in a commit: 100 MiB, which is also what the hosts take. Larger content belongs in an artifact store.
  public static let maximumFileBytes = 100 << 20
  /// All files of one commit together: 512 MiB, which are held in memory.
  public static let maximumCommitBytes = 512 << 20
  /// Changes in one commit request.
  public static let maximumChanges = 100_000
  /// One file in a commit that a provider's API makes: 10 MiB. What is larger is pushed.
  public static let maximumAPIFileBytes = 10 << 20
  /// All files of one commit that a provider's API makes: 50 MiB.
  public static let maximumAPICommitBytes = 50 << 20
  /// Changes in one commit that a provider's API makes.
  public static let maximumAPIChanges = 5000
  /// A file that is read: 100 MiB.
  public static let maximumReadBytes = 100 << 20
  /// Entries that one listing returns before it fails with `tooLarge`.
  public static let maximumTreeEntries = 1_000_000
  /// Items that a listing of branches, pull requests or commits returns unless told otherwise.
  public static let listLimit = 1000
  /// A fetched pack: 2 GiB.
  public static let maximumPackBytes: Int64 = 2 << 30
  /// Objects in one fetched pack.
  public static let maximumPackObjects = 2_000_000
  /// A remote's list of references: 64 MiB, some 600,000 of them.
  public static let maximumAdvertisementBytes = 64 << 20
  /// References of one remote.
  public static let maximumReferences = 1_000_000
  /// Files of one merge that are reported as in conflict.
  public static let maximumConflicts = 1000
  /// What is pushed is kept up to this size and then sent with its length; more is sent as it is made.
  public static let bufferedRequestBytes = 1 << 20
  /// A fetch, clone or push in total.
  public static let networkDeadline: Duration = .seconds(600)
  /// For those who read a mirror to end, before it is cloned anew in its place.
  public static let mirrorUseDeadline: Duration = .seconds(30)
  /// Establishing one TCP connection.
  public static let connectTimeout: Duration = .seconds(10)
  /// Silence on a connection before it is given up.
  public static let idleTimeout: Duration = .seconds(60)
  /// Characters in the title of a pull request; GitLab's limit, the lowest.
  public static let maximumTitleLength = 255
  /// Description or comment of a pull request.
  public static let maximumBodyBytes = 65_536
  /// Labels on one pull request.
  public static let maximumLabels = 100
  /// Comments kept on one local pull request.
  public static let maximumComments = 1000
  /// A commit status's summary; hosts cut it further.
  public static let maximumStatusBytes = 1024
  /// Checks that a local host keeps of one commit.
  public static let maximumStatuses = 200
  /// Tries of a commit whose branch moves meanwhile.
  public static let commitAttempts = 10
  /// Waiting for another process that writes the same local repository.
  public static let lockTimeout: Duration = .seconds(30)
  /// A reference's lock file of this age was left by a process that died; moving a reference takes
  /// milliseconds.
  public static let abandonedLockAge: Duration = .seconds(15)
  /// Repositories that a local host keeps open; the least recently used is closed first.
  public static let maximumOpenRepositories = 64

  /// All mirrors of one cache: 20 GiB.
  public static let maximumMirrorBytes: Int64 = 20 << 30

  /// Credentials that are remembered to have been good, by mirror.
  public static let maximumMirrorProofs = 64
  /// Mirrors whose repository one process keeps open; the least recently used is closed first.
  public static let maximumOpenMirrors = 64

  // MARK: REST hosts

  /// Hosts with one credential each that a directory keeps, with their rate limits and answers.
  public static let maximumKnownHosts = 64

  /// Tries of a request that may be repeated.
  public static let requestAttempts = 5
  /// Longer than a server that restarts, shorter than a person waits.
  public static let requestPatience: Duration = .seconds(60)
  /// The first pause between tries.
  public static let requestBackoff: Duration = .milliseconds(250)
  /// Hosts compute mergeability within seconds; a faster rhythm costs rate limit.
  public static let pollInterval: Duration = .seconds(1)
  /// Looks at something that the host computes before `unavailable`.
  public static let pollAttempts = 20
  /// One REST request in total.
  public static let requestTimeout: Duration = .seconds(30)
  /// Of which establishing the connection.
  public static let requestConnectTimeout: Duration = .seconds(5)
  /// Requests in flight at one host with one credential.
  public static let requestConcurrency = 8
  /// Writes among them.
  public static let writeConcurrency = 4
  /// GitHub asks for a second between requests that create content, and punishes less with its secondary limit.
  public static let githubWriteSpacing: Duration = .seconds(1)
  /// Failures in a row, 5xx or no answer in time, after which a host is left alone.
  public static let circuitFailures = 5
  /// How long it is left alone.
  public static let circuitPause: Duration = .seconds(30)
  /// A JSON answer: 32 MiB.
  public static let maximumAnswerBytes = 32 << 20
  /// Nesting of a JSON answer.
  public static let maximumAnswerDepth = 64
  /// Redirects of a read that are followed, at the same host only.
  public static let maximumRedirects = 3
  /// Pages of one listing; each has up to 100 items and more.
  public static let maximumPages = 10_000
  /// Bytes of answers kept for conditional requests.
  public static let conditionalCacheBytes = 8 << 20
  /// What a rate limit without a time means, doubled with each in a row.
  public static let unnamedRateLimit: Duration = .seconds(60)
  /// Paths of a commit that are looked up one by one; more are taken from a listing.
  public static let singleLookups = 20
  /// Files of a commit whose last change is looked up, where a host compares single files: 25 rounds of eight
  /// requests. Above, the branch alone is compared, just before.
  public static let lastChangeLookups = 200
  /// Where Bitbucket Cloud's API is.
  public static let bitbucketCloudAPI = "https://api.bitbucket.org"
  /// Of dev.azure.com and Azure DevOps Server after 2022.
  public static let azureAPIVersion = "7.1"
  /// Tries of making or deleting a branch whose answer is lost.
  public static let branchAttempts = 3
  /// A webhook's body: 5 MiB.
  public static let maximumWebhookBytes = 5 << 20
  /// How far a signed webhook's time may be from ours.
  public static let webhookTolerance: Duration = .seconds(300)
  /// A token with less time left is refreshed: longer than one request, shorter than the shortest lifetime.
  public static let tokenMargin: Duration = .seconds(120)
  /// An OAuth exchange in total.
  public static let oauthTimeout: Duration = .seconds(10)
}
