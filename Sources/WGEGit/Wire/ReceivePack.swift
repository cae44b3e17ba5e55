// Git's push protocol, version 0, from the pushing side.
//
// libgit2 has it too, but lets nobody choose what goes into the pack: it marks every tree and blob of every
// branch that the remote has as known, which for a repository of 100,000 files costs more time and memory than
// the push itself. Here the pack holds what is new and nothing else is looked at.

/// One move of one reference at the remote.
struct PushCommand: Sendable {
  /// The full name.
  var reference: String
  /// The new value; nil deletes it.
  var new: GitObjectID?
}

/// What the remote says it has.
struct RemoteReferences {
  /// Every object that a reference of the remote names.
  var objects: Set<GitObjectID> = []
  /// The references that were asked for, as far as they exist.
  var found: [String: GitObjectID] = [:]
  var capabilities: Set<String> = []
}

/// One push over one stream.
struct ReceivePack {
  let wire: any GitWire
  let transfer: GitTransfer

  /// Pushes.
  /// - Parameter prepare: looks at what the remote has, refuses by throwing, and gives what writes the pack to
  ///   its argument; nil when the reference is right already.
  func run(
    _ command: PushCommand,
    prepare: (RemoteReferences) throws(GitHostError) -> (
      ((UnsafeRawBufferPointer) throws(GitHostError) -> Void)
        throws(GitHostError) -> Void
    )?
  ) throws(GitHostError) {
    let list = try wire.open(.receivePackList)
    defer { list.close() }
    let references = try Self.references(
      from: list, asking: [command.reference], isStateless: wire.isStateless, place: transfer.place)
    let old = references.found[command.reference]
    guard let writePack = try prepare(references), old != command.new else {
      if !wire.isStateless { try list.write(PacketLine.flush) }
      return
    }
    if command.new == nil, !references.capabilities.contains("delete-refs") {
      throw GitHostError(.unsupported, "\(transfer.place) does not let references be deleted")
    }
    let stream = wire.isStateless ? try wire.open(.receivePack) : list
    defer { stream.close() }
    let isMuxed = references.capabilities.contains("side-band-64k")
    var capabilities = ["report-status", "agent=wge"]
    if isMuxed { capabilities.append("side-band-64k") }
    let line =
      "\(old ?? .zero) \(command.new ?? .zero) \(command.reference)\0 \(capabilities.joined(separator: " "))"
    try stream.write(PacketLine.encode(Array(line.utf8)) + PacketLine.flush)
    if command.new != nil {
      try writePack { bytes throws(GitHostError) in
        if let reason = transfer.reasonToStop() { throw reason }
        try stream.write(bytes)
      }
    }
    try report(from: stream, isMuxed: isMuxed, command)
  }

  // MARK: - What the remote has

  static func references(
    from stream: any GitWireStream, asking names: Set<String>, isStateless: Bool, place: String
  ) throws(GitHostError) -> RemoteReferences {
    var reader = PacketReader(stream, place: place)
    var result = RemoteReferences()
    var isFirst = true
    var count = 0
    if isStateless {
      guard case .data(let service)? = try reader.next(), service.starts(with: "# service=".utf8),
        case .flush? = try reader.next()
      else { throw GitHostError(.protocolViolation, "\(place) sent what is not Git's protocol") }
    }
    while true {
      guard let packet = try reader.next() else {
        throw GitHostError(.network, "\(place) ended the connection in the middle of its answer")
      }
      guard case .data(var line) = packet else { return result }
      if line.last == UInt8(ascii: "\n") { line.removeLast() }
      if line.starts(with: "ERR ".utf8) { throw GitHostError(remoteMessage: line.dropFirst(4), place: place) }
      if isFirst, let zero = line.firstIndex(of: 0) {
        let words = String(decoding: line[(zero + 1)...], as: UTF8.self).split(separator: " ").map(String.init)
        result.capabilities = Set(words)
        line = Array(line[..<zero])
        if let format = words.first(where: { $0.hasPrefix("object-format=") }), format != "object-format=sha1" {
          throw GitHostError(.unsupported, "the repository at \(place) names its objects with \(format.dropFirst(14))")
        }
      }
      isFirst = false
      guard line.count > 41, line[40] == UInt8(ascii: " "),
        let id = GitObjectID(String(decoding: line[..<40], as: UTF8.self))
      else {
        // `shallow` lines say that the remote lacks old history, which a push of new one needs not know.
        if line.starts(with: "shallow ".utf8) { continue }
        throw GitHostError(.protocolViolation, "\(place) sent a list of references that cannot be read")
      }
      count += 1
      guard count <= GitDefaults.maximumReferences else {
        throw GitHostError(.tooLarge, "\(place) has more than \(GitDefaults.maximumReferences) references")
      }
      if id != .zero { result.objects.insert(id) }
      let name = String(decoding: line[41...], as: UTF8.self)
      if names.contains(name) { result.found[name] = id }
    }
  }

