import FoundationEssentials
public import WGECore

/// The session of the last sign-in, in a file that only its owner can read.
///
/// `$XDG_CONFIG_HOME/wge/session.json`, else `~/.config/wge/session.json`.
public struct SessionFile: Sendable {
  /// The server's URL, without a slash at the end.
  public let server: String
  /// The value of the Cookie field.
  public let cookie: Secret<String>

  /// A session of that server.
  public init(server: String, cookie: Secret<String>) {
    self.server = server
    self.cookie = cookie
  }

  private static var folder: URL {
    let environment = ProcessInfo.processInfo.environment
    let base = environment["XDG_CONFIG_HOME"] ?? (environment["HOME"] ?? ".") + "/.config"
    return URL(filePath: base).appending(path: "wge")
  }

  private static var file: URL { folder.appending(path: "session.json") }

  /// The stored session; nil when there is none that can be read.
  public static func load() -> SessionFile? {
    guard let data = try? Data(contentsOf: file), let json = try? JSON(parsing: Array(data)),
      let server = json["server"]?.stringValue, let cookie = json["cookie"]?.stringValue
    else { return nil }
    return SessionFile(server: server, cookie: Secret(cookie))
  }

  /// Replaces the stored session.
  public func save() throws {
    try FileManager.default.createDirectory(
      at: Self.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let json: JSON = ["server": .string(server), "cookie": .string(cookie.reveal())]
    try? FileManager.default.removeItem(at: Self.file)
    let created = FileManager.default.createFile(
      atPath: Self.file.path, contents: Data(json.serialized()), attributes: [.posixPermissions: 0o600])
    guard created else { throw CommandFailure("cannot write \(Self.file.path)") }
  }

  /// Forgets the stored session.
  public static func remove() { try? FileManager.default.removeItem(at: file) }
}
