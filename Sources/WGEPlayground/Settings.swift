import FoundationEssentials
import WGECore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What must stay the same across restarts: ports, tokens, the password. Kept in `settings.json`, mode 0600.
struct Settings: Codable {
  var password: String
  /// The person's token, which all clusters know, as they would know an identity provider.
  var adminToken: String
  /// The token by which WGE reaches each cluster.
  var tokens: [String: String]
  var ports: [String: Int]

  static let clusters = ["management", "leaf-eu", "leaf-us"]

  static func load(from directory: URL) throws -> Settings {
    let file = directory.appending(path: "settings.json")
    if let data = try? Data(contentsOf: file) { return try JSON(parsing: Array(data)).decode(Settings.self) }
    let settings = Settings(
      password: random(12), adminToken: random(32),
      tokens: Dictionary(uniqueKeysWithValues: clusters.map { ($0, random(32)) }), ports: [:])
    try settings.save(to: directory)
    return settings
  }

  func save(to directory: URL) throws {
    let draft = directory.appending(path: "settings.json.new")
    try? FileManager.default.removeItem(at: draft)
    let content = Data(try JSON(encoding: self).serializedPretty())
    guard FileManager.default.createFile(atPath: draft.path, contents: content, attributes: [.posixPermissions: 0o600])
    else { throw PlaygroundError("cannot write \(draft.path)") }
    // One step, so that a process killed here leaves the old settings or the new ones.
    guard rename(draft.path, directory.appending(path: "settings.json").path) == 0 else {
      throw PlaygroundError("cannot replace settings.json in \(directory.path)")
    }
  }

  /// Letters and digits that nobody mistakes for each other.
  private static func random(_ length: Int) -> String {
    let alphabet = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    return String((0..<length).map { _ in alphabet[Int.random(in: alphabet.indices)] })
  }
}

/// What keeps the playground from starting, as a sentence.
struct PlaygroundError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Keeps a second playground off the same data. Released when the process ends, however it ends.
final class DataLock {
  init(directory: URL) throws {
    let path = directory.appending(path: "lock").path
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw PlaygroundError("another playground runs on \(directory.path); stop it, or name another folder with --data")
    }
  }
}
