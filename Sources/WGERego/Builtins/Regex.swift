internal import WGERegex

/// Regular expressions in RE2 syntax, matched in linear time.
enum Patterns {
  /// The compiled pattern; one evaluation compiles each pattern once.
  static func compiled(_ context: BuiltinContext, _ pattern: String) throws(BuiltinFailure) -> LinearRegex {
    if let known = context.regexes[pattern] { return known.regex }
    try context.work(pattern.utf8.count)
    let regex: LinearRegex
    do throws(LinearRegexError) { regex = try LinearRegex(pattern) } catch { throw .failed(error.description) }
    if context.regexes.count < 1000 { context.regexes[pattern] = CompiledPattern(regex: regex) }
    return regex
  }

  static func matches(
    _ context: BuiltinContext, _ regex: LinearRegex, _ text: [UInt8], limit: Int?
  ) throws(BuiltinFailure) -> [LinearRegex.Match] {
    try context.work(text.count >> 3)
    return text.withUnsafeBufferPointer { regex.matches(in: $0, limit: limit) }
  }

  static func text(_ bytes: [UInt8], _ range: Range<Int>) -> String {
    String(decoding: bytes[max(0, range.lowerBound)..<min(bytes.count, range.upperBound)], as: UTF8.self)
  }

  /// The pieces between matches: empty matches never cut at the ends.
  static func split(_ regex: LinearRegex, _ text: [UInt8], _ matches: [LinearRegex.Match]) -> [String] {
    if !regex.pattern.isEmpty, text.isEmpty { return [""] }
    var result: [String] = []
    var start = 0
    var end = 0
    for match in matches {
      end = match.range.lowerBound
      if match.range.upperBound != 0 { result.append(Self.text(text, start..<end)) }
      start = match.range.upperBound
    }
    if end != text.count { result.append(Self.text(text, start..<text.count)) }
    return result
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
    let text = try o.string(1)
    try context.work(text.utf8.count >> 4)
    return .bool(regex.isMatch(text))
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
    let text = Array(try o.string(1).utf8)
    let matches = try Patterns.matches(context, regex, text, limit: nil)
    try context.reserve(elements: matches.count)
    return .list(Patterns.split(regex, text, matches).map { .string($0) })
  },
  Builtin("regex.find_n", 3, tier: 1) { context, o throws(BuiltinFailure) in
    let pattern = try o.string(0)
    let text = Array(try o.string(1).utf8)
    let count = try o.integer(2)
    let regex = try Patterns.compiled(context, pattern)
    let matches = try Patterns.matches(context, regex, text, limit: count < 0 ? nil : count)
    try context.reserve(elements: matches.count)
    return .list(matches.map { .string(Patterns.text(text, $0.range)) })
  },
  Builtin("regex.find_all_string_submatch_n", 3) { context, o throws(BuiltinFailure) in
    let pattern = try o.string(0)
    let text = Array(try o.string(1).utf8)
    let count = try o.integer(2)
    let regex = try Patterns.compiled(context, pattern)
    let matches = try Patterns.matches(context, regex, text, limit: count < 0 ? nil : count)
    try context.reserve(elements: matches.count * (regex.groupCount + 1))
    return .list(
      matches.map { match in
        .list((0...regex.groupCount).map { .string(match.range(ofGroup: $0).map { Patterns.text(text, $0) } ?? "") })
      })
  },
  Builtin("regex.replace", 3) { context, o throws(BuiltinFailure) in
    let text = try o.string(0)
    let regex = try Patterns.compiled(context, o.string(1))
    let replacement = try o.string(2)
    try context.reserve(bytes: text.utf8.count * (replacement.utf8.count + 1))
    return .string(regex.replacingMatches(in: text, with: replacement))
  },
  Builtin("regex.template_match", 4) { context, o throws(BuiltinFailure) in
    let text = try o.string(1)
    let pattern = try Patterns.template(o.string(0), o.string(2), o.string(3))
    return .bool(try Patterns.compiled(context, pattern).isMatch(text))
  },
  Builtin("regex.globs_match", 2) { context, o throws(BuiltinFailure) in
    .bool(try GlobIntersection.overlap(context, o.string(0), o.string(1)))
  },
]
