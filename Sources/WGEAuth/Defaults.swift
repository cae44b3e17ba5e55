/// Time-outs, limits and names of this module, each with its reason.
public enum AuthDefaults {
  /// Name of the Secret that holds the cluster-user account; fixed by the installations there are.
  public static let clusterUserSecret = "cluster-user-auth"
  /// Name of the Secret that holds the keys that sessions are signed with.
  public static let signingKeysSecret = "wge-signing-keys"
  /// Where both Secrets live unless the host says otherwise.
  public static let namespace = "flux-system"

  /// A session that is not used for this long ends.
  public static let sessionIdle: Duration = .seconds(3600)
  /// A session ends this long after signing in, however much it is used.
  public static let sessionLifetime: Duration = .seconds(24 * 3600)
  /// No host can configure more.
  public static let sessionLifetimeCap: Duration = .seconds(7 * 24 * 3600)
  /// A session in use gets a fresh cookie this long after the last one.
  public static let sessionRenewal: Duration = .seconds(15 * 60)
  /// Longest cookie value in bytes; browsers drop cookies past 4096 with their attributes.
  public static let cookieSize = 3800
  /// Ended sessions remembered until they would have ended by themselves.
  public static let revocations = 100_000

  /// How long keys sign before a new one takes over.
  public static let keyRotation: Duration = .seconds(30 * 24 * 3600)
  /// A new key signs only when it is this old, so that every replica has read it by then.
  public static let keySettling: Duration = .seconds(120)

  /// Longest password in bytes: bcrypt ignores what comes after.
  public static let passwordLength = 72
  /// bcrypt costs that are accepted in a Secret; past the upper bound one login costs seconds of CPU.
  public static let bcryptCosts = 4...14
  /// Below this an account works, with a warning.
  public static let bcryptStrongCost = 10
  /// bcrypt computations at the same time.
  public static let passwordConcurrency = 2
  /// Logins that may wait for one; further ones are told to come back.
  public static let passwordQueue = 16
  /// How long a read account is used before the Secret is read again.
  public static let accountCache: Duration = .seconds(10)
  /// How long it is still used when the Secret cannot be read.
  public static let accountStale: Duration = .seconds(300)

  /// Longest bearer token in bytes.
  public static let bearerLength = 16 * 1024
  /// How long an accepted token is not asked about again.
  public static let bearerAccepted: Duration = .seconds(60)
  /// How long a refused one is not.
  public static let bearerRefused: Duration = .seconds(10)
  /// Tokens remembered.
  public static let bearerCache = 10_000

  /// Sign-ins per minute, by address and by user name.
  public static let signInsPerMinute = 5
  /// Failures per user name in ``failureWindow``, after which only known addresses may go on.
  public static let failuresPerUser = 30
  /// See ``failuresPerUser``.
  public static let failureWindow: Duration = .seconds(15 * 60)
  /// Longest lock of one user name at one address.
  public static let longestLock: Duration = .seconds(15 * 60)
  /// How long an address that signed in is known.
  public static let knownAddress: Duration = .seconds(30 * 24 * 3600)
  /// Addresses and user names remembered by each limit.
  public static let limiterKeys = 100_000
}
