/// Texts. Positions count code points, as the language defines them.
enum Texts {
  static func isPrefix(_ prefix: String, of text: String) -> Bool { text.utf8.starts(with: prefix.utf8) }

  static func isSuffix(_ suffix: String, of text: String) -> Bool {
    let (a, b) = (text.utf8.count, suffix.utf8.count)
    return b <= a && text.utf8.dropFirst(a - b).elementsEqual(suffix.utf8)
  }

  /// Offset in bytes of the first occurrence, or nil.
  static func find(_ needle: [UInt8], in text: [UInt8], from start: Int = 0) -> Int? {
    if needle.isEmpty { return start <= text.count ? start : nil }
    guard needle.count <= text.count else { return nil }
    let first = needle[0]
    var index = start
    let last = text.count - needle.count
    while index <= last {
      if text[index] == first, text[index..<index + needle.count].elementsEqual(needle) { return index }
      index += 1
    }
    return nil
  }

  static func contains(_ text: String, _ needle: String) -> Bool {
    find(Array(needle.utf8), in: Array(text.utf8)) != nil
  }

  static func split(_ text: String, _ separator: String) -> [String] {
    if separator.isEmpty { return text.unicodeScalars.map { String($0) } }
    let bytes = Array(text.utf8)
    let mark = Array(separator.utf8)
    var result: [String] = []
    var start = 0
    while let at = find(mark, in: bytes, from: start) {
      result.append(String(decoding: bytes[start..<at], as: UTF8.self))
      start = at + mark.count
    }
    result.append(String(decoding: bytes[start...], as: UTF8.self))
    return result
  }

  static func replace(
    _ context: BuiltinContext, _ text: String, _ old: String, _ new: String
  ) throws(BuiltinFailure) -> String {
    if old.isEmpty {
      try context.reserve(bytes: text.utf8.count * (new.utf8.count + 1))
      var result = new
      for scalar in text.unicodeScalars {
        result.unicodeScalars.append(scalar)
        result += new
      }
      return result
    }
    let parts = split(text, old)
    try context.reserve(bytes: text.utf8.count + parts.count * new.utf8.count)
    return parts.joined(separator: new)
  }

  static func trim(_ text: String, left: Bool, right: Bool, _ drop: (Unicode.Scalar) -> Bool) -> String {
    var scalars = Substring(text).unicodeScalars
    if left { while let first = scalars.first, drop(first) { scalars.removeFirst() } }
    if right { while let last = scalars.last, drop(last) { scalars.removeLast() } }
    return String(scalars)
  }

  /// Go's unicode.IsSpace.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

  /// Simple case mapping, scalar by scalar, as Go maps.
  static func mapped(_ text: String, _ map: (Unicode.Scalar) -> String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      let mapped = map(scalar)
      // Full mappings of several scalars (ß to SS) are not simple ones.
      if mapped.unicodeScalars.count == 1 { result += mapped } else { result.unicodeScalars.append(scalar) }
    }
    return result
  }

  static func positions(_ text: String, _ needle: String) -> [Int] {
    let haystack = Array(text.unicodeScalars)
    let needle = Array(needle.unicodeScalars)
    guard !needle.isEmpty, needle.count <= haystack.count else { return [] }
    return (0...(haystack.count - needle.count)).filter { haystack[$0..<$0 + needle.count].elementsEqual(needle) }
  }
}

private func trimming(_ name: String, left: Bool, right: Bool) -> Builtin {
  Builtin(name, 2, tier: 1) { _, o throws(BuiltinFailure) in
    let cut = Set(try o.string(1).unicodeScalars)
    return .string(Texts.trim(try o.string(0), left: left, right: right) { cut.contains($0) })
  }
}

private func anyMatch(_ name: String, _ test: @escaping @Sendable (String, String) -> Bool) -> Builtin {
  Builtin(name, 2, tier: 1) { context, o throws(BuiltinFailure) in
    func texts(_ index: Int) throws(BuiltinFailure) -> [String] {
      switch o[index] {
      case .string(let text): return [text]
      case .array, .set: return try o.strings(index)
      default: throw o.wrong(index, "{string, set, array}")
      }
    }
    let (search, base) = (try texts(0), try texts(1))
    try context.work(search.count * base.count)
    return .bool(search.contains { text in base.contains { test($0, text) } })
  }
}

