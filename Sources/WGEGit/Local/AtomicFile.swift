#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Files that are read whole or not at all: written beside, synced, then renamed into place.
enum AtomicFile {
  static let temporarySuffix = ".tmp"

  /// Replaces the file. After a crash at any point the old or the new content is there, never a mix.
  static func write(_ bytes: [UInt8], to path: String) throws(GitHostError) {
    let temporary = "\(path).\(UInt64.random(in: 0 ... .max))\(temporarySuffix)"
    let descriptor = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw systemError("create \(temporary)") }
    do throws(GitHostError) {
      try writeAll(bytes, to: descriptor, path: temporary)
      guard fsync(descriptor) == 0 else { throw systemError("write \(temporary)") }
    } catch {
      closeDescriptor(descriptor)
      unlink(temporary)
      throw error
    }
    closeDescriptor(descriptor)
    guard rename(temporary, path) == 0 else {
      let error = systemError("replace \(path)")
      unlink(temporary)
      throw error
    }
    syncFolder(of: path)
  }

  /// Nil when there is no such file.
  static func read(_ path: String, maximumBytes: Int) throws(GitHostError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw systemError("read \(path)")
    }
    defer { closeDescriptor(descriptor) }
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = chunk.withUnsafeMutableBytes { Self.readOnce(descriptor, $0) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw systemError("read \(path)") }
      if count == 0 { return result }
      result += chunk[..<count]
      if result.count > maximumBytes { throw GitHostError(.tooLarge, "\(path) is larger than \(maximumBytes) bytes") }
    }
  }

  /// The names in a folder but `.` and `..`; empty when there is no such folder.
  static func names(in folder: String) throws(GitHostError) -> [String] {
    guard let stream = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw systemError("list \(folder)")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Makes a folder and those above it.
  static func makeFolder(_ path: String) throws(GitHostError) {
    var prefix = ""
    for component in path.split(separator: "/") {
      prefix += "/" + component
      if mkdir(prefix, 0o755) != 0, errno != EEXIST, !isFolder(prefix) {
        throw systemError("make the folder \(prefix)")
      }
    }
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether a path leads to the very file or folder that a descriptor has open.
  static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
    var opened = stat()
    var there = stat()
    return fstat(descriptor, &opened) == 0 && lstat(path, &there) == 0 && opened.st_ino == there.st_ino
      && opened.st_dev == there.st_dev
  }

  /// Moves a folder to a name that is free.
  /// - Throws: `alreadyExists`.
  static func moveFolder(_ old: String, to new: String) throws(GitHostError) {
    if isFolder(new) { throw GitHostError(.alreadyExists, "\(new) exists already") }
    guard rename(old, new) == 0 else {
      if errno == ENOTEMPTY || errno == EEXIST { throw GitHostError(.alreadyExists, "\(new) exists already") }
      throw systemError("make \(new)")
    }
    syncFolder(of: new)
  }

  /// The path without symbolic links; the path itself when it cannot be resolved.
  static func resolved(_ path: String) -> String {
    guard let pointer = realpath(path, nil) else { return path }
    defer { free(pointer) }
    return String(cString: pointer)
  }

  /// What changes whenever a file is replaced; nil when it is missing.
  static func version(of path: String) -> FileVersion? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return FileVersion(
      inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: Int64(time.tv_sec),
      nanoseconds: Int64(time.tv_nsec))
  }

  struct FileVersion: Sendable, Hashable {
    let inode: UInt64
    let size: Int64
    let seconds: Int64
    let nanoseconds: Int64
  }

  /// How long ago a file or folder was last written, by the file system's clock; nil when it is missing.
  static func age(of path: String) -> Duration? {
    guard let found = version(of: path) else { return nil }
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return .seconds(Int64(now.tv_sec) - found.seconds)
  }

  /// Removes a file that nobody has written to for a while; does nothing when it is younger or gone.
  /// - Parameter folder: where it is moved first; on the same file system.
  static func removeAbandoned(_ path: String, olderThan age: Duration, aside folder: String) {
    guard let found = version(of: path), let old = self.age(of: path), old > age else { return }
    let aside = "\(folder)/.abandoned-\(UInt64.random(in: 0 ... .max))"
    guard rename(path, aside) == 0 else { return }
    if version(of: aside)?.inode == found.inode {
      unlink(aside)
    } else {
      // Somebody replaced it meanwhile: theirs goes back, unless its place is taken again.
      link(aside, path)
      unlink(aside)
    }
  }

  static func remove(_ path: String) { unlink(path) }

  private static func readOnce(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    systemRead(descriptor, buffer.baseAddress, buffer.count)
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(GitHostError) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes[offset...].withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw systemError("write \(path)") }
      offset += count
    }
  }

  private static func syncFolder(of path: String) {
    guard let slash = path.lastIndex(of: "/") else { return }
    let descriptor = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    closeDescriptor(descriptor)
  }
}
