internal import WGECore

/// Reads a JSON text once more for what strict decoding complains about, in the order of the text:
/// keys that occur twice in one object, and fields that the type does not have.
///
/// The text has been parsed before, so it is well-formed and not too deep; this runs only when there
/// is something to complain about. Parsed objects know no order, hence the second reading.
struct StrictScan {
  private let bytes: [UInt8]
  private var index = 0
  private(set) var problems: [String] = []

  /// More are not collected.
  private static let limit = 100

  /// - Parameter schema: nil where only keys that occur twice matter.
  static func problems(in bytes: [UInt8], _ schema: TypeSchema?) -> [String] {
    var scan = StrictScan(bytes: bytes)
    scan.value(schema, path: "")
    return scan.problems
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var current: UInt8 { index < bytes.count ? bytes[index] : 0 }

  private mutating func skipSpace() {
    while index < bytes.count, bytes[index] <= 0x20 { index += 1 }
  }

  private mutating func value(_ schema: TypeSchema?, path: String) {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): object(schema?.resolved, path: path)
    case UInt8(ascii: "["): array(schema?.resolved, path: path)
    case UInt8(ascii: "\""): _ = string()
    default:
      while index < bytes.count, !",]}".utf8.contains(bytes[index]), bytes[index] > 0x20 { index += 1 }
    }
  }

  private mutating func object(_ schema: TypeSchema?, path: String) {
    index += 1
    var seen = Set<String>()
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else {
        index += 1
        return
      }
      let key = string()
      skipSpace()
      index += 1
      let inner = path.isEmpty ? key : "\(path).\(key)"
      if !seen.insert(key).inserted { report("duplicate field \"\(inner)\"") }
      switch schema {
      case .structure(let structure):
        if let field = structure.fields[key] {
          value(field.type, path: inner)
        } else if let rest = structure.rest {
          value(rest, path: inner)
        } else {
          report("unknown field \"\(inner)\"")
          let count = problems.count
          value(nil, path: inner)
          problems.removeLast(problems.count - count)
        }
      case .map(let element, _): value(element, path: inner)
      default: value(nil, path: inner)
      }
      skipSpace()
      if current != UInt8(ascii: ",") {
        index += 1
        return
      }
      index += 1
    }
  }

  private mutating func array(_ schema: TypeSchema?, path: String) {
    index += 1
    var element: TypeSchema?
    if case .list(let inner, _) = schema { element = inner }
    var position = 0
    skipSpace()
    while index < bytes.count, current != UInt8(ascii: "]") {
      value(element, path: "\(path)[\(position)]")
      position += 1
      skipSpace()
      if current == UInt8(ascii: ",") { index += 1 }
      skipSpace()
    }
    index += 1
  }

  /// The string that starts here, its escapes undone.
  private mutating func string() -> String {
    let start = index
    index += 1
    var isEscaped = false
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\\") {
        isEscaped = true
        index += 1
      } else if byte == UInt8(ascii: "\"") {
        break
      }
    }
    let end = min(index, bytes.count)
    if isEscaped, let text = try? JSON(parsing: bytes[start..<end]).stringValue { return text }
    return String(decoding: bytes[(start + 1)..<max(start + 1, end - 1)], as: UTF8.self)
  }

  private mutating func report(_ problem: String) {
    if problems.count < Self.limit { problems.append(problem) }
  }
}
