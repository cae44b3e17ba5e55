#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Reads small files whole, with a limit. Pipes are files too, as `KUBECONFIG=<(…)` gives one.
enum BoundedFile {
  /// Why a file cannot be read. Names no content.
  enum Problem: Error, Hashable, CustomStringConvertible {
    case missing
    case tooLarge(limit: Int)
    case unreadable(String)

    var description: String {
      switch self {
      case .missing: "the file does not exist"
      case .tooLarge(let limit): "the file is larger than \(limit) bytes"
      case .unreadable(let reason): "the file cannot be read: \(reason)"
      }
    }
  }

  static func read(_ path: String, limit: Int) throws(Problem) -> [UInt8] {
    // A path with a NUL would be cut there and name another file.
    guard !path.utf8.contains(0) else { throw .unreadable("the path holds a NUL") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable(message(errno))
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = chunk.withUnsafeMutableBytes { buffer in
        #if canImport(Darwin)
          Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
          Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #else
          Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(message(errno)) }
      if count == 0 { return bytes }
      guard count <= limit - bytes.count else { throw .tooLarge(limit: limit) }
      bytes += chunk[..<count]
    }
  }

  static func message(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}
