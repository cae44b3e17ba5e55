internal import WGERegex

/// Regular expressions in RE2 syntax, matched in linear time.
enum Patterns {
  /// The compiled pattern; one evaluation compiles each pattern once.
  static func compiled(_ context: BuiltinContext, _ pattern: String) throws(BuiltinFailure) -> LinearRegex {
    if let known = context.regexes[pattern] { return known.regex }
    try context.work(pattern.utf8.count)
    let regex: LinearRegex
    do throws(LinearRegexError) { regex = try LinearRegex(pattern) } catch { throw .failed(error.description) }
    try context.work(regex.size)
    context.keep(regex, pattern)
    return regex
  }

  /// Instructions that count as one step: each takes about a nanosecond.
  private static func steps(_ instructions: Int) -> Int { max(0, instructions) >> 6 }

  /// Nothing stops a search on its way, so what it can take at most is counted before: the text times the pattern.
  private static func charge(
    _ context: BuiltinContext, _ regex: LinearRegex, _ length: Int
  ) throws(BuiltinFailure) {
    let (cost, overflow) = (length + 1).multipliedReportingOverflow(by: regex.size)
    try context.work(1 + steps(overflow ? .max : cost))
  }

  static func isMatch(_ context: BuiltinContext, _ regex: LinearRegex, _ text: String) throws(BuiltinFailure) -> Bool {
    try charge(context, regex, text.utf8.count)
    return regex.isMatch(text)
  }

  /// - Parameter keepsGroups: false for matches without groups.
  static func matches(
    _ context: BuiltinContext, _ regex: LinearRegex, _ text: [UInt8], limit: Int?, keepsGroups: Bool = false
  ) throws(BuiltinFailure) -> [LinearRegex.Match] {
    try charge(context, regex, text.count)
    let result = text.withUnsafeBufferPointer { text in
      Result { () throws(BuiltinFailure) in
        var matches: [LinearRegex.Match] = []
        // Each search may read to the end of the text.
        try regex.forEachMatch(in: text, limit: limit, keepsGroups: keepsGroups) {
          (match: LinearRegex.Match, work: Int) throws(BuiltinFailure) in
          try context.work(steps(work))
          try context.reserve(elements: match.offsets.count / 2)
          matches.append(match)
        }
        return matches
      }
    }
    return try result.get()
  }

  static func parts(
    _ context: BuiltinContext, _ regex: LinearRegex, _ text: [UInt8]
  ) throws(BuiltinFailure) -> [String] {
    try charge(context, regex, text.count)
    let result = text.withUnsafeBufferPointer { bytes in
      Result { () throws(BuiltinFailure) in
        try regex.split(bytes) { (work: Int) throws(BuiltinFailure) in try context.work(1 + steps(work)) }
          .map { Self.text(text, $0) }
      }
    }
    return try result.get()
  }

  static func replaced(
    _ context: BuiltinContext, _ regex: LinearRegex, _ text: String, _ template: String
  ) throws(BuiltinFailure) -> String {
    try charge(context, regex, text.utf8.count)
    let (text, template) = (Array(text.utf8), Array(template.utf8))
    let result = text.withUnsafeBufferPointer { text in
      template.withUnsafeBufferPointer { template in
        Result { () throws(BuiltinFailure) in
          try regex.replacingMatches(in: text) {
            (out: inout [UInt8], match: LinearRegex.Match, work: Int) throws(BuiltinFailure) in
            try context.work(1 + steps(work))
            let before = out.count
            regex.expand(template, match, of: text, into: &out)
            try context.work((out.count - before) >> 6)
            try context.check(bytes: out.count)
          }
        }
      }
    }
    let bytes = try result.get()
    try context.check(bytes: bytes.count)
    return String(decoding: bytes, as: UTF8.self)
  }

