/// What is asked of the other side: the list of its references, or the exchange itself.
enum GitService: Sendable {
  case uploadPackList, uploadPack, receivePackList, receivePack

  /// The program at the other side.
  var program: String {
    switch self {
    case .uploadPackList, .uploadPack: "git-upload-pack"
    case .receivePackList, .receivePack: "git-receive-pack"
    }
  }

  var isList: Bool { self == .uploadPackList || self == .receivePackList }
}

/// A way to the services of one remote. Blocking; used by one thread, the repository's own.
///
/// libgit2 1.5 has transports of its own, but their certificate store, proxy and known hosts belong to the
/// process, and they cannot be interrupted. These belong to one remote and look at its ``GitTransfer`` while
/// they wait.
protocol GitWire: AnyObject {
  /// Each exchange is a request of its own, as over HTTP; otherwise list and exchange are one conversation.
  var isStateless: Bool { get }

  /// Where not stateless, asking for an exchange after the list gives the same stream again.
  func open(_ service: GitService) throws(GitHostError) -> any GitWireStream

  /// Ends what is still open. May be called again.
  func close()
}

/// Bytes to and from one service.
protocol GitWireStream: AnyObject {
  /// Waits for at least one byte; 0 at the end. Over HTTP the first read sends what was written.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(GitHostError) -> Int

  /// Writes all of it, as fast as the other side takes it.
  func write(_ bytes: UnsafeRawBufferPointer) throws(GitHostError)

  func close()
}

extension GitWireStream {
  func write(_ bytes: [UInt8]) throws(GitHostError) {
    var failure: GitHostError?
    bytes.withUnsafeBytes { buffer in
      do throws(GitHostError) { try write(buffer) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}

extension GitTransfer {
  /// The way to the remote of this exchange.
  func makeWire() throws(GitHostError) -> any GitWire {
    switch remote.reference.transport {
    case .https, .http: try HTTPWire(self)
    case .ssh: try SSHWire(self)
    case .file, .git:
      throw GitHostError(.unsupported, "\(remote.reference.transport.rawValue):// has no services", field: "url")
    }
  }
}
