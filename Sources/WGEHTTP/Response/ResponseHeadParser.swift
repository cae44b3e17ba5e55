import HTTPTypes

/// The head of an answer, as the server sent it.
struct ResponseHead: Sendable {
  var status: HTTPResponse.Status
  var fields: HTTPFields
  var version: HTTPVersion
}

/// Puts the header lines that libcurl hands out, one by one, together to heads and trailers.
///
/// An exchange may have several heads (100 Continue, 103 Early Hints, then the final one); lines
/// after the final head's empty line are trailers.
struct ResponseHeadParser {
  enum Failure: Error {
    case tooLarge
    case malformed(String)
  }

  let limit: Int
  private(set) var head: ResponseHead?
  private(set) var trailers: HTTPFields = [:]

  private var bytes = 0
  private var status: HTTPResponse.Status?
  private var version = HTTPVersion.http1_1
  private var fields = HTTPFields()
  /// The field that the next line may continue.
  private var openField: (name: HTTPField.Name, value: [UInt8])?

  init(limit: Int) { self.limit = limit }

  /// Takes one line with its line end. Answers the head when this line completes the final one.
  mutating func take(_ raw: UnsafeRawBufferPointer) throws(Failure) -> ResponseHead? {
    bytes += raw.count
    guard bytes <= limit else { throw .tooLarge }
    var line = raw[...]
    while let last = line.last, last == 0x0d || last == 0x0a { line.removeLast() }
    if head != nil {
      try field(line)
      try flush()
      return nil
    }
    if line.isEmpty {
      try flush()
      guard let status else { throw .malformed("header lines without a status line") }
      defer {
        self.status = nil
        fields = [:]
      }
      guard status.code >= 200 else { return nil }
      let complete = ResponseHead(status: status, fields: fields, version: version)
      head = complete
      return complete
    }
    if status == nil { try statusLine(line) } else { try field(line) }
    return nil
  }

  private mutating func statusLine(_ line: Slice<UnsafeRawBufferPointer>) throws(Failure) {
    let parts = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2 else { throw .malformed("the status line has no status") }
    switch String(decoding: parts[0], as: UTF8.self) {
    case "HTTP/1.0": version = .http1_0
    case "HTTP/1.1": version = .http1_1
    case "HTTP/2", "HTTP/2.0": version = .http2
    case "HTTP/3", "HTTP/3.0": version = .http3
    default: throw .malformed("the status line names no known version of HTTP")
    }
    guard parts[1].count == 3, let code = Int(String(decoding: parts[1], as: UTF8.self)), (100...999).contains(code)
    else { throw .malformed("the status is not a number of three digits") }
    status = HTTPResponse.Status(code: code)
  }

  private mutating func field(_ line: Slice<UnsafeRawBufferPointer>) throws(Failure) {
    if line.isEmpty { return }
    if line.first == 0x20 || line.first == 0x09 {
      // Obsolete line folding (RFC 9112, 5.2): the line continues the value before it.
      guard openField != nil else { throw .malformed("a header line begins with a blank") }
      openField?.value.append(0x20)
      openField?.value.append(contentsOf: Self.trimmed(line))
      return
    }
    try flush()
    guard let colon = line.firstIndex(of: 0x3a),
      let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
    else { throw .malformed("a header line has no valid field name") }
    openField = (name, Array(Self.trimmed(line[line.index(after: colon)...])))
  }

  private mutating func flush() throws(Failure) {
    guard let open = openField else { return }
    openField = nil
    if open.name == .contentLength, head == nil {
      // libcurl takes a number that is too large for none, and reads on to the connection's end.
      guard let length = Int64(String(decoding: open.value, as: UTF8.self)), length >= 0 else {
        throw .malformed("the Content-Length is not a number")
      }
      guard fields[values: .contentLength].allSatisfy({ Int64($0) == length }) else {
        throw .malformed("two Content-Lengths differ")
      }
    }
    let field = HTTPField(name: open.name, value: String(decoding: open.value, as: UTF8.self))
    if head == nil { fields.append(field) } else { trailers.append(field) }
  }

  private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
    var bytes = bytes
    while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
    while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
    return bytes
  }
}
