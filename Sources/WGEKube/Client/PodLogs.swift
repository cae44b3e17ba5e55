internal import HTTPTypes
public import WGECore

/// Which lines of a container's log to read.
public struct LogOptions: Sendable, Hashable {
  /// Nil for the only container of the pod; the server refuses to choose among several.
  public var container: String?
  /// The log of the container's last run, not of the present one: why it crashed.
  public var previous: Bool
  /// Only lines of this last stretch of time; whole seconds, at least 1.
  public var since: Duration?
  /// Only lines from this moment on. Not together with ``since``.
  public var sinceTime: Timestamp?
  /// Only so many lines at the end.
  public var tailLines: Int?
  /// The server ends the log after so many bytes, maybe within a line.
  public var limitBytes: Int?
  /// Each line begins with its time, RFC 3339.
  public var timestamps: Bool

  /// With these values; the properties say what they mean.
  public init(
    container: String? = nil, previous: Bool = false, since: Duration? = nil, sinceTime: Timestamp? = nil,
    tailLines: Int? = nil, limitBytes: Int? = nil, timestamps: Bool = false
  ) {
    self.container = container
    self.previous = previous
    self.since = since
    self.sinceTime = sinceTime
    self.tailLines = tailLines
    self.limitBytes = limitBytes
    self.timestamps = timestamps
  }

  func query(follow: Bool) -> [(name: String, value: String)] {
    var query = QueryItems()
    query.add("container", container)
    query.add("follow", follow ? "true" : nil)
    query.add("previous", previous ? "true" : nil)
    query.add("sinceSeconds", since.map(QueryItems.wholeSeconds))
    query.add("sinceTime", sinceTime?.rfc3339)
    query.add("tailLines", tailLines.map { String(max(0, $0)) })
    query.add("limitBytes", limitBytes.map { String(max(1, $0)) })
    query.add("timestamps", timestamps ? "true" : nil)
    return query.items
  }
}

extension KubeClient {
  /// The log of a container as it is now.
  ///
  /// Held in memory: bound it with ``LogOptions/tailLines`` or ``LogOptions/limitBytes``, or read it
  /// with ``followLog(_:_:)``. Bytes that are no UTF-8 read as U+FFFD.
  public func log(_ pod: ObjectKey, _ options: LogOptions = LogOptions()) async throws -> String {
    let response = try await sender.send(try logCall(pod, options, follow: false))
    return String(decoding: response.body, as: UTF8.self)
  }

  /// The lines of a container's log as they are written. Ends when the container does.
  public func followLog(_ pod: ObjectKey, _ options: LogOptions = LogOptions()) async throws -> LogLines {
    LogLines(
      body: try await sender.stream(try logCall(pod, options, follow: true)).body,
      maximumLineBytes: KubeDefaults.maximumLogLineBytes)
  }

  private func logCall(_ pod: ObjectKey, _ options: LogOptions, follow: Bool) throws -> Call {
    let path = try ResourcePath.object(
      .pods, namespace: namespace(pod.namespace, .pods), name: pod.name, subresource: "log")
    return Call(method: .get, path: path, query: options.query(follow: follow), accept: "*/*", isIdempotent: true)
  }
}

/// One line of a log.
public struct LogLine: Sendable, Hashable {
  /// Without its line end.
  public var text: String
  /// False for all but the last part of a line that is longer than ``KubeDefaults/maximumLogLineBytes``,
  /// and for what follows the last line end when the log ends within a line.
  public var isComplete: Bool

  /// With these values; the properties say what they mean.
  public init(text: String, isComplete: Bool = true) {
    self.text = text
    self.isComplete = isComplete
  }
}

/// The lines of a log as they arrive. Read at the consumer's pace; leaving the loop closes the
/// connection. Iterate once. A connection that breaks throws ``KubeError/transport(_:)``.
public struct LogLines: AsyncSequence, Sendable {
  /// One line.
  public typealias Element = LogLine

  let body: AsyncThrowingStream<[UInt8], any Error>
  let maximumLineBytes: Int

  /// Reads the lines. Only one iterator gets them.
  public func makeAsyncIterator() -> Iterator {
    Iterator(chunks: body.makeAsyncIterator(), cutter: LogLineCutter(limit: maximumLineBytes))
  }

  /// See ``LogLines``.
  public struct Iterator: AsyncIteratorProtocol {
    var chunks: AsyncThrowingStream<[UInt8], any Error>.Iterator
    var cutter: LogLineCutter
    var finished = false

    /// Waits for the next line; nil at the end of the log.
    public mutating func next() async throws -> LogLine? {
      while true {
        if let line = cutter.next() { return line }
        if finished { return nil }
        guard let chunk = try await chunks.next() else {
          finished = true
          // AsyncThrowingStream ends instead of throwing when its consumer is cancelled.
          try Task.checkCancellation()
          return cutter.rest()
        }
        cutter.append(chunk)
      }
    }
  }
}

/// Cuts a log into lines, and lines that are too long into parts: a log has no limit on them, and
/// memory has.
struct LogLineCutter {
  private var splitter: LineSplitter
  private let limit: Int
  private var parts: ArraySlice<LogLine> = []

  init(limit: Int) {
    self.limit = max(1, limit)
    // What is over the limit is taken out before the splitter could refuse it.
    splitter = LineSplitter(limit: .max)
  }

  mutating func append(_ chunk: [UInt8]) { splitter.append(chunk) }

  mutating func next() -> LogLine? {
    if let part = parts.popFirst() { return part }
    if let line = try? splitter.next() {
      parts = cut(line, isComplete: true)[...]
      return parts.popFirst()
    }
    if let start = splitter.takePrefix(limit) { return LogLine(text: Self.text(start), isComplete: false) }
    return nil
  }

  /// What follows the last line end.
  mutating func rest() -> LogLine? {
    let rest = splitter.remainder
    splitter = LineSplitter(limit: .max)
    if rest.isEmpty { return nil }
    return LogLine(text: Self.text(rest), isComplete: false)
  }

  private func cut(_ line: [UInt8], isComplete: Bool) -> [LogLine] {
    if line.count <= limit { return [LogLine(text: Self.text(line), isComplete: isComplete)] }
    return stride(from: 0, to: line.count, by: limit).map { start in
      let end = min(line.count, start + limit)
      return LogLine(text: Self.text(Array(line[start..<end])), isComplete: isComplete && end == line.count)
    }
  }

  private static func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes[...], as: UTF8.self)
  }
}
