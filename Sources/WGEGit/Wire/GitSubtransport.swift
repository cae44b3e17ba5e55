internal import CWGEGit2

// libgit2's fetch over a GitWire.
//
// libgit2 speaks the protocol ("smart transport") and asks a "subtransport" for streams. The C structs below
// are ours behind its fields: made here, given back in their `free`, used by the thread of the one call they
// serve. A failure is kept in the GitTransfer, for C code can only return a number.

enum GitSubtransport {
  private struct Transport {
    /// Must stay first: libgit2 sees only this.
    var parent: git_smart_subtransport
    var transfer: Unmanaged<GitTransfer>
    var wire: Unmanaged<AnyObject>
    /// The conversation that is open, where the wire is not stateless.
    var stream: UnsafeMutablePointer<Stream>?
  }

  private struct Stream {
    /// Must stay first: libgit2 sees only this.
    var parent: git_smart_subtransport_stream
    var owner: UnsafeMutablePointer<Transport>
    var stream: Unmanaged<AnyObject>
  }

  /// Makes the transport of a remote; the callback of `git_remote_callbacks.transport`, whose payload is the
  /// ``GitTransfer``.
  static func make(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_transport>?>?, _ owner: OpaquePointer?,
    _ payload: UnsafeMutableRawPointer?
  ) -> Int32 {
    guard let payload else { return -1 }
    let transfer = Unmanaged<GitTransfer>.fromOpaque(payload).takeUnretainedValue()
    var definition = git_smart_subtransport_definition()
    definition.rpc = transfer.remote.reference.transport == .ssh ? 0 : 1
    definition.param = payload
    definition.callback = { out, _, payload in GitSubtransport.makeSubtransport(out, payload) }
    return withUnsafeMutablePointer(to: &definition) { git_transport_smart(out, owner, $0) }
  }

  private static func makeSubtransport(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport>?>?, _ payload: UnsafeMutableRawPointer?
  ) -> Int32 {
    guard let out, let payload else { return -1 }
    let transfer = Unmanaged<GitTransfer>.fromOpaque(payload).takeUnretainedValue()
    let wire: any GitWire
    do throws(GitHostError) { wire = try transfer.makeWire() } catch { return transfer.stop(error) }
    var parent = git_smart_subtransport()
    parent.action = { GitSubtransport.open($0, $1, $3) }
    parent.close = { transport in
      GitSubtransport.wire(of: transport)?.close()
      return 0
    }
    parent.free = { GitSubtransport.free($0) }
    let transport = UnsafeMutablePointer<Transport>.allocate(capacity: 1)
    transport.initialize(
      to: Transport(
        parent: parent, transfer: .passRetained(transfer), wire: .passRetained(wire as AnyObject), stream: nil))
    out.pointee = UnsafeMutableRawPointer(transport).assumingMemoryBound(to: git_smart_subtransport.self)
    return 0
  }

  private static func cast(
    _ transport: UnsafeMutablePointer<git_smart_subtransport>?
  ) -> UnsafeMutablePointer<Transport>? {
    transport.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Transport.self) }
  }

  private static func cast(
    _ stream: UnsafeMutablePointer<git_smart_subtransport_stream>?
  ) -> UnsafeMutablePointer<Stream>? {
    stream.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Stream.self) }
  }

  private static func wire(of transport: UnsafeMutablePointer<git_smart_subtransport>?) -> (any GitWire)? {
    cast(transport)?.pointee.wire.takeUnretainedValue() as? any GitWire
  }

  private static func free(_ transport: UnsafeMutablePointer<git_smart_subtransport>?) {
    guard let transport = cast(transport) else { return }
    (transport.pointee.wire.takeUnretainedValue() as? any GitWire)?.close()
    transport.pointee.wire.release()
    transport.pointee.transfer.release()
    transport.deinitialize(count: 1)
    transport.deallocate()
  }

  private static func open(
    _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport_stream>?>?,
    _ transport: UnsafeMutablePointer<git_smart_subtransport>?, _ action: git_smart_service_t
  ) -> Int32 {
    guard let out, let transport = cast(transport),
      let wire = transport.pointee.wire.takeUnretainedValue() as? any GitWire
    else { return -1 }
    let service: GitService
    switch action {
    case GIT_SERVICE_UPLOADPACK_LS: service = .uploadPackList
    case GIT_SERVICE_UPLOADPACK: service = .uploadPack
    default: return -1
    }
    if let open = transport.pointee.stream, !service.isList {
      out.pointee = UnsafeMutableRawPointer(open).assumingMemoryBound(to: git_smart_subtransport_stream.self)
      return 0
    }
    do throws(GitHostError) {
      let made = try wire.open(service)
      var parent = git_smart_subtransport_stream()
      parent.subtransport = UnsafeMutableRawPointer(transport).assumingMemoryBound(to: git_smart_subtransport.self)
      parent.read = { GitSubtransport.read($0, $1, $2, $3) }
      parent.write = { GitSubtransport.write($0, $1, $2) }
      parent.free = { GitSubtransport.free($0) }
      let stream = UnsafeMutablePointer<Stream>.allocate(capacity: 1)
      stream.initialize(to: Stream(parent: parent, owner: transport, stream: .passRetained(made as AnyObject)))
      if !wire.isStateless { transport.pointee.stream = stream }
      out.pointee = UnsafeMutableRawPointer(stream).assumingMemoryBound(to: git_smart_subtransport_stream.self)
      return 0
    } catch {
      return transport.pointee.transfer.takeUnretainedValue().stop(error)
    }
  }

  private static func read(
    _ stream: UnsafeMutablePointer<git_smart_subtransport_stream>?, _ buffer: UnsafeMutablePointer<CChar>?,
    _ count: Int, _ received: UnsafeMutablePointer<Int>?
  ) -> Int32 {
    guard let stream = cast(stream), let wire = stream.pointee.stream.takeUnretainedValue() as? any GitWireStream
    else { return -1 }
    do throws(GitHostError) {
      received?.pointee = try wire.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: count))
      return 0
    } catch {
      return stream.pointee.owner.pointee.transfer.takeUnretainedValue().stop(error)
    }
  }

  private static func write(
    _ stream: UnsafeMutablePointer<git_smart_subtransport_stream>?, _ buffer: UnsafePointer<CChar>?, _ count: Int
  ) -> Int32 {
    guard let stream = cast(stream), let wire = stream.pointee.stream.takeUnretainedValue() as? any GitWireStream
    else { return -1 }
    do throws(GitHostError) {
      try wire.write(UnsafeRawBufferPointer(start: buffer, count: count))
      return 0
    } catch {
      return stream.pointee.owner.pointee.transfer.takeUnretainedValue().stop(error)
    }
  }

  private static func free(_ stream: UnsafeMutablePointer<git_smart_subtransport_stream>?) {
    guard let stream = cast(stream) else { return }
    (stream.pointee.stream.takeUnretainedValue() as? any GitWireStream)?.close()
    // libgit2 frees its streams before the subtransport they came from.
    if stream.pointee.owner.pointee.stream == stream { stream.pointee.owner.pointee.stream = nil }
    stream.pointee.stream.release()
    stream.deinitialize(count: 1)
    stream.deallocate()
  }
}