  // MARK: - What became of it

  private func report(
    from stream: any GitWireStream, isMuxed: Bool, _ command: PushCommand
  ) throws(GitHostError) {
    let place = transfer.place
    var outer = PacketReader(stream, place: place)
    var said: [UInt8] = []
    var inner: [UInt8] = []
    if isMuxed {
      demultiplex: while case .data(let packet)? = try outer.next() {
        let rest = packet.dropFirst()
        switch packet.first {
        case 1:
          inner += rest
          guard inner.count <= Self.maximumReportBytes else {
            throw GitHostError(.protocolViolation, "\(place) sent a report without end")
          }
        case 2: said += rest.prefix(max(0, 4096 - said.count))
        case 3: throw GitHostError(remoteMessage: rest, place: place)
        default: throw GitHostError(.protocolViolation, "\(place) sent what is not Git's protocol")
        }
      }
      var left: [UInt8] = inner
      outer = PacketReader(place: place) { () throws(GitHostError) in
        defer { left = [] }
        return left
      }
    }
    var isUnpacked = false
    var isAccepted = false
    while case .data(let packet)? = try outer.next() {
      let line = String(decoding: packet, as: UTF8.self).trimmed
      if line == "unpack ok" {
        isUnpacked = true
      } else if line.hasPrefix("unpack ") {
        throw refusal(command, "it could not store the objects: \(line.dropFirst(7))", said)
      } else if line == "ok \(command.reference)" {
        isAccepted = true
      } else if line.hasPrefix("ng \(command.reference) ") {
        throw refusal(command, String(line.dropFirst(command.reference.utf8.count + 4)), said)
      }
    }
    guard isUnpacked, isAccepted else {
      throw GitHostError(.protocolViolation, "\(place) did not say whether the push was accepted")
    }
  }

  private static let maximumReportBytes = 1 << 20

  private func refusal(_ command: PushCommand, _ reason: String, _ said: [UInt8]) -> GitHostError {
    let reason = GitHostError.quote(GitHostError.masked(reason))
    var what = "\(transfer.place) declined \(GitHostError.quote(command.reference)): \(reason)"
    let stale = [
      "stale", "fetch first", "non-fast-forward", "failed to update ref", "cannot lock ref", "failed to lock",
      "reference already exists", "failed to write",
    ]
    if stale.contains(where: { reason.contains($0) }) {
      return GitHostError(.staleHead, what, remedy: "fetch and decide again")
    }
    let remark = GitHostError.masked(String(decoding: said, as: UTF8.self)).split(separator: " ").joined(separator: " ")
    if !remark.isEmpty { what += "; it said \(GitHostError.quote(remark))" }
    return GitHostError(
      .forbidden, what, remedy: "ask who runs the repository about its rules", reason: "protectedBranch")
  }
}

extension GitHostError {
  /// What the other side gave as the reason for ending the exchange.
  init(remoteMessage bytes: some Collection<UInt8>, place: String) {
    let text = String(decoding: bytes, as: UTF8.self).trimmed
    let lower = text.lowercased()
    let code: Code
    if ["not found", "does not exist", "does not appear", "no such", "not exist"].contains(where: { lower.contains($0) }
    ) {
      code = .notFound
    } else if ["denied", "permission", "forbidden", "not allowed", "unauthorized"].contains(where: {
      lower.contains($0)
    }) {
      code = .forbidden
    } else {
      code = .unavailable
    }
    self.init(code, "\(place) ended the exchange: \(Self.quote(Self.withoutUserInfo(text)))")
  }
}
