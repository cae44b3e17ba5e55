#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A fresh directory that is removed with everything in it when the closure returns or throws.
///
/// The path is absolute and free of symbolic links.
public func withTemporaryDirectory<R>(
  isolation: isolated (any Actor)? = #isolation, _ body: (_ path: String) async throws -> R
) async throws -> R {
  let path = try makeTemporaryDirectory()
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try await body(path)
}

/// A fresh directory that is removed with everything in it when the closure returns or throws.
///
/// The path is absolute and free of symbolic links.
public func withTemporaryDirectory<R>(_ body: (_ path: String) throws -> R) throws -> R {
  let path = try makeTemporaryDirectory()
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

private func makeTemporaryDirectory() throws -> String {
  let parent = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
  let directory = parent.appendingPathComponent("wge-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  return directory.path
}
