/// The pieces that Git's protocols are made of: four hexadecimal digits of length, then bytes.
enum PacketLine {
  /// One piece; nil from ``PacketReader/next()`` is the end of the stream.
  enum Packet: Equatable {
    case data([UInt8])
    case flush
  }

  /// Git itself writes no longer ones, their length included.
  static let maximumBytes = 65_520

  static func encode(_ payload: [UInt8]) -> [UInt8] {
    let length = payload.count + 4
    let digits = Array("0123456789abcdef".utf8)
    return [12, 8, 4, 0].map { digits[length >> $0 & 15] } + payload
  }

  static let flush = Array("0000".utf8)

  /// The length that four digits say; nil when they are not digits.
  static func length(_ digits: ArraySlice<UInt8>) -> Int? {
    guard digits.count == 4 else { return nil }
    var length = 0
    for byte in digits {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: return nil
      }
      length = length << 4 | Int(digit)
    }
    return length
  }
}

/// Cuts a stream of bytes into packets.
struct PacketReader {
  /// More bytes; empty at the end.
  private let fill: () throws(GitHostError) -> [UInt8]
  private let place: String
  private var buffer: [UInt8] = []
  private var position = 0

  init(place: String, fill: @escaping () throws(GitHostError) -> [UInt8]) {
    self.place = place
    self.fill = fill
  }

  init(_ stream: any GitWireStream, place: String) {
    self.init(place: place) { () throws(GitHostError) in
      var chunk = [UInt8](repeating: 0, count: 65_536)
      var count = 0
      var failure: GitHostError?
      chunk.withUnsafeMutableBytes { buffer in
        do throws(GitHostError) { count = try stream.read(into: buffer) } catch { failure = error }
      }
      if let failure { throw failure }
      return Array(chunk[..<count])
    }
  }

  /// The next packet; nil where the stream ends between packets.
  mutating func next() throws(GitHostError) -> PacketLine.Packet? {
    guard let digits = try take(4, orEnd: true) else { return nil }
    guard let length = PacketLine.length(digits[...]), length == 0 || (4...PacketLine.maximumBytes).contains(length)
    else { throw GitHostError(.protocolViolation, "\(place) sent what is not Git's protocol") }
    if length == 0 { return .flush }
    return .data(try take(length - 4, orEnd: false) ?? [])
  }

  private mutating func take(_ count: Int, orEnd: Bool) throws(GitHostError) -> [UInt8]? {
    while buffer.count - position < count {
      let more = try fill()
      if more.isEmpty {
        if orEnd, buffer.count == position { return nil }
        throw GitHostError(.network, "\(place) ended the connection in the middle of its answer")
      }
      buffer.removeFirst(position)
      position = 0
      buffer += more
    }
    defer { position += count }
    return Array(buffer[position..<(position + count)])
  }
}
