#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The shared conformance vectors: the folder that the environment variable `WGE_DATA_DIR` names,
/// or `../shared/data` next to the package.
///
/// A suite asks for its file or folder and, when it is absent, prints ``skipMessage(_:)`` and
/// passes, so that a plain clone can be tested.
public enum Vectors {
  /// One file of vectors.
  public struct File: Sendable {
    /// Absolute path.
    public let path: String
    /// The name with its extension.
    public let name: String

    /// A file by its absolute path.
    public init(path: String) {
      self.path = path
      name = URL(fileURLWithPath: path).lastPathComponent
    }

    /// The content.
    public func read() throws -> [UInt8] { try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) }
  }

  /// The folder of all vectors; nil when it does not exist.
  public static let root: String? = {
    let package = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let path =
      ProcessInfo.processInfo.environment["WGE_DATA_DIR"]
      ?? package.deletingLastPathComponent().appendingPathComponent("shared/data").path
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()

  /// One file, by its path under ``root``; nil when it is absent.
  public static func file(_ path: String) -> File? {
    guard let root else { return nil }
    let full = root + "/" + path
    guard FileManager.default.fileExists(atPath: full) else { return nil }
    return File(path: full)
  }

  /// The files directly in a folder under ``root`` whose names end in `.ext`, by name. Empty when
  /// the folder is absent.
  public static func files(in folder: String, ext: String) -> [File] {
    guard let root else { return [] }
    let full = root + "/" + folder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: full)) ?? []
    return names.filter { $0.hasSuffix("." + ext) }.sorted().map { File(path: full + "/" + $0) }
  }

  /// What to print when vectors are absent.
  public static func skipMessage(_ path: String) -> String {
    "skipped: no \(path) under WGE_DATA_DIR or ../shared/data"
  }
}

extension Vectors {
  /// The files of a folder under `Tests/Fixtures`, which the project itself generated, by name.
  public static func fixtures(in folder: String, ext: String) -> [File] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let full = tests.appendingPathComponent("Fixtures").appendingPathComponent(folder).path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: full)) ?? []
    return names.filter { $0.hasSuffix("." + ext) }.sorted().map { File(path: full + "/" + $0) }
  }
}
