internal import WGECore

/// Git's services over ssh: a program at the other side, started with the repository's path.
final class SSHWire: GitWire {
  let isStateless = false
  private let transfer: GitTransfer
  private let path: String
  private var stream: SSHWireStream?

  init(_ transfer: GitTransfer) throws(GitHostError) {
    self.transfer = transfer
    path = transfer.remote.remotePath
  }

  func open(_ service: GitService) throws(GitHostError) -> any GitWireStream {
    if let stream, !service.isList { return stream }
    let session = try SSHSession(transfer)
    try session.run("\(service.program) \(Self.quoted(path))")
    let made = SSHWireStream(session, transfer)
    stream = made
    return made
  }

  func close() {
    stream?.close()
    stream = nil
  }

  /// For the shell at the other side.
  static func quoted(_ path: String) -> String {
    var result = "'"
    for character in path {
      if character == "'" || character == "!" { result += "'\\\(character)'" } else { result.append(character) }
    }
    return result + "'"
  }
}

private final class SSHWireStream: GitWireStream {
  private var session: SSHSession?
  private let transfer: GitTransfer
  private var received: Int64 = 0

  init(_ session: SSHSession, _ transfer: GitTransfer) {
    self.session = session
    self.transfer = transfer
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(GitHostError) -> Int {
    guard let session else { return 0 }
    let count = try session.read(into: buffer)
    // Nothing but an end: the reason is in the other stream.
    if count == 0, received == 0 { throw GitHostError(remoteMessage: session.complaint, place: transfer.place) }
    received += Int64(count)
    guard received <= transfer.limits.bytes else {
      throw GitHostError(.tooLarge, "\(transfer.place) sends more than \(transfer.limits.bytes) bytes")
    }
    return count
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(GitHostError) {
    guard let session else { throw GitHostError(.network, "the connection to \(transfer.place) is closed") }
    try session.write(bytes)
  }

  func close() { session = nil }
}
