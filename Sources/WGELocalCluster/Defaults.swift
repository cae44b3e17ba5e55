typealias Defaults = LocalCluster.Defaults

extension LocalCluster {
  /// The limits and times of a local cluster, in one place.
  public enum Defaults {
    /// How many users are remembered by the way in which they impersonate.
    static let rememberedImpersonators = 1024
    /// Largest request body in bytes, as kube-apiserver's.
    public static let maximumBody = 3 * 1024 * 1024
    /// Deepest nesting of a request body.
    public static let maximumDepth = 128
    /// Events that each resource remembers for watches that resume.
    public static let watchWindow = 4096
    /// Bytes of objects that each resource remembers for watches that resume; fewer events where objects
    /// are large.
    public static let watchWindowBytes = 16 << 20
    /// Bytes of events after which a watch hands out what it has gathered.
    static let watchChunkBytes = 64 << 10
    /// How long a watch stays open without `timeoutSeconds`: 30 to 60 minutes as upstream, here the
    /// lower bound always, so that a run can be repeated.
    public static let watchTimeout: Duration = .seconds(1800)
    /// Time between bookmarks of watches that ask for them.
    public static let bookmarkInterval: Duration = .seconds(60)
    /// Time between a watch's last bookmark and its end.
    static let lastBookmark: Duration = .seconds(2)
    /// How long a conversion webhook may take.
    static let conversionTimeout: Duration = .seconds(30)
    /// Most operations in one JSON patch.
    public static let maximumPatchOperations = 10_000
    /// Life of a service-account token when the request names none.
    public static let tokenLifetimeSeconds: Int64 = 3600
    /// The version that the cluster reports.
    public static let kubernetesVersion = (major: "1", minor: "36", patch: "0")
  }
}
