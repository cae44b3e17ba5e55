internal import WGECore

/// Conversions between types, by the functions that are named for them.
enum CELConversions {
  static func convert(_ name: String, _ value: CELValue) throws(CELError) -> CELValue {
    switch (name, value) {
    case ("int", .int), ("uint", .uint), ("double", .double), ("string", .string), ("bool", .bool), ("bytes", .bytes),
      ("duration", .duration), ("timestamp", .timestamp):
      return value
    case ("int", .uint(let number)):
      guard let exact = Int64(exactly: number) else { throw CELError("integer overflow") }
      return .int(exact)
    case ("int", .double(let number)):
      guard let exact = Int64(exactly: number.rounded(.towardZero)) else { throw CELError("integer overflow") }
      return .int(exact)
    case ("int", .string(let text)):
      guard let number = Int64(text) else {
        throw CELError("strconv.ParseInt: parsing \(FieldError.quote(text)): invalid syntax")
      }
      return .int(number)
    case ("int", .timestamp(let time)): return .int(time.seconds)
    case ("int", .duration(let duration)):
      let (seconds, attoseconds) = duration.components
      let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
      let (sum, overflow2) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
      if overflow || overflow2 { throw CELError("integer overflow") }
      return .int(sum)
    case ("uint", .int(let number)):
      guard let exact = UInt64(exactly: number) else { throw CELError("unsigned integer overflow") }
      return .uint(exact)
    case ("uint", .double(let number)):
      guard let exact = UInt64(exactly: number.rounded(.towardZero)) else {
        throw CELError("unsigned integer overflow")
      }
      return .uint(exact)
    case ("uint", .string(let text)):
      guard let number = UInt64(text) else {
        throw CELError("strconv.ParseUint: parsing \(FieldError.quote(text)): invalid syntax")
      }
      return .uint(number)
    case ("double", .int(let number)): return .double(Double(number))
    case ("double", .uint(let number)): return .double(Double(number))
    case ("double", .string(let text)):
      guard let number = Double(text) else {
        throw CELError("strconv.ParseFloat: parsing \(FieldError.quote(text)): invalid syntax")
      }
      return .double(number)
    case ("bool", .string(let text)):
      switch text {
      case "true", "True", "TRUE", "t", "1": return .bool(true)
      case "false", "False", "FALSE", "f", "0": return .bool(false)
      default: throw CELError("strconv.ParseBool: parsing \(FieldError.quote(text)): invalid syntax")
      }
    case ("bytes", .string(let text)): return .bytes(Array(text.utf8))
    case ("string", .bytes(let bytes)):
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw CELError("invalid UTF-8 in bytes, cannot convert to string")
      }
      return .string(text)
    case ("string", _):
      guard let text = text(value) else { throw .overload("string", value) }
      return .string(text)
    case ("duration", .string(let text)):
      guard let duration = duration(text) else {
        throw CELError("time: invalid duration \(FieldError.quote(text))")
      }
      return .duration(duration)
    case ("duration", .int(let seconds)): return .duration(.nanoseconds(seconds))
    case ("timestamp", .string(let text)):
      guard let time = try? Timestamp(parsing: text) else { throw CELError(GoTime.complaint(about: text, .time)) }
      return .timestamp(time)
    case ("timestamp", .int(let seconds)):
      let time = Timestamp(seconds: seconds)
      guard time.isRepresentable else { throw CELError("timestamp overflow") }
      return .timestamp(time)
    default: throw .overload(name, value)
    }
  }

  /// A scalar as text.
  static func text(_ value: CELValue) -> String? {
    switch value {
    case .bool(let flag): "\(flag)"
    case .int(let number): "\(number)"
    case .uint(let number): "\(number)"
    case .double(let number): JSONNumber(number).map { JSON.number($0).description } ?? "\(number)"
    case .string(let text): text
    case .timestamp(let time): time.description
    case .duration(let duration): seconds(duration)
    case .ip(let address): address.text
    case .cidr(let network): network.text
    default: nil
    }
  }

  /// `1.5s`, as the protobuf form of durations is written.
  static func seconds(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    if attoseconds == 0 { return "\(seconds)s" }
    var fraction = String((attoseconds / 1_000_000_000).magnitude)
    fraction = String(repeating: "0", count: max(0, 9 - fraction.count)) + fraction
    while fraction.last == "0" { fraction.removeLast() }
    return "\(seconds == 0 && attoseconds < 0 ? "-" : "")\(seconds).\(fraction)s"
  }

  /// A duration as Go writes it: `1h30m`, `1.5s`.
  static func duration(_ text: String) -> Duration? {
    var rest = text[...]
    let isNegative = rest.hasPrefix("-")
    if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
    if rest == "0" { return .zero }
    guard !rest.isEmpty, text.utf8.count <= 64 else { return nil }
    var nanoseconds = 0.0
    let units: [(String, Double)] = [
      ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]
    while !rest.isEmpty {
      let digits = rest.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(name.count)
      guard let number = Double(digits), let unit = units.first(where: { $0.0 == name })?.1 else { return nil }
      nanoseconds += number * unit
    }
    guard let exact = Int64(exactly: nanoseconds.rounded()) else { return nil }
    return .nanoseconds(isNegative ? 0 &- exact : exact)
  }
}
