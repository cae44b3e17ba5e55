internal import Synchronization
internal import WGECore

/// The pull requests of one local repository: a JSON file each, in `wge/pulls` inside the bare
/// repository, so that they move and go with it.
///
/// Every write happens under ``lock`` and replaces one file atomically. A number is taken by writing
/// its file; files are never removed, so the next number is the highest plus one.
final class PullRequestStore: Sendable {
  /// Called before each durable step with its name; a test that throws stops the operation there, as a
  /// crash would.
  @TaskLocal static var willWrite: (@Sendable (String) throws(GitHostError) -> Void)?

  let lock: FileLock
  private let folder: String
  private let cache = Mutex<[Int: (version: AtomicFile.FileVersion, record: PullRequestRecord)]>([:])

  init(repository: String) throws(GitHostError) {
    folder = repository + "/wge/pulls"
    lock = FileLock(path: repository + "/wge/lock")
    try AtomicFile.makeFolder(folder)
  }

  /// All numbers, highest first.
  func numbers() throws(GitHostError) -> [Int] {
    try AtomicFile.names(in: folder).compactMap { name in
      name.hasSuffix(".json") ? Int(name.dropLast(5)).flatMap { $0 > 0 ? $0 : nil } : nil
    }.sorted(by: >)
  }

  /// - Throws: `notFound`, `corrupt`.
  func load(_ number: Int) throws(GitHostError) -> PullRequestRecord {
    let path = path(of: number)
    guard let version = AtomicFile.version(of: path) else {
      throw GitHostError(.notFound, "there is no pull request \(number)")
    }
    if let cached = cache.withLock({ $0[number] }), cached.version == version { return cached.record }
    guard let bytes = try AtomicFile.read(path, maximumBytes: 64 << 20) else {
      throw GitHostError(.notFound, "there is no pull request \(number)")
    }
    let record: PullRequestRecord
    do {
      record = try JSON(parsing: bytes).decode(PullRequestRecord.self)
    } catch {
      throw GitHostError(.corrupt, "the pull request file \(path) cannot be read: \(error)")
    }
    guard record.number == number else {
      throw GitHostError(.corrupt, "the pull request file \(path) holds number \(record.number)")
    }
    // A replacement between the two looks only makes the cache miss once more.
    cache.withLock { $0[number] = (version, record) }
    return record
  }

  /// Call it under the lock.
  func save(_ record: PullRequestRecord, step: String) throws(GitHostError) {
    try Self.willWrite?(step)
    let bytes: [UInt8]
    do {
      bytes = try JSON(encoding: record).serializedPretty()
    } catch {
      throw GitHostError(.corrupt, "the pull request \(record.number) cannot be written: \(error)")
    }
    try AtomicFile.write(bytes, to: path(of: record.number))
  }

  /// Removes what a writer left that died half-way. Call it under the lock.
  func removeLeftovers() throws(GitHostError) {
    for name in try AtomicFile.names(in: folder) where name.hasSuffix(AtomicFile.temporarySuffix) {
      AtomicFile.remove(folder + "/" + name)
    }
  }

  func path(of number: Int) -> String { "\(folder)/\(number).json" }
}