let stringBuiltins: [Builtin] = [
  Builtin("concat", 2, tier: 1) { context, o throws(BuiltinFailure) in
    let separator = try o.string(0)
    let parts = try o.strings(1)
    try context.reserve(bytes: parts.reduce(0) { $0 + $1.utf8.count + separator.utf8.count })
    return .string(parts.joined(separator: separator))
  },
  Builtin("contains", 2, tier: 1) { context, o throws(BuiltinFailure) in
    let text = try o.string(0)
    try context.work(text.utf8.count >> 6)
    return .bool(Texts.contains(text, try o.string(1)))
  },
  Builtin("startswith", 2, tier: 1) { _, o throws(BuiltinFailure) in
    .bool(Texts.isPrefix(try o.string(1), of: try o.string(0)))
  },
  Builtin("endswith", 2, tier: 1) { _, o throws(BuiltinFailure) in
    .bool(Texts.isSuffix(try o.string(1), of: try o.string(0)))
  },
  Builtin("lower", 1, tier: 1) { _, o throws(BuiltinFailure) in
    .string(Texts.mapped(try o.string(0)) { $0 == "\u{130}" ? "i" : $0.properties.lowercaseMapping })
  },
  Builtin("upper", 1, tier: 1) { _, o throws(BuiltinFailure) in
    .string(Texts.mapped(try o.string(0)) { $0.properties.uppercaseMapping })
  },
  Builtin("split", 2, tier: 1) { context, o throws(BuiltinFailure) in
    let text = try o.string(0)
    try context.work(text.utf8.count >> 6)
    return try context.list(Texts.split(text, try o.string(1)))
  },
  Builtin("replace", 3, tier: 1) { context, o throws(BuiltinFailure) in
    .string(try Texts.replace(context, o.string(0), o.string(1), o.string(2)))
  },
  Builtin("strings.replace_n", 2) { context, o throws(BuiltinFailure) in
    let patterns = try o.object(0)
    let text = Array(try o.string(1).utf8)
    var pairs: [([UInt8], [UInt8])] = []
    for (key, value) in patterns.pairs {
      guard case .string(let old) = key, case .string(let new) = value else {
        throw .type(
          "operand 1 must be object of strings but got object containing \(key.typeName == "string" ? value.typeName : key.typeName)"
        )
      }
      pairs.append((Array(old.utf8), Array(new.utf8)))
    }
    var result: [UInt8] = []
    var index = 0
    var afterEmpty = false
    while index <= text.count {
      try context.work(pairs.count)
      if let (old, new) = pairs.first(where: { !($0.0.isEmpty && afterEmpty) && text[index...].starts(with: $0.0) }) {
        result += new
        try context.work(new.count >> 6)
        try context.check(bytes: result.count)
        index += old.count
        afterEmpty = old.isEmpty
        if !old.isEmpty { continue }
        continue
      }
      afterEmpty = false
      if index < text.count { result.append(text[index]) }
      index += 1
    }
    return .string(String(decoding: result, as: UTF8.self))
  },
  trimming("trim", left: true, right: true), trimming("trim_left", left: true, right: false),
  trimming("trim_right", left: false, right: true),
  Builtin("trim_prefix", 2, tier: 1) { _, o throws(BuiltinFailure) in
    let (text, affix) = (try o.string(0), try o.string(1))
    return Texts.isPrefix(affix, of: text)
      ? .string(String(decoding: Array(text.utf8.dropFirst(affix.utf8.count)), as: UTF8.self)) : .string(text)
  },
  Builtin("trim_suffix", 2, tier: 1) { _, o throws(BuiltinFailure) in
    let (text, affix) = (try o.string(0), try o.string(1))
    return Texts.isSuffix(affix, of: text)
      ? .string(String(decoding: Array(text.utf8.dropLast(affix.utf8.count)), as: UTF8.self)) : .string(text)
  },
  Builtin("trim_space", 1, tier: 1) { _, o throws(BuiltinFailure) in
    .string(Texts.trim(try o.string(0), left: true, right: true, Texts.isSpace))
  },
  Builtin("substring", 3, tier: 1) { _, o throws(BuiltinFailure) in
    let text = try o.string(0)
    let offset = try o.integer(1)
    let length = try o.integer(2)
    if offset < 0 { throw .failed("negative offset") }
    let rest = text.unicodeScalars.dropFirst(offset)
    return .string(length < 0 ? String(rest) : String(rest.prefix(length)))
  },
  Builtin("indexof", 2, tier: 1) { _, o throws(BuiltinFailure) in
    let (text, needle) = (try o.string(0), try o.string(1))
    if needle.isEmpty { throw .failed("empty search character") }
    return .int(Texts.positions(text, needle).first ?? -1)
  },
  Builtin("indexof_n", 2) { context, o throws(BuiltinFailure) in
    let (text, needle) = (try o.string(0), try o.string(1))
    if needle.isEmpty { throw .failed("empty search character") }
    try context.work(text.utf8.count)
    return .list(Texts.positions(text, needle).map { .int($0) })
  },
  Builtin("strings.count", 2) { _, o throws(BuiltinFailure) in
    let (text, needle) = (try o.string(0), try o.string(1))
    return .int(needle.isEmpty ? text.unicodeScalars.count + 1 : Texts.split(text, needle).count - 1)
  },
  Builtin("strings.reverse", 1) { _, o throws(BuiltinFailure) in
    var result = ""
    result.unicodeScalars.append(contentsOf: try o.string(0).unicodeScalars.reversed())
    return .string(result)
  },
  Builtin("format_int", 2) { context, o throws(BuiltinFailure) in
    let number = try o.number(0)
    guard case .number(let base) = o[1], let radix = base.exactInt, [2, 8, 10, 16].contains(radix) else {
      if case .number = o[1] { throw .type("operand 2 must be one of {2, 8, 10, 16}") }
      throw o.wrong(1, "number")
    }
    let truncated = try Arithmetic.round(context, number, number.text.hasPrefix("-") ? .up : .down)
    guard let whole = truncated.exactInteger else { throw .failed("number too big") }
    return .string(String(whole, radix: radix))
  },
  anyMatch("strings.any_prefix_match") { Texts.isPrefix($0, of: $1) },
  anyMatch("strings.any_suffix_match") { Texts.isSuffix($0, of: $1) },
  Builtin("sprintf", 2, tier: 1) { context, o throws(BuiltinFailure) in
    let format = try o.string(0)
    let arguments = try o.array(1)
    var writer = GoFormatter(format, arguments.map { GoFormatter.Argument($0) })
    return .string(try writer.run(context))
  },
  Builtin("internal.template_string", 1) { context, o throws(BuiltinFailure) in
    var result = ""
    for part in try o.array(0) {
      switch part {
      case .string(let text): result += text
      case .set(let set):
        if set.count > 1 {
          throw .halt(
            .evaluation(
              code: .conflict, message: "template-strings must not produce multiple outputs", location: context.location
            ))
        }
        result += set.elements.first?.plainText ?? "<undefined>"
      default: result += part.plainText
      }
      try context.check(bytes: result.utf8.count)
    }
    return .string(result)
  },
  Builtin("internal.print", 1) { context, o throws(BuiltinFailure) in
    var lines: [String] = [""]
    for (index, part) in try o.array(0).enumerated() {
      let texts: [String]
      if case .set(let set) = part, !set.elements.isEmpty {
        texts = set.elements.map(\.plainText)
      } else {
        texts = ["<undefined>"]
      }
      try context.reserve(elements: lines.count * texts.count)
      lines = lines.flatMap { line in texts.map { index == 0 ? $0 : line + " " + $0 } }
    }
    for line in lines { context.host.print?(line, context.location) }
    return .bool(true)
  },
  Builtin("trace", 1, tier: 1) { context, o throws(BuiltinFailure) in
    context.notes.append(try o.string(0))
    return .bool(true)
  },
]
