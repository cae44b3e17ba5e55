internal import HTTPTypes
internal import WGECore

/// What a server says of itself at `/version`.
public struct ServerVersion: Sendable, Hashable, CustomStringConvertible {
  /// `1`
  public var major: String
  /// `36`, or `36+` on some hosted servers.
  public var minor: String
  /// `v1.36.0`
  public var gitVersion: String
  /// `linux/amd64`
  public var platform: String

  /// With these values; the properties say what they mean.
  public init(major: String, minor: String, gitVersion: String, platform: String = "") {
    self.major = major
    self.minor = minor
    self.gitVersion = gitVersion
    self.platform = platform
  }

  /// The ``gitVersion``.
  public var description: String { gitVersion }
}

extension KubeClient {
  /// The server's version: also the cheapest proof that it answers.
  public func serverVersion() async throws -> ServerVersion {
    let json = try await sender.json(Call(method: .get, path: "/version", isIdempotent: true))
    func text(_ key: String) -> String { json[key]?.stringValue ?? "" }
    guard json["gitVersion"]?.stringValue != nil else {
      throw KubeError.decoding(what: "GET /version", problem: "gitVersion is missing: not a Kubernetes API server?")
    }
    return ServerVersion(
      major: text("major"), minor: text("minor"), gitVersion: text("gitVersion"), platform: text("platform"))
  }
}
