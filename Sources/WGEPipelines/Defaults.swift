/// Every limit, interval and name of this module, with the reason for its value.
public enum PipelineDefaults {
  /// The group's field manager, lease prefix and event source; upstream's name, so that receivers of
  /// its events need not change.
  public static let controllerName = "pipeline-controller"
  /// The actor of promotions that nobody approved.
  public static let controllerActor = "pipeline-controller"

  /// Past promotions kept per environment. A status object must stay far below etcd's 1.5 MiB.
  public static let historyLimit = 10
  /// Approvals kept per promotion.
  public static let approvalLimit = 20
  /// A condition message is cut here, as upstream does.
  public static let conditionMessageLength = 20_000
  /// Messages in records and events are cut here.
  public static let recordMessageLength = 1_000
  /// A revision longer than this is refused: it becomes part of titles, events and names.
  public static let revisionBytes = 512

  /// Time between two looks at an open pull request. Providers rate-limit below 10 s.
  public static let pullRequestPollInterval: Duration = .seconds(30)
  /// The lowest poll interval against a remote provider.
  public static let pullRequestPollFloor: Duration = .seconds(10)
  /// How long targets may take after the merge before the environment counts as stalled.
  public static let applyDeadline: Duration = .seconds(30 * 60)
  /// First pause after a failed attempt; doubles with each.
  public static let backOffBase: Duration = .seconds(10)
  /// Longest pause after a failed attempt, and the pause after a failure that needs a person.
  public static let backOffLimit: Duration = .seconds(10 * 60)
  /// How long one target cluster may take to answer before the target counts as unreachable.
  public static let targetDeadline: Duration = .seconds(10)
  /// How many clusters are asked at once for one pipeline.
  public static let targetConcurrency = 16
  /// A pipeline whose targets could not be read looks again after this time.
  public static let unreadableTargetInterval: Duration = .seconds(30)
  /// How long an approval waits for its pull request to be opened before it answers without.
  public static let approvalWait: Duration = .seconds(3)
  /// Tries of a status write that collides with another writer.
  public static let writeAttempts = 5

  /// Files above this size are not searched for markers: 1 MiB, far above any manifest.
  public static let markerFileBytes = 1 << 20
  /// YAML files read per promotion.
  public static let markerFiles = 10_000
  /// Bytes read per promotion.
  public static let markerTotalBytes = 100 << 20
  /// Scalars edited per promotion.
  public static let markerEdits = 10_000
}
