import Foundation
import Synchronization
import WGETestSupport

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A server on a free loopback port that runs a script, on a thread of its own, for each connection.
///
/// It speaks no HTTP by itself: the script reads and writes bytes, so it can break every rule.
final class ScriptedServer: Sendable {
  var port: UInt16 { listener.port }
  private let listener: LoopbackListener
  private let connections = Connections()

  private final class Connections: Sendable {
    private struct State {
      var accepted = 0
      var open: Set<Int32> = []
      var isStopped = false
    }

    private let state = Mutex(State())

    var accepted: Int { state.withLock { $0.accepted } }
    var open: Int { state.withLock { $0.open.count } }

    func serve(_ fd: Int32, _ script: (ServerConnection) -> Void) {
      let keeps = state.withLock { state in
        state.accepted += 1
        if !state.isStopped { state.open.insert(fd) }
        return !state.isStopped
      }
      if keeps { script(ServerConnection(fd)) }
      // Removed before it is closed, so that the number is not shut down in another's hands.
      _ = state.withLock { $0.open.remove(fd) }
      close(fd)
    }

    func stop() {
      state.withLock { state in
        state.isStopped = true
        for fd in state.open { shutdown(fd, Int32(SHUT_RDWR)) }
      }
    }
  }

  var url: String { "http://127.0.0.1:\(port)" }
  /// Connections accepted so far, and still open.
  var accepted: Int { connections.accepted }
  var open: Int { connections.open }

  init(_ script: @escaping @Sendable (ServerConnection) -> Void) throws {
    listener = try LoopbackListener { [connections] fd in connections.serve(fd, script) }
  }

  deinit { stop() }

  /// Closes the port and every connection; the scripts then see end of file.
  func stop() {
    listener.stop()
    connections.stop()
  }
}

/// One connection, used by its script's thread alone.
final class ServerConnection {
  struct Request {
    var method: String
    var path: String
    var fields: [(name: String, value: String)]
    var lines: [String]

    func field(_ name: String) -> String? {
      fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
  }

  private let fd: Int32
  /// What was received; bytes before the offset were read.
  private var pending: [UInt8] = []
  private var offset = 0

  init(_ fd: Int32) { self.fd = fd }

  /// Reads up to the empty line; `nil` at end of file.
  func readRequest() -> Request? {
    var line: [UInt8] = []
    var lines: [String] = []
    while let byte = readByte() {
      if byte == 0x0a {
        if line.last == 0x0d { line.removeLast() }
        if line.isEmpty { break }
        lines.append(String(decoding: line, as: UTF8.self))
        line = []
      } else {
        line.append(byte)
      }
    }
    guard let first = lines.first else { return nil }
    let parts = first.split(separator: " ").map(String.init)
    guard parts.count == 3 else { return nil }
    let fields = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (
        name: String(parts[0]), value: parts.count > 1 ? String(parts[1]).trimmingCharacters(in: .whitespaces) : ""
      )
    }
    return Request(method: parts[0], path: parts[1], fields: fields, lines: lines)
  }

  /// Reads the body that the request announces, chunked or with a length.
  func readBody(of request: Request) -> [UInt8] {
    if let length = request.field("Content-Length").flatMap(Int.init) { return read(exactly: length) }
    guard request.field("Transfer-Encoding") == "chunked" else { return [] }
    var body: [UInt8] = []
    while let line = readLine(), let size = Int(line, radix: 16) {
      body += read(exactly: size)
      _ = readLine()
      if size == 0 { break }
    }
    return body
  }

  func readLine() -> String? {
    var line: [UInt8] = []
    while let byte = readByte() {
      if byte == 0x0a { return String(decoding: line.last == 0x0d ? line.dropLast() : line[...], as: UTF8.self) }
      line.append(byte)
    }
    return nil
  }

  func read(exactly count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      if offset == pending.count, !fill() { break }
      let taken = min(pending.count - offset, count - bytes.count)
      bytes += pending[offset..<(offset + taken)]
      offset += taken
    }
    return bytes
  }

  /// Returns when the peer has closed its side (or the server was stopped).
  func waitForEnd() {
    while fill() {}
  }

  private func readByte() -> UInt8? {
    if offset == pending.count, !fill() { return nil }
    defer { offset += 1 }
    return pending[offset]
  }

  private func fill() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    let count = recv(fd, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    pending = Array(buffer.prefix(count))
    offset = 0
    return true
  }

  /// False when the peer is gone.
  @discardableResult
  func write(_ text: String) -> Bool { write(Array(text.utf8)) }

  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  func answer(_ status: String = "200 OK", fields: [String] = [], body: String = "") {
    let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + fields
    write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
  }

  /// Sends the end of file but goes on reading.
  func closeWriting() { shutdown(fd, Int32(SHUT_WR)) }

  /// Closes with a reset instead of an end of file.
  func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }
}
