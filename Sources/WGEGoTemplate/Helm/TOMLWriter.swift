internal import WGEGoFormat

/// TOML as Helm's encoder (BurntSushi's) lays it out: plain values first, then tables and lists of tables, each by key;
/// tables within lists inline; floats in full.
struct TOMLWriter {
  private var out: [UInt8] = []
  private let context: RenderContext
  private var charged = 0
  /// Values may hold themselves.
  private static let deepest = 500

  /// A value as TOML, or what is wrong with it: `toToml` gives errors as its text.
  /// - Throws: what the render's limits throw, and for what TOML cannot hold at all.
  static func text(of value: GoValue, _ context: RenderContext) throws -> [UInt8] {
    var writer = TOMLWriter(context: context)
    do throws(Problem) {
      if value.mapMembers != nil {
        try writer.write(table: value, path: [], depth: 0)
      } else if try writer.kind(of: value, depth: 0) == .tables {
        throw .told("toml: top-level values must be Go maps or structs")
      } else {
        try writer.write(value, depth: 0)
      }
    } catch {
      switch error {
      case .told(let text): return Array(text.utf8)
      case .thrown(let error): throw error
      }
    }
    try context.charge(writer.out.count - writer.charged)
    return writer.out
  }

  private enum Problem: Error {
    case told(String)
    case thrown(any Error)
  }

  private enum Kind { case plain, table, tables }

  private init(context: RenderContext) { self.context = context }

  // MARK: Kinds

  /// What a value is written as; nil for nothing.
  private func kind(of value: GoValue, depth: Int) throws(Problem) -> Kind? {
    if depth > Self.deepest { throw .thrown(TemplateFunctionError("toml: the value nests too deeply")) }
    do { try context.charge(8) } catch { throw .thrown(error) }
    if value.isNil { return nil }
    if value.mapMembers != nil { return .table }
    guard let count = value.listCount, count > 0 else { return .plain }
    var areTables = true
    for index in 0..<count {
      guard let element = try kind(of: value.element(at: index), depth: depth + 1) else {
        throw .told("toml: cannot encode array with nil element")
      }
      if element != .table { areTables = false }
    }
    return areTables ? .tables : .plain
  }

  /// The members in the order that they are written in: plain ones first.
  private func members(of table: GoValue, depth: Int) throws(Problem) -> [(key: String, value: GoValue, kind: Kind?)] {
    var plain: [(key: String, value: GoValue, kind: Kind?)] = []
    var tables: [(key: String, value: GoValue, kind: Kind?)] = []
    for member in table.mapMembers ?? [] {
      let kind = try kind(of: member.value, depth: depth + 1)
      if kind == .table || kind == .tables {
        tables.append((member.key, member.value, kind))
      } else {
        plain.append((member.key, member.value, kind))
      }
    }
    return plain + tables
  }

  // MARK: Tables

  private mutating func write(table: GoValue, path: [[UInt8]], depth: Int) throws(Problem) {
    for (name, value, kind) in try members(of: table, depth: depth) {
      guard let kind else { continue }
      let key = Self.key(name)
      switch kind {
      case .plain:
        indent(path.count)
        out += key + Array(" = ".utf8)
        try write(value, depth: depth + 1)
        out.append(0x0A)
      case .table:
        if path.isEmpty { separate() }
        try writeTable(value, path + [key], "[", "]", depth)
      case .tables:
        for index in 0..<(value.listCount ?? 0) {
          separate()
          try writeTable(value.element(at: index), path + [key], "[[", "]]", depth)
        }
      }
      try settle()
    }
  }

  private mutating func writeTable(
    _ table: GoValue, _ path: [[UInt8]], _ open: String, _ close: String, _ depth: Int
  ) throws(Problem) {
    indent(path.count - 1)
    out += Array(open.utf8) + path.joined(separator: [0x2E]) + Array(close.utf8)
    out.append(0x0A)
    try settle()
    try write(table: table, path: path, depth: depth + 1)
  }

  private mutating func separate() { if !out.isEmpty { out.append(0x0A) } }

  private mutating func indent(_ levels: Int) { out.append(contentsOf: repeatElement(0x20, count: 2 * max(levels, 0))) }

  private mutating func settle() throws(Problem) {
    do { try context.charge(out.count - charged) } catch { throw .thrown(error) }
    charged = out.count
  }

  // MARK: Values

  private mutating func write(_ value: GoValue, depth: Int) throws(Problem) {
    if depth > Self.deepest { throw .thrown(TemplateFunctionError("toml: the value nests too deeply")) }
    switch value {
    case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
    case .int(let number): out.append(contentsOf: "\(number)".utf8)
    case .integer(let number): out.append(contentsOf: (number.isSigned ? "\(number.signed)" : "\(number.bits)").utf8)
    case .float(let number): write(float: number, number.description)
    case .float32(let number): write(float: Double(number), number.description)
    case .string, .bytes: quote(value.stringBytes ?? [])
    case .host(let object):
      if let time = object as? GoTime {
        out.append(contentsOf: GoTimeLayout.format(time, "2006-01-02T15:04:05.999999999Z07:00").utf8)
      } else {
        quote(Array(object.goString.utf8))
      }
    case .array, .list:
      out.append(0x5B)
      for index in 0..<(value.listCount ?? 0) {
        if index > 0 { out += [0x2C, 0x20] }
        try write(value.element(at: index), depth: depth + 1)
      }
      out.append(0x5D)
    case .object, .map:
      let members = try members(of: value, depth: depth)
      out.append(0x7B)
      for (index, member) in members.enumerated() where member.kind != nil {
        out += Self.key(member.key) + Array(" = ".utf8)
        try write(member.value, depth: depth + 1)
        // After the last but one there is a comma even when the last is nothing.
        if index + 1 < members.count { out += [0x2C, 0x20] }
      }
      out.append(0x7D)
    case .none, .null, .complex, .function:
      throw .thrown(TemplateFunctionError("toml: unsupported type: \(value.typeName)"))
    }
    try settle()
  }

  private mutating func write(float: Double, _ description: String) {
    guard float.isFinite else {
      out.append(contentsOf: (float.isNaN ? "nan" : float < 0 ? "-inf" : "inf").utf8)
      return
    }
    let start = out.count
    FloatDigits(shortest: description).positional(into: &out)
    if !out[start...].contains(0x2E) { out += [0x2E, 0x30] }
  }

  // MARK: Text

  private mutating func quote(_ bytes: [UInt8]) { out += Self.quoted(bytes) }

  private static func key(_ name: String) -> [UInt8] {
    let isBare =
      !name.isEmpty && name.utf8.allSatisfy { $0 == 0x5F || $0 == 0x2D || $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 }
    return isBare ? Array(name.utf8) : quoted(Array(name.utf8))
  }

  private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = [0x22]
    for byte in bytes {
      switch byte {
      case 0x22, 0x5C: out += [0x5C, byte]
      case 0x08: out += Array("\\b".utf8)
      case 0x09: out += Array("\\t".utf8)
      case 0x0A: out += Array("\\n".utf8)
      case 0x0C: out += Array("\\f".utf8)
      case 0x0D: out += Array("\\r".utf8)
      case 0..<0x20, 0x7F:
        out += Array("\\u".utf8)
        GoQuote.hex(UInt32(byte), width: 4, into: &out)
      default: out.append(byte)
      }
    }
    out.append(0x22)
    return out
  }
}
