internal import CWGEGit2
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

// The few system calls that this module needs, by names that do not clash with its own methods.

func sleepMilliseconds(_ milliseconds: Int) { usleep(UInt32(clamping: milliseconds * 1000)) }

func closeDescriptor(_ descriptor: Int32) { _ = close(descriptor) }

func connectDescriptor(
  _ descriptor: Int32, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t
) -> Int32 {
  connect(descriptor, address, length)
}

/// Runs `body` with the texts as a C array, which must not outlive the call.
func withCStrings<T: ~Copyable>(
  _ texts: [String], _ body: (git_strarray) throws(GitHostError) -> T
) throws(GitHostError) -> T {
  var copies: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  let count = copies.count
  let base = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: max(count, 1))
  defer { base.deallocate() }
  base.initialize(from: &copies, count: count)
  return try body(git_strarray(strings: count == 0 ? nil : base, count: count))
}

/// What went wrong in the last system call.
func systemError(_ doing: String) -> GitHostError {
  let code = errno
  let kind: GitHostError.Code =
    switch code {
    case ENOENT: .notFound
    case EEXIST: .alreadyExists
    case EACCES, EPERM, EROFS: .forbidden
    case ENOSPC, EDQUOT: .tooLarge
    default: .unavailable
    }
  return GitHostError(kind, "could not \(doing): \(String(cString: strerror(code)))")
}

/// Removes a folder and all below it; symbolic links are removed, not followed. Missing is fine.
func removeTree(_ path: String) {
  if let folder = opendir(path) {
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    closedir(folder)
    for name in names {
      let child = path + "/" + name
      var status = stat()
      if lstat(child, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { removeTree(child) } else { unlink(child) }
    }
  }
  rmdir(path)
}

func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}

func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, buffer, count)
}
