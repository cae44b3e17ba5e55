/// The limits and time-outs that apply unless a host says otherwise, each with its reason.
public enum HTTPDefaults {
  /// Long enough for a SYN that is sent three times (1 + 2 + 4 s) and a slow handshake.
  public static let connectTimeout: Duration = .seconds(15)
  /// A server that says nothing for so long in the middle of an exchange is given up.
  public static let idleTimeout: Duration = .seconds(60)
  /// Larger than what common servers accept or send (8 to 64 KiB).
  public static let headerBytes = 64 * 1024
  /// How much ``HTTPBody/collect(upTo:)`` takes into memory: a list of some 20,000 objects.
  public static let collectBytes = 64 * 1024 * 1024
  /// Bytes of one answer that wait for a slow consumer before the transfer is paused. The kernel
  /// holds some more, and over HTTP/2 libcurl 7.88 up to the 32 MB window of a paused stream.
  public static let responseBufferBytes = 256 * 1024
  /// Bytes of a streaming request body that wait for a slow peer before its sequence is asked again.
  public static let uploadBufferBytes = 256 * 1024
  /// Most bytes that are set aside for an answer before they came, because it says how long it is.
  public static let reservedBytes = 32 * 1024 * 1024
  /// Connections to one host at once; requests beyond wait. Over HTTP/1.1 each watch holds one.
  public static let connectionsPerHost = 256
  /// Connections kept for reuse, over all hosts.
  public static let idleConnections = 64
  /// Bytes of a URL; more is refused.
  public static let urlBytes = 64 * 1024
  /// Bytes of a redirect's own body that are read so that its connection can be reused.
  static let redirectBodyBytes = 16 * 1024
  /// Silence on a connection before the kernel asks whether the peer is there, in seconds, and the
  /// pause between the questions: a watch notices a dead peer without an idle time-out.
  static let keepAliveIdleSeconds = 30
  static let keepAliveIntervalSeconds = 15
  /// What User-Agent says when the request does not.
  public static let userAgent = "wge"
}
