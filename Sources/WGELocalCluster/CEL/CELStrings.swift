internal import WGECore

/// The methods of strings. Positions count Unicode code points.
enum CELStrings {
  static func call(_ name: String, _ text: String, _ arguments: [CELValue], _ evaluator: inout CELEvaluator)
    throws(CELError)
    -> CELValue
  {
    // Searching costs the product of both lengths.
    var length = 1
    if case .string(let part)? = arguments.first { length += part.utf8.count / 16 }
    let (cost, overflow) = (text.utf8.count / 10).multipliedReportingOverflow(by: length)
    try evaluator.spend(overflow ? CELEvaluator.budget : cost)
    func string(_ index: Int) throws(CELError) -> String {
      guard index < arguments.count, case .string(let value) = arguments[index] else {
        throw CELError("no such overload: string.\(name)(\(arguments.map(\.typeName).joined(separator: ", ")))")
      }
      return value
    }
    func integer(_ index: Int) throws(CELError) -> Int64 {
      guard index < arguments.count, case .int(let value) = arguments[index] else {
        throw CELError("no such overload: string.\(name)(\(arguments.map(\.typeName).joined(separator: ", ")))")
      }
      return value
    }
    switch name {
    case "contains":
      let part = try string(0)
      return .bool(part.isEmpty || position(of: part, in: text) != nil)
    case "startsWith": return .bool(text.utf8.starts(with: try string(0).utf8))
    case "endsWith":
      let suffix = try string(0)
      return .bool(text.utf8.reversed().starts(with: suffix.utf8.reversed()))
    case "matches":
      return .bool(try pattern(try string(0), text, &evaluator).occurs(in: text))
    case "find":
      return .string(try pattern(try string(0), text, &evaluator).first(in: text) ?? "")
    case "findAll":
      let limit = arguments.count > 1 ? Int(clamping: try integer(1)) : -1
      return .list(try pattern(try string(0), text, &evaluator).all(in: text, limit: limit).map(CELValue.string))
    case "format":
      guard case .list(let values)? = arguments.first else { throw CELFunctions.overload("format", [.string(text)]) }
      return .string(try CELFormatter.format(text, values))
    case "lowerAscii": return .string(mapASCII(text) { (0x41...0x5A).contains($0) ? $0 + 32 : $0 })
    case "upperAscii": return .string(mapASCII(text) { (0x61...0x7A).contains($0) ? $0 - 32 : $0 })
    case "trim":
      var scalars = Array(text.unicodeScalars)[...]
      while scalars.first?.properties.isWhitespace == true { scalars = scalars.dropFirst() }
      while scalars.last?.properties.isWhitespace == true { scalars = scalars.dropLast() }
      return .string(join(scalars))
    case "replace":
      let limit = arguments.count > 2 ? try integer(2) : -1
      return .string(replace(text, try string(0), try string(1), limit: limit))
    case "split":
      let limit = arguments.count > 1 ? try integer(1) : -1
      return .list(split(text, try string(0), limit: limit).map(CELValue.string))
    case "substring":
      let scalars = Array(text.unicodeScalars)
      let start = try integer(0)
      let end = arguments.count > 1 ? try integer(1) : Int64(scalars.count)
      guard start >= 0, end <= scalars.count, start <= end else { throw CELError("index out of range: \(start)") }
      return .string(join(scalars[Int(start)..<Int(end)]))
    case "charAt":
      let scalars = Array(text.unicodeScalars)
      let index = try integer(0)
      guard index >= 0, index <= scalars.count else { throw CELError("index out of range: \(index)") }
      return .string(index == scalars.count ? "" : join(scalars[Int(index)...Int(index)]))
    case "indexOf":
      let start = arguments.count > 1 ? try integer(1) : 0
      let scalars = Array(text.unicodeScalars)
      guard start >= 0, start <= scalars.count else { throw CELError("index out of range: \(start)") }
      let found = position(of: try string(0), in: join(scalars[Int(start)...]))
      return .int(found.map { Int64($0) + start } ?? -1)
    case "lastIndexOf":
      let part = Array(try string(0).unicodeScalars)
      let scalars = Array(text.unicodeScalars)
      guard part.count <= scalars.count else { return .int(-1) }
      let last = arguments.count > 1 ? try integer(1) : Int64(scalars.count)
      guard last >= 0, last <= scalars.count else { throw CELError("index out of range: \(last)") }
      for start in stride(from: min(scalars.count - part.count, Int(last)), through: 0, by: -1) {
        if scalars[start..<(start + part.count)].elementsEqual(part) { return .int(Int64(start)) }
      }
      return .int(-1)
    default: throw CELError("no such overload: string.\(name)")
    }
  }

  /// A pattern, and the cost of looking for it.
  private static func pattern(_ pattern: String, _ text: String, _ evaluator: inout CELEvaluator) throws(CELError)
    -> Pattern
  {
    try evaluator.spend((text.utf8.count / 10 + 1).multipliedClamped(by: pattern.utf8.count / 4 + 1))
    do { return try Pattern(pattern) } catch { throw CELError(error.description) }
  }

  private static func join(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var result = ""
    result.unicodeScalars.append(contentsOf: scalars)
    return result
  }

  private static func mapASCII(_ text: String, _ change: (UInt8) -> UInt8) -> String {
    String(decoding: text.utf8.map(change), as: UTF8.self)
  }

  private static func position(of part: String, in text: String) -> Int? {
    let wanted = Array(part.unicodeScalars)
    let scalars = Array(text.unicodeScalars)
    guard wanted.count <= scalars.count else { return nil }
    return (0...(scalars.count - wanted.count)).first { start in
      scalars[start..<(start + wanted.count)].elementsEqual(wanted)
    }
  }

  private static func split(_ text: String, _ separator: String, limit: Int64) -> [String] {
    if limit == 0 { return [] }
    if limit == 1 { return [text] }
    let maximum = limit < 0 ? Int.max : Int(clamping: limit - 1)
    if separator.isEmpty {
      let scalars = Array(text.unicodeScalars)
      let head = scalars.prefix(maximum)
      var result = head.map { String(Character($0)) }
      if head.count < scalars.count { result.append(join(scalars[head.count...])) }
      return result
    }
    return text.split(separator: separator, maxSplits: maximum, omittingEmptySubsequences: false).map(String.init)
  }

  private static func replace(_ text: String, _ old: String, _ new: String, limit: Int64) -> String {
    guard !old.isEmpty, limit != 0 else { return text }
    let pieces = text.split(
      separator: old, maxSplits: limit < 0 ? Int.max : Int(clamping: limit), omittingEmptySubsequences: false)
    return pieces.joined(separator: new)
  }
}
