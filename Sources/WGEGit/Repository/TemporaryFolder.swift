#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A private folder that goes when the value does.
///
/// A process that is killed leaves its folders. Each is locked while its process lives, by the system and so
/// across containers that share a temporary folder, where process numbers would say nothing; those that
/// nobody has locked are removed by the next process that makes one.
final class TemporaryFolder: Sendable {
  let path: String
  /// Holds the lock.
  private let descriptor: Int32

  private static let prefix = "wge-scratch-"

  convenience init() throws(GitHostError) {
    let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    _ = Self.sweptOnce
    try self.init(in: root)
  }

  init(in root: String) throws(GitHostError) {
    for _ in 0..<100 {
      var template = Array((root + "/" + Self.prefix + "XXXXXX").utf8CString)
      guard mkdtemp(&template) != nil else { throw systemError("make a temporary folder in \(root)") }
      let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      // Somebody may sweep between the two calls: then another is made.
      guard let descriptor = Self.open(path) else { continue }
      let isTaken = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
      if !isTaken, AtomicFile.isAt(path, descriptor) {
        self.path = path
        self.descriptor = descriptor
        return
      }
      closeDescriptor(descriptor)
    }
    throw GitHostError(.unavailable, "could not keep a temporary folder in \(root)", remedy: "try again later")
  }

  deinit {
    removeTree(path)
    closeDescriptor(descriptor)
  }

  // MARK: - Those of dead processes

  private static let sweptOnce: Void = sweep(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")

  /// Removes the folders that no process holds any more.
  static func sweep(_ root: String) {
    for name in (try? AtomicFile.names(in: root)) ?? [] where name.hasPrefix(prefix) {
      let path = root + "/" + name
      guard let descriptor = open(path) else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { removeTree(path) }
      closeDescriptor(descriptor)
    }
  }

  /// The folder itself, no link to another; nil when it is gone or somebody else's.
  private static func open(_ path: String) -> Int32? {
    let descriptor = openFolder(path)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_uid == geteuid() { return descriptor }
    closeDescriptor(descriptor)
    return nil
  }
}

private func openFolder(_ path: String) -> Int32 { open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