  static func text(_ bytes: [UInt8], _ range: Range<Int>) -> String {
    String(decoding: bytes[max(0, range.lowerBound)..<min(bytes.count, range.upperBound)], as: UTF8.self)
  }

  /// A template with literal text outside of the delimiters and expressions inside, as one pattern.
  static func template(_ template: String, _ open: String, _ close: String) throws(BuiltinFailure) -> String {
    guard open.utf8.count == 1, close.utf8.count == 1 else {
      throw .failed("delimiters must be single-byte characters")
    }
    var result = "^"
    var depth = 0
    var literal = ""
    var inner = ""
    for scalar in template.unicodeScalars {
      let text = String(scalar)
      if text == open {
        depth += 1
        if depth == 1 {
          result += LinearRegex.escape(literal)
          literal = ""
          continue
        }
      } else if text == close {
        depth -= 1
        if depth < 0 { throw .failed("unbalanced braces in \(template)") }
        if depth == 0 {
          result += "(" + inner + ")"
          inner = ""
          continue
        }
      }
      if depth > 0 { inner += text } else { literal += text }
    }
    if depth != 0 { throw .failed("unbalanced braces in \(template)") }
    return result + LinearRegex.escape(literal) + "$"
  }
}

private func match(_ name: String, deprecated: Bool = false) -> Builtin {
  Builtin(name, 2, tier: 1, deprecated: deprecated) { context, o throws(BuiltinFailure) in
    let regex = try Patterns.compiled(context, o.string(0))
    return .bool(try Patterns.isMatch(context, regex, o.string(1)))
  }
}

let regexBuiltins: [Builtin] = [
  match("regex.match"), match("re_match", deprecated: true),
  Builtin("regex.is_valid", 1) { context, o in
    guard case .string(let pattern) = o[0] else { return .bool(false) }
    return .bool((try? Patterns.compiled(context, pattern)) != nil)
  },
  Builtin("regex.split", 2, tier: 1) { context, o throws(BuiltinFailure) in
    let regex = try Patterns.compiled(context, o.string(0))
    return try context.list(Patterns.parts(context, regex, Array(o.string(1).utf8)))
  },
  Builtin("regex.find_n", 3, tier: 1) { context, o throws(BuiltinFailure) in
    let pattern = try o.string(0)
    let text = Array(try o.string(1).utf8)
    let count = try o.integer(2)
    let regex = try Patterns.compiled(context, pattern)
    let matches = try Patterns.matches(context, regex, text, limit: count < 0 ? nil : count)
    return try context.list(matches.map { Patterns.text(text, $0.range) })
  },
  Builtin("regex.find_all_string_submatch_n", 3) { context, o throws(BuiltinFailure) in
    let pattern = try o.string(0)
    let text = Array(try o.string(1).utf8)
    let count = try o.integer(2)
    let regex = try Patterns.compiled(context, pattern)
    let matches = try Patterns.matches(
      context, regex, text, limit: count < 0 ? nil : count, keepsGroups: true)
    var rows: [RegoValue] = []
    for match in matches {
      rows.append(
        try context.list(
          (0...regex.groupCount).map { match.range(ofGroup: $0).map { Patterns.text(text, $0) } ?? "" }))
    }
    return .list(rows)
  },
  Builtin("regex.replace", 3) { context, o throws(BuiltinFailure) in
    let text = try o.string(0)
    let regex = try Patterns.compiled(context, o.string(1))
    return .string(try Patterns.replaced(context, regex, text, o.string(2)))
  },
  Builtin("regex.template_match", 4) { context, o throws(BuiltinFailure) in
    let text = try o.string(1)
    let pattern = try Patterns.template(o.string(0), o.string(2), o.string(3))
    return .bool(try Patterns.isMatch(context, Patterns.compiled(context, pattern), text))
  },
  Builtin("regex.globs_match", 2) { context, o throws(BuiltinFailure) in
    .bool(try GlobIntersection.overlap(context, o.string(0), o.string(1)))
  },
]
