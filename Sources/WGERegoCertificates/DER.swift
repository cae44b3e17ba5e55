/// One element of DER (X.690): tag and content. Reading never leaves the bytes of the element above.
struct DER {
  let tag: UInt8
  let bytes: ArraySlice<UInt8>
  /// With tag and length.
  let whole: ArraySlice<UInt8>

  static let integer: UInt8 = 0x02
  static let bitString: UInt8 = 0x03
  static let octetString: UInt8 = 0x04
  static let objectIdentifier: UInt8 = 0x06
  static let sequence: UInt8 = 0x30
  static let set: UInt8 = 0x31

  /// The element at the start of the bytes, which are moved past it.
  init?(_ rest: inout ArraySlice<UInt8>) {
    guard rest.count >= 2, let tag = rest.first, tag & 0x1F != 0x1F else { return nil }
    var at = rest.startIndex + 1
    var length = Int(rest[at])
    at += 1
    if length >= 0x80 {
      let count = length - 0x80
      guard count > 0, count <= 4, rest.endIndex - at >= count else { return nil }
      length = rest[at..<at + count].reduce(0) { $0 << 8 | Int($1) }
      // DER has one form for each length.
      guard length >= 0x80, count == 1 || length >> (8 * (count - 1)) != 0 else { return nil }
      at += count
    }
    guard rest.endIndex - at >= length else { return nil }
    self.tag = tag
    bytes = rest[at..<at + length]
    whole = rest[rest.startIndex..<at + length]
    rest = rest[(at + length)...]
  }

  /// The only element of the bytes.
  init?(only bytes: ArraySlice<UInt8>) {
    var rest = bytes
    self.init(&rest)
    if !rest.isEmpty { return nil }
  }

  /// The elements inside, or nil when they are not well formed.
  var children: [DER]? {
    var result: [DER] = []
    var rest = bytes
    while !rest.isEmpty {
      guard let child = DER(&rest) else { return nil }
      result.append(child)
    }
    return result
  }

  func children(_ tag: UInt8) -> [DER]? { self.tag == tag ? children : nil }

  /// The arcs of an object identifier.
  var identifier: [Int]? {
    guard tag == DER.objectIdentifier, !bytes.isEmpty else { return nil }
    var arcs: [Int] = []
    var value = 0
    for byte in bytes {
      guard value < 1 << 48 else { return nil }
      value = value << 7 | Int(byte & 0x7F)
      guard byte & 0x80 == 0 else { continue }
      if arcs.isEmpty {
        let first = min(value / 40, 2)
        arcs = [first, value - first * 40]
      } else {
        arcs.append(value)
      }
      value = 0
    }
    return bytes.last.map { $0 & 0x80 == 0 } == true ? arcs : nil
  }

  /// The bytes of a bit string without unused bits.
  var bits: ArraySlice<UInt8>? {
    guard tag == DER.bitString, let unused = bytes.first, unused == 0 else { return nil }
    return bytes.dropFirst()
  }

  /// A small whole number.
  var int: Int? {
    guard tag == DER.integer, !bytes.isEmpty, bytes.count <= 7 else { return nil }
    return bytes.dropFirst().reduce(Int(Int8(bitPattern: bytes[bytes.startIndex]))) { $0 << 8 | Int($1) }
  }

  var boolean: Bool? { tag == 0x01 && bytes.count == 1 ? bytes.first != 0 : nil }

  /// Text of any of the string types.
  var text: String? {
    switch tag {
    case 0x0C, 0x12, 0x13, 0x16: String(validating: bytes, as: UTF8.self)
    case 0x14: String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
    case 0x1E:
      bytes.count % 2 == 0
        ? String(
          decoding: stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map {
            UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
          }, as: UTF16.self) : nil
    default: nil
    }
  }

  /// A time as text of RFC 3339, and as seconds since 1970.
  var time: (text: String, seconds: Int64)? {
    guard tag == 0x17 || tag == 0x18, bytes.last == UInt8(ascii: "Z") else { return nil }
    var digits: [Int] = []
    for byte in bytes.dropLast() {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      digits.append(Int(byte) - 0x30)
    }
    let wanted = tag == 0x17 ? 12 : 14
    guard digits.count == wanted else { return nil }
    if tag == 0x17 { digits = (digits[0] >= 5 ? [1, 9] : [2, 0]) + digits }
    func number(_ at: Int, _ count: Int) -> Int { digits[at..<at + count].reduce(0) { $0 * 10 + $1 } }
    func pad(_ value: Int, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let (year, month, day) = (number(0, 4), number(4, 2), number(6, 2))
    let (hour, minute, second) = (number(8, 2), number(10, 2), number(12, 2))
    guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60 else { return nil }
    // Days of the proleptic Gregorian calendar, with years that begin in March.
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    let text =
      "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(hour, 2)):\(pad(minute, 2)):\(pad(second, 2))Z"
    return (text, Int64(days * 86_400 + hour * 3600 + minute * 60 + second))
  }
}

/// What is wrong with a certificate or a key. Shows neither.
struct CertificateError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
