internal import WGERegex

struct EnvsubstParser {
  private let text: [UInt8]
  private var position = 0
  private static let deepest = 100

  init(_ text: String) {
    var bytes = Array(text.utf8)
    // A NUL ends the input upstream.
    if let end = bytes.firstIndex(of: 0) { bytes.removeSubrange(end...) }
    self.text = Self.strippingSpaces(bytes)
  }

  /// `${ NAME }` becomes `${NAME}`; anything with an operator stays.
  private static func strippingSpaces(_ text: [UInt8]) -> [UInt8] {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    func isName(_ byte: UInt8) -> Bool {
      byte == 0x5F || byte == 0x24 || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      if text[index] == 0x24, index + 1 < text.count, text[index + 1] == 0x7B {
        let start = text[(index + 2)...].prefix(while: isSpace).endIndex
        let end = text[start...].prefix(while: isName).endIndex
        let close = text[end...].prefix(while: isSpace).endIndex
        if end > start, close < text.count, text[close] == 0x7D {
          out += [0x24, 0x7B] + text[start..<end] + [0x7D]
          index = close + 1
          continue
        }
      }
      out.append(text[index])
      index += 1
    }
    return out
  }

  private func starts(with word: StaticString) -> Bool {
    word.withUTF8Buffer { text[min(position, text.count)...].starts(with: $0) }
  }

  mutating func parse() throws(EnvsubstError) -> [Envsubst.Node] {
    var nodes: [Envsubst.Node] = []
    var literal: [UInt8] = []
    while position < text.count {
      if starts(with: "$$") {
        literal.append(0x24)
        position += 2
      } else if starts(with: "${") {
        if !literal.isEmpty { nodes.append(.text(literal)) }
        literal = []
        nodes.append(try expansion(depth: 0))
      } else {
        literal.append(text[position])
        position += 1
      }
    }
    if !literal.isEmpty { nodes.append(.text(literal)) }
    return nodes
  }

  private var badArgument: EnvsubstError { .syntax("unable to parse substitution within function") }

  private mutating func expansion(depth: Int) throws(EnvsubstError) -> Envsubst.Node {
    if depth > Self.deepest { throw .syntax("expansions nest too deeply") }
    position += 2
    var isLength = false
    if position < text.count, text[position] == 0x23 {
      isLength = true
      position += 1
    }
    let name = takeName()
    if name.isEmpty { throw .syntax("unable to parse variable name") }
    if isLength {
      try close()
      return .expansion(name: name, .length, [])
    }
    guard position < text.count else { throw .syntax("missing closing brace") }
    let mark = text[position]
    switch mark {
    case UInt8(ascii: "}"):
      position += 1
      return .expansion(name: name, .value, [])
    case UInt8(ascii: "^"), UInt8(ascii: ","):
      position += 1
      let isDouble = position < text.count && text[position] == mark
      if isDouble { position += 1 }
      guard position < text.count else { throw .syntax("missing closing brace") }
      guard text[position] == UInt8(ascii: "}") else { throw .syntax("bad substitution") }
      position += 1
      let isUpper = mark == UInt8(ascii: "^")
      return .expansion(name: name, isUpper ? (isDouble ? .upper : .upperFirst) : isDouble ? .lower : .lowerFirst, [])
    case UInt8(ascii: "#"), UInt8(ascii: "%"):
      position += 1
      let isLongest = position < text.count && text[position] == mark
      if isLongest { position += 1 }
      let pattern = try argument(until: [], depth: depth)
      if pattern.isEmpty { throw badArgument }
      try close()
      return .expansion(
        name: name, mark == UInt8(ascii: "#") ? .removePrefix(longest: isLongest) : .removeSuffix(longest: isLongest),
        [pattern])
    case UInt8(ascii: "/"): return try replacement(name, depth: depth)
    case UInt8(ascii: "="):
      position += 1
      return try fallback(name, depth: depth)
    case UInt8(ascii: ":"):
      position += 1
      if position < text.count, "=-?+".utf8.contains(text[position]) {
        position += 1
        return try fallback(name, depth: depth)
      }
      var arguments = [try argument(until: [UInt8(ascii: ":")], depth: depth)]
      if arguments[0].isEmpty { throw badArgument }
      if position < text.count, text[position] == UInt8(ascii: ":") {
        position += 1
        arguments.append(try argument(until: [], depth: depth))
      }
      try close()
      return .expansion(name: name, .substring, arguments)
    default: throw .syntax("missing closing brace")
    }
  }

  private mutating func fallback(_ name: String, depth: Int) throws(EnvsubstError) -> Envsubst.Node {
    let argument = try argument(until: [], depth: depth)
    try close()
    return .expansion(name: name, .fallback, [argument])
  }

  private mutating func replacement(_ name: String, depth: Int) throws(EnvsubstError) -> Envsubst.Node {
    position += 1
    var operation = Envsubst.Operation.replace(all: false)
    if position < text.count {
      switch text[position] {
      case UInt8(ascii: "/"): operation = .replace(all: true)
      case UInt8(ascii: "#"): operation = .replacePrefix
      case UInt8(ascii: "%"): operation = .replaceSuffix
      default: position -= 1
      }
      position += 1
    }
    let old = try argument(until: [UInt8(ascii: "/")], depth: depth, unescapes: true)
    guard position < text.count, text[position] == UInt8(ascii: "/") else { throw .syntax("bad substitution") }
    position += 1
    let new = try argument(until: [], depth: depth, unescapes: true)
    try close()
    return .expansion(name: name, operation, [old, new])
  }

  private mutating func close() throws(EnvsubstError) {
    guard position < text.count, text[position] == UInt8(ascii: "}") else { throw .syntax("missing closing brace") }
    position += 1
  }

  /// Letters, digits and underscores of any script.
  private mutating func takeName() -> String {
    let start = position
    text.withUnsafeBufferPointer { buffer in
      while position < buffer.count {
        let (scalar, length) = UTF8Scalar.decode(buffer, position)
        guard Lexer.isAlphanumeric(scalar) else { return }
        position += length
      }
    }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  /// Text up to the closing brace or a delimiter, with expansions.
  private mutating func argument(
    until delimiters: [UInt8], depth: Int, unescapes: Bool = false
  ) throws(EnvsubstError) -> [Envsubst.Node] {
    var nodes: [Envsubst.Node] = []
    var literal: [UInt8] = []
    while true {
      guard position < text.count else { throw badArgument }
      let byte = text[position]
      if byte == UInt8(ascii: "}") || delimiters.contains(byte) { break }
      if starts(with: "${") {
        if !literal.isEmpty { nodes.append(.text(literal)) }
        literal = []
        do throws(EnvsubstError) { nodes.append(try expansion(depth: depth + 1)) } catch {
          if position >= text.count { throw badArgument }
          throw error
        }
        continue
      }
      if unescapes, byte == 0x5C, position + 1 < text.count, text[position + 1] == 0x2F || text[position + 1] == 0x5C {
        position += 1
      }
      literal.append(text[position])
      position += 1
    }
    if !literal.isEmpty { nodes.append(.text(literal)) }
    return nodes
  }
}
