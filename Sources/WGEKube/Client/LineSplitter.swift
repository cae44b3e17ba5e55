#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Cuts a byte stream into lines, wherever its chunks begin and end.
///
/// Invariants: every byte is scanned once; no more than one line past the limit is ever held; the
/// buffer of one giant line is given back after it.
struct LineSplitter {
  /// A line longer than the limit.
  struct LineTooLong: Error { let limit: Int }

  private var buffer: [UInt8] = []
  /// Where the first line that was not handed out begins.
  private var start = 0
  /// Everything before this was searched for a line feed.
  private var scanned = 0
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  mutating func append(_ chunk: [UInt8]) {
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
      start = 0
      scanned = 0
    } else if start > 64 << 10, start > buffer.count / 2 {
      buffer.removeSubrange(..<start)
      scanned -= start
      start = 0
    }
    buffer.append(contentsOf: chunk)
  }

  /// The next whole line without its line feed, or nil until more bytes are there.
  mutating func next() throws -> [UInt8]? {
    guard let end = lineFeed() else {
      scanned = buffer.count
      if buffer.count - start > limit { throw LineTooLong(limit: limit) }
      return nil
    }
    if end - start > limit { throw LineTooLong(limit: limit) }
    let line = Array(buffer[start..<end])
    start = end + 1
    scanned = start
    return line
  }

  /// Takes that many bytes off a line that has not ended, when there are more of it already.
  mutating func takePrefix(_ count: Int) -> [UInt8]? {
    guard scanned == buffer.count, buffer.count - start > count else { return nil }
    defer { start += count }
    return Array(buffer[start..<start + count])
  }

  /// What follows the last line feed. Call it when the stream has ended.
  var remainder: [UInt8] { Array(buffer[start...]) }

  private func lineFeed() -> Int? {
    guard scanned < buffer.count else { return nil }
    return buffer.withUnsafeBytes { bytes -> Int? in
      guard let base = bytes.baseAddress, let hit = memchr(base + scanned, 0x0A, bytes.count - scanned) else {
        return nil
      }
      return UnsafeRawPointer(hit) - base
    }
  }
}
